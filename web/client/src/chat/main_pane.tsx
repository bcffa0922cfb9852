// The middle: a channel with its messages, or the inbox of threads.
import { lazy, Suspense, useEffect, useState } from 'react';
import * as channelsApi from '../api/channels';
import { useWords } from '../i18n';
import { leave } from '../store/channels';
import { retryNow } from '../store/live';
import { keepPosts } from '../store/posts';
import { set, state, useStore } from '../store/state';
import { moreInbox, readAll } from '../store/threads';
import { openThread } from '../store/channels';
import { fullName, isMuted, labelOf, partnerOf } from '../store/unread';
import { Avatar } from '../ui/avatar';
import { Menu, type MenuItem } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { BookmarkLine } from './bookmarks';
import { Composer, useTypingHint } from './composer';
import { Markdown } from './markdown';
import { show } from './overlays';
import { PostList } from './post_list';
import { report } from './report';

const FactorNotice = lazy(() => import('./factor_notice').then((room) => ({ default: room.FactorNotice })));

function ConnectionLine() {
  const { t } = useWords();
  const isDown = useStore((s) => s.link === 'down');
  const retryAt = useStore((s) => s.retryAt);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isDown) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isDown]);
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <div role="status" className="connection">
      {isDown && (
        <>
          {seconds > 0 ? t('link.down', { seconds }) : t('link.trying')}{' '}
          <button className="link" onClick={retryNow}>
            {t('link.now')}
          </button>
        </>
      )}
    </div>
  );
}

/** While second factors are announced but not demanded yet. */
function FactorLine() {
  const from = useStore((s) => Number(s.config.ConcordatFactorsFrom ?? 0));
  return <Suspense>{from > 0 && <FactorNotice from={from} />}</Suspense>;
}

async function toggleMuted(id: string): Promise<void> {
  const s = state();
  const mark_unread = isMuted(s.members[id]) ? 'all' : 'mention';
  await channelsApi.setNotifications(id, s.me?.id ?? '', { mark_unread });
  set((now) => ({
    members: {
      ...now.members,
      [id]: { ...now.members[id], notify_props: { ...now.members[id].notify_props, mark_unread } },
    },
  }));
}

function ChannelMenu() {
  const { t } = useWords();
  const channel = useStore((s) => s.channels[s.channelId]);
  const muted = useStore((s) => isMuted(s.members[s.channelId]));
  const isRoom = channel.team_id !== '';
  const items: MenuItem[] = [
    {
      label: t(muted ? 'channel.unmute' : 'channel.mute'),
      icon: 'check',
      act: () => report(toggleMuted(channel.id)),
    },
    {
      label: t('channel.header'),
      icon: 'edit',
      act: () => show({ kind: 'channel-text', field: 'header' }),
    },
  ];
  items.push({ label: t('bookmark.add'), icon: 'plus', act: () => show({ kind: 'bookmark' }) });
  if (channel.type === 'G')
    items.push({ label: t('convert.title'), icon: 'lock', act: () => show({ kind: 'convert' }) });
  if (isRoom) {
    items.push({
      label: t('channel.rename'),
      icon: 'edit',
      act: () => show({ kind: 'channel-text', field: 'display_name' }),
    });
    items.push({ label: t('channel.invite'), icon: 'people', act: () => show({ kind: 'invite' }) });
    if (channel.name !== 'town-square')
      items.push({
        label: t('channel.archive'),
        icon: 'file',
        danger: true,
        act: () => show({ kind: 'archive' }),
      });
  }
  if (channel.name !== 'town-square')
    items.push({
      label: t(isRoom ? 'channel.leave' : 'channel.close'),
      icon: 'out',
      danger: isRoom,
      act: () => report(leave(channel.id)),
    });
  return (
    <Menu label={t('channel.menu')} items={items}>
      <Icon name="more" />
    </Menu>
  );
}

const closeOnPhone = () => document.documentElement.classList.add('shows-list');

