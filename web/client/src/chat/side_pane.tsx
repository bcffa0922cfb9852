// The right side: a thread, results of a search, pinned or saved messages, members.
import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import * as postsApi from '../api/posts';
import type { Id, Post, PostList, User } from '../api/types';
import * as usersApi from '../api/users';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { sayError } from '../i18n/errors';
import { askPresence } from '../store/people';
import { keepPosts } from '../store/posts';
import { set, useStore, type Pane } from '../store/state';
import { setFollowing } from '../store/threads';
import { fullName } from '../store/unread';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { Composer, useTypingHint } from './composer';
import { show, showProfile } from './overlays';
import { FoundWords } from './found';
import { PostRow } from './post';
import { continues } from './post_list';
import { report } from './report';

const ScheduledList = lazy(() => import('./scheduled').then((room) => ({ default: room.ScheduledList })));
const close = () => set({ pane: { kind: 'none' } });

function Frame({ title, extra, children }: { title: string; extra?: ReactNode; children: ReactNode }) {
  const { t } = useWords();
  return (
    <aside className="pane" aria-label={title} data-region>
      <header className="top">
        <h2>{title}</h2>
        <span className="grow" />
        {extra}
        <button className="icon" aria-label={t('thread.close')} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}

function Replies({ id }: { id: Id }) {
  const { t } = useWords();
  const head = useStore((s) => s.posts[id]);
  const ids = useStore((s) => s.threads[id]);
  const posts = useStore((s) => s.posts);
  const box = useRef<HTMLDivElement>(null);
  const shown = (ids ?? []).filter((each) => posts[each]);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length]);
  return (
    <div className="scroll" ref={box} tabIndex={0} role="region" aria-label={t('thread.title')}>
      {head && <PostRow post={head} inThread />}
      {shown.length > 0 && (
        <div className="rule left">
          <span>{t('post.replies', { count: shown.length })}</span>
        </div>
      )}
      {shown.map((each, at) => (
        <PostRow
          key={posts[each].pending_post_id || each}
          post={posts[each]}
          continues={at > 0 && continues(posts[each], posts[shown[at - 1]])}
          inThread
        />
      ))}
    </div>
  );
}

function Thread({ id }: { id: Id }) {
  const { t } = useWords();
  const channelId = useStore((s) => s.posts[id]?.channel_id);
  const isFollowing = useStore((s) => s.posts[id]?.is_following ?? s.inbox.some((each) => each.id === id));
  const hint = useTypingHint(channelId ?? '');
  const follow = (
    <button
      className="ghost small"
      aria-pressed={isFollowing}
      onClick={() => report(setFollowing(id, !isFollowing))}
    >
      {t(isFollowing ? 'thread.following' : 'thread.follow')}
    </button>
  );
  return (
    <Frame title={t('thread.title')} extra={follow}>
      <Replies id={id} />
      {channelId && (
        <Composer key={id} channelId={channelId} rootId={id} label={t('compose.thread')} hint={hint} />
      )}
    </Frame>
  );
}

type Loaded = { posts: Post[]; words: Record<string, string[]> } | { error: unknown } | undefined;

const nothing: string[] = [];

/** Posts that a request finds: loading, empty, failed or there. */
function Found({ load, none, counted }: { load(): Promise<PostList>; none: Key; counted?: boolean }) {
  const words = useWords();
  const [found, setFound] = useState<Loaded>();
  const live = useStore((s) => s.posts);
  useEffect(() => {
    let isWanted = true;
    setFound(undefined);
    load().then(
      (list) => {
        if (!isWanted) return;
        keepPosts(list);
        setFound({ posts: list.order.map((id) => list.posts[id]), words: list.matches ?? {} });
      },
      (error: unknown) => isWanted && setFound({ error }),
    );
    return () => {
      isWanted = false;
    };
  }, [load]);
  if (!found)
    return (
      <p className="empty" aria-busy="true">
        {words.t('app.loading')}
      </p>
    );
  if ('error' in found)
    return (
      <p className="empty" role="alert">
        {sayError(words, found.error)}
      </p>
    );
  const shown = found.posts.filter((each) => live[each.id]);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={words.t('search.title')}>
      <p className={shown.length === 0 ? 'empty' : 'hidden'} role="status">
        {shown.length === 0 ? words.t(none) : counted && words.t('search.results', { count: shown.length })}
      </p>
      {shown.map((each) => (
        <FoundWords key={each.id} value={found.words[each.id] ?? nothing}>
          <PostRow post={live[each.id]} isResult isEntry />
        </FoundWords>
      ))}
    </div>
  );
}

