import './ui/theme';
import '@fontsource-variable/inter/wght.css';
import './ui/base.css';
import './chat/chat.css';
import { lazy, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Shell } from './chat/shell';
import { SignIn } from './chat/sign_in';
import { LanguageRoom, useWords } from './i18n';
import { root } from './api/request';
import { desktopReturnOf } from './store/desktop';
import { isConsole, letterOf } from './store/route';
import { signOut, start } from './store/session';
import { useStore } from './store/state';

const FactorWanted = lazy(() =>
  import('./chat/second_factor').then((room) => ({ default: room.FactorWanted })),
);
const TermsWanted = lazy(() => import('./chat/terms').then((room) => ({ default: room.TermsWanted })));
const Console = lazy(() => import('./console/console').then((room) => ({ default: room.Console })));
const LetterPage = lazy(() => import('./chat/letters').then((room) => ({ default: room.LetterPage })));
const DesktopPage = lazy(() => import('./chat/desktop').then((room) => ({ default: room.DesktopPage })));
const TeamChoices = lazy(() => import('./chat/dialogs').then((room) => ({ default: room.TeamChoices })));

function NoTeam() {
  const { t } = useWords();
  return (
    <main className="sign-in">
      <div className="sheet">
        <h1>{t('team.none')}</h1>
        <p>{t('team.noneHint')}</p>
        <Suspense>
          <TeamChoices />
        </Suspense>
        <button className="link" onClick={() => void signOut()}>
          {t('nav.signOut')}
        </button>
      </div>
    </main>
  );
}

function Unreachable() {
  const { t } = useWords();
  return (
    <main className="sign-in">
      <div className="sheet">
        <h1>{t('app.unreachable')}</h1>
        <button className="primary" onClick={() => void start()}>
          {t('app.retry')}
        </button>
      </div>
    </main>
  );
}

function App() {
  const stage = useStore((s) => s.stage);
  const [letter, setLetter] = useState(() => letterOf(location.pathname, location.search));
  const [back, setBack] = useState(() => desktopReturnOf(location.pathname, location.search));
  useEffect(() => void start(), []);
  if (back && stage !== 'start')
    return (
      <Suspense>
        <DesktopPage back={back} leave={() => setBack(undefined)} />
      </Suspense>
    );
  if (letter && stage !== 'start')
    return (
      <Suspense>
        <LetterPage
          letter={letter}
          leave={() => {
            history.replaceState(null, '', root);
            setLetter(undefined);
          }}
        />
      </Suspense>
    );
  switch (stage) {
    case 'sign-in':
      return <SignIn />;
    case 'factor-wanted':
      return (
        <Suspense>
          <FactorWanted />
        </Suspense>
      );
    case 'terms-wanted':
      return (
        <Suspense>
          <TermsWanted />
        </Suspense>
      );
    case 'console':
      return (
        <Suspense>
          <Console />
        </Suspense>
      );
    case 'no-team':
      return <NoTeam />;
    case 'unreachable':
      return <Unreachable />;
    case 'ready':
      return <Shell />;
    default:
      return <div className="start" aria-busy="true" />;
  }
}

// An old page after an update asks for parts that are gone: one reload gets the new page. Drafts are kept.
addEventListener('vite:preloadError', () => {
  const key = 'concordat.reloaded';
  if (Date.now() - Number(sessionStorage.getItem(key)) < 60_000) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
});

createRoot(document.getElementById('root')!).render(
  <LanguageRoom isConsole={isConsole(location.pathname)}>
    <App />
  </LanguageRoom>,
);
