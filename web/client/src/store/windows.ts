// The part of a channel that is loaded: ids of root posts from old to new. Pure functions, so that order and
// doubles can be tested without a browser.
import type { Id, Post } from '../api/types';

export interface Window {
  ids: Id[];
  atStart: boolean;
  atEnd: boolean;
  loading: boolean;
  /** The last change put posts in front, so the list must not move. */
  grewInFront: boolean;
}

export const longest_window = 600;
export const fresh = (ids: Id[], atStart: boolean, atEnd: boolean): Window => ({
  ids,
  atStart,
  atEnd,
  loading: false,
  grewInFront: false,
});

export function withOlder(window: Window, older: Id[], atStart: boolean): Window {
  const known = new Set(window.ids);
  const ids = [...older.filter((id) => !known.has(id)), ...window.ids];
  const cut = ids.slice(0, longest_window);
  const atEnd = window.atEnd && cut.length === ids.length;
  return { ids: cut, atStart, atEnd, loading: false, grewInFront: true };
}

export function withNewer(window: Window, newer: Id[], atEnd: boolean): Window {
  const known = new Set(window.ids);
  const ids = [...window.ids, ...newer.filter((id) => !known.has(id))];
  const cut = ids.slice(-longest_window);
  const atStart = window.atStart && cut.length === ids.length;
  return { ids: cut, atStart, atEnd, loading: false, grewInFront: false };
}

/**
 * Puts one post where its time says. The confirmed form of a post that waits takes the place of that one, so
 * that nothing is shown twice whichever of reply and event comes first.
 */
export function placed(ids: Id[], post: Post, posts: Record<Id, Post>): Id[] {
  const pending = post.pending_post_id;
  if (ids.includes(post.id)) {
    return pending && pending !== post.id && ids.includes(pending) ? ids.filter((id) => id !== pending) : ids;
  }
  const waits = pending ? ids.indexOf(pending) : -1;
  if (waits >= 0) return ids.map((id, at) => (at === waits ? post.id : id));
  let at = ids.length;
  while (at > 0 && (posts[ids[at - 1]]?.create_at ?? 0) > post.create_at) --at;
  return [...ids.slice(0, at), post.id, ...ids.slice(at)];
}
