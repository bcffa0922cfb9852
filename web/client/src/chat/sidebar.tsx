// The list of channels: what is unread in a block of its own, the rest by name.
import { memo, useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { VList, type VListHandle } from 'virtua';
import { useShallow } from 'zustand/react/shallow';
import type { Channel } from '../api/types';
import { useWords } from '../i18n';
import { openChannel } from '../store/channels';
import { show as showRoute } from '../store/route';
import { set, state, useStore } from '../store/state';
import { isMuted, isUnread, labelOf, listing, mentions, partnerOf } from '../store/unread';
import { Avatar } from '../ui/avatar';
import { Menu } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { show } from './overlays';
import { report } from './report';

const Row = memo(function Row({ channel }: { channel: Channel }) {
  const { t } = useWords();
  const view = useStore(
    useShallow((s) => {
      const member = s.members[channel.id];
      const partner = channel.type === 'D' ? partnerOf(channel, s.me?.id ?? '') : '';
      return {
        label: labelOf(channel, s.users, s.me),
        isOpen: s.channelId === channel.id && s.view === 'channel',
        isNew: isUnread(channel, member),
        isMuted: isMuted(member),
        hits: mentions(member),
        user: partner ? s.users[partner] : undefined,
        presence: partner ? s.presence[partner] : undefined,
        hasDraft: !!(s.drafts[channel.id] || s.uploads[channel.id]) && s.channelId !== channel.id,
      };
    }),
  );
  const classes = ['row', view.isNew && 'unread', view.isMuted && 'muted'].filter(Boolean).join(' ');
  return (
    <button
      className={classes}
      data-start={view.isOpen || undefined}
      data-channel={channel.name}
      tabIndex={view.isOpen ? 0 : -1}
      aria-current={view.isOpen ? 'page' : undefined}
      onClick={() => report(openChannel(channel.id))}
    >
      {channel.type === 'D' ? (
        <Avatar user={view.user} size="small" presence={view.presence} />
      ) : (
        <Icon name={channel.type === 'P' ? 'lock' : channel.type === 'G' ? 'people' : 'hash'} size={16} />
      )}
      <span className="label" dir="auto">
        {view.label}
      </span>
      {channel.type === 'P' && <span className="hidden">{t('channel.private')}</span>}
      {view.hasDraft && (
        <span className="pencil">
          <Icon name="edit" size={14} />
          <span className="hidden">{t('compose.draft')}</span>
        </span>
      )}
      {view.hits > 0 && (
        <span className="hits">
          <span aria-hidden="true">{view.hits > 99 ? '99+' : view.hits}</span>
          <span className="hidden">{t('channel.unreadMentions', { count: view.hits })}</span>
        </span>
      )}
      {view.isNew && view.hits === 0 && <span className="hidden">{t('nav.unread')}</span>}
    </button>
  );
});

function ThreadsRow() {
  const { t } = useWords();
  const isOpen = useStore((s) => s.view === 'threads');
  const unread = useStore((s) => s.inboxUnread);
  const open = () => {
    const s = state();
    set({ view: 'threads', pane: { kind: 'none' } });
    showRoute({ kind: 'threads', team: s.teams[s.teamId].name });
  };
  return (
    <button
      className={`row threads${unread ? ' unread' : ''}`}
      aria-current={isOpen ? 'page' : undefined}
      onClick={open}
    >
      <Icon name="threads" size={16} />
      <span className="label">{t('nav.threads')}</span>
      {unread > 0 && <span className="hits">{unread}</span>}
    </button>
  );
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || event.altKey) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('button.row')];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
}

function useListing() {
  const parts = useStore(
    useShallow((s) => ({
      channels: s.channels,
      members: s.members,
      users: s.users,
      me: s.me,
      teamId: s.teamId,
      hidden: s.hidden,
      channelId: s.channelId,
    })),
  );
  return useMemo(() => listing(parts), [parts]);
}

export function Sidebar() {
  const { t } = useWords();
  const { unread, rooms, people } = useListing();
  const team = useStore((s) => s.teams[s.teamId]);
  const open = useStore((s) => s.channelId);
  const list = useRef<VListHandle>(null);
  const rows: (Channel | string)[] = [
    t('nav.channels'),
    ...rooms,
    ...(people.length > 0 ? [t('nav.people'), ...people] : []),
  ];
  const at = rows.findIndex((each) => typeof each !== 'string' && each.id === open);
  useEffect(() => {
    if (at >= 0) list.current?.scrollToIndex(at, { align: 'nearest' });
    // Only when another channel is opened: nothing moves under the pointer otherwise.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [open]);
  const additions = [
    { label: t('nav.browse'), icon: 'search', act: () => show({ kind: 'browse' }) },
    { label: t('nav.newChannel'), icon: 'hash', act: () => show({ kind: 'new-channel' }) },
    { label: t('nav.newMessage'), icon: 'chat', act: () => show({ kind: 'new-message' }) },
  ] as const;
  return (
    <nav className="side" aria-label={t('nav.channels')} data-region>
      <header>
        <h1 dir="auto">{team?.display_name}</h1>
        <Menu label={t('nav.add')} items={[...additions]}>
          <Icon name="plus" />
        </Menu>
      </header>
      <button className="find" onClick={() => show({ kind: 'go' })}>
        <Icon name="search" size={16} />
        <span>{t('nav.find')}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className="rows" onKeyDown={walk}>
        <ThreadsRow />
        {unread.length > 0 && (
          <div className="hot">
            <h2>
              {t('nav.unread')}
              <span className="n">{unread.length}</span>
            </h2>
            {unread.map((each) => (
              <Row key={each.id} channel={each} />
            ))}
          </div>
        )}
        <VList ref={list} className="rest" itemSize={32} keepMounted={at >= 0 ? [at] : []}>
          {rows.map((each) =>
            typeof each === 'string' ? <h2 key={each}>{each}</h2> : <Row key={each.id} channel={each} />,
          )}
        </VList>
      </div>
    </nav>
  );
}
