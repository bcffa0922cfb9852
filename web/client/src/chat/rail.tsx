// The narrow bar: teams above, the person's own things below.
import { root } from '../api/request';
import * as usersApi from '../api/users';
import type { Presence } from '../api/types';
import { useWords } from '../i18n';
import { set, useStore } from '../store/state';
import { openTeam, signOut } from '../store/session';
import { fullName } from '../store/unread';
import { Avatar, initials } from '../ui/avatar';
import { Menu, type MenuItem } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { flipTheme } from '../ui/theme';
import { show } from './overlays';
import { report } from './report';

// Whoever has more than an ordinary role may find something there; the console knows what.
const hasConsole = (roles: string) =>
  roles
    .split(' ')
    .some((role) => /^(system_(?!user$|guest$|post)|compliance_|content_officer$|export_approver$|legal$)/.test(role));

const choices: Presence[] = ['online', 'away', 'dnd', 'offline'];

function Account() {
  const { t } = useWords();
  const me = useStore((s) => s.me);
  const presence = useStore((s) => s.presence[s.me?.id ?? ''] ?? 'offline');
  if (!me) return null;
  const choose = async (wanted: Presence) => {
    await usersApi.setStatus(me.id, wanted);
    set((s) => ({ presence: { ...s.presence, [me.id]: wanted } }));
  };
  const items: MenuItem[] = [
    ...choices.map((each) => ({
      label: t(`status.${each}`),
      checked: presence === each,
      act: () => report(choose(each)),
    })),
    { label: t('userGroup.all'), icon: 'people' as const, act: () => show({ kind: 'groups' }) },
    { label: t('nav.settings'), icon: 'gear' as const, act: () => show({ kind: 'settings' }) },
    ...(hasConsole(me.roles)
      ? [{ label: t('console.title'), icon: 'globe' as const, act: () => location.assign(`${root}console`) }]
      : []),
    { label: t('nav.signOut'), icon: 'out' as const, act: () => report(signOut()) },
  ];
  return (
    <Menu
      label={`${t('nav.account')}: ${fullName(me)}, ${t(`status.${presence}`)}`}
      items={items}
      className="me"
    >
      <Avatar user={me} presence={presence} />
    </Menu>
  );
}

export function Rail() {
  const { t } = useWords();
  const teams = useStore((s) => s.teams);
  const open = useStore((s) => s.teamId);
  const list = Object.values(teams).sort((a, b) => a.display_name.localeCompare(b.display_name));
  return (
    <nav className="rail" aria-label={t('nav.teams')} data-region>
      <div className="teams">
        {list.map((team) => (
          <button
            key={team.id}
            className="team"
            aria-current={team.id === open || undefined}
            title={team.display_name}
            onClick={() => report(openTeam(team.id))}
          >
            <span aria-hidden="true">{initials(team.display_name)}</span>
            <span className="hidden">{team.display_name}</span>
          </button>
        ))}
        <button
          className="tool"
          aria-label={t('team.other')}
          title={t('team.other')}
          onClick={() => show({ kind: 'teams' })}
        >
          <Icon name="plus" size={18} />
        </button>
      </div>
      <span className="grow" />
      <button
        className="tool"
        aria-label={t('nav.saved')}
        title={t('nav.saved')}
        onClick={() => set({ pane: { kind: 'saved' } })}
      >
        <Icon name="bookmark" size={19} />
      </button>
      <button
        className="tool"
        aria-label={t('later.title')}
        title={t('later.title')}
        onClick={() => set({ pane: { kind: 'scheduled' } })}
      >
        <Icon name="clock" size={19} />
      </button>
      <button
        className="tool"
        aria-label={t('nav.help')}
        title={t('nav.help')}
        onClick={() => show({ kind: 'help' })}
      >
        <Icon name="help" size={20} />
      </button>
      <button className="tool" aria-label={t('nav.theme')} title={t('nav.theme')} onClick={flipTheme}>
        <Icon name="sun" size={20} />
      </button>
      <Account />
    </nav>
  );
}
