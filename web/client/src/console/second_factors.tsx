// Second factors: who has one, who has to, and what a change of that would do before it does it.
import { useEffect, useState } from 'react';
import * as api from '../api/factor_policy';
import { beginTrial, changeAll, settings as askSettings, type Setting } from '../api/settings';
import { useProof } from '../chat/proof';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import { tell } from '../store/notify';
import { changesOf, delays, inDays, localText, rulesIn, shutRules, type Rules } from './factor_rules';
import { sayNode, useQuestion } from './set_up';
import { trial_minutes } from './setting_rows';
import { Failure, Table, useAsked } from './table';
import { tellTrial, trialChanged } from './trial';

const atProvider = (service: string) => service !== 'email';

function Coverage({ now }: { now: api.FactorReport }) {
  const { t } = useWords();
  const row = (share: api.Share, name: string, hint = '') => (
    <tr key={name}>
      <th scope="row">
        {name} {hint && <small>{hint}</small>}
      </th>
      <td>{share.people}</td>
      <td>{share.with_factor}</td>
      <td>{share.people - share.with_factor}</td>
    </tr>
  );
  return (
    <section className="part" aria-label={t('factors.coverage')}>
      <h2>{t('factors.coverage')}</h2>
      <p>{t('factors.summary', { count: now.people.with_factor, all: now.people.people })}</p>
      <Table
        label={t('factors.coverage')}
        columns={['factors.whose', 'factors.people', 'factors.with', 'factors.without']}
      >
        {now.roles.map((each) => row(each, each.name))}
        {row(now.guests, t('factors.guests'))}
        {now.services.map((each) =>
          row(
            each,
            t('factors.signsInBy', { service: each.name }),
            atProvider(each.name) ? t('factors.atProvider') : '',
          ),
        )}
      </Table>
      {now.bots > 0 && <p>{t('factors.bots', { count: now.bots })}</p>}
    </section>
  );
}

