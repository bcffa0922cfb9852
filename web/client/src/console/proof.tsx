// What needs a second factor shown lately: tried, and tried again once the factor was shown.
import { useState, type ReactNode } from 'react';
import { stepUp } from '../api/console';
import { ApiError } from '../api/errors';
import { useSubmit } from '../chat/dialogs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';

/** Asks for the second factor, then goes on. */
function Proof({ close, then }: { close(): void; then(): void }) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await stepUp(String(form.get('code')).replaceAll(' ', ''));
    close();
    then();
  });
  return (
    <Dialog title={t('export.proof')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {t('signin.code')}
          <input name="code" className="field code" required autoComplete="one-time-code" />
          <small>{t('signin.codeHint')}</small>
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('export.fetch')} />
      </form>
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
      if (!(error instanceof ApiError) || error.id !== 'identity.step_up.needed') throw error;
      setWaiting(() => act);
    }
  };
  const dialog = waiting && <Proof close={() => setWaiting(undefined)} then={() => report(run(waiting))} />;
  return [dialog, run];
}
