// How long messages are kept, what a run would destroy now, and the certificates of what is gone.
import { useEffect, useState } from 'react';
import type { Job } from '../api/console';
import * as api from '../api/retention';
import { saveJson } from '../api/request';
import * as teamsApi from '../api/teams';
import type { Team } from '../api/types';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import { anyRole, type Rights } from './console';
import { stateKeys } from './exports';
import { Failure, Table, useAsked } from './table';

const ids = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function Rules() {
  const { t, date } = useWords();
  const [rules, failure] = useAsked(api.global);
  if (!rules) return <Failure text={failure} />;
  return (
    <p>
      {rules.message_deletion_enabled
        ? t('retention.messages', { when: date(rules.message_retention_cutoff) })
        : t('retention.messagesKept')}{' '}
      {rules.file_deletion_enabled
        ? t('retention.files', { when: date(rules.file_retention_cutoff) })
        : t('retention.filesKept')}
    </p>
  );
}

function Preview({ rights, started }: { rights: Rights; started(): void }) {
  const { t, size } = useWords();
  const [preview, setPreview] = useState<api.Preview>();
  const [isBusy, setBusy] = useState(false);
  const look = () => {
    setBusy(true);
    report(
      api
        .preview()
        .then(setPreview)
        .finally(() => setBusy(false)),
    );
  };
  const keys = preview?.buckets.reduce((sum, each) => sum + each.dies, 0) ?? 0;
  return (
    <section className="part" aria-label={t('retention.preview')}>
      <h2>{t('retention.preview')}</h2>
      <button className="ghost" disabled={isBusy} onClick={look}>
        {t('retention.look')}
      </button>
      {preview && (
        <>
          <div role="status">
            <dl className="facts">
              <dt>{t('retention.pastTime')}</dt>
              <dd>{t('retention.posts', { count: preview.posts })}</dd>
              <dt>{t('retention.heldBack')}</dt>
              <dd>
                {t('retention.why', {
                  held: preview.held,
                  pinned: preview.pinned,
                  unexported: preview.unexported,
                })}
              </dd>
              <dt>{t('retention.fileBodies')}</dt>
              <dd>{t('hold.keepsFiles', { files: preview.files, size: size(preview.bytes_of_files) })}</dd>
              <dt>{t('retention.keys')}</dt>
              <dd>{t('retention.keyCount', { count: keys })}</dd>
            </dl>
          </div>
          {anyRole(rights, 'create_data_retention_job') && (
            <button
              className="primary danger"
              onClick={() =>
                report(
                  api.run().then(() => {
                    setPreview(undefined);
                    started();
                  }),
                )
              }
            >
              {t('retention.run')}
            </button>
          )}
        </>
      )}
    </section>
  );
}

