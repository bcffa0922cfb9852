// The log of decisions, proved here: who signed it, that it has only grown since this browser last saw it, and
// that each record is what was written. Nothing that the node says about that is believed.
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import * as api from '../api/audit';
import { saveJson } from '../api/request';
import * as usersApi from '../api/users';
import type { User } from '../api/types';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { actName } from './acts';
import { keptLog, keepLog, type Kept } from './kept_log';
import { Failure, Table } from './table';
import * as tree from './tree';

const page_size = 50;
const faultWords: Record<tree.Fault, Key> = {
  format: 'audit.fault.format',
  signature: 'audit.fault.signature',
  growth: 'audit.fault.growth',
  order: 'audit.fault.order',
  entry: 'audit.fault.entry',
  inclusion: 'audit.fault.inclusion',
  content: 'audit.fault.content',
  agreement: 'audit.fault.agreement',
  chain: 'audit.fault.chain',
};

interface Log {
  keys: tree.Bytes[];
  print: string;
  size: number;
  create_at: number;
  root: tree.Bytes;
  origin: string;
  /** What this browser saw before, when it is the same log. */
  since?: Kept;
  /** Another key signs than the one that was compared. */
  isRenewed: boolean;
}
type State = { log: Log; fault?: undefined } | { log?: undefined; fault: Key; kept?: Kept };

/** Asks for what is signed now, and holds it against what was seen before. */
async function look(): Promise<State> {
  const keys = tree.keysIn((await api.keys()).pem);
  const told = await api.checkpoint();
  const now = tree.noteIn(told.note);
  if (!now) return { fault: 'audit.fault.format' };
  const kept = keptLog(now.origin);
  if (kept && !keys.some((key) => tree.toBase64(key) === kept.key)) return { fault: 'audit.fault.key', kept };
  if (!(await tree.isSigned(now, keys))) return { fault: 'audit.fault.signature', kept };
  const before = kept && tree.noteIn(kept.note);
  if (before) {
    if (before.size > now.size) return { fault: 'audit.fault.shorter', kept };
    let steps: (tree.Bytes | undefined)[] = [];
    if (before.size < now.size) {
      const bundle = await api.growth(before.size, now.size);
      steps = bundle.consistency.map((each) => tree.fromBase64(each, 32));
    }
    if (!steps.every((each) => each !== undefined)) return { fault: 'audit.fault.growth', kept };
    if (!(await tree.isConsistent(before, now, steps))) return { fault: 'audit.fault.growth', kept };
  }
  // The key that was compared stays the one that counts.
  const newest = tree.toBase64(keys[0]);
  const key = kept?.key ?? newest;
  keepLog(now.origin, { key, note: told.note, seen_at: Date.now(), first_at: kept?.first_at ?? Date.now() });
  return {
    log: {
      keys,
      print: await tree.fingerprint(keys[0]),
      size: now.size,
      create_at: told.create_at,
      root: now.root,
      origin: now.origin,
      since: kept,
      isRenewed: key !== newest,
    },
  };
}

function Summary({ state, again }: { state: State; again(): void }) {
  const { t, date } = useWords();
  const { log } = state;
  const compared = () => {
    if (!log) return;
    const kept = keptLog(log.origin);
    if (kept) keepLog(log.origin, { ...kept, key: tree.toBase64(log.keys[0]) });
    again();
  };
  return (
    <section className="part" aria-label={t('audit.log')}>
      <h2>{t('audit.log')}</h2>
      {log ? (
        <>
          <p>
            <span className="state success">{t('audit.proved')}</span>{' '}
            {t('audit.leaves', { count: log.size })} {t('audit.signed', { when: date(log.create_at) })}
          </p>
          <p>
            {log.since
              ? t('audit.grown', { when: date(log.since.seen_at), first: date(log.since.first_at) })
              : t('audit.first')}
          </p>
          <dl className="facts">
            <dt>{t('audit.name')}</dt>
            <dd>
              <code>{log.origin}</code>
            </dd>
            <dt>{t('audit.key')}</dt>
            <dd>
              <code>{log.print}</code>
              <small>{t('audit.keyHint')}</small>
              {log.isRenewed && (
                <p role="alert">
                  {t('audit.keyRenewed')}{' '}
                  <button className="link" onClick={compared}>
                    {t('audit.keyCompared')}
                  </button>
                </p>
              )}
            </dd>
          </dl>
        </>
      ) : (
        <>
          <p role="alert">
            <span className="state error">{t('audit.notProved')}</span> {t(state.fault)}
          </p>
          {state.kept && <p>{t('audit.seen', { when: date(state.kept.seen_at) })}</p>}
          <p>{t('audit.whatNow')}</p>
        </>
      )}
      <button className="ghost" onClick={again}>
        {t('audit.again')}
      </button>
    </section>
  );
}

