// Settings on trial: what everybody who looks after the node sees while one runs.
import { useEffect, useState } from 'react';
import * as api from '../api/settings';
import { useProof } from '../chat/proof';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import { useAsked } from './table';

/** Minutes and seconds that are left. */
function useCountdown(until: number): string {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

/** Something was put on trial on this page, or ended: other parts ask again. */
export const trialChanged = 'concordat-trial';
export const tellTrial = () => dispatchEvent(new Event(trialChanged));

function Running({ trial, changed }: { trial: api.Trial; changed(): void }) {
  const { t } = useWords();
  const left = useCountdown(trial.ends_at);
  const [proof, proved] = useProof();
  const act = (what: () => Promise<unknown>) => report(proved(() => what().then(changed)));
  const missing = trial.ways.filter((each) => each.attempt === '').map((each) => each.way);
  return (
    <section className="trial" aria-label={t('trial.title')}>
      <p>
        <b>{t('trial.title')}</b>{' '}
        <span>{trial.keys.map((each) => `${each.section}.${each.name}`).join(', ')}</span>
      </p>
      <p>
        <span role="timer">{t('trial.left', { time: left })}</span>{' '}
        {trial.is_proven
          ? t('trial.proven')
          : t('trial.unproven', {
              ways: missing
                .map((way) => (way === 'administrator' ? t('trial.administrator') : way))
                .join(', '),
            })}{' '}
        {t('trial.seen', { admitted: trial.admitted, refused: trial.refused })}
      </p>
      {trial.may_change && (
        <div className="buttons start">
          <button className="primary" disabled={!trial.is_proven} onClick={() => act(api.confirmTrial)}>
            {t('trial.confirm')}
          </button>
          <button className="ghost" onClick={() => act(api.rollBackTrial)}>
            {t('trial.rollBack')}
          </button>
        </div>
      )}
      {proof}
    </section>
  );
}

export function TrialBand() {
  const [trial, , load] = useAsked(api.trial, 10_000);
  useEffect(() => {
    addEventListener(trialChanged, load);
    return () => removeEventListener(trialChanged, load);
  });
  if (!trial?.is_running) return null;
  return <Running trial={trial} changed={tellTrial} />;
}
