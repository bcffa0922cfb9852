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
import { useProof } from '../chat/proof';
import { Table } from './table';

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

function Ask({ done }: { done(): void }) {
  const { t } = useWords();
  const [count, setCount] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.askExport({
      export_type: String(form.get('format')),
      ...periodOf(String(form.get('from')), String(form.get('to'))),
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
      <button className="primary" disabled={isBusy}>
        {t('export.start')}
      </button>
      <small>{t('export.periodHint')}</small>
      <p role="alert" className="error">
        {error}
      </p>
    </form>
  );
}

function Row({ job, rights, changed }: { job: api.Job; rights: Rights; changed(): void }) {
  const words = useWords();
  const { t, date } = words;
  const [proof, fetchProved] = useProof();
  const data = job.data ?? {};
  const isRunning = running.includes(job.status);
  const isReady = job.status === 'success' || job.status === 'warning';
  const at = (text: string | undefined) => (Number(text) > 1 ? date(Number(text)) : '…');
  return (
    <tr>
      <td>{date(job.create_at)}</td>
      <td>
        {formats.includes(data.export_type)
          ? t(`export.format.${data.export_type}` as Key)
          : data.export_type}
      </td>
      <td>
        {data.job_end_time ? `${at(data.job_start_time)} – ${at(data.job_end_time)}` : '…'}
        {(data.channel_ids || data.custodian_ids) && <small>{t('export.narrowed')}</small>}
      </td>
      <td>
        <span className={`state ${job.status}`}>{t(stateKeys[job.status])}</span>
        {isRunning && (
          <progress max={100} value={job.progress} aria-label={t('export.progress')}>
            {job.progress}
          </progress>
        )}
        {job.status === 'error' && <small>{data.progress_message}</small>}
        {job.status === 'warning' && (
          <small>{t('export.warnings', { count: Number(data.warning_count ?? 0) })}</small>
        )}
      </td>
      <td className="number">{words.t('export.count', { count: Number(data.messages_exported ?? 0) })}</td>
      <td className="acts">
        {isRunning && exportRight(rights, 'manage_compliance_export_job') && (
          <button className="ghost small" onClick={() => report(api.cancelExport(job.id).then(changed))}>
            {t('app.cancel')}
          </button>
        )}
        {isReady && exportRight(rights, 'download_compliance_export_result') && (
          <button className="ghost small" onClick={() => report(fetchProved(() => api.savePackage(job.id)))}>
            {t('export.fetch')}
          </button>
        )}
        {proof}
      </td>
    </tr>
  );
}

export function Exports({ rights }: { rights: Rights }) {
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
  useEffect(load, [me?.id]);
  const isRunning = jobs?.some((each) => running.includes(each.status));
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
      <p>{t('export.hint')}</p>
      {exportRight(rights, 'create_compliance_export_job') && <Ask done={load} />}
      <p role="alert" className="error">
        {failure}
      </p>
      {jobs?.length === 0 && <p className="empty">{t('export.none')}</p>}
      {jobs && jobs.length > 0 && (
        <Table label={t('console.exports')} columns={columns}>
          {jobs.map((job) => (
            <Row key={job.id} job={job} rights={rights} changed={load} />
          ))}
        </Table>
      )}
    </>
  );
}
