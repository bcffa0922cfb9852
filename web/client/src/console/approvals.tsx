// What was asked of other people about exports, and their votes.
import { useState } from 'react';
import * as api from '../api/approvals';
import type { Job } from '../api/console';
import { useSubmit } from '../chat/dialogs';
import { useProof } from '../chat/proof';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { useStore } from '../store/state';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { Table } from './table';

const formats = ['actiance', 'csv', 'globalrelay-zip', 'native'];
const stateKeys: Record<api.Request['state'], Key> = {
  asked: 'approval.asked',
  approved: 'approval.approved',
  refused: 'approval.refused',
  withdrawn: 'approval.withdrawn',
  expired: 'approval.expired',
};
const shades: Partial<Record<api.Request['state'], string>> = {
  asked: 'warning',
  approved: 'success',
  refused: 'error',
};

export function Format({ job }: { job: Job }) {
  const { t } = useWords();
  const type = job.data?.export_type ?? '';
  return <>{formats.includes(type) ? t(`export.format.${type}` as Key) : type}</>;
}

export function Period({ job }: { job: Job }) {
  const { t, date } = useWords();
  const data = job.data ?? {};
  const at = (text: string | undefined) => (Number(text) > 1 ? date(Number(text)) : '…');
  return (
    <>
      {data.job_end_time ? `${at(data.job_start_time)} – ${at(data.job_end_time)}` : '…'}
      {(data.channel_ids || data.custodian_ids) && <small>{t('export.narrowed')}</small>}
    </>
  );
}

/** Asks for a reason, then goes on. */
export function Reason({
  title,
  label,
  isWanted,
  act,
  close,
}: {
  title: string;
  label: string;
  isWanted: boolean;
  act(reason: string): Promise<unknown>;
  close(): void;
}) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await act(String(form.get('reason')));
    close();
  });
  return (
    <Dialog title={title} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {t('approval.reason')}
          <textarea name="reason" className="field" required={isWanted} maxLength={500} rows={3} />
        </label>
        <FormEnd error={error} isBusy={isBusy} label={label} />
      </form>
    </Dialog>
  );
}

function Votes({ request }: { request: api.Request }) {
  const { t, date } = useWords();
  const given = request.votes.filter((each) => each.is_for).length;
  return (
    <>
      <span className={`state ${shades[request.state] ?? ''}`}>{t(stateKeys[request.state])}</span>
      {request.state === 'asked' && (
        <small>
          {t('approval.missing', { count: request.needed - given })}{' '}
          {t('approval.until', { when: date(request.expires_at) })}
        </small>
      )}
      {request.votes.map((vote) => (
        <small key={vote.user_id}>
          {t(vote.is_for ? 'approval.by' : 'approval.refusedBy', {
            name: `@${vote.username}`,
            when: date(vote.at),
          })}
          {vote.reason && `: ${vote.reason}`}
        </small>
      ))}
    </>
  );
}

function Row({ one, changed }: { one: api.Asked; changed(): void }) {
  const { t, date } = useWords();
  const me = useStore((s) => s.me);
  const [proof, prove] = useProof();
  const [asking, setAsking] = useState<'approve' | 'refuse' | 'reason'>();
  const { request, job } = one;
  const isMine = request.asked_by === me?.id;
  const isOpen = request.state === 'asked';
  const acts = { approve: api.approve, refuse: api.refuse, reason: api.ask };
  const labels: Record<keyof typeof acts, Key> = {
    approve: 'approval.approve',
    refuse: 'approval.refuse',
    reason: 'approval.sayWhy',
  };
  const act = (what: keyof typeof acts) => (reason: string) =>
    prove(() => acts[what](job.id, reason).then(changed));
  return (
    <tr>
      <td>
        @{request.asked_by_name}
        <small>{date(request.asked_at)}</small>
      </td>
      <td>
        <Format job={job} />
        <small>
          <Period job={job} />
        </small>
        {request.is_release && <small>{t('approval.release')}</small>}
      </td>
      <td>{request.reason || t('approval.noReason')}</td>
      <td>
        <Votes request={request} />
        {isOpen && isMine && <small>{t('approval.notOwn')}</small>}
      </td>
      <td className="acts">
        {one.may_vote &&
          (['approve', 'refuse'] as const).map((each) => (
            <button key={each} className="ghost small" onClick={() => setAsking(each)}>
              {t(labels[each])}
            </button>
          ))}
        {isOpen && isMine && !request.reason && (
          <button className="ghost small" onClick={() => setAsking('reason')}>
            {t('approval.sayWhy')}
          </button>
        )}
        {asking && (
          <Reason
            title={t(labels[asking])}
            label={t(labels[asking])}
            isWanted={asking !== 'approve'}
            act={act(asking)}
            close={() => setAsking(undefined)}
          />
        )}
        {proof}
      </td>
    </tr>
  );
}

/** Asks that a package that was made without approval may be fetched. */
export function AskRelease({ job, changed }: { job: Job; changed(): void }) {
  const { t } = useWords();
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button className="ghost small" onClick={() => setAsking(true)}>
        {t('approval.askRelease')}
      </button>
      {isAsking && (
        <Reason
          title={t('approval.askRelease')}
          label={t('approval.ask')}
          isWanted
          act={(reason) => api.ask(job.id, reason).then(changed)}
          close={() => setAsking(false)}
        />
      )}
    </>
  );
}

export function Approvals({ list, changed }: { list: api.Asked[]; changed(): void }) {
  const { t } = useWords();
  if (list.length === 0) return <p className="empty">{t('approval.none')}</p>;
  return (
    <Table
      label={t('approval.title')}
      columns={['export.asked', 'approval.what', 'approval.reason', 'export.state', 'export.acts']}
    >
      {list.map((one) => (
        <Row key={one.request.job_id} one={one} changed={changed} />
      ))}
    </Table>
  );
}
