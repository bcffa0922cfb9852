// Groups of the directory, and the teams that their members join.
import { get, post, put, query, remove } from './request';
import type { Id } from './types';

export interface Found {
  primary_key: string;
  name: string;
  mattermost_group_id: Id | null;
  has_syncables: boolean | null;
}
export interface TeamLink {
  team_id: Id;
  team_display_name: string;
  auto_add: boolean;
  scheme_admin: boolean;
}
export interface ChannelLink {
  channel_id: Id;
  channel_display_name: string;
  team_display_name: string;
  auto_add: boolean;
  scheme_admin: boolean;
}
export const found = (q: string) =>
  get<{ count: number; groups: Found[] | null }>(`/ldap/groups${query({ q, page: 0, per_page: 200 })}`);
const linkOf = (key: string) => `/ldap/groups/${encodeURIComponent(key)}/link`;
export const link = (key: string) => post<{ id: Id }>(linkOf(key));
export const unlink = (key: string) => remove(linkOf(key));
export const size = (group: Id) =>
  get<{ total_member_count: number }>(`/groups/${group}/stats`).then((stats) => stats.total_member_count);
export const teams = (group: Id) => get<TeamLink[]>(`/groups/${group}/teams`);
export const channels = (group: Id) => get<ChannelLink[]>(`/groups/${group}/channels`);
export const linkTeam = (group: Id, team: Id, scheme_admin: boolean) =>
  post(`/groups/${group}/teams/${team}/link`, { auto_add: true, scheme_admin });
export const patchTeam = (group: Id, team: Id, scheme_admin: boolean) =>
  put(`/groups/${group}/teams/${team}/patch`, { scheme_admin });
export const unlinkTeam = (group: Id, team: Id) => remove(`/groups/${group}/teams/${team}/link`);
export const unlinkChannel = (group: Id, channel: Id) => remove(`/groups/${group}/channels/${channel}/link`);
/** What a sync would do now. */
export interface Plan {
  people: number;
  accounts: number;
  changes: { action: 'update' | 'reactivate' | 'deactivate' | 'refuse'; username: string; detail: string }[];
  groups: { action: 'rename' | 'vanish' | 'empty' | 'return'; group: string; detail: string }[];
  places: {
    action: 'join' | 'leave' | 'promote' | 'demote';
    username: string;
    group: string;
    place: string;
  }[];
}
export const plan = () => get<Plan>('/concordat/ldap/sync');
export const sync = () => post('/ldap/sync');
/** Whether each server of the main directory answers; the refusal says which does not, and why. */
export const testDirectory = () => post('/ldap/test');