function Ticks({
  legend,
  names,
  chosen,
  isShut,
  set,
}: {
  legend: string;
  names: string[];
  chosen: string[];
  isShut: boolean;
  set(chosen: string[]): void;
}) {
  const all = [...new Set([...names, ...chosen])].sort();
  return (
    <fieldset disabled={isShut}>
      <legend>{legend}</legend>
      {all.map((name) => (
        <label key={name} className="tick">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) =>
              set(event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))
            }
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

function When({ from, isShut, set }: { from: number; isShut: boolean; set(from: number): void }) {
  const { t, date } = useWords();
  const [now] = useState(Date.now);
  const choices = delays.map((days) => ({ days, at: inDays(days, now) }));
  const isDay = from > now && !choices.some((each) => each.at === from);
  const [isOwn, setOwn] = useState(isDay);
  const value = isOwn ? 'date' : from <= now ? '0' : String(from);
  return (
    <div className="form ask">
      <label>
        {t('factors.when')}
        <select
          className="field"
          disabled={isShut}
          value={value}
          onChange={(event) => {
            const own = event.target.value === 'date';
            setOwn(own);
            set(own ? inDays(14, now) : Number(event.target.value));
          }}
        >
          <option value="0">{t('factors.atOnce')}</option>
          {choices.map(({ days, at }) => (
            <option key={days} value={at}>
              {t('factors.inDays', { count: days, date: date(at) })}
            </option>
          ))}
          <option value="date">{t('factors.atDate')}</option>
        </select>
      </label>
      {isOwn && (
        <label>
          {t('factors.date')}
          <input
            type="datetime-local"
            className="field"
            required
            disabled={isShut}
            value={localText(from)}
            min={localText(now)}
            max={localText(now + 365 * 86_400_000)}
            onChange={(event) => {
              const at = new Date(event.target.value).getTime();
              if (!Number.isNaN(at)) set(at);
            }}
          />
        </label>
      )}
    </div>
  );
}

/** What would become of people, and the way to do it. */
function Outcome({
  then,
  before,
  after,
  done,
}: {
  then: api.FactorReport;
  before: Rules;
  after: Rules;
  done(): void;
}) {
  const words = useWords();
  const { t, date } = words;
  const [proof, proved] = useProof();
  const [isKnown, setKnown] = useState(false);
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const count = then.affected_everywhere + then.affected_elsewhere;
  const waits = after.from > Date.now();
  const locksMe = then.includes_you && !waits;
  const run = (act: () => Promise<unknown>, text: string) => {
    setBusy(true);
    setFailure('');
    report(
      proved(async () => {
        await act();
        tell(text);
        done();
      })
        .catch((error: unknown) => setFailure(sayNode(words, error)))
        .finally(() => setBusy(false)),
    );
  };
  const sections = changesOf(before, after);
  const tryIt = () =>
    run(async () => {
      await beginTrial(sections, trial_minutes);
      tellTrial();
    }, t('factors.onTrial'));
  const save = () => run(() => changeAll(sections), t('factors.saved'));
  return (
    <div className="outcome" role="status">
      <h3>{t('factors.outcome')}</h3>
      <p>
        <b>{t('factors.affected', { count })}</b>{' '}
        {then.affected_elsewhere > 0 && t('factors.affectedElsewhere', { count: then.affected_elsewhere })}
      </p>
      {count > 0 && (
        <ul>
          {waits && <li>{t('factors.until', { date: date(after.from) })}</li>}
          {waits && <li>{t(then.sends_letters ? 'factors.letters' : 'factors.noLetters')}</li>}
          <li>{waits ? t('factors.after', { date: date(after.from) }) : t('factors.fromNow')}</li>
          {then.services.some((each) => each.affected > 0 && atProvider(each.name)) && (
            <li>
              {t('factors.providerToo', {
                count: then.services
                  .filter((each) => atProvider(each.name))
                  .reduce((sum, each) => sum + each.affected, 0),
              })}
            </li>
          )}
        </ul>
      )}
      {then.affected.length > 0 && (
        <Table
          label={t('factors.outcome')}
          columns={['factors.person', 'account.roles', 'factors.service', 'factors.where']}
        >
          {then.affected.map((each) => (
            <tr key={each.id}>
              <th scope="row">{each.username}</th>
              <td>{each.roles}</td>
              <td>{each.service}</td>
              <td>{t(each.is_elsewhere_only ? 'factors.elsewhere' : 'factors.everywhere')}</td>
            </tr>
          ))}
        </Table>
      )}
      {count > then.affected.length && <p>{t('factors.more', { count: count - then.affected.length })}</p>}
      {locksMe && (
        <label className="tick note">
          <input type="checkbox" checked={isKnown} onChange={(event) => setKnown(event.target.checked)} />
          {t('factors.you')}
        </label>
      )}
      <Failure text={failure} />
      <div className="buttons start">
        {!waits && (
          <button className="primary" disabled={isBusy || (locksMe && !isKnown)} onClick={tryIt}>
            {t('trial.try', { count: trial_minutes })}
          </button>
        )}
        <button
          className={waits ? 'primary' : 'ghost'}
          disabled={isBusy || (locksMe && !isKnown)}
          onClick={save}
        >
          {t('setting.save')}
        </button>
      </div>
      {proof}
    </div>
  );
}

function Policy({
  now,
  settings,
  before,
  done,
}: {
  now: api.FactorReport;
  settings: Setting[];
  before: Rules;
  done(): void;
}) {
  const { t } = useWords();
  const [after, setAfter] = useState(before);
  const [networks, setNetworks] = useState(before.networks.join('\n'));
  const { answer, failure, isBusy, ask, forget } = useQuestion<api.FactorReport>();
  const shut = shutRules(settings);
  const isShut = (rule: keyof Rules) => shut.includes(rule);
  const change = (rules: Partial<Rules>) => {
    setAfter((old) => ({ ...old, ...rules }));
    forget();
  };
  const sections = changesOf(before, after);
  const isChanged = Object.keys(sections).length > 0;
  const tick = (rule: 'isOn' | 'everybody' | 'guests', text: string, isOpen = true) => (
    <label className="tick">
      <input
        type="checkbox"
        checked={after[rule]}
        disabled={isShut(rule) || !isOpen}
        onChange={(event) => change({ [rule]: event.target.checked })}
      />
      {text}
    </label>
  );
  return (
    <section className="part" aria-label={t('factors.rules')}>
      <h2>{t('factors.rules')}</h2>
      <p>{t('factors.rulesHint')}</p>
      <form
        className="form"
        aria-label={t('factors.rules')}
        onSubmit={(event) => {
          event.preventDefault();
          ask(() => api.preview(sections));
        }}
      >
        {tick('isOn', t('factors.isOn'))}
        {tick('everybody', t('factors.everybody'), after.isOn || after.everybody)}
        {tick('guests', t('factors.allGuests'))}
        <Ticks
          legend={t('factors.forRoles')}
          names={now.roles.map((each) => each.name)}
          chosen={after.roles}
          isShut={isShut('roles')}
          set={(roles) => change({ roles })}
        />
        <Ticks
          legend={t('factors.forServices')}
          names={now.services.map((each) => each.name)}
          chosen={after.services}
          isShut={isShut('services')}
          set={(services) => change({ services })}
        />
        <label>
          {t('factors.networks')}
          <textarea
            className="field"
            rows={3}
            spellCheck={false}
            disabled={isShut('networks')}
            value={networks}
            placeholder="10.0.0.0/8"
            onChange={(event) => {
              setNetworks(event.target.value);
              change({ networks: event.target.value.split(/\s+/).filter(Boolean) });
            }}
          />
          <small>{t('factors.networksHint')}</small>
        </label>
        <When from={after.from} isShut={isShut('from')} set={(from) => change({ from })} />
        <Failure text={failure} />
        <div className="buttons start">
          <button className="primary" disabled={!isChanged || isBusy} aria-busy={isBusy}>
            {t('factors.preview')}
          </button>
          {!isChanged && <small>{t('factors.unchanged')}</small>}
        </div>
      </form>
      {answer && <Outcome then={answer} before={before} after={after} done={done} />}
    </section>
  );
}

export function SecondFactors() {
  const { t, date } = useWords();
  const [now, failure, load] = useAsked(api.coverage, 60_000);
  const [settings, refusal, loadSettings] = useAsked(askSettings, 60_000);
  const again = () => {
    load();
    loadSettings();
  };
  useEffect(() => {
    addEventListener(trialChanged, again);
    return () => removeEventListener(trialChanged, again);
  });
  const before = settings && rulesIn(settings);
  const lacking = now ? now.affected_everywhere + now.affected_elsewhere : 0;
  return (
    <>
      <p>{t('factors.hint')}</p>
      {(failure || refusal) && <Failure text={failure || refusal} />}
      {!now && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {now && now.enforced_from > Date.now() && (
        <p className="note" role="status">
          {t('factors.waiting', { date: date(now.enforced_from), count: lacking })}
        </p>
      )}
      {now && <Coverage now={now} />}
      {now && settings && before && (
        <Policy key={JSON.stringify(before)} now={now} settings={settings} before={before} done={again} />
      )}
    </>
  );
}