function Search({ terms }: { terms: string }) {
  const { t } = useWords();
  const [text, setText] = useState(terms);
  const team = useStore((s) => s.teamId);
  const field = useRef<HTMLInputElement>(null);
  const [load, setLoad] = useState<() => Promise<PostList>>();
  useEffect(() => setText(terms), [terms]);
  useEffect(() => {
    if (!terms) field.current?.focus();
    setLoad(() => (terms ? () => postsApi.search(team, terms) : undefined));
  }, [team, terms]);
  const add = (part: string) => {
    setText((now) => `${now.trim()} ${part}`.trimStart());
    field.current?.focus();
  };
  const chips = [
    ['from:', 'search.from'],
    ['in:', 'search.in'],
    ['on:', 'search.on'],
    ['""', 'search.exact'],
  ] as const;
  return (
    <Frame title={t('search.title')}>
      <form
        className="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          set({ pane: { kind: 'search', terms: text.trim() } });
        }}
      >
        <input
          ref={field}
          data-start
          className="field"
          type="search"
          aria-label={t('search.label')}
          placeholder={t('search.label')}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="chips" role="group" aria-label={t('search.hint')}>
          {chips.map(([part, key]) => (
            <button key={part} type="button" onClick={() => add(part)}>
              <code>{part}</code> {t(key)}
            </button>
          ))}
        </div>
      </form>
      {load && <Found load={load} none="search.none" counted />}
    </Frame>
  );
}

function Pinned() {
  const { t } = useWords();
  const channel = useStore((s) => s.channelId);
  const [load, setLoad] = useState<() => Promise<PostList>>();
  useEffect(() => setLoad(() => () => postsApi.pinned(channel)), [channel]);
  return <Frame title={t('channel.pinned')}>{load && <Found load={load} none="pinned.none" />}</Frame>;
}

function Saved() {
  const { t } = useWords();
  return (
    <Frame title={t('nav.saved')}>
      <Found load={postsApi.saved} none="saved.none" />
    </Frame>
  );
}

function Members() {
  const { t } = useWords();
  const channel = useStore((s) => s.channelId);
  const isRoom = useStore((s) => s.channels[s.channelId]?.team_id !== '');
  const presence = useStore((s) => s.presence);
  const [members, setMembers] = useState<User[]>([]);
  const [page, setPage] = useState(0);
  const [isLast, setLast] = useState(false);
  useEffect(() => {
    setMembers([]);
    setPage(0);
  }, [channel]);
  useEffect(() => {
    let isWanted = true;
    report(
      usersApi.ofChannel(channel, page).then((list) => {
        if (!isWanted) return;
        setMembers((now) => (page === 0 ? list : [...now, ...list]));
        setLast(list.length < 100);
        void askPresence(list.map((each) => each.id));
      }),
    );
    return () => {
      isWanted = false;
    };
  }, [channel, page]);
  const invite = isRoom && (
    <button className="ghost small" onClick={() => show({ kind: 'invite' })}>
      {t('channel.invite')}
    </button>
  );
  return (
    <Frame title={t('members.title')} extra={invite}>
      <div className="scroll people" tabIndex={0} role="region" aria-label={t('members.title')}>
        {members.map((each) => (
          <button
            key={each.id}
            className="person"
            onClick={(event) => showProfile(each.id, event.currentTarget)}
          >
            <Avatar user={each} presence={presence[each.id]} />
            <span>
              <b dir="auto">{fullName(each)}</b>
              <small>@{each.username}</small>
            </span>
          </button>
        ))}
        {!isLast && members.length > 0 && (
          <button className="ghost" onClick={() => setPage(page + 1)}>
            {t('app.more')}
          </button>
        )}
      </div>
    </Frame>
  );
}

function Scheduled() {
  const { t } = useWords();
  return (
    <Frame title={t('later.title')}>
      <Suspense fallback={<p className="empty">{t('app.loading')}</p>}>
        <ScheduledList />
      </Suspense>
    </Frame>
  );
}

export function SidePane({ pane }: { pane: Pane }) {
  switch (pane.kind) {
    case 'thread':
      return <Thread key={pane.id} id={pane.id} />;
    case 'search':
      return <Search terms={pane.terms} />;
    case 'pinned':
      return <Pinned />;
    case 'saved':
      return <Saved />;
    case 'members':
      return <Members />;
    case 'scheduled':
      return <Scheduled />;
    default:
      return null;
  }
}