/** Every leaf from the first, to the root that is signed. */
function CheckAll({ log }: { log: Log }) {
  const { t } = useWords();
  const [done, setDone] = useState<number>();
  const [result, setResult] = useState<ReactNode>();
  const isWanted = useRef(true);
  useEffect(() => {
    isWanted.current = true;
    return () => {
      isWanted.current = false;
    };
  }, []);
  const run = async () => {
    setResult(undefined);
    setDone(0);
    const growing = new tree.Growing();
    let before: string | undefined;
    let unreadable = 0;
    while (growing.size < log.size) {
      const bundle = await api.records(growing.size, api.mostRecords, log.size);
      if (bundle.records.length === 0) return t('audit.fault.order');
      for (const each of bundle.records) {
        if (each.leaf !== growing.size) return t('audit.fault.order');
        const opened = await tree.openRecord(each, before);
        if (typeof opened === 'string')
          return t('audit.atLeaf', { leaf: each.leaf, what: t(faultWords[opened]) });
        if (!opened.decision) ++unreadable;
        before = each.entry;
        await growing.add(each.entry);
      }
      if (!isWanted.current) return undefined;
      setDone(growing.size);
    }
    if (tree.toBase64(await growing.root()) !== tree.toBase64(log.root)) return t('audit.fault.inclusion');
    return { whole: t('audit.allGood', { count: log.size, unreadable }) };
  };
  const check = () =>
    report(
      run()
        .then((end) => {
          if (end === undefined) return;
          const isGood = typeof end !== 'string';
          setResult(
            <p role={isGood ? 'status' : 'alert'}>
              <span className={`state ${isGood ? 'success' : 'error'}`}>
                {t(isGood ? 'audit.proved' : 'audit.notProved')}
              </span>{' '}
              {isGood ? end.whole : end}
            </p>,
          );
        })
        .finally(() => setDone(undefined)),
    );
  return (
    <section className="part" aria-label={t('audit.all')}>
      <h2>{t('audit.all')}</h2>
      <p>{t('audit.allHint')}</p>
      {done === undefined ? (
        <button className="ghost" onClick={check}>
          {t('audit.checkAll')}
        </button>
      ) : (
        <progress aria-label={t('audit.checkAll')} value={done} max={log.size} />
      )}
      {result}
    </section>
  );
}

/** A file that somebody has, under the keys of this node. */
function CheckFile({ log }: { log: Log }) {
  const { t } = useWords();
  const [result, setResult] = useState<ReactNode>();
  const check = async (file: File) => {
    let bundle: api.Bundle;
    try {
      bundle = JSON.parse(await file.text()) as api.Bundle;
    } catch {
      return t('audit.fault.format');
    }
    const opened = await tree.openBundle(bundle, log.keys).catch(() => 'format' as const);
    if (typeof opened === 'string') return t(faultWords[opened]);
    const { checkpoint, records } = opened;
    return { good: t('audit.fileGood', { count: records.length, size: checkpoint.size }) };
  };
  return (
    <section className="part" aria-label={t('audit.file')}>
      <h2>{t('audit.file')}</h2>
      <label>
        {t('audit.fileHint')}
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (!file) return;
            report(
              check(file).then((end) =>
                setResult(
                  typeof end === 'string' ? (
                    <p role="alert">
                      <span className="state error">{t('audit.notProved')}</span> {end}
                    </p>
                  ) : (
                    <p role="status">
                      <span className="state success">{t('audit.proved')}</span> {end.good}
                    </p>
                  ),
                ),
              ),
            );
          }}
        />
      </label>
      {result}
    </section>
  );
}

