// Rules about content: made after a try, switched on and off, and where they struck.
import { useEffect, useState } from 'react';
import * as api from '../api/content';
import { byIds } from '../api/users';
import { useSubmit } from '../chat/dialogs';
import { useProof } from '../chat/proof';
import { report } from '../chat/report';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { Failure, Table, useAsked } from './table';

const kindKey = (kind: api.Rule['kind']) => `content.kind.${kind}` as Key;
const actionKey = (action: api.Rule['action']) => `content.action.${action}` as Key;
const whereKey = (where: api.Rule['where']) => `content.where.${where}` as Key;
const hasContent = (kind: api.Rule['kind']) => kind !== 'card' && kind !== 'iban';

function ruleOf(form: FormData): api.NewRule {
  const text = (name: string) => String(form.get(name) ?? '');
  const where = text('where') as api.Rule['where'];
  const ids = text('places')
    .split(/[\s,]+/)
    .filter(Boolean);
  return {
    name: text('name'),
    kind: text('kind') as api.Rule['kind'],
    content: text('content'),
    where,
    team_ids: where === 'teams' ? ids : [],
    channel_ids: where === 'channels' ? ids : [],
    action: text('action') as api.Rule['action'],
    message: text('message'),
    is_on: false,
  };
}

function NewRule({ done }: { done(): void }) {
  const { t } = useWords();
  const [proof, prove] = useProof();
  const [kind, setKind] = useState<api.Rule['kind']>('words');
  const [where, setWhere] = useState<api.Rule['where']>('all');
  const [found, setFound] = useState<number>();
  const [count, setCount] = useState(0);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const rule = ruleOf(form);
    const sample = String(form.get('sample') ?? '');
    if (sample && found === undefined) return setFound((await api.attempt(rule, sample)).length);
    await prove(async () => {
      await api.make(rule);
      setFound(undefined);
      setCount(count + 1);
      done();
    });
  });
  return (
    <form
      className="form ask"
      key={count}
      onSubmit={onSubmit}
      onChange={() => setFound(undefined)}
      aria-label={t('content.new')}
    >
      <label>
        {t('content.name')}
        <input name="name" className="field" required maxLength={100} autoComplete="off" />
      </label>
      <label>
        {t('content.kind')}
        <select
          name="kind"
          className="field"
          value={kind}
          onChange={(event) => setKind(event.target.value as api.Rule['kind'])}
        >
          {api.kinds.map((each) => (
            <option key={each} value={each}>
              {t(kindKey(each))}
            </option>
          ))}
        </select>
      </label>
      {hasContent(kind) && (
        <label>
          {t('content.content')}
          <textarea name="content" className="field" required rows={3} maxLength={16384} />
        </label>
      )}
      <label>
        {t('content.where')}
        <select
          name="where"
          className="field"
          value={where}
          onChange={(event) => setWhere(event.target.value as api.Rule['where'])}
        >
          {api.places.map((each) => (
            <option key={each} value={each}>
              {t(whereKey(each))}
            </option>
          ))}
        </select>
      </label>
      {(where === 'teams' || where === 'channels') && (
        <label>
          {t('content.places')}
          <input name="places" className="field" required autoComplete="off" />
        </label>
      )}
      <label>
        {t('content.action')}
        <select name="action" className="field" defaultValue="warn">
          {api.actions.map((each) => (
            <option key={each} value={each}>
              {t(actionKey(each))}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('content.message')}
        <input name="message" className="field" maxLength={500} autoComplete="off" />
      </label>
      <label>
        {t('content.sample')}
        <input name="sample" className="field" maxLength={10000} autoComplete="off" />
      </label>
      {found !== undefined && (
        <p role="status" className="note">
          {t('content.found', { count: found })}
        </p>
      )}
      <button className="primary" disabled={isBusy}>
        {t('content.make')}
      </button>
      <small>{t('content.offHint')}</small>
      <Failure text={error} />
      {proof}
    </form>
  );
}

function Row({ rule, changed }: { rule: api.Rule; changed(): void }) {
  const { t } = useWords();
  const [proof, prove] = useProof();
  const act = (what: () => Promise<unknown>) => report(prove(() => what().then(changed)));
  return (
    <tr>
      <td>
        {rule.name}
        <small>{rule.message}</small>
      </td>
      <td>{t(kindKey(rule.kind))}</td>
      <td>{t(whereKey(rule.where))}</td>
      <td>{t(actionKey(rule.action))}</td>
      <td>
        <span className={`state ${rule.is_on ? 'success' : ''}`}>
          {t(rule.is_on ? 'content.on' : 'content.off')}
        </span>
      </td>
      <td className="acts">
        <button
          className="ghost small"
          onClick={() => act(() => api.change({ ...rule, is_on: !rule.is_on }))}
        >
          {t(rule.is_on ? 'content.switchOff' : 'content.switchOn')}
        </button>
        <button className="ghost small" onClick={() => act(() => api.remove(rule.id))}>
          {t('content.remove')}
        </button>
        {proof}
      </td>
    </tr>
  );
}

function Hits({ rules }: { rules: api.Rule[] }) {
  const { t, date } = useWords();
  const [list, failure] = useAsked(api.hits);
  const [names, setNames] = useState<Record<string, string>>({});
  useEffect(() => {
    const missing = [...new Set(list?.map((hit) => hit.user_id))].filter((id) => !(id in names));
    if (missing.length)
      report(
        byIds(missing).then((people) =>
          setNames({ ...names, ...Object.fromEntries(people.map((one) => [one.id, one.username])) }),
        ),
      );
  }, [list]);
  return (
    <section className="part" aria-label={t('content.hits')}>
      <h2>{t('content.hits')}</h2>
      <Failure text={failure} />
      {list?.length === 0 && <p className="empty">{t('content.noHits')}</p>}
      {list && list.length > 0 && (
        <Table
          label={t('content.hits')}
          columns={['content.when', 'content.name', 'content.author', 'content.place', 'export.state']}
        >
          {list.map((hit) => (
            <tr key={hit.id}>
              <td>{date(hit.create_at)}</td>
              <td>{rules.find((each) => each.id === hit.rule_id)?.name ?? hit.rule_id}</td>
              <td>{names[hit.user_id] ? `@${names[hit.user_id]}` : hit.user_id}</td>
              <td>{t(`content.place.${hit.place}` as Key)}</td>
              <td>{t(`content.outcome.${hit.outcome}` as Key)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

export function Content() {
  const { t } = useWords();
  const [list, failure, load] = useAsked(api.rules, 60_000);
  return (
    <>
      <p>{t('content.hint')}</p>
      <NewRule done={load} />
      <Failure text={failure} />
      {list?.length === 0 && <p className="empty">{t('content.none')}</p>}
      {list && list.length > 0 && (
        <Table
          label={t('console.content')}
          columns={[
            'content.name',
            'content.kind',
            'content.where',
            'content.action',
            'export.state',
            'export.acts',
          ]}
        >
          {list.map((rule) => (
            <Row key={rule.id} rule={rule} changed={load} />
          ))}
        </Table>
      )}
      {list && <Hits rules={list} />}
    </>
  );
}
