// Setting up a way to sign in, step by step: nothing is changed before the last step, which puts all of it on trial.
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { decisions, type Decision } from '../api/console';
import { ApiError } from '../api/errors';
import { root } from '../api/request';
import type { Values } from '../api/set_up';
import * as api from '../api/settings';
import { useProof } from '../chat/proof';
import { report } from '../chat/report';
import { useWords, type Words } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { tell } from '../store/notify';
import { useStore } from '../store/state';
import { differences, keepDraft, readDraft, type Draft } from './draft';
import { Field, trial_minutes, useTold } from './setting_rows';
import { Steps as Rules } from './sign_ins';
import { Failure, useAsked } from './table';
import { tellTrial, trialChanged } from './trial';

/** Names what is wrong with this very directory, provider or setting, which no catalogue could. */
const tells = /^(config\.|ldap\.|ent\.ldap\.|oidc\.look|saml\.metadata\.|web\.outbound\.)/;
export const sayNode = (words: Words, error: unknown) =>
  error instanceof ApiError && tells.test(error.id) && error.message ? error.message : sayError(words, error);

/** One question to the node: its answer, why there is none, and whether it is being asked. */
export function useQuestion<T>(): {
  answer?: T;
  failure: string;
  isBusy: boolean;
  ask(what: () => Promise<T>): void;
  forget(): void;
} {
  const words = useWords();
  const [answer, setAnswer] = useState<T>();
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const turn = useRef(0);
  const forget = () => {
    ++turn.current;
    setAnswer(undefined);
    setFailure('');
    setBusy(false);
  };
  const ask = (what: () => Promise<T>) => {
    forget();
    const own = turn.current;
    setBusy(true);
    const end = (act: () => void) => {
      if (own !== turn.current) return; // what was asked about is no longer what is shown
      act();
      setBusy(false);
    };
    what().then(
      (now) => end(() => setAnswer(now)),
      (error: unknown) => end(() => setFailure(sayNode(words, error))),
    );
  };
  return { answer, failure, isBusy, ask, forget };
}

export interface SetUp {
  section: string;
  settings: api.Setting[];
  step: number;
  go(step: number): void;
  value(name: string): api.Value;
  text(name: string): string;
  set(values: Values): void;
  /** All that was typed. */
  values: Values;
  forget(): void;
  load(): void;
  /** The address of the site, without a final slash; "" while it is not set. */
  site: string;
}

/** A draft of one section, over what is in force; nothing while that is not known. */
export function useSetUp(section: string, secrets: string[]): [SetUp | undefined, string] {
  const me = useStore((s) => s.me?.id ?? '');
  const told = useStore((s) => s.config.SiteURL ?? '');
  const place = `${me}.${section}`;
  const [all, failure, load] = useAsked(api.settings, 10_000);
  const [draft, setDraft] = useState<Draft>(() => readDraft(place, sessionStorage));
  useEffect(() => keepDraft(place, draft, secrets, sessionStorage), [draft]);
  useEffect(() => {
    addEventListener(trialChanged, load);
    return () => removeEventListener(trialChanged, load);
  });
  if (!all) return [undefined, failure];
  const settings = all.filter((each) => each.section === section);
  // Whoever may not read it is told the address that clients are told.
  const site = all.find((each) => each.section === 'ServiceSettings' && each.name === 'SiteURL');
  const value = (name: string) => {
    const setting = settings.find((each) => each.name === name);
    if (setting?.kind === 'secret') return draft.values[name] ?? '';
    return draft.values[name] ?? setting?.value ?? '';
  };
  return [
    {
      section,
      settings,
      step: draft.step,
      go: (step) => setDraft((now) => ({ ...now, step })),
      value,
      text: (name) => String(value(name)),
      set: (values) => setDraft((now) => ({ ...now, values: { ...now.values, ...values } })),
      values: draft.values,
      forget: () => setDraft({ step: 0, values: {} }),
      load,
      site: String(site?.value ?? told).replace(/\/$/, ''),
    },
    failure,
  ];
}

