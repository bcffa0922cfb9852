// Dialogs about channels, people and teams.
import { lazy, Suspense, useEffect, useState, type FormEvent } from 'react';
import * as channelsApi from '../api/channels';
import * as teamsApi from '../api/teams';
import type { Channel, Team, User } from '../api/types';
import * as usersApi from '../api/users';
import { useWords } from '../i18n';
import { sayError } from '../i18n/errors';
import { create, join, keepChannel, openDirect } from '../store/channels';
import { joinTeam, makeTeam } from '../store/session';
import { set, state, useStore } from '../store/state';
import { fullName, labelOf } from '../store/unread';
import { Avatar } from '../ui/avatar';
import { Dialog } from '../ui/dialog';
import { FormEnd } from '../ui/form';
import { Icon } from '../ui/icon';
import { report } from './report';

const AttributesOf = lazy(() => import('./attributes').then((room) => ({ default: room.AttributesOf })));

interface Closing {
  close(): void;
}

/** A form whose refusal is told beside its button. */
export function useSubmit(act: (form: FormData) => Promise<unknown>) {
  const words = useWords();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setError('');
    act(new FormData(event.currentTarget)).then(
      () => setBusy(false),
      (refusal: unknown) => {
        setBusy(false);
        setError(sayError(words, refusal));
      },
    );
  };
  return { onSubmit, error, isBusy };
}

export function Browse({ close }: Closing) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [all, setAll] = useState<Channel[]>();
  const members = useStore((s) => s.members);
  useEffect(() => {
    const load = async () => {
      const found: Channel[] = [];
      for (let page = 0; page < 20; ++page) {
        const part = await channelsApi.publicOnes(state().teamId, page);
        found.push(...part);
        if (part.length < 100) break;
      }
      setAll(found.sort((a, b) => a.display_name.localeCompare(b.display_name)));
    };
    report(load());
  }, []);
  const wanted = text.toLowerCase();
  const shown = (all ?? []).filter((each) => each.display_name.toLowerCase().includes(wanted));
  return (
    <Dialog title={t('nav.browse')} close={close}>
      <input
        className="field"
        aria-label={t('channel.name')}
        placeholder={t('channel.name')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ul className="choices">
        {shown.slice(0, 200).map((each) => (
          <li key={each.id}>
            <Icon name="hash" size={16} />
            <span className="text">
              <b dir="auto">{each.display_name}</b>
              <small dir="auto">{each.purpose}</small>
            </span>
            <button
              className="ghost small"
              aria-label={`${t(members[each.id] ? 'channel.joined' : 'channel.join')} ${each.display_name}`}
              onClick={() => {
                close();
                report(join(each));
              }}
            >
              {t(members[each.id] ? 'channel.joined' : 'channel.join')}
            </button>
          </li>
        ))}
      </ul>
      {!all && <p className="empty">{t('app.loading')}</p>}
      {all && shown.length === 0 && <p className="empty">{t('channel.none')}</p>}
    </Dialog>
  );
}

export function NewChannel({ close }: Closing) {
  const { t } = useWords();
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await create(String(form.get('name')).trim(), form.get('type') as 'O' | 'P', String(form.get('purpose')));
    close();
  });
  return (
    <Dialog title={t('nav.newChannel')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {t('channel.name')}
          <input name="name" required maxLength={64} className="field" />
        </label>
        <label>
          {t('channel.purpose')}
          <input name="purpose" maxLength={250} className="field" />
        </label>
        <fieldset>
          <legend className="hidden">{t('nav.newChannel')}</legend>
          <label className="choice">
            <input type="radio" name="type" value="O" defaultChecked /> {t('channel.kindOpen')}
          </label>
          <label className="choice">
            <input type="radio" name="type" value="P" /> {t('channel.kindPrivate')}
          </label>
        </fieldset>
        <FormEnd error={error} isBusy={isBusy} label={t('channel.create')} />
      </form>
    </Dialog>
  );
}

