// Groups of people: all of them, one of them, a new one.
import { useCallback, useEffect, useState } from 'react';
import type { User } from '../api/types';
import * as api from '../api/user_groups';
import type { Group } from '../api/user_groups';
import { useWords } from '../i18n';
import { keepGroup, membersOf } from '../store/groups';
import { needRights } from '../store/rights';
import { useStore } from '../store/state';
import { fullName } from '../store/unread';
import { Avatar } from '../ui/avatar';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { Icon } from '../ui/icon';
import { PeoplePicker, useSubmit } from './dialogs';
import { show } from './overlays';
import { report } from './report';

interface Closing {
  close(): void;
}

function useRights() {
  const rights = useStore((s) => s.rights);
  useEffect(() => report(needRights()), []);
  return rights;
}

function Names({ group }: { group?: Group }) {
  const { t } = useWords();
  return (
    <>
      <label>
        {t('userGroup.title')}
        <input name="title" className="field" required maxLength={128} defaultValue={group?.display_name} />
      </label>
      <label>
        {t('userGroup.name')}
        <input
          name="name"
          className="field"
          required
          maxLength={64}
          pattern="[a-zA-Z0-9._\-]+"
          title={t('userGroup.nameHint')}
          defaultValue={group?.name}
        />
        <small>{t('userGroup.nameHint')}</small>
      </label>
    </>
  );
}

const namesIn = (form: FormData) => ({
  name: String(form.get('name')).trim().toLowerCase(),
  title: String(form.get('title')).trim(),
});

function NewGroup() {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const { name, title } = namesIn(form);
    const made = await api.make(name, title, []);
    keepGroup(made);
    show({ kind: 'group', id: made.id });
  });
  return (
    <form className="form" onSubmit={onSubmit}>
      <Names />
      <FormEnd error={error} isBusy={isBusy} label={t('userGroup.create')} />
    </form>
  );
}

export function Groups({ close }: Closing) {
  const { t } = useWords();
  const groups = useStore((s) => s.groups);
  const mine = useStore((s) => s.myGroups);
  const rights = useRights();
  const list = Object.values(groups).sort((a, b) => a.display_name.localeCompare(b.display_name));
  return (
    <Dialog title={t('userGroup.all')} close={close}>
      <ul className="choices">
        {list.map((each) => (
          <li key={each.id}>
            <Icon name="people" size={16} />
            <span className="text">
              <b dir="auto">{each.display_name}</b>
              <small>
                @{each.name}
                {mine[each.id] && ` · ${t('userGroup.mine')}`}
              </small>
            </span>
            <button
              className="ghost small"
              aria-label={`${t('userGroup.open')} ${each.display_name}`}
              onClick={() => show({ kind: 'group', id: each.id })}
            >
              {t('userGroup.open')}
            </button>
          </li>
        ))}
      </ul>
      {list.length === 0 && <p className="empty">{t('userGroup.none')}</p>}
      {rights.has('create_custom_group') && (
        <details className="more">
          <summary>{t('userGroup.new')}</summary>
          <NewGroup />
        </details>
      )}
    </Dialog>
  );
}

function Members({ group, mayChange }: { group: Group; mayChange: boolean }) {
  const { t } = useWords();
  const [found, setFound] = useState<{ members: User[]; total: number }>();
  const load = useCallback(() => report(membersOf(group.id).then(setFound)), [group.id]);
  useEffect(load, [load]);
  if (!found) return <p className="empty">{t('app.loading')}</p>;
  const remove = (user: User) => report(api.take(group.id, [user.id]).then(load));
  const add = async (people: User[]) => {
    await api.add(
      group.id,
      people.map((each) => each.id),
    );
    load();
  };
  return (
    <>
      <p role="status">{t('userGroup.size', { count: found.total })}</p>
      <ul className="choices">
        {found.members.map((each) => (
          <li key={each.id}>
            <Avatar user={each} size="small" />
            <span className="text">
              <b dir="auto">{fullName(each)}</b>
              <small>@{each.username}</small>
            </span>
            {mayChange && (
              <button
                className="ghost small"
                aria-label={t('people.remove', { name: fullName(each) })}
                onClick={() => remove(each)}
              >
                <Icon name="close" size={14} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayChange && (
        <details className="more">
          <summary>{t('userGroup.add')}</summary>
          <PeoplePicker scope={{}} most={50} button={t('people.add')} act={add} withMe />
        </details>
      )}
    </>
  );
}

function Change({ group, close }: Closing & { group: Group }) {
  const { t } = useWords();
  const rights = useRights();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const { name, title } = namesIn(form);
    keepGroup(await api.rename(group.id, name, title));
  });
  const archive = async () => {
    await api.archive(group.id);
    keepGroup({ ...group, delete_at: Date.now() });
    close();
  };
  return (
    <details className="more">
      <summary>{t('userGroup.change')}</summary>
      <form className="form" onSubmit={onSubmit}>
        <Names group={group} />
        <FormEnd error={error} isBusy={isBusy} label={t('app.save')} />
      </form>
      {rights.has('delete_custom_group') && (
        <button className="ghost danger" onClick={() => report(archive())}>
          {t('userGroup.archive')}
        </button>
      )}
    </details>
  );
}

export function GroupCard({ id, close }: Closing & { id: string }) {
  const { t } = useWords();
  const group = useStore((s) => Object.values(s.groups).find((each) => each.id === id));
  const rights = useRights();
  if (!group) return null;
  const isOwn = group.source === 'custom';
  return (
    <Dialog title={t('userGroup.card', { name: group.display_name })} close={close}>
      <p>
        <small>
          @{group.name}
          {!isOwn && ` · ${t('userGroup.elsewhere')}`}
        </small>
      </p>
      <Members group={group} mayChange={isOwn && rights.has('manage_custom_group_members')} />
      {isOwn && rights.has('edit_custom_group') && <Change group={group} close={close} />}
    </Dialog>
  );
}
