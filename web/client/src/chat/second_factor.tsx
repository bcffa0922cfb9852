// The second factor: set up with an authenticator app, recovery codes, taken away again.
import { useEffect, useState } from 'react';
import { hasPasskeys } from '../api/passkeys';
import * as api from '../api/security';
import { useWords } from '../i18n';
import { enterAgain, signOut } from '../store/session';
import { tell } from '../store/notify';
import { state, useStore } from '../store/state';
import { useSubmit } from './dialogs';
import { PasskeysPart } from './passkeys';
import { useProof } from './proof';
import { report } from './report';

const plain = (code: string) => code.replaceAll(' ', '');

function CodeField({ hint, name = 'code' }: { hint: string; name?: string }) {
  const { t } = useWords();
  return (
    <label>
      {t('factor.code')}
      <input
        name={name}
        className="field code"
        required
        data-focus
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={40}
      />
      <small>{hint}</small>
    </label>
  );
}

/** A picture that came as base64; the content policy has no data: addresses. */
function usePicture(base64: string | undefined): string {
  const [address, setAddress] = useState('');
  useEffect(() => {
    if (!base64) return;
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const made = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [base64]);
  return address;
}

function RecoveryCodes({ codes, done }: { codes: string[]; done(): void }) {
  const { t } = useWords();
  const text = codes.join('\n');
  const save = () => {
    const address = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${state().siteName}-recovery-codes.txt`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <div className="form">
      <p>{t('factor.codesHint')}</p>
      <ol className="recovery" aria-label={t('factor.codes')}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="buttons">
        <button type="button" className="ghost" onClick={save}>
          {t('factor.codesSave')}
        </button>
        <button
          type="button"
          className="ghost"
          onClick={() => report(navigator.clipboard.writeText(text).then(() => tell(t('post.textCopied'))))}
        >
          {t('post.copyText')}
        </button>
        <button type="button" className="primary" data-focus onClick={done}>
          {t('factor.codesKept')}
        </button>
      </div>
    </div>
  );
}

/** From nothing to a factor in force and recovery codes kept. */
export function SetUpFactor({ done }: { done(): void }) {
  const { t } = useWords();
  const [begun, setBegun] = useState<{ secret: string; qr_code: string }>();
  const [codes, setCodes] = useState<string[]>();
  const picture = usePicture(begun?.qr_code);
  useEffect(() => report(api.beginFactor().then(setBegun)), []);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.activateFactor(plain(String(form.get('code'))));
    setCodes(await api.makeRecoveryCodes(''));
  });
  if (codes) return <RecoveryCodes codes={codes} done={done} />;
  return (
    <form className="form factor" onSubmit={onSubmit} aria-busy={!begun}>
      <p>{t('factor.scan')}</p>
      {picture ? (
        <img src={picture} alt={t('factor.picture')} width="184" height="184" className="qr" />
      ) : (
        <div className="qr" />
      )}
      <details>
        <summary>{t('factor.byHand')}</summary>
        <code className="secret">{begun?.secret.match(/.{1,4}/g)?.join(' ')}</code>
      </details>
      <CodeField hint={t('factor.codeHint')} />
      <p role="alert" className="error">
        {error}
      </p>
      <div className="buttons">
        <button className="primary" disabled={isBusy || !begun}>
          {t('factor.turnOn')}
        </button>
      </div>
    </form>
  );
}

/** The page of somebody who may do nothing else before. */
export function FactorWanted() {
  const { t } = useWords();
  const site = useStore((s) => s.siteName);
  const mayHavePasskeys = useStore((s) => s.config.EnablePasskeys === 'true') && hasPasskeys();
  return (
    <main className="sign-in">
      <div className="sheet">
        <h1>{t('factor.wanted')}</h1>
        <p>{t('factor.wantedHint', { site })}</p>
        <SetUpFactor done={() => report(enterAgain())} />
        {mayHavePasskeys && <PasskeysPart hasFactor={false} changed={() => report(enterAgain())} />}
        <button className="link" onClick={() => void signOut()}>
          {t('nav.signOut')}
        </button>
      </div>
    </main>
  );
}

type Act = 'set-up' | 'codes' | 'remove';

/** In the settings. */
export function FactorPart({
  mayHaveApp,
  mayHavePasskeys,
}: {
  mayHaveApp: boolean;
  mayHavePasskeys: boolean;
}) {
  const words = useWords();
  const { t } = words;
  const [status, setStatus] = useState<api.FactorStatus>();
  const [act, setAct] = useState<Act>();
  const [codes, setCodes] = useState<string[]>();
  const load = () => report(api.factor().then(setStatus));
  useEffect(load, []);
  const back = () => {
    setAct(undefined);
    setCodes(undefined);
    load();
  };
  const [proof, run] = useProof();
  // Whoever has passkeys only shows one, instead of typing a code.
  const makeCodes = () => report(run(() => api.makeRecoveryCodes('').then(setCodes)));
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const code = plain(String(form.get('code')));
    if (act === 'codes') return setCodes(await api.makeRecoveryCodes(code));
    await api.removeFactor(code);
    tell(t('factor.removed'));
    back();
  });
  const hasAny = !!status && (status.is_active || status.passkeys > 0);
  if (!mayHaveApp && !mayHavePasskeys && !hasAny) return null;
  return (
    <>
      <section aria-labelledby="factor-title" aria-busy={!status}>
        <h3 id="factor-title">{t('factor.title')}</h3>
        {codes && <RecoveryCodes codes={codes} done={back} />}
        {act === 'set-up' && (
          <SetUpFactor
            done={() => {
              tell(t('factor.on'));
              back();
            }}
          />
        )}
        {!codes && (act === 'codes' || act === 'remove') && (
          <form className="form" onSubmit={onSubmit}>
            <p>{t(act === 'codes' ? 'factor.codesAgain' : 'factor.removeHint')}</p>
            <CodeField hint={t('signin.codeHint')} />
            <p role="alert" className="error">
              {error}
            </p>
            <div className="buttons">
              <button type="button" className="ghost" onClick={back}>
                {t('app.cancel')}
              </button>
              <button className={act === 'remove' ? 'primary danger' : 'primary'} disabled={isBusy}>
                {t(act === 'remove' ? 'factor.remove' : 'factor.codesMake')}
              </button>
            </div>
          </form>
        )}
        {!act && !codes && status && (
          <>
            <p>
              {status.is_active
                ? t('factor.since', { time: words.date(status.create_at) })
                : t(status.passkeys ? 'factor.codesNone' : 'factor.none')}{' '}
              {hasAny && t('factor.codesLeft', { count: status.recovery_codes_left })}
            </p>
            <div className="buttons start">
              {hasAny && (
                <button className="ghost" onClick={() => (status.is_active ? setAct('codes') : makeCodes())}>
                  {t('factor.codesMake')}
                </button>
              )}
              {status.is_active && (
                <button className="ghost" onClick={() => setAct('remove')}>
                  {t('factor.remove')}
                </button>
              )}
              {!status.is_active && mayHaveApp && (
                <button className="primary" onClick={() => setAct('set-up')}>
                  {t('factor.setUp')}
                </button>
              )}
            </div>
          </>
        )}
        {proof}
      </section>
      {mayHavePasskeys && status && <PasskeysPart hasFactor={hasAny} changed={load} />}
    </>
  );
}