/** The list of steps, and the one that is open. Steps before it can be gone back to. */
export function StepPage({
  names,
  setUp,
  at,
  children,
}: {
  names: Key[];
  setUp: SetUp;
  at: number;
  children: ReactNode;
}) {
  const { t } = useWords();
  const title = useRef<HTMLHeadingElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) title.current?.focus();
    isFirst.current = false;
  }, [at]);
  return (
    <>
      <ol className="step-list" aria-label={t('setUp.steps')}>
        {names.map((name, place) => (
          <li key={name} aria-current={place === at ? 'step' : undefined}>
            {place < at ? (
              <button className="link" onClick={() => setUp.go(place)}>
                {t(name)}
              </button>
            ) : (
              <span>{t(name)}</span>
            )}
          </li>
        ))}
      </ol>
      <section className="part set-up" aria-label={t(names[at])}>
        <h2 ref={title} tabIndex={-1}>
          <small>{t('setUp.stepOf', { step: at + 1, count: names.length })}</small> {t(names[at])}
        </h2>
        {children}
      </section>
    </>
  );
}

/** Back, and on to the next step once `isReady`; `hint` says what is missing for that. */
export function StepEnd({ setUp, isReady, hint }: { setUp: SetUp; isReady: boolean; hint?: string }) {
  const { t } = useWords();
  return (
    <div className="buttons start step-end">
      {setUp.step > 0 && (
        <button className="ghost" onClick={() => setUp.go(setUp.step - 1)}>
          {t('setUp.back')}
        </button>
      )}
      <button className="primary" disabled={!isReady} onClick={() => setUp.go(setUp.step + 1)}>
        {t('setUp.next')}
      </button>
      {!isReady && hint && <small>{hint}</small>}
    </div>
  );
}

