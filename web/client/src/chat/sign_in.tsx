// Signing in: name and password, and the code when the node asks for one.
import { lazy, Suspense, useEffect, useRef, useState, type FormEvent } from 'react';
import { ApiError } from '../api/errors';
import type { PasskeyRequest } from '../api/passkeys';
import { root } from '../api/request';
import { useWords } from '../i18n';
import { codeWanted, sayError } from '../i18n/errors';
import { offerPasskeys, signIn, signInByPasskey } from '../store/session';
import { useStore } from '../store/state';
import { LanguageChoice } from '../ui/language';
import { Providers } from './providers';

const ForgotPassword = lazy(() => import('./letters').then((room) => ({ default: room.ForgotPassword })));

export function SignIn() {
  const words = useWords();
  const { t } = words;
  const site = useStore((s) => s.siteName);
  const expired = useStore((s) => s.expired);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const [passkey, setPasskey] = useState<PasskeyRequest>(); // would do instead of a code
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [forgot, setForgot] = useState(false);
  const mayForget = useStore((s) => s.config.PasswordEnableForgotLink === 'true');
  const mayUsePasskeys = 'PublicKeyCredential' in window;
  const mayComeByPasskey = useStore((s) => s.config.EnablePasskeySignIn === 'true') && mayUsePasskeys;
  const offer = useRef<AbortController>(undefined);
  const [offers, setOffers] = useState(0); // counted up to begin again
  const isOffered = mayComeByPasskey && !wantsCode && !forgot;
  useEffect(() => {
    if (!isOffered) return;
    const own = new AbortController();
    offer.current = own;
    offerPasskeys(own.signal).catch((refusal: unknown) => {
      // Whoever asked for nothing is told of nothing but a refusal.
      if (!own.signal.aborted && refusal instanceof ApiError && refusal.status === 401)
        setError(sayError(words, refusal));
    });
    return () => own.abort();
  }, [isOffered, offers]);
  /** The browser has one question for a passkey at a time. */
  const byPasskey = () => {
    offer.current?.abort();
    void attempt(signInByPasskey).then(() => setOffers((now) => now + 1));
  };
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setError('');
    try {
      await act();
    } catch (refusal) {
      if (refusal instanceof ApiError && refusal.id === codeWanted) {
        setWantsCode(true);
        setPasskey(refusal.passkey);
      } else setError(sayError(words, refusal));
      setCode('');
    }
    setBusy(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(() => signIn(name, password, code.replaceAll(' ', '')));
  };
  // A challenge counts once, so that another try asks for the next.
  const showPasskey = () =>
    void attempt(async () => {
      if (passkey) setPasskey(undefined);
      try {
        await signIn(name, password, '', passkey);
      } catch (refusal) {
        await signIn(name, password, '').catch((again: unknown) => {
          if (again instanceof ApiError) setPasskey(again.passkey);
        });
        throw refusal;
      }
    });
  const again = () => {
    setWantsCode(false);
    setPassword('');
    setError('');
  };
  if (forgot)
    return (
      <Suspense>
        <ForgotPassword leave={() => setForgot(false)} />
      </Suspense>
    );
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <img src={`${root}icon.svg`} alt="" width="40" height="40" />
        <h1>{t('signin.title', { site })}</h1>
        {expired && <p className="note">{t('signin.expired')}</p>}
        {wantsCode ? (
          <label>
            {t('signin.code')}
            <input
              className="field"
              autoFocus
              required
              inputMode="numeric"
              autoComplete="one-time-code"
              aria-describedby="code-hint"
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
            <small id="code-hint">{t('signin.codeHint')}</small>
          </label>
        ) : (
          <>
            <label>
              {t('signin.name')}
              <input
                className="field"
                autoFocus
                required
                autoComplete={mayComeByPasskey ? 'username webauthn' : 'username'}
                aria-invalid={error !== ''}
                aria-describedby="sign-in-error"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </label>
            <label>
              {t('signin.password')}
              <input
                className="field"
                type="password"
                required
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </label>
          </>
        )}
        <p id="sign-in-error" role="alert" className="error">
          {error}
        </p>
        <button className="primary" disabled={isBusy}>
          {t('signin.submit')}
        </button>
        {wantsCode && passkey && mayUsePasskeys && (
          <button type="button" className="ghost" disabled={isBusy} onClick={showPasskey}>
            {t('passkey.use')}
          </button>
        )}
        {!wantsCode && mayComeByPasskey && (
          <button type="button" className="ghost" disabled={isBusy} onClick={byPasskey}>
            {t('passkey.signIn')}
          </button>
        )}
        {wantsCode && (
          <button type="button" className="link" onClick={again}>
            {t('signin.otherAccount')}
          </button>
        )}
        {!wantsCode && mayForget && (
          <button type="button" className="link" onClick={() => setForgot(true)}>
            {t('letter.forgotLink')}
          </button>
        )}
        {!wantsCode && <Providers />}
        <LanguageChoice />
      </form>
    </main>
  );
}
