// Tells somebody without a second factor from when on one will be demanded of them.
import { useEffect, useState } from 'react';
import * as api from '../api/security';
import { useWords } from '../i18n';
import { enterAgain } from '../store/session';
import { show, useOverlay } from './overlays';
import { report } from './report';

export function FactorNotice({ from }: { from: number }) {
  const { t, date } = useWords();
  const isOver = useOverlay((s) => s.overlay.kind === 'none');
  const [isLacking, setLacking] = useState(false);
  // Asked again when settings are closed: one may have been set up there.
  useEffect(() => {
    if (!isOver) return;
    void api.factor().then(
      (now) => setLacking(now.is_asked === true && !now.is_active && now.passkeys === 0),
      () => undefined, // the notice is no more than a courtesy
    );
  }, [isOver, from]);
  useEffect(() => {
    if (!isLacking) return;
    const timer = setInterval(() => {
      if (Date.now() < from + 2000) return;
      clearInterval(timer);
      report(enterAgain());
    }, 2000);
    return () => clearInterval(timer);
  }, [isLacking, from]);
  if (!isLacking) return null;
  return (
    <div role="status" className="connection">
      {t('factor.askedFrom', { date: date(from) })}{' '}
      <button className="link" onClick={() => show({ kind: 'settings', part: 'security' })}>
        {t('factor.askedSetUp')}
      </button>
    </div>
  );
}