/** One key of the section, by a name for people and its own below. */
export function Entry({
  setUp,
  name,
  label,
  hint,
  list,
  after,
}: {
  setUp: SetUp;
  name: string;
  label: Key;
  hint?: ReactNode;
  /** What the browser offers while one types. */
  list?: string[];
  after?(value: api.Value): void;
}) {
  const { t } = useWords();
  const id = useId();
  const setting = setUp.settings.find((each) => each.name === name);
  if (!setting) return null;
  const isShut = !setting.may_change;
  const set = (value: api.Value) => {
    setUp.set({ [name]: value });
    after?.(value);
  };
  return (
    <div className="entry">
      <label htmlFor={id}>
        {t(label)} <code>{name}</code>
      </label>
      {isShut ? (
        <p>
          <b>{setUp.text(name) || t('setting.empty')}</b>{' '}
          <small>{t(setting.is_decided ? 'setting.isDecided' : 'setting.isLocal')}</small>
        </p>
      ) : list ? (
        <>
          <input
            id={id}
            className="field"
            list={`${id}-list`}
            autoComplete="off"
            spellCheck={false}
            value={setUp.text(name)}
            onChange={(e) => set(e.target.value)}
          />
          <datalist id={`${id}-list`}>
            {list.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </>
      ) : (
        <Field setting={setting} id={id} value={setUp.value(name)} set={set} />
      )}
      {hint && <small>{hint}</small>}
    </div>
  );
}

/** An address or a name that has to be entered somewhere else. */
export function Copied({ label, value }: { label: Key; value: string }) {
  const { t } = useWords();
  const copy = () =>
    report(navigator.clipboard.writeText(value).then(() => tell(t('setUp.copied', { name: t(label) }))));
  return (
    <>
      <dt>{t(label)}</dt>
      <dd>
        <code>{value}</code>{' '}
        <button className="link" aria-label={t('setUp.copyOf', { name: t(label) })} onClick={copy}>
          {t('setUp.copy')}
        </button>
      </dd>
    </>
  );
}

/** What each sign-in since the trial began met, rule by rule, the newest first. */
function Tries({ trial, service, mayRead }: { trial: api.Trial; service: string; mayRead: boolean }) {
  const { t, date } = useWords();
  const attempts = (trial.attempts ?? []).filter((each) => each.service === service).slice(0, 5);
  const [found, setFound] = useState<Record<string, Decision>>({});
  const wanted = attempts.map((each) => each.attempt).filter((each) => mayRead && !found[each]);
  useEffect(() => {
    for (const attempt of wanted)
      report(
        decisions({ attempt, act: 'sign_in' }).then(([first]) => {
          if (first) setFound((now) => ({ ...now, [attempt]: first }));
        }),
      );
  }, [wanted.join()]);
  if (attempts.length === 0) return <p className="empty">{t('setUp.noTry')}</p>;
  return (
    <ul className="decisions">
      {attempts.map((each) => (
        <li key={each.attempt}>
          <p className="try">
            <span className={`state ${each.is_admitted ? 'success' : 'error'}`}>
              {t(each.is_admitted ? 'decision.admitted' : 'decision.refused')}
            </span>{' '}
            <time dateTime={new Date(each.create_at).toISOString()}>{date(each.create_at)}</time>{' '}
            <code>{each.rule}</code>
          </p>
          {found[each.attempt] && <Rules decision={found[each.attempt]} />}
        </li>
      ))}
    </ul>
  );
}

/** The last step: what changes, the trial, what sign-ins met meanwhile, and how it ended. */
export function TryOut({
  setUp,
  service,
  address,
  lacks,
  mayRead,
  extra,
}: {
  setUp: SetUp;
  service: string;
  /** Where a sign-in by it begins; without, the sign-in page takes name and password. */
  address?: string;
  /** Why it cannot begin; "" when it can. */
  lacks: string;
  /** Whether the person may read why sign-ins were admitted or refused. */
  mayRead: boolean;
  extra?: ReactNode;
}) {
  const words = useWords();
  const { t } = words;
  const told = useTold();
  const [trial, , loadTrial] = useAsked(api.trial, 3_000);
  const [hasBegun, setBegun] = useState(false);
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [proof, proved] = useProof();
  const all = differences(setUp.settings, setUp.values);
  const isOurs = !!trial?.is_running && trial.keys.some((each) => each.section === setUp.section);
  const act = (isTried: boolean) => {
    const next = Object.fromEntries(all.map((each) => [each.name, each.after]));
    setBusy(true);
    setFailure('');
    const run = async () => {
      try {
        if (isTried) await api.beginTrial({ [setUp.section]: next }, trial_minutes);
        else await api.changeAll({ [setUp.section]: next });
      } catch (refusal) {
        if (!(refusal instanceof ApiError) || !tells.test(refusal.id)) throw refusal;
        return setFailure(t('setting.refused', { what: refusal.message }));
      }
      setBegun(true);
      // It is the node's now; who wants to send it once more types it once more.
      setUp.set(Object.fromEntries(all.filter((each) => each.isSecret).map((each) => [each.name, ''])));
      loadTrial();
      tellTrial();
    };
    proved(run)
      .catch((error: unknown) => setFailure(sayError(words, error)))
      .finally(() => setBusy(false));
  };
  if (isOurs && trial)
    return (
      <>
        <p>{t('setUp.onTrial')}</p>
        {address ? (
          <p>
            <a href={root + address} target="_blank" rel="noopener">
              {t('signOn.try')}
            </a>{' '}
            <small>{t('setUp.tryPrivate')}</small>
          </p>
        ) : (
          <p>{t('setUp.tryPassword')}</p>
        )}
        <h3>{t('setUp.tries')}</h3>
        <Tries trial={trial} service={service} mayRead={mayRead} />
        {!mayRead && <p>{t('setUp.noReading')}</p>}
      </>
    );
  if (all.length === 0)
    return (
      <>
        <p className="note" role="status">
          <span className="state success">{t(hasBegun ? 'setUp.inForce' : 'setUp.noChange')}</span>
        </p>
        <div className="buttons start step-end">
          <button className="ghost" onClick={() => setUp.go(setUp.step - 1)}>
            {t('setUp.back')}
          </button>
          <a className="primary" href={`${root}console/sign-on`} onClick={setUp.forget}>
            {t('setUp.toWays')}
          </a>
        </div>
      </>
    );
  return (
    <>
      {hasBegun && (
        <p className="note" role="status">
          {t('setUp.wentBack')}
        </p>
      )}
      {extra}
      <h3>{t('setUp.changes')}</h3>
      <ul className="setting-list">
        {all.map((each) => (
          <li key={each.name} className="difference">
            <code>{each.name}</code>{' '}
            {each.isSecret ? (
              <span>{t('setUp.newSecret')}</span>
            ) : (
              <span>
                <del>{told(each.before)}</del> → <ins>{told(each.after)}</ins>
              </span>
            )}
          </li>
        ))}
      </ul>
      <Failure text={failure || lacks} />
      <p>{t('setUp.trialHint', { count: trial_minutes })}</p>
      <div className="buttons start step-end">
        <button className="ghost" onClick={() => setUp.go(setUp.step - 1)}>
          {t('setUp.back')}
        </button>
        <button className="primary" disabled={isBusy || lacks !== ''} onClick={() => act(true)}>
          {t('trial.try', { count: trial_minutes })}
        </button>
        <button className="ghost" disabled={isBusy || lacks !== ''} onClick={() => act(false)}>
          {t('setUp.saveAtOnce')}
        </button>
      </div>
      {proof}
    </>
  );
}