function ChannelHeader({ label }: { label: string }) {
  const { t } = useWords();
  const channel = useStore((s) => s.channels[s.channelId]);
  const count = useStore((s) => s.memberCount);
  const pinned = useStore((s) => s.pinnedCount);
  const partner = useStore((s) =>
    channel.type === 'D' ? s.users[partnerOf(channel, s.me?.id ?? '')] : undefined,
  );
  const presence = useStore((s) => (partner ? s.presence[partner.id] : undefined));
  return (
    <header className="top">
      <button className="icon to-list" aria-label={t('nav.back')} onClick={closeOnPhone}>
        <Icon name="back" />
      </button>
      {partner ? (
        <Avatar user={partner} size="small" presence={presence} />
      ) : (
        <Icon name={channel.type === 'P' ? 'lock' : channel.type === 'G' ? 'people' : 'hash'} />
      )}
      <h2 dir="auto">{label}</h2>
      {channel.header && (
        <div className="topic" title={channel.header}>
          <Markdown text={channel.header.split('\n')[0]} />
        </div>
      )}
      <span className="grow" />
      <button
        className="count"
        aria-label={t('channel.pinned')}
        title={t('channel.pinned')}
        onClick={() => set({ pane: { kind: 'pinned' } })}
      >
        <Icon name="pin" size={16} />
        {pinned > 0 && pinned}
      </button>
      {channel.type !== 'D' && (
        <button className="count" onClick={() => set({ pane: { kind: 'members' } })}>
          <Icon name="people" size={16} /> <span>{t('channel.members', { count })}</span>
        </button>
      )}
      <button
        className="icon"
        aria-label={t('nav.search')}
        title={`${t('nav.search')} (Ctrl Shift F)`}
        onClick={() => set({ pane: { kind: 'search', terms: '' } })}
      >
        <Icon name="search" />
      </button>
      <ChannelMenu />
    </header>
  );
}

function ChannelView() {
  const { t } = useWords();
  const channel = useStore((s) => s.channels[s.channelId]);
  const label = useStore((s) => labelOf(s.channels[s.channelId], s.users, s.me));
  const hint = useTypingHint(channel.id);
  const sign = channel.type === 'O' || channel.type === 'P' ? '#' : '';
  return (
    <main className="main" aria-label={label}>
      <ChannelHeader label={label} />
      <BookmarkLine channelId={channel.id} />
      <ConnectionLine />
      <FactorLine />
      <PostList key={channel.id} channelId={channel.id} label={label} />
      <div data-region className="foot">
        {channel.delete_at > 0 ? (
          <p className="empty">{t('compose.archived')}</p>
        ) : (
          <Composer
            key={channel.id}
            channelId={channel.id}
            label={t('compose.channel', { channel: sign + label })}
            hint={hint}
          />
        )}
      </div>
    </main>
  );
}

function Inbox() {
  const { t, date } = useWords();
  const inbox = useStore((s) => s.inbox);
  const users = useStore((s) => s.users);
  const channels = useStore((s) => s.channels);
  const unread = useStore((s) => s.inboxUnread);
  const me = useStore((s) => s.me);
  return (
    <main className="main" aria-label={t('thread.inbox')} data-region>
      <header className="top">
        <button className="icon to-list" aria-label={t('nav.back')} onClick={closeOnPhone}>
          <Icon name="back" />
        </button>
        <Icon name="threads" />
        <h2>{t('thread.inbox')}</h2>
        <span className="grow" />
        {unread > 0 && (
          <button className="ghost small" onClick={() => report(readAll())}>
            {t('thread.readAll')}
          </button>
        )}
      </header>
      <ConnectionLine />
      <FactorLine />
      <div className="inbox">
        {inbox.length === 0 && <p className="empty">{t('thread.none')}</p>}
        {inbox.map((each) => (
          <button
            key={each.id}
            className={`thread-card${each.unread_replies ? ' unread' : ''}`}
            onClick={() => {
              keepPosts([each.post]);
              openThread(each.id);
            }}
          >
            <Avatar user={users[each.post.user_id]} />
            <span className="body">
              <span className="who">
                <b>{fullName(users[each.post.user_id])}</b>
                <span className="position">{labelOf(channels[each.post.channel_id], users, me)}</span>
                <span className="position">{date(each.last_reply_at || each.post.create_at)}</span>
              </span>
              <span className="extract" dir="auto">
                {each.post.message}
              </span>
              <span className="summary">
                {t('post.replies', { count: each.reply_count })}
                {each.unread_replies > 0 && <b>{t('thread.unread', { count: each.unread_replies })}</b>}
              </span>
            </span>
          </button>
        ))}
        {inbox.length >= 30 && (
          <button className="ghost" onClick={() => report(moreInbox())}>
            {t('app.more')}
          </button>
        )}
      </div>
    </main>
  );
}

export function MainPane() {
  const view = useStore((s) => s.view);
  const hasChannel = useStore((s) => !!s.channels[s.channelId]);
  if (view === 'threads') return <Inbox />;
  return hasChannel ? <ChannelView /> : <main className="main" />;
}
