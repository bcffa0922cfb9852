// What needs a second factor shown lately: tried, and tried again once the factor was shown.
import { useState, type ReactNode } from 'react';
import { stepUp } from '../api/console';
import { ApiError } from '../api/errors';
import { hasPasskeys, stepUpByPasskey } from '../api/passkeys';
import { useWords } from '../i18n';
import { useStore } from '../store/state';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';
import { report } from './report';

const wanted = ['identity.step_up.needed', 'identity.factor.fresh_needed'];

/** Asks for the second factor, then goes on. */
function Proof({ close, then }: { close(): void; then(): void }) {
  const { t } = useWords();
  const mayUsePasskey = useStore((s) => s.config.EnablePasskeys === 'true') && hasPasskeys();
  const goOn = () => {
    close();
    then();
  };
  const code = useSubmit(async (form) => {
    await stepUp(String(form.get('code')).replaceAll(' ', ''));
    goOn();
  });
  const passkey = useSubmit(async () => {
    await stepUpByPasskey();
    goOn();
  });
  return (
    <Dialog title={t('proof.title')} close={close}>
      <form className="form" onSubmit={code.onSubmit}>
        <label>
          {t('signin.code')}
          <input name="code" className="field code" required autoComplete="one-time-code" />
          <small>{t('signin.codeHint')}</small>
        </label>
        <FormEnd error={code.error || passkey.error} isBusy={code.isBusy} label={t('proof.goOn')} />
      </form>
      {mayUsePasskey && (
        <form className="form" onSubmit={passkey.onSubmit}>
          <div className="buttons">
            <button className="ghost" disabled={passkey.isBusy}>
              {t('passkey.use')}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** The dialog, to be put on the page, and what tries. */
export function useProof(): [ReactNode, (act: () => Promise<unknown>) => Promise<void>] {
  const [waiting, setWaiting] = useState<() => Promise<unknown>>();
  const run = async (act: () => Promise<unknown>) => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError) || !wanted.includes(error.id)) throw error;
      setWaiting(() => act);
    }
  };
  const dialog = waiting && <Proof close={() => setWaiting(undefined)} then={() => report(run(waiting))} />;
  return [dialog, run];
}