function NewPolicy({ done }: { done(): void }) {
  const { t } = useWords();
  const [teams, setTeams] = useState<Team[]>([]);
  const [count, setCount] = useState(0);
  useEffect(() => report(teamsApi.open().then(setTeams)), []);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.makePolicy({
      display_name: String(form.get('name')),
      post_duration: form.get('forever') === 'on' ? -1 : Number(form.get('days')),
      team_ids: form.getAll('team').map(String),
      channel_ids: ids(String(form.get('channels'))),
    });
    setCount(count + 1);
    done();
  });
  return (
    <form className="form ask" key={count} onSubmit={onSubmit} aria-label={t('retention.newPolicy')}>
      <label>
        {t('hold.name')}
        <input name="name" className="field" required maxLength={64} autoComplete="off" />
      </label>
      <label>
        {t('retention.days')}
        <input name="days" className="field" type="number" min={1} max={36500} defaultValue={365} required />
      </label>
      <label className="choice">
        <input name="forever" type="checkbox" /> {t('retention.forever')}
      </label>
      {teams.length > 0 && (
        <label>
          {t('retention.teams')}
          <select name="team" className="field" multiple size={Math.min(teams.length, 5)}>
            {teams.map((team) => (
              <option key={team.id} value={team.id}>
                {team.display_name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t('hold.channels')}
        <input name="channels" className="field" autoComplete="off" />
      </label>
      <button className="primary" disabled={isBusy}>
        {t('retention.makePolicy')}
      </button>
      <Failure text={error} />
    </form>
  );
}

function Policies({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useWords();
  const [list, failure, load] = useAsked(api.policies);
  return (
    <section className="part" aria-label={t('retention.policies')}>
      <h2>{t('retention.policies')}</h2>
      <p>{t('retention.policyHint')}</p>
      {mayWrite && <NewPolicy done={load} />}
      <Failure text={failure} />
      {list?.length === 0 && <p className="empty">{t('retention.noPolicy')}</p>}
      {list && list.length > 0 && (
        <Table
          label={t('retention.policies')}
          columns={['hold.name', 'retention.kept', 'retention.places', 'export.acts']}
        >
          {list.map((policy) => (
            <tr key={policy.id}>
              <td>{policy.display_name}</td>
              <td>
                {policy.post_duration < 0
                  ? t('retention.forever')
                  : t('retention.dayCount', { count: policy.post_duration })}
              </td>
              <td>
                {t('retention.placeCount', { teams: policy.team_count, channels: policy.channel_count })}
              </td>
              <td className="acts">
                {mayWrite && (
                  <button
                    className="ghost small"
                    onClick={() => report(api.removePolicy(policy.id).then(load))}
                  >
                    {t('retention.removePolicy')}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Runs({ list }: { list: Job[] }) {
  const { t, date } = useWords();
  return (
    <Table label={t('retention.runs')} columns={['export.asked', 'export.state', 'retention.gone']}>
      {list.map((job) => (
        <tr key={job.id}>
          <td>{date(job.create_at)}</td>
          <td>
            <span className={`state ${job.status}`}>{t(stateKeys[job.status])}</span>
            {job.status === 'in_progress' && (
              <progress max={100} value={job.progress} aria-label={t('export.progress')}>
                {job.progress}
              </progress>
            )}
            {job.status === 'error' && <small>{job.data?.progress_message}</small>}
          </td>
          <td>{t('retention.posts', { count: Number(job.data?.posts ?? 0) })}</td>
        </tr>
      ))}
    </Table>
  );
}

function Certificates({ list }: { list: api.Certificate[] }) {
  const { t, date } = useWords();
  return (
    <Table label={t('retention.certificates')} columns={['retention.number', 'export.asked', 'export.acts']}>
      {list.map((one) => (
        <tr key={one.id}>
          <td className="number">{one.number}</td>
          <td>{date(one.create_at)}</td>
          <td className="acts">
            <button
              className="ghost small"
              onClick={() => saveJson(`certificate-${one.number}.json`, JSON.stringify(one))}
            >
              {t('export.fetch')}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

export function Retention({ rights }: { rights: Rights }) {
  const { t } = useWords();
  const [runs, runsFailure, loadRuns] = useAsked(api.runs, 5000);
  const done = runs?.filter((job) => job.status === 'success').length;
  const [certificates, failure, loadCertificates] = useAsked(api.certificates);
  useEffect(loadCertificates, [done]);
  return (
    <>
      <p>{t('retention.hint')}</p>
      <Rules />
      <Preview rights={rights} started={loadRuns} />
      <Policies mayWrite={anyRole(rights, 'sysconsole_write_compliance_data_retention_policy')} />
      <h2>{t('retention.runs')}</h2>
      <Failure text={runsFailure} />
      {runs?.length === 0 && <p className="empty">{t('retention.noRun')}</p>}
      {runs && runs.length > 0 && <Runs list={runs} />}
      <h2>{t('retention.certificates')}</h2>
      <Failure text={failure} />
      {certificates?.length === 0 && <p className="empty">{t('retention.noCertificate')}</p>}
      {certificates && certificates.length > 0 && <Certificates list={certificates} />}
    </>
  );
}
