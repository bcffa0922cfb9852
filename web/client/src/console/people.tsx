// People: who has an account, how they sign in, and what an administrator may do to one.
import { useEffect, useState } from 'react';
import * as api from '../api/people';
import type { Session } from '../api/types';
import { useSubmit } from '../chat/dialogs';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { useStore } from '../store/state';
import { fullName } from '../store/unread';
import { Dialog } from '../ui/dialog';
import { anyRole, type Rights } from './console';
import { Table } from './table';

const kinds: api.Kind[] = ['', 'inactive', 'guests', 'administrators'];
/** Roles that are given to a person beside being a user or a guest. */
const offices = [
  'system_admin',
  'system_manager',
  'system_user_manager',
  'system_read_only_admin',
  'compliance_officer',
  'export_approver',
  'content_officer',
];
const rolesOf = (person: api.Account) => person.roles.split(' ').filter(Boolean);

interface Closing {
  close(): void;
}

function Sessions({ person }: { person: api.Account }) {
  const words = useWords();
  const { t, date } = words;
  const [list, setList] = useState<Session[]>();
  const [failure, setFailure] = useState('');
  const load = () =>
    void api.sessionsOf(person.id).then(setList, (error: unknown) => setFailure(sayError(words, error)));
  useEffect(load, [person.id]);
  const end = () =>
    void api.endSessions(person.id).then(load, (error: unknown) => setFailure(sayError(words, error)));
  return (
    <section>
      <h3>{t('account.sessions')}</h3>
      {failure && <p className="error">{failure}</p>}
      {list?.length === 0 && <p>{t('account.noSessions')}</p>}
      <ul className="steps">
        {list?.map((each) => (
          <li key={each.id}>
            <span>{[each.props?.platform, each.props?.browser].filter(Boolean).join(', ')}</span>
            <time dateTime={new Date(each.last_activity_at).toISOString()}>
              {date(each.last_activity_at)}
            </time>
          </li>
        ))}
      </ul>
      {list && list.length > 0 && (
        <button className="ghost small" onClick={end}>
          {t('account.endSessions')}
        </button>
      )}
    </section>
  );
}

function Roles({ person, changed }: { person: api.Account; changed(): void }) {
  const { t } = useWords();
  const had = rolesOf(person);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const others = had.filter((role) => !offices.includes(role));
    await api.setRoles(person.id, [...others, ...form.getAll('role').map(String)].join(' '));
    changed();
  });
  return (
    <form className="form" onSubmit={onSubmit}>
      <fieldset>
        <legend>{t('account.roles')}</legend>
        {offices.map((role) => (
          <label className="choice" key={role}>
            <input type="checkbox" name="role" value={role} defaultChecked={had.includes(role)} />
            {t(`account.role.${role}` as Key)}
          </label>
        ))}
      </fieldset>
      <p role="alert" className="error">
        {error}
      </p>
      <button className="ghost small" disabled={isBusy}>
        {t('account.saveRoles')}
      </button>
    </form>
  );
}

function Acts({ person, rights, changed }: { person: api.Account; rights: Rights; changed(): void }) {
  const words = useWords();
  const { t } = words;
  const [failure, setFailure] = useState('');
  const isGuest = rolesOf(person).includes('system_guest');
  const isActive = person.delete_at === 0;
  const act = (done: Promise<unknown>) => {
    setFailure('');
    done.then(changed, (error: unknown) => setFailure(sayError(words, error)));
  };
  const button = (key: Key, run: () => Promise<unknown>) => (
    <button className="ghost small" onClick={() => act(run())}>
      {t(key)}
    </button>
  );
  return (
    <>
      <div className="acts start">
        {isActive
          ? button('account.deactivate', () => api.setActive(person.id, false))
          : button('account.activate', () => api.setActive(person.id, true))}
        {person.mfa_active && button('account.removeFactor', () => api.removeFactor(person.id))}
        {!person.email_verified &&
          !person.auth_service &&
          button('account.vouch', () => api.vouch(person.id))}
        {isGuest &&
          anyRole(rights, 'promote_guest') &&
          button('account.promote', () => api.promote(person.id))}
        {!isGuest &&
          anyRole(rights, 'demote_to_guest') &&
          button('account.demote', () => api.demote(person.id))}
      </div>
      <p role="alert" className="error">
        {failure}
      </p>
    </>
  );
}

