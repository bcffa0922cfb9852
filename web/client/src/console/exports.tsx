// Exports: asked for, watched, cancelled, fetched.
import { useEffect, useState } from 'react';
import * as api from '../api/console';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { useStore } from '../store/state';
import { exportRight, type Rights } from './console';
import * as approvalsApi from '../api/approvals';
import { useProof } from '../chat/proof';
import { Approvals, AskRelease, Format, Period } from './approvals';
import { Failure, Table, useAsked } from './table';

const formats = ['actiance', 'csv', 'globalrelay-zip', 'native'];
const running = ['pending', 'in_progress', 'cancel_requested'];
export const stateKeys: Record<api.Job['status'], Key> = {
  pending: 'export.pending',
  in_progress: 'export.running',
  success: 'export.done',
  warning: 'export.warning',
  error: 'export.error',
  cancel_requested: 'export.cancelling',
  canceled: 'export.cancelled',
};

/** Days of the reader's calendar, whole. */
export function periodOf(from: string, to: string): Record<string, string> {
  if (!from && !to) return {};
  const start = from ? new Date(`${from}T00:00:00`) : new Date(1);
  const end = to ? new Date(`${to}T00:00:00`) : new Date();
  if (to) end.setDate(end.getDate() + 1);
  return { job_start_time: String(start.getTime()), job_end_time: String(end.getTime() - (to ? 1 : 0)) };
}

function Ask({ needed, done }: { needed: number; done(): void }) {
  const { t } = useWords();
  const [count, setCount] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.askExport({
      export_type: String(form.get('format')),
      ...periodOf(String(form.get('from')), String(form.get('to'))),
      ...(needed > 0 && { reason: String(form.get('reason')) }),
    });
    setCount(count + 1);
    done();
  });
  return (
    <form className="form ask" key={count} onSubmit={onSubmit} aria-label={t('export.new')}>
      <label>
        {t('export.format')}
        <select name="format" className="field" defaultValue="actiance">
          {formats.map((each) => (
            <option key={each} value={each}>
              {t(`export.format.${each}` as Key)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('export.from')}
        <input name="from" type="date" className="field" />
      </label>
      <label>
        {t('export.to')}
        <input name="to" type="date" className="field" />
      </label>
      {needed > 0 && (
        <label>
          {t('approval.reason')}
          <input name="reason" className="field" required maxLength={500} autoComplete="off" />
        </label>
      )}
      <button className="primary" disabled={isBusy}>
        {t(needed > 0 ? 'approval.ask' : 'export.start')}
      </button>
      <small>{t('export.periodHint')}</small>
      {needed > 0 && <small>{t('approval.hint', { count: needed })}</small>}
      <p role="alert" className="error">
        {error}
      </p>
    </form>
  );
}

interface RowProps {
  job: api.Job;
  /** What was asked of others about it, where they have to approve. */
  request?: approvalsApi.Request;
  needed: number;
  rights: Rights;
  changed(): void;
}

function Row({ job, request, needed, rights, changed }: RowProps) {
  const { t, date } = useWords();
  const [proof, fetchProved] = useProof();
  const data = job.data ?? {};
  const isRunning = running.includes(job.status);
  const isReady = job.status === 'success' || job.status === 'warning';
  const waitsForPeople = job.status === 'pending' && data.approval === 'asked';
  const isHeld = needed > 0 && request?.state !== 'approved';
  return (
    <tr>
      <td>{date(job.create_at)}</td>
      <td>
        <Format job={job} />
      </td>
      <td>
        <Period job={job} />
      </td>
      <td>
        <span className={`state ${job.status}`}>
          {t(waitsForPeople ? 'approval.asked' : stateKeys[job.status])}
        </span>
        {isRunning && !waitsForPeople && (
          <progress max={100} value={job.progress} aria-label={t('export.progress')}>
            {job.progress}
          </progress>
        )}
        {job.status === 'error' && <small>{data.progress_message}</small>}
        {job.status === 'warning' && (
          <small>{t('export.warnings', { count: Number(data.warning_count ?? 0) })}</small>
        )}
      </td>
      <td className="number">{t('export.count', { count: Number(data.messages_exported ?? 0) })}</td>
      <td className="acts">
        {isRunning && exportRight(rights, 'manage_compliance_export_job') && (
          <button className="ghost small" onClick={() => report(api.cancelExport(job.id).then(changed))}>
            {t('app.cancel')}
          </button>
        )}
        {isReady && isHeld && request?.state === 'asked' && <small>{t('approval.asked')}</small>}
        {isReady &&
          isHeld &&
          request?.state !== 'asked' &&
          exportRight(rights, 'create_compliance_export_job') && <AskRelease job={job} changed={changed} />}
        {isReady && !isHeld && exportRight(rights, 'download_compliance_export_result') && (
          <button className="ghost small" onClick={() => report(fetchProved(() => api.savePackage(job.id)))}>
            {t('export.fetch')}
          </button>
        )}
        {proof}
      </td>
    </tr>
  );
}

function Made({
  asked,
  rights,
  changed,
}: {
  asked?: { needed: number; requests: approvalsApi.Asked[] };
  rights: Rights;
  changed(): void;
}) {
  const words = useWords();
  const { t } = words;
  const me = useStore((s) => s.me);
  const [jobs, setJobs] = useState<api.Job[]>();
  const [failure, setFailure] = useState('');
  const load = () =>
    void api.exports().then(
      (list) => {
        setJobs(list);
        setFailure('');
      },
      (error: unknown) => setFailure(sayError(words, error)),
    );
  const loadAll = () => {
    load();
    changed();
  };
  useEffect(load, [me?.id, asked]);
  const isRunning = jobs?.some((each) => running.includes(each.status) && each.data?.approval !== 'asked');
  useEffect(() => {
    const timer = setInterval(load, isRunning ? 1000 : 15_000);
    return () => clearInterval(timer);
  }, [isRunning]);
  const columns: Key[] = [
    'export.asked',
    'export.format',
    'export.period',
    'export.state',
    'export.messages',
    'export.acts',
  ];
  return (
    <>
      {asked && exportRight(rights, 'create_compliance_export_job') && (
        <Ask needed={asked.needed} done={loadAll} />
      )}
      <Failure text={failure} />
      {jobs?.length === 0 && <p className="empty">{t('export.none')}</p>}
      {jobs && jobs.length > 0 && (
        <Table label={t('console.exports')} columns={columns}>
          {jobs.map((job) => (
            <Row
              key={job.id}
              job={job}
              request={asked?.requests.find((each) => each.request.job_id === job.id)?.request}
              needed={asked?.needed ?? 0}
              rights={rights}
              changed={loadAll}
            />
          ))}
        </Table>
      )}
    </>
  );
}

export function Exports({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [asked, failure, load] = useAsked(approvalsApi.asked);
  const showsAsked = asked && (asked.needed > 0 || asked.requests.length > 0);
  return (
    <>
      <p>{t('export.hint')}</p>
      <Failure text={failure} />
      {exportRight(rights, 'read_compliance_export_job') && (
        <Made asked={asked} rights={rights} changed={load} />
      )}
      {(showsAsked || 'export_approver' in rights) && (
        <section className="part" aria-label={t('approval.title')}>
          <h2>{t('approval.title')}</h2>
          <Approvals list={asked?.requests ?? []} changed={load} />
        </section>
      )}
    </>
  );
}
