// The operator's log: its newest lines, the newest on top.
import { useEffect, useState } from 'react';
import * as api from '../api/logs';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { logPage, restOf } from './log_lines';

const every = 5_000;
const levels: Record<string, { word: Key; asked: string[] }> = {
  all: { word: 'log.all', asked: [] },
  warnings: { word: 'log.warnings', asked: ['warn', 'error'] },
  errors: { word: 'log.errors', asked: ['error'] },
};
const tones: Record<string, string> = { error: 'error', warn: 'warning' };

export function Log() {
  const words = useWords();
  const { t, date } = words;
  const [level, setLevel] = useState('all');
  const [word, setWord] = useState('');
  const [count, setCount] = useState(logPage);
  const [lines, setLines] = useState<api.LogLine[]>();
  const [failure, setFailure] = useState('');
  useEffect(() => {
    let isCurrent = true;
    const load = () =>
      void api.logLines(levels[level].asked).then(
        (now) => {
          if (!isCurrent) return;
          setLines(now.reverse());
          setFailure('');
        },
        (error: unknown) => isCurrent && setFailure(sayError(words, error)),
      );
    load();
    const timer = setInterval(load, every);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [level]);
  const wanted = word.trim().toLowerCase();
  const found = lines?.filter((each) => JSON.stringify(each).toLowerCase().includes(wanted));
  return (
    <>
      <p>{t('log.hint')}</p>
      <form className="form ask" role="search" onSubmit={(event) => event.preventDefault()}>
        <label>
          {t('log.level')}
          <select className="field" value={level} onChange={(event) => setLevel(event.target.value)}>
            {Object.entries(levels).map(([name, each]) => (
              <option key={name} value={name}>
                {t(each.word)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('log.word')}
          <input
            type="search"
            className="field"
            maxLength={100}
            spellCheck={false}
            value={word}
            onChange={(event) => setWord(event.target.value)}
          />
        </label>
        <button type="button" className="ghost" onClick={() => report(api.saveLog())}>
          {t('log.save')}
        </button>
        <p role="alert" className="error">
          {failure}
        </p>
      </form>
      {!lines && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {found?.length === 0 && <p className="empty">{t('log.none')}</p>}
      <ol className="log" aria-label={t('console.log')}>
        {found?.slice(0, count).map((each, at) => (
          <li key={`${each.timestamp} ${at}`}>
            <span className={`state ${tones[each.level] ?? ''}`}>{each.level}</span>
            <time dateTime={each.timestamp}>{date(Date.parse(each.timestamp))}</time>
            <b>{each.msg}</b>
            <code>{restOf(each)}</code>
          </li>
        ))}
      </ol>
      {found && found.length > count && (
        <button className="ghost" onClick={() => setCount(count + logPage)}>
          {t('log.more', { count: found.length - count })}
        </button>
      )}
    </>
  );
}
