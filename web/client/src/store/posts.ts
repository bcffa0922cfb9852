// Posts of channels and threads: loading, sending, changing.
import * as api from '../api/posts';
import { isOutage } from '../api/errors';
import type { Id, Post, PostList, Reaction } from '../api/types';
import { needUsers } from './people';
import { set, state, type State } from './state';
import { fresh, placed, withNewer, withOlder, type Window } from './windows';

const peopleIn = (list: Post[]) =>
  list.flatMap((post) => [post.user_id, ...(post.participants ?? []).map((each) => each.id)]);

const upward = (list: PostList) => list.order.filter((id) => !list.posts[id]?.root_id).reverse();

export function keepPosts(list: PostList | Post[]): void {
  const posts = Array.isArray(list) ? list : Object.values(list.posts);
  needUsers(peopleIn(posts));
  set((s) => {
    const kept = { ...s.posts };
    for (const post of posts) {
      const known = kept[post.id];
      // A post that came alone carries no summary of its thread.
      if (!known || known.update_at <= post.update_at) kept[post.id] = { ...known, ...post };
    }
    return { posts: kept };
  });
}

const setWindow = (channel: Id, make: (window: Window) => Window) =>
  set((s) => (s.windows[channel] ? { windows: { ...s.windows, [channel]: make(s.windows[channel]) } } : s));

function replaceWindow(channel: Id, list: PostList, atStart: boolean, atEnd: boolean): void {
  keepPosts(list);
  set((s) => {
    const waiting = (s.windows[channel]?.ids ?? []).filter((id) => s.posts[id]?.pending_post_id === id);
    const ids = [...upward(list), ...(atEnd ? waiting : [])];
    return { windows: { ...s.windows, [channel]: fresh(ids, atStart, atEnd) } };
  });
}

export async function loadLatest(channel: Id): Promise<void> {
  const list = await api.latest(channel);
  replaceWindow(channel, list, list.order.length < api.page_size, true);
}

/** From a little before the first unread post on. */
export async function loadUnread(channel: Id): Promise<void> {
  const list = await api.aroundUnread(channel);
  replaceWindow(channel, list, !list.prev_post_id, !list.next_post_id);
}

export async function loadAround(post: Post): Promise<void> {
  const [older, newer] = await Promise.all([
    api.before(post.channel_id, post.id, 30),
    api.after(post.channel_id, post.id, 30),
  ]);
  const list: PostList = {
    order: [...newer.order, post.id, ...older.order],
    posts: { ...older.posts, ...newer.posts, [post.id]: post },
  };
  replaceWindow(post.channel_id, list, older.order.length < 30, newer.order.length < 30);
}

async function extend(channel: Id, from: 'front' | 'back'): Promise<void> {
  const window = state().windows[channel];
  const isDone = from === 'front' ? window?.atStart : window?.atEnd;
  if (!window || window.loading || isDone || window.ids.length === 0) return;
  setWindow(channel, (each) => ({ ...each, loading: true }));
  try {
    const edge = from === 'front' ? window.ids[0] : window.ids[window.ids.length - 1];
    const list = await (from === 'front' ? api.before(channel, edge) : api.after(channel, edge));
    keepPosts(list);
    const isLast = list.order.length < api.page_size;
    const extendBy = from === 'front' ? withOlder : withNewer;
    setWindow(channel, (each) => extendBy(each, upward(list), isLast));
  } catch (error) {
    setWindow(channel, (each) => ({ ...each, loading: false }));
    if (!isOutage(error)) throw error; // the next scroll tries again
  }
}
export const loadOlder = (channel: Id) => extend(channel, 'front');
export const loadNewer = (channel: Id) => extend(channel, 'back');

export async function loadThread(id: Id): Promise<void> {
  const list = await api.thread(id);
  keepPosts(list);
  const replies = Object.values(list.posts)
    .filter((post) => post.root_id === id)
    .sort((a, b) => a.create_at - b.create_at)
    .map((post) => post.id);
  set((s) => {
    const waiting = (s.threads[id] ?? []).filter((each) => s.posts[each]?.pending_post_id === each);
    return { threads: { ...s.threads, [id]: [...replies, ...waiting] } };
  });
}

function withReply(s: State, post: Post, posts: Record<Id, Post>, isNew: boolean): Partial<State> {
  const thread = s.threads[post.root_id];
  const head = posts[post.root_id];
  if (head && isNew) {
    const others = (head.participants ?? []).filter((each) => each.id !== post.user_id);
    posts[head.id] = {
      ...head,
      reply_count: (head.reply_count ?? 0) + 1,
      last_reply_at: post.create_at,
      participants: [{ id: post.user_id }, ...others],
    };
  }
  if (!thread) return { posts };
  return { posts, threads: { ...s.threads, [post.root_id]: placed(thread, post, posts) } };
}

