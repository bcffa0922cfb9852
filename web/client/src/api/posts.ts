import { get, post, put, query, remove } from './request';
import type { Id, Post, PostList, Reaction, Thread } from './types';

const collapsed = { skipFetchThreads: true, collapsedThreads: true, collapsedThreadsExtended: false };

export const page_size = 60;
export const latest = (channel: Id) =>
  get<PostList>(`/channels/${channel}/posts${query({ page: 0, per_page: page_size, ...collapsed })}`);
export const before = (channel: Id, id: Id, per_page = page_size) =>
  get<PostList>(`/channels/${channel}/posts${query({ before: id, page: 0, per_page, ...collapsed })}`);
export const after = (channel: Id, id: Id, per_page = page_size) =>
  get<PostList>(`/channels/${channel}/posts${query({ after: id, page: 0, per_page, ...collapsed })}`);
export const aroundUnread = (channel: Id) =>
  get<PostList>(
    `/users/me/channels/${channel}/posts/unread${query({ limit_before: 30, limit_after: 60, ...collapsed })}`,
  );
export const byId = (id: Id) => get<Post>(`/posts/${id}`);
export const thread = (id: Id) =>
  get<PostList>(`/posts/${id}/thread${query({ perPage: 200, direction: 'up', collapsedThreads: true })}`);
export const pinned = (channel: Id) => get<PostList>(`/channels/${channel}/pinned`);
export const saved = () => get<PostList>(`/users/me/posts/flagged${query({ page: 0, per_page: 100 })}`);
export const search = (team: Id, terms: string) =>
  post<PostList>(`/teams/${team}/posts/search`, {
    terms,
    is_or_search: false,
    time_zone_offset: -new Date().getTimezoneOffset() * 60,
  });
export const create = (fields: Partial<Post>) => post<Post>('/posts', fields);
export const patch = (id: Id, fields: Partial<Post>) => put<Post>(`/posts/${id}/patch`, fields);
export const erase = (id: Id) => remove(`/posts/${id}`);
export const history = (id: Id) => get<Post[]>(`/posts/${id}/edit_history`);
export const pin = (id: Id) => post(`/posts/${id}/pin`);
export const unpin = (id: Id) => post(`/posts/${id}/unpin`);
export const setUnread = (id: Id) =>
  post(`/users/me/posts/${id}/set_unread`, { collapsed_threads_supported: true });
export const react = (user_id: Id, post_id: Id, emoji_name: string) =>
  post<Reaction>('/reactions', { user_id, post_id, emoji_name });
export const unreact = (post_id: Id, emoji_name: string) =>
  remove(`/users/me/posts/${post_id}/reactions/${emoji_name}`);

export const threads = (team: Id, unread: boolean, before?: Id) =>
  get<{ threads: Thread[]; total: number; total_unread_threads: number; total_unread_mentions: number }>(
    `/users/me/teams/${team}/threads${query({ extended: false, per_page: 30, unread, before })}`,
  );
export const readThread = (team: Id, id: Id) =>
  put(`/users/me/teams/${team}/threads/${id}/read/${Date.now()}`);
export const readAllThreads = (team: Id) => put(`/users/me/teams/${team}/threads/read`);
export const follow = (team: Id, id: Id) => put(`/users/me/teams/${team}/threads/${id}/following`);
export const unfollow = (team: Id, id: Id) => remove(`/users/me/teams/${team}/threads/${id}/following`);
