import { get, post, put, query, remove } from './request';
import type { Channel, ChannelMember, Id } from './types';

export const mine = (team: Id) => get<Channel[]>(`/users/me/teams/${team}/channels`);
export const myMembers = (team: Id) => get<ChannelMember[]>(`/users/me/teams/${team}/channels/members`);
export const byId = (id: Id) => get<Channel>(`/channels/${id}`);
export const byName = (team: Id, name: string) => get<Channel>(`/teams/${team}/channels/name/${name}`);
export const myMember = (id: Id) => get<ChannelMember>(`/channels/${id}/members/me`);
export const publicOnes = (team: Id, page: number) =>
  get<Channel[]>(`/teams/${team}/channels${query({ page, per_page: 100 })}`);
export const create = (fields: Partial<Channel>) => post<Channel>('/channels', { ...fields });
export const patch = (id: Id, fields: Partial<Channel>) => put<Channel>(`/channels/${id}/patch`, fields);
export const direct = (ids: Id[]) => post<Channel>('/channels/direct', ids);
export const group = (ids: Id[]) => post<Channel>('/channels/group', ids);
/** A message to a group becomes a private channel of that team. */
export const convert = (id: Id, team_id: Id, name: string, display_name: string) =>
  post<Channel>(`/channels/${id}/convert_to_channel`, { team_id, name, display_name });
export const addMember = (id: Id, user_id: Id) => post<ChannelMember>(`/channels/${id}/members`, { user_id });
export const removeMember = (id: Id, user: Id) => remove(`/channels/${id}/members/${user}`);
export const archive = (id: Id) => remove(`/channels/${id}`);
export const stats = (id: Id) =>
  get<{ member_count: number; pinnedpost_count: number }>(`/channels/${id}/stats`);
export const view = (channel_id: Id) =>
  post('/channels/members/me/view', { channel_id, prev_channel_id: '', collapsed_threads_supported: true });
export const setNotifications = (id: Id, user: Id, props: Record<string, string>) =>
  put(`/channels/${id}/members/${user}/notify_props`, props);