function Person({
  person,
  rights,
  close,
  changed,
}: Closing & { person: api.Account; rights: Rights; changed(): void }) {
  const { t, date } = useWords();
  const mine = useStore((s) => s.me?.id === person.id);
  const mayChange = anyRole(rights, 'sysconsole_write_user_management_users') && !mine && !person.remote_id;
  return (
    <Dialog title={fullName(person) || person.username} close={close}>
      <p>
        @{person.username} · {person.email}
        {person.delete_at > 0 && <> · {t('account.inactiveSince', { date: date(person.delete_at) })}</>}
      </p>
      {mine && <p>{t('account.yourself')}</p>}
      {mayChange && <Acts person={person} rights={rights} changed={changed} />}
      {mayChange && !person.is_bot && anyRole(rights, 'manage_roles') && (
        <Roles person={person} changed={changed} />
      )}
      {anyRole(rights, 'edit_other_users') && !person.remote_id && <Sessions person={person} />}
    </Dialog>
  );
}

function Row({ person, open }: { person: api.Account; open(): void }) {
  const { t } = useWords();
  const service = person.is_bot ? t('account.bot') : person.auth_service || t('account.password');
  const roles = rolesOf(person).filter((role) => role !== 'system_user');
  return (
    <tr>
      <td>
        <button className="link" onClick={open}>
          {fullName(person) || person.username}
        </button>
        <small>@{person.username}</small>
      </td>
      <td>{person.email}</td>
      <td>{person.remote_id ? t('account.partner') : service}</td>
      <td>{t(person.mfa_active ? 'account.has' : 'account.hasNot')}</td>
      <td>{roles.join(', ')}</td>
      <td>
        <span className={`state ${person.delete_at === 0 ? 'success' : 'error'}`}>
          {t(person.delete_at === 0 ? 'account.active' : 'account.inactive')}
        </span>
      </td>
    </tr>
  );
}

export function People({ rights }: { rights: Rights }) {
  const words = useWords();
  const { t } = words;
  const [asked, setAsked] = useState<{ term: string; kind: api.Kind }>({ term: '', kind: '' });
  const [list, setList] = useState<api.Account[]>();
  const [page, setPage] = useState(0);
  const [failure, setFailure] = useState('');
  const [openId, setOpenId] = useState('');
  const load = async (upto: number) => {
    setFailure('');
    try {
      const pages = [];
      for (let each = 0; each <= upto; ++each)
        pages.push(...(await api.people(asked.term, asked.kind, each)));
      setList(pages);
      setPage(upto);
    } catch (error) {
      setFailure(sayError(words, error));
    }
  };
  useEffect(() => {
    setList(undefined);
    void load(0);
  }, [asked]);
  const { onSubmit } = useSubmit(async (form) => {
    setAsked({ term: String(form.get('term')).trim(), kind: String(form.get('kind')) as api.Kind });
    await Promise.resolve();
  });
  const columns: Key[] = [
    'account.name',
    'account.email',
    'account.signsIn',
    'account.factor',
    'account.roles',
    'account.state',
  ];
  const opened = list?.find((each) => each.id === openId);
  const isMore = !asked.term && list && list.length === (page + 1) * api.page_size;
  return (
    <>
      <form className="form ask" role="search" onSubmit={onSubmit}>
        <label>
          {t('account.find')}
          <input name="term" className="field" maxLength={64} autoComplete="off" spellCheck={false} />
        </label>
        <label>
          {t('account.kind')}
          <select name="kind" className="field">
            {kinds.map((each) => (
              <option key={each} value={each}>
                {t(`account.kind.${each || 'all'}` as Key)}
              </option>
            ))}
          </select>
        </label>
        <button className="primary">{t('account.findDo')}</button>
        <p role="alert" className="error">
          {failure}
        </p>
      </form>
      {!list && !failure && <p aria-busy="true">{t('app.loading')}</p>}
      {list?.length === 0 && <p className="empty">{t('account.none')}</p>}
      {list && list.length > 0 && (
        <Table label={t('console.people')} columns={columns}>
          {list.map((each) => (
            <Row key={each.id} person={each} open={() => setOpenId(each.id)} />
          ))}
        </Table>
      )}
      {isMore && (
        <button className="ghost" onClick={() => void load(page + 1)}>
          {t('app.more')}
        </button>
      )}
      {opened && (
        <Person
          key={`${opened.id}${opened.update_at}`}
          person={opened}
          rights={rights}
          close={() => setOpenId('')}
          changed={() => void load(page)}
        />
      )}
    </>
  );
}