/** A post from the socket or the answer to a request; twice is the same as once. */
export function putPost(post: Post): void {
  needUsers([post.user_id]);
  set((s) => {
    const known = s.posts[post.id];
    if (known && known.update_at > post.update_at) return s;
    const posts = { ...s.posts, [post.id]: { ...known, ...post } };
    const isConfirmed = post.id !== post.pending_post_id;
    // Asked for while it was on its way: it is edited under the id that it has now.
    const editing = isConfirmed && s.editing && s.editing === post.pending_post_id ? post.id : s.editing;
    if (post.root_id) return { ...withReply(s, post, posts, !known && isConfirmed), editing };
    const window = s.windows[post.channel_id];
    if (!window?.atEnd) return { posts, editing };
    const ids = placed(window.ids, post, posts);
    return {
      posts,
      editing,
      windows: { ...s.windows, [post.channel_id]: { ...window, ids, grewInFront: false } },
    };
  });
}

export function dropPost(post: Post): void {
  set((s) => {
    const { [post.id]: gone, ...posts } = s.posts;
    const window = s.windows[post.channel_id];
    const next: Partial<State> = { posts };
    if (window) {
      const ids = window.ids.filter((id) => id !== post.id);
      next.windows = { ...s.windows, [post.channel_id]: { ...window, ids, grewInFront: false } };
    }
    const thread = s.threads[post.root_id];
    if (thread) next.threads = { ...s.threads, [post.root_id]: thread.filter((id) => id !== post.id) };
    const head = posts[post.root_id];
    if (gone && head?.reply_count) posts[head.id] = { ...head, reply_count: head.reply_count - 1 };
    if (s.pane.kind === 'thread' && s.pane.id === post.id) next.pane = { kind: 'none' };
    return next;
  });
}

/** What is older than `before` was destroyed, unless something keeps it: who shows such posts asks again. */
export async function forgetDestroyed(channel: Id, before: number): Promise<void> {
  const { windows, posts } = state();
  if (windows[channel]?.ids.some((id) => (posts[id]?.create_at ?? before) < before))
    await loadLatest(channel);
}

async function deliver(draft: Post): Promise<void> {
  try {
    const { channel_id, message, root_id, pending_post_id, file_ids } = draft;
    putPost(await api.create({ channel_id, message, root_id, pending_post_id, file_ids }));
    set((s) => {
      const { [pending_post_id]: _waited, ...posts } = s.posts;
      return { posts };
    });
  } catch (error) {
    set((s) => (s.posts[draft.id] ? { posts: { ...s.posts, [draft.id]: { ...draft, failed: true } } } : s));
    if (!isOutage(error)) throw error;
  }
}

let last_number = 0;
export async function send(
  channel_id: Id,
  message: string,
  root_id = '',
  file_ids: Id[] = [],
): Promise<void> {
  const me = state().me;
  if (!me) return;
  const now = Date.now();
  last_number = Math.max(now, last_number + 1);
  const id = `${me.id}:${last_number}`;
  const draft: Post = {
    id,
    pending_post_id: id,
    channel_id,
    user_id: me.id,
    root_id,
    message,
    type: '',
    create_at: now,
    update_at: 0,
    edit_at: 0,
    delete_at: 0,
    is_pinned: false,
    props: {},
    file_ids,
  };
  if (!root_id && state().windows[channel_id]?.atEnd === false) await loadLatest(channel_id);
  putPost(draft);
  await deliver(draft);
}

/** The node takes the same pending id only once, so trying again cannot double a post. */
export async function retry(id: Id): Promise<void> {
  const draft = state().posts[id];
  if (!draft?.failed) return;
  const again = { ...draft, failed: false };
  set((s) => ({ posts: { ...s.posts, [id]: again } }));
  await deliver(again);
}
export const retryAll = () =>
  Object.values(state().posts)
    .filter((post) => post.failed)
    .sort((a, b) => a.create_at - b.create_at)
    .reduce((before, post) => before.then(() => retry(post.id)), Promise.resolve());

export async function edit(id: Id, message: string): Promise<void> {
  putPost(await api.patch(id, { message }));
}

export async function erase(post: Post): Promise<void> {
  if (post.id !== post.pending_post_id) await api.erase(post.id);
  dropPost(post);
}

export async function togglePin(post: Post): Promise<void> {
  await (post.is_pinned ? api.unpin(post.id) : api.pin(post.id));
  set((s) => ({ posts: { ...s.posts, [post.id]: { ...s.posts[post.id], is_pinned: !post.is_pinned } } }));
}

export function setReaction(reaction: Reaction, isThere: boolean): void {
  set((s) => {
    const post = s.posts[reaction.post_id];
    if (!post) return s;
    const others = (post.metadata?.reactions ?? []).filter(
      (each) => each.user_id !== reaction.user_id || each.emoji_name !== reaction.emoji_name,
    );
    const reactions = isThere ? [...others, reaction] : others;
    return { posts: { ...s.posts, [post.id]: { ...post, metadata: { ...post.metadata, reactions } } } };
  });
}

export async function toggleReaction(post: Post, emoji_name: string): Promise<void> {
  const user_id = state().me?.id ?? '';
  const isThere = (post.metadata?.reactions ?? []).some(
    (each) => each.user_id === user_id && each.emoji_name === emoji_name,
  );
  const reaction = { user_id, post_id: post.id, emoji_name, create_at: Date.now() };
  setReaction(reaction, !isThere);
  try {
    await (isThere ? api.unreact(post.id, emoji_name) : api.react(user_id, post.id, emoji_name));
  } catch (error) {
    setReaction(reaction, isThere);
    throw error;
  }
}
