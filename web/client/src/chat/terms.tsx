// The page of somebody who is to accept the organisation's terms before anything else.
import { useEffect, useState } from 'react';
import * as api from '../api/attributes';
import { useWords } from '../i18n';
import { enterAgain, signOut } from '../store/session';
import { useStore } from '../store/state';
import { Markdown } from './markdown';
import { report } from './report';

export function TermsWanted() {
  const { t, date } = useWords();
  const site = useStore((s) => s.siteName);
  const [terms, setTerms] = useState<api.Terms>();
  const [isBusy, setBusy] = useState(false);
  const load = () => report(api.terms().then(setTerms));
  useEffect(load, []);
  const answer = async (accepted: boolean) => {
    if (!terms) return;
    setBusy(true);
    try {
      await api.answerTerms(terms.id, accepted);
      await (accepted ? enterAgain() : signOut());
    } catch (error) {
      load(); // newer ones may have been published
      throw error;
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <div className="sheet terms" aria-busy={!terms}>
        <h1>{t('terms.title', { site })}</h1>
        {terms && (
          <>
            <div className="text" tabIndex={0} role="region" aria-label={t('terms.title', { site })}>
              <Markdown text={terms.text} />
            </div>
            <p>
              <small>{t('terms.since', { time: date(terms.create_at) })}</small>
            </p>
            <div className="buttons">
              <button className="ghost" disabled={isBusy} onClick={() => report(answer(false))}>
                {t('terms.decline')}
              </button>
              <button className="primary" data-focus disabled={isBusy} onClick={() => report(answer(true))}>
                {t('terms.accept')}
              </button>
            </div>
          </>
        )}
      </div>
    </main>
  );
}
