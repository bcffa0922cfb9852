// The inbox of followed threads.
import { isOutage } from '../api/errors';
import * as api from '../api/posts';
import type { Id } from '../api/types';
import { needUsers } from './people';
import { keepPosts } from './posts';
import { set, state } from './state';

export async function refreshInbox(): Promise<void> {
  const team = state().teamId;
  if (!team) return;
  try {
    const found = await api.threads(team, false);
    if (state().teamId !== team) return;
    keepPosts(found.threads.map((each) => each.post));
    needUsers(found.threads.flatMap((each) => each.participants.map((one) => one.id)));
    set({ inbox: found.threads, inboxUnread: found.total_unread_threads });
  } catch (error) {
    if (!isOutage(error)) throw error; // asked again with the next change
  }
}

export async function moreInbox(): Promise<void> {
  const { inbox, teamId } = state();
  const last = inbox[inbox.length - 1];
  if (!last) return;
  const found = await api.threads(teamId, false, last.id);
  keepPosts(found.threads.map((each) => each.post));
  set((s) => {
    const known = new Set(s.inbox.map((each) => each.id));
    return { inbox: [...s.inbox, ...found.threads.filter((each) => !known.has(each.id))] };
  });
}

export async function readAll(): Promise<void> {
  await api.readAllThreads(state().teamId);
  await refreshInbox();
}

export async function setFollowing(id: Id, isFollowing: boolean): Promise<void> {
  await (isFollowing ? api.follow : api.unfollow)(state().teamId, id);
  set((s) =>
    s.posts[id] ? { posts: { ...s.posts, [id]: { ...s.posts[id], is_following: isFollowing } } } : s,
  );
  await refreshInbox();
}