function Records({ log }: { log: Log }) {
  const words = useWords();
  const { t, date } = words;
  const [first, setFirst] = useState(Math.max(0, log.size - page_size));
  const [shown, setShown] = useState<tree.CheckedRecord[]>();
  const [people, setPeople] = useState<Record<string, User>>({});
  const [failure, setFailure] = useState('');
  const load = useCallback(async () => {
    const bundle = await api.records(first, page_size, log.size);
    const opened = await tree.openBundle(bundle, log.keys);
    if (typeof opened === 'string') return setFailure(t(faultWords[opened]));
    setShown([...opened.records].reverse());
    const ids = opened.records.flatMap(({ decision }) => [decision?.user_id, decision?.actor_id]);
    const wanted = [...new Set(ids.filter((id): id is string => !!id))];
    if (wanted.length === 0) return;
    const users = await usersApi.byIds(wanted);
    setPeople((now) => ({ ...now, ...Object.fromEntries(users.map((each) => [each.id, each])) }));
  }, [first, log]);
  useEffect(() => {
    setShown(undefined);
    setFailure('');
    load().catch((error: unknown) => setFailure(sayError(words, error)));
  }, [load]);
  const nameOf = (id?: string) => (id ? (people[id]?.username ?? id) : '');
  const save = (id: string) =>
    report(api.proofOf(id).then((bundle) => saveJson(`record-${id}.json`, JSON.stringify(bundle))));
  return (
    <section className="part" aria-label={t('audit.records')}>
      <h2>{t('audit.records')}</h2>
      <p>{t('audit.recordsHint')}</p>
      {failure && <Failure text={failure} />}
      {!shown && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {shown && (
        <Table
          label={t('audit.records')}
          columns={['audit.leaf', 'audit.when', 'audit.what', 'audit.whom', 'audit.by', 'audit.state']}
        >
          {shown.map(({ leaf, id, create_at, decision }) => (
            <tr key={leaf}>
              <td>{leaf}</td>
              <td>
                <time dateTime={new Date(create_at).toISOString()}>{date(create_at)}</time>
              </td>
              <td>
                {decision ? actName(t, decision.act) : t('audit.gone')}
                {decision && (
                  <details>
                    <summary>
                      <code>{decision.rule}</code>
                    </summary>
                    <ol className="steps">
                      {decision.steps.map((step, at) => (
                        <li key={at} className={step.outcome}>
                          <code>{step.rule}</code> {step.detail}
                        </li>
                      ))}
                    </ol>
                  </details>
                )}
              </td>
              <td>{nameOf(decision?.user_id)}</td>
              <td>{nameOf(decision?.actor_id)}</td>
              <td>
                <span className="state success">{t('audit.proved')}</span>
                <button className="link" onClick={() => save(id)} aria-label={t('audit.saveOf', { leaf })}>
                  {t('audit.save')}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div className="buttons">
        <button
          className="ghost"
          disabled={first === 0}
          onClick={() => setFirst(Math.max(0, first - page_size))}
        >
          {t('audit.older')}
        </button>
        <button
          className="ghost"
          disabled={first + page_size >= log.size}
          onClick={() => setFirst(Math.min(first + page_size, Math.max(0, log.size - page_size)))}
        >
          {t('audit.newer')}
        </button>
      </div>
    </section>
  );
}

export function Audit() {
  const words = useWords();
  const { t } = words;
  const [state, setState] = useState<State>();
  const [failure, setFailure] = useState('');
  const again = useCallback(() => {
    setFailure('');
    look().then(setState, (error: unknown) => setFailure(sayError(words, error)));
  }, [words]);
  const isAble = 'subtle' in crypto;
  useEffect(() => {
    if (isAble) again();
  }, []);
  if (!isAble) return <Failure text={t('audit.insecure')} />;
  return (
    <>
      <p>{t('audit.hint')}</p>
      {failure && <Failure text={failure} />}
      {!state && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {state && <Summary state={state} again={again} />}
      {state?.log && (
        <>
          <Records key={state.log.size} log={state.log} />
          <CheckAll key={`all ${state.log.size}`} log={state.log} />
          <CheckFile log={state.log} />
        </>
      )}
    </>
  );
}
