// The messages of a channel: a window on a long list. Only the rows in sight are in the document.
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { VList, type VListHandle } from 'virtua';
import type { Id, Post } from '../api/types';
import { useWords } from '../i18n';
import { loadLatest, loadNewer, loadOlder } from '../store/posts';
import { set, useStore } from '../store/state';
import { fullName } from '../store/unread';
import { Icon } from '../ui/icon';
import { PostRow } from './post';
import { report } from './report';

const isSameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString();
export const continues = (post: Post, before: Post | undefined) =>
  !!before &&
  before.user_id === post.user_id &&
  post.create_at - before.create_at < 300_000 &&
  !post.type &&
  !before.type &&
  !post.is_pinned;

const edge = 1200;

function Announcer({ last }: { last?: Post }) {
  const { t } = useWords();
  const me = useStore((s) => s.me?.id);
  const user = useStore((s) => (last ? s.users[last.user_id] : undefined));
  const [said, setSaid] = useState('');
  const known = useRef(last?.id);
  useEffect(() => {
    if (!last || known.current === last.id) return;
    known.current = last.id;
    if (last.user_id === me) return;
    const timer = setTimeout(() => setSaid(t('post.arrived', { name: fullName(user) })), 1000);
    return () => clearTimeout(timer);
  }, [last, me, user, t]);
  return (
    <div className="hidden" role="status">
      {said}
    </div>
  );
}

export function PostList({ channelId, label }: { channelId: Id; label: string }) {
  const { t, day } = useWords();
  const window = useStore((s) => s.windows[channelId]);
  const posts = useStore((s) => s.posts);
  const newSince = useStore((s) => s.newSince);
  const target = useStore((s) => s.targetId);
  const me = useStore((s) => s.me?.id);
  const list = useRef<VListHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const placed = useRef('');
  const [focus, setFocus] = useState<Id>();
  const ids = (window?.ids ?? []).filter((id) => posts[id]);
  const last = ids[ids.length - 1];
  const firstNew =
    newSince > 0 ? ids.findIndex((id) => posts[id].create_at > newSince && posts[id].user_id !== me) : -1;

  // Where the list opens: at the permalink, at the first new message, else at the end.
  useLayoutEffect(() => {
    const wanted = target || (firstNew >= 0 ? 'new' : 'end');
    if (ids.length === 0) return;
    if ((placed.current !== wanted && placed.current === '') || (target && placed.current !== target)) {
      placed.current = wanted;
      const at = target ? ids.indexOf(target) : firstNew;
      if (at >= 0) {
        sticks.current = at >= ids.length - 5;
        list.current?.scrollToIndex(at, { align: 'center' });
        if (!sticks.current) return;
      }
    }
    if (sticks.current && window?.atEnd) list.current?.scrollToIndex(ids.length, { align: 'end' });
  }, [ids.length, last, target, firstNew, window?.atEnd]);

  // Pictures and late rows change heights; who was at the end stays there.
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(() => {
      if (sticks.current) list.current?.scrollToIndex(ids.length, { align: 'end' });
    });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [ids.length]);

  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -8, PageDown: 8, Home: -1e9, End: 1e9 }[event.key];
    const inside = (event.target as HTMLElement).closest('pre,.table,textarea,input,dialog,[role=menu]');
    if (!step || event.altKey || event.ctrlKey || inside) return;
    event.preventDefault();
    const here = (event.target as HTMLElement).closest<HTMLElement>('[data-post]')?.dataset.post;
    const from = here && ids.includes(here) ? ids.indexOf(here) : ids.length;
    const next = Math.max(0, Math.min(ids.length - 1, from + step));
    setFocus(ids[next]);
    list.current?.scrollToIndex(next, { align: 'nearest' });
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        box.current?.querySelector<HTMLElement>(`[data-post="${ids[next]}"]`)?.focus(),
      ),
    );
  };
  const onScroll = (offset: number) => {
    const handle = list.current;
    if (!handle) return;
    const below = handle.scrollSize - handle.viewportSize - offset;
    sticks.current = below < 40;
    if (offset < edge) report(loadOlder(channelId));
    if (below < edge) report(loadNewer(channelId));
  };
  const toLatest = () => {
    placed.current = 'end';
    sticks.current = true;
    set({ targetId: '', newSince: 0 });
    report(loadLatest(channelId));
  };

  const rows = ids.map((id, at) => {
    const post = posts[id];
    const before = posts[ids[at - 1]];
    const isDay = !before || !isSameDay(before.create_at, post.create_at);
    const isNew = at === firstNew;
    return (
      <div key={post.pending_post_id || id}>
        {at === 0 && window?.atStart && <p className="beginning">{t('channel.start', { channel: label })}</p>}
        {isDay && (
          <div className="rule">
            <span>{day(post.create_at)}</span>
          </div>
        )}
        {isNew && (
          <div className="rule new" role="separator" aria-label={t('post.new')}>
            <span>{t('post.new')}</span>
          </div>
        )}
        <PostRow
          post={post}
          continues={!isDay && !isNew && continues(post, before)}
          isEntry={id === focus || (!focus && at === ids.length - 1)}
          isTarget={id === target}
        />
      </div>
    );
  });
  const focusAt = focus ? ids.indexOf(focus) : -1;
  if (!window)
    return (
      <div className="posts waiting" aria-busy="true" aria-label={t('app.loading')}>
        {[72, 46, 60, 38].map((width) => (
          <div key={width} className="ghost-post">
            <i />
            <span style={{ width: `${width}%` }} />
          </div>
        ))}
      </div>
    );
  return (
    <div className="posts" ref={box} onKeyDown={onKey} data-region data-last={last}>
      {ids.length === 0 && <p className="empty">{t('post.empty')}</p>}
      <VList
        ref={list}
        className="scroller"
        shift={window.grewInFront}
        role="log"
        aria-live="off"
        aria-label={t('post.list', { channel: label })}
        keepMounted={focusAt >= 0 ? [focusAt] : []}
        onScroll={onScroll}
      >
        {rows}
      </VList>
      {!window.atEnd && (
        <button className="to-latest" onClick={toLatest}>
          <Icon name="down" size={15} /> {t('post.toLatest')}
        </button>
      )}
      <Announcer last={last ? posts[last] : undefined} />
    </div>
  );
}
