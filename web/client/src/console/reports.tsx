// Reports: a question about what was said, and its answer to take home.
import { useEffect, useState } from 'react';
import * as api from '../api/reports';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { useStore } from '../store/state';
import { exportRight, type Rights } from './console';
import { useProof } from '../chat/proof';
import { Table } from './table';

const stateKeys: Record<api.Report['status'], Key> = {
  created: 'export.pending',
  running: 'export.running',
  finished: 'export.done',
  failed: 'export.error',
  removed: 'report.removed',
};
const shades: Partial<Record<api.Report['status'], string>> = { finished: 'success', failed: 'error' };

function Ask({ done }: { done(): void }) {
  const { t } = useWords();
  const [count, setCount] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const end = new Date(`${String(form.get('to'))}T00:00:00`);
    end.setDate(end.getDate() + 1);
    await api.ask({
      desc: String(form.get('desc')),
      start_at: new Date(`${String(form.get('from'))}T00:00:00`).getTime(),
      end_at: end.getTime(),
      keywords: String(form.get('keywords')),
      emails: String(form.get('emails')),
    });
    setCount(count + 1);
    done();
  });
  return (
    <form className="form ask" key={count} onSubmit={onSubmit} aria-label={t('report.new')}>
      <label>
        {t('report.desc')}
        <input name="desc" className="field" required maxLength={512} autoComplete="off" />
      </label>
      <label>
        {t('export.from')}
        <input name="from" type="date" className="field" required />
      </label>
      <label>
        {t('export.to')}
        <input name="to" type="date" className="field" required />
      </label>
      <label>
        {t('report.words')}
        <input name="keywords" className="field" maxLength={1000} autoComplete="off" />
      </label>
      <label>
        {t('report.authors')}
        <input name="emails" className="field" maxLength={1000} autoComplete="off" />
      </label>
      <button className="primary" disabled={isBusy}>
        {t('report.ask')}
      </button>
      <p role="alert" className="error">
        {error}
      </p>
    </form>
  );
}

function Row({ each, rights }: { each: api.Report; rights: Rights }) {
  const { t, date } = useWords();
  const [proof, fetchProved] = useProof();
  return (
    <tr>
      <td>{date(each.create_at)}</td>
      <td>
        {each.desc}
        <small>{[each.keywords, each.emails].filter(Boolean).join(' · ')}</small>
      </td>
      <td>{`${date(each.start_at)} – ${date(each.end_at)}`}</td>
      <td>
        <span className={`state ${shades[each.status] ?? ''}`}>{t(stateKeys[each.status])}</span>
      </td>
      <td className="number">{t('export.count', { count: each.count })}</td>
      <td className="acts">
        {each.status === 'finished' && exportRight(rights, 'download_compliance_export_result') && (
          <button className="ghost small" onClick={() => report(fetchProved(() => api.save(each.id)))}>
            {t('export.fetch')}
          </button>
        )}
        {proof}
      </td>
    </tr>
  );
}

export function Reports({ rights }: { rights: Rights }) {
  const words = useWords();
  const { t } = words;
  const isOn = useStore((s) => s.config.EnableCompliance === 'true');
  const [list, setList] = useState<api.Report[]>();
  const [failure, setFailure] = useState('');
  const load = () =>
    void api.reports().then(
      (now) => {
        setList(now);
        setFailure('');
      },
      (error: unknown) => setFailure(sayError(words, error)),
    );
  const isWaiting = list?.some((each) => each.status === 'created' || each.status === 'running');
  useEffect(() => {
    if (!isOn) return;
    load();
    const timer = setInterval(load, isWaiting ? 1000 : 15_000);
    return () => clearInterval(timer);
  }, [isOn, isWaiting]);
  const columns: Key[] = [
    'export.asked',
    'report.desc',
    'export.period',
    'export.state',
    'export.messages',
    'export.acts',
  ];
  if (!isOn) return <p className="empty">{t('report.off')}</p>;
  return (
    <>
      <p>{t('report.hint')}</p>
      {exportRight(rights, 'create_compliance_export_job') && <Ask done={load} />}
      <p role="alert" className="error">
        {failure}
      </p>
      {list?.length === 0 && <p className="empty">{t('report.none')}</p>}
      {list && list.length > 0 && (
        <Table label={t('console.reports')} columns={columns}>
          {list.map((each) => (
            <Row key={each.id} each={each} rights={rights} />
          ))}
        </Table>
      )}
    </>
  );
}
