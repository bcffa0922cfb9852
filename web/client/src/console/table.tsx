// What pages that list things share: the table, and a list that is asked for again and again.
import { useEffect, useState, type ReactNode } from 'react';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';

export function Table({ label, columns, children }: { label: string; columns: Key[]; children: ReactNode }) {
  const { t } = useWords();
  return (
    <div className="table" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((each) => (
              <th key={each} scope="col">
                {t(each)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** What `ask` answers, now and every `pause` milliseconds; why it does not; and a way to ask at once. */
export function useAsked<T>(ask: () => Promise<T>, pause = 15_000): [T | undefined, string, () => void] {
  const words = useWords();
  const [answer, setAnswer] = useState<T>();
  const [failure, setFailure] = useState('');
  const load = () =>
    void ask().then(
      (now) => {
        setAnswer(now);
        setFailure('');
      },
      (error: unknown) => setFailure(sayError(words, error)),
    );
  useEffect(() => {
    load();
    const timer = setInterval(load, pause);
    return () => clearInterval(timer);
  }, [pause]);
  return [answer, failure, load];
}

export function Failure({ text }: { text: string }) {
  return (
    <p role="alert" className="error">
      {text}
    </p>
  );
}