function usePeople(text: string, more: Record<string, unknown>) {
  const [found, setFound] = useState<User[]>([]);
  const scope = JSON.stringify(more);
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      const where = JSON.parse(scope) as { not_in_channel_id?: string };
      const wanted = text.trim()
        ? usersApi.search(text.trim(), where)
        : usersApi.ofTeam(state().teamId, where.not_in_channel_id);
      report(
        wanted.then((list) => {
          if (!isWanted) return;
          set((s) => ({ users: { ...s.users, ...Object.fromEntries(list.map((each) => [each.id, each])) } }));
          setFound(list.filter((each) => each.delete_at === 0));
        }),
      );
    }, 120);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text, scope]);
  return found;
}

interface PickerProps {
  scope: Record<string, unknown>;
  most: number;
  button: string;
  act(people: User[]): Promise<void>;
  withMe?: boolean;
}
export function PeoplePicker({ scope, most, button, act, withMe }: PickerProps) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<User[]>([]);
  const me = useStore((s) => s.me?.id);
  const found = usePeople(text, scope).filter((each) => withMe || each.id !== me);
  const { onSubmit, error, isBusy } = useSubmit(() => act(chosen));
  const isChosen = (user: User) => chosen.some((each) => each.id === user.id);
  const toggle = (user: User) =>
    setChosen(
      isChosen(user) ? chosen.filter((each) => each.id !== user.id) : [...chosen, user].slice(0, most),
    );
  return (
    <form className="form" onSubmit={onSubmit}>
      <input
        className="field"
        aria-label={t('people.find')}
        placeholder={t('people.find')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {chosen.length > 0 && (
        <div className="chips">
          {chosen.map((each) => (
            <button
              key={each.id}
              type="button"
              aria-label={t('people.remove', { name: fullName(each) })}
              onClick={() => toggle(each)}
            >
              {fullName(each)} <Icon name="close" size={12} />
            </button>
          ))}
        </div>
      )}
      <ul className="choices">
        {found.map((each) => (
          <li key={each.id}>
            <label className="choice">
              <input type="checkbox" checked={isChosen(each)} onChange={() => toggle(each)} />
              <Avatar user={each} size="small" />
              <b dir="auto">{fullName(each)}</b> <small>@{each.username}</small>
            </label>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty">{t('people.none')}</p>}
      <p role="alert" className="error">
        {error}
      </p>
      <div className="buttons">
        <span role="status">{chosen.length > 0 && t('people.chosen', { count: chosen.length })}</span>
        <button className="primary" disabled={isBusy || chosen.length === 0}>
          {button}
        </button>
      </div>
    </form>
  );
}

export function NewMessage({ close }: Closing) {
  const { t } = useWords();
  const start = async (people: User[]) => {
    await openDirect(people.map((each) => each.id));
    close();
  };
  return (
    <Dialog title={t('nav.newMessage')} close={close}>
      <PeoplePicker scope={{}} most={7} button={t('people.start')} act={start} />
    </Dialog>
  );
}

export function Invite({ close }: Closing) {
  const { t } = useWords();
  const channel = useStore((s) => s.channels[s.channelId]);
  const add = async (people: User[]) => {
    for (const each of people) await channelsApi.addMember(channel.id, each.id);
    close();
  };
  const scope = { team_id: channel.team_id, not_in_channel_id: channel.id };
  return (
    <Dialog title={t('channel.invite')} close={close}>
      <PeoplePicker scope={scope} most={50} button={t('people.add')} act={add} />
    </Dialog>
  );
}

export function ChannelText({ field, close }: Closing & { field: 'header' | 'display_name' }) {
  const { t } = useWords();
  const channel = useStore((s) => s.channels[s.channelId]);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    keepChannel(await channelsApi.patch(channel.id, { [field]: String(form.get('text')) }));
    close();
  });
  const isHeader = field === 'header';
  return (
    <Dialog title={t(isHeader ? 'channel.header' : 'channel.rename')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {t(isHeader ? 'channel.headerLabel' : 'channel.name')}
          <input
            name="text"
            className="field"
            required={!isHeader}
            defaultValue={channel[field]}
            maxLength={isHeader ? 1024 : 64}
          />
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('app.save')} />
      </form>
    </Dialog>
  );
}

export function Archive({ close }: Closing) {
  const { t } = useWords();
  const channel = useStore((s) => s.channels[s.channelId]);
  const label = useStore((s) => labelOf(channel, s.users, s.me));
  const { onSubmit, error, isBusy } = useSubmit(async () => {
    await channelsApi.archive(channel.id);
    close();
  });
  return (
    <Dialog title={t('channel.archive')} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <p>{t('channel.archiveSure', { channel: label })}</p>
        <p role="alert" className="error">
          {error}
        </p>
        <div className="buttons">
          <button type="button" className="ghost" onClick={close}>
            {t('app.cancel')}
          </button>
          <button className="primary danger" disabled={isBusy}>
            {t('channel.archive')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function TeamChoices({ done }: { done?(): void }) {
  const { t } = useWords();
  const [open, setOpen] = useState<Team[]>([]);
  const mine = useStore((s) => s.teams);
  useEffect(() => report(teamsApi.open().then(setOpen)), []);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await makeTeam(String(form.get('name')).trim());
    done?.();
  });
  return (
    <>
      <ul className="choices">
        {open
          .filter((each) => !mine[each.id])
          .map((each) => (
            <li key={each.id}>
              <span className="text">
                <b>{each.display_name}</b>
                <small>{each.description}</small>
              </span>
              <button
                className="ghost small"
                aria-label={`${t('team.join')} ${each.display_name}`}
                onClick={() => report(joinTeam(each).then(done))}
              >
                {t('team.join')}
              </button>
            </li>
          ))}
      </ul>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {t('team.name')}
          <input name="name" className="field" required maxLength={64} />
        </label>
        <FormEnd error={error} isBusy={isBusy} label={t('team.create')} />
      </form>
    </>
  );
}

export function Teams({ close }: Closing) {
  const { t } = useWords();
  return (
    <Dialog title={t('team.other')} close={close}>
      <TeamChoices done={close} />
    </Dialog>
  );
}

export function Profile({ id, near, close }: Closing & { id: string; near: DOMRect }) {
  const { t } = useWords();
  const user = useStore((s) => s.users[id]);
  const presence = useStore((s) => s.presence[id] ?? 'offline');
  const me = useStore((s) => s.me?.id);
  if (!user) return null;
  const left = Math.min(near.right + 10, innerWidth - 320);
  const top = Math.max(10, Math.min(near.top, innerHeight - 320));
  return (
    <Dialog title={t('people.profile', { name: fullName(user) })} close={close} className="profile">
      <div className="card" style={{ '--left': `${left}px`, '--top': `${top}px` } as React.CSSProperties}>
        <Avatar user={user} size="large" />
        <b dir="auto">{fullName(user)}</b>
        <small>@{user.username}</small>
        {user.position && <p dir="auto">{user.position}</p>}
        <p className={`presence ${presence}`}>{t(`status.${presence}`)}</p>
        {user.is_bot && <p className="badge">{t('people.bot')}</p>}
        {user.remote_id && <p className="badge">{t('people.remote')}</p>}
        {user.delete_at > 0 && <p className="badge">{t('people.deactivated')}</p>}
        {user.email && <p>{user.email}</p>}
        <Suspense>
          <AttributesOf user={id} />
        </Suspense>
        {id !== me && user.delete_at === 0 && (
          <button
            className="primary"
            onClick={() => {
              close();
              report(openDirect([id]));
            }}
          >
            {t('people.message')}
          </button>
        )}
      </div>
    </Dialog>
  );
}
