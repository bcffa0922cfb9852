// Sign-in of the desktop application through a provider: the browser goes there, the application wants the session.
//
// The application opens the browser with a token of its own. The browser comes back to /login/desktop with that
// token and one of the server's, and hands both to the application by a link of its scheme; the application
// redeems the server's token, if the other one is its own.
import { useEffect, useState } from 'react';
import { root } from '../api/request';
import { redeemDesktop } from '../api/users';
import { useWords } from '../i18n';
import { sayError } from '../i18n/errors';
import { isDesktop, type DesktopReturn } from '../store/desktop';
import { enterAgain } from '../store/session';

const kept = 'concordat.desktop_token';

/** Opens the browser; what it is told is remembered in this window only. */
export function beginInBrowser(address: string) {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const token = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  sessionStorage.setItem(kept, token);
  window.open(`${address}&desktop_token=${token}`, '_blank', 'noopener');
}

function Redeem({ back, leave }: { back: DesktopReturn; leave(): void }) {
  const words = useWords();
  const [error, setError] = useState('');
  useEffect(() => {
    history.replaceState(null, '', root);
    const own = sessionStorage.getItem(kept);
    sessionStorage.removeItem(kept);
    if (!own || own !== back.client) return setError(words.t('desktop.other'));
    redeemDesktop(back.server)
      .then(enterAgain)
      .then(leave, (refusal: unknown) => setError(sayError(words, refusal)));
  }, []);
  return (
    <>
      <h1 aria-busy={error === ''}>{words.t('desktop.entering')}</h1>
      <p role="alert" className="error">
        {error}
      </p>
      <button className="link" onClick={leave}>
        {words.t('letter.toSignIn')}
      </button>
    </>
  );
}

function HandOver() {
  const { t } = useWords();
  const link = `mattermost://${location.host}${location.pathname}${location.search}`;
  useEffect(() => location.assign(link), [link]);
  return (
    <>
      <h1>{t('desktop.signedIn')}</h1>
      <p>{t('desktop.goOn')}</p>
      <a className="primary" href={link}>
        {t('desktop.open')}
      </a>
    </>
  );
}

export function DesktopPage({ back, leave }: { back: DesktopReturn; leave(): void }) {
  return (
    <main className="sign-in">
      <div className="sheet">{isDesktop() ? <Redeem back={back} leave={leave} /> : <HandOver />}</div>
    </main>
  );
}
