// Explain this sign-in: every decision of the gateway, rule by rule.
import { useEffect, useState } from 'react';
import * as api from '../api/console';
import * as usersApi from '../api/users';
import type { User } from '../api/types';
import { useSubmit } from '../chat/dialogs';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { actName, acts } from './acts';

const outcomes = ['passed', 'noted', 'refused', 'admitted'];
const page_size = 50;

export function Steps({ decision }: { decision: api.Decision }) {
  const { t } = useWords();
  return (
    <ol className="steps">
      {decision.steps.map((step, at) => (
        <li key={at} className={step.outcome}>
          <span className="state">
            {outcomes.includes(step.outcome) ? t(`decision.${step.outcome}` as Key) : step.outcome}
          </span>
          <code>{step.rule}</code>
          {step.detail && <span>{step.detail}</span>}
        </li>
      ))}
    </ol>
  );
}

export function SignIns() {
  const words = useWords();
  const { t, date } = words;
  const [filter, setFilter] = useState<api.DecisionFilter>({});
  const [list, setList] = useState<api.Decision[]>();
  const [isMore, setMore] = useState(false);
  const [people, setPeople] = useState<Record<string, User>>({});
  const [open, setOpen] = useState('');
  const [failure, setFailure] = useState('');
  const add = async (before: api.Decision[]) => {
    const found = await api.decisions({
      ...filter,
      ...(before.length > 0 && { before: before[before.length - 1].create_at }),
    });
    setMore(found.length === page_size);
    setList([...before, ...found]);
    const ids = [...new Set(found.map((each) => each.user_id))].filter((id) => id && !people[id]);
    if (ids.length === 0) return;
    const users = await usersApi.byIds(ids);
    setPeople((now) => ({ ...now, ...Object.fromEntries(users.map((each) => [each.id, each])) }));
  };
  const load = (before: api.Decision[]) => {
    setFailure('');
    add(before).catch((error: unknown) => setFailure(sayError(words, error)));
  };
  useEffect(() => {
    setList(undefined);
    load([]);
  }, [filter]);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const name = String(form.get('who')).trim().replace(/^@/, '').toLowerCase();
    const admitted = String(form.get('admitted'));
    const users = name ? await usersApi.byNames([name]) : [];
    if (name && users.length === 0) throw new Error(t('decision.nobody'));
    setFilter({
      attempt: String(form.get('attempt')).trim() || undefined,
      user_id: users[0]?.id,
      act: String(form.get('act')) || undefined,
      admitted: admitted ? admitted === 'true' : undefined,
    });
  });
  return (
    <>
      <p>{t('decision.hint')}</p>
      <form className="form ask" onSubmit={onSubmit} role="search">
        <label>
          {t('decision.attempt')}
          <input name="attempt" className="field" maxLength={64} spellCheck={false} />
        </label>
        <label>
          {t('decision.who')}
          <input name="who" className="field" maxLength={64} autoComplete="off" spellCheck={false} />
        </label>
        <label>
          {t('decision.act')}
          <select name="act" className="field">
            <option value="">{t('decision.all')}</option>
            {acts.map((each) => (
              <option key={each} value={each}>
                {actName(t, each)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('decision.result')}
          <select name="admitted" className="field">
            <option value="">{t('decision.all')}</option>
            <option value="false">{t('decision.refused')}</option>
            <option value="true">{t('decision.admitted')}</option>
          </select>
        </label>
        <button className="primary" disabled={isBusy}>
          {t('decision.find')}
        </button>
        <p role="alert" className="error">
          {error && !list?.length ? t('decision.nobody') : failure}
        </p>
      </form>
      {!list && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {list?.length === 0 && <p className="empty">{t('decision.none')}</p>}
      <ul className="decisions">
        {list?.map((each) => (
          <li key={each.id}>
            <button aria-expanded={open === each.id} onClick={() => setOpen(open === each.id ? '' : each.id)}>
              <span className={`state ${each.is_admitted ? 'success' : 'error'}`}>
                {t(each.is_admitted ? 'decision.admitted' : 'decision.refused')}
              </span>
              <time dateTime={new Date(each.create_at).toISOString()}>{date(each.create_at)}</time>
              <b>{people[each.user_id]?.username ?? (each.user_id ? each.user_id : t('decision.unknown'))}</b>
              <span>{actName(t, each.act)}</span>
              <code>{each.rule}</code>
              <span className="where">
                {[each.service, each.provider, each.address].filter(Boolean).join(' · ')}
              </span>
            </button>
            {open === each.id && (
              <>
                <Steps decision={each} />
                <p className="attempt">
                  {t('decision.attempt')}: <code>{each.attempt}</code>
                </p>
              </>
            )}
          </li>
        ))}
      </ul>
      {isMore && list && (
        <button className="ghost" onClick={() => load(list)}>
          {t('app.more')}
        </button>
      )}
    </>
  );
}
