// Groups of people that messages can mention.
import { get, post, put, query, remove, request } from './request';
import type { Id, User } from './types';

export interface Group {
  id: Id;
  name?: string;
  display_name: string;
  /** custom: people made it. */
  source: string;
  delete_at: number;
  allow_reference: boolean;
}
/** All that may be mentioned; the node sends at most 1000. */
export const all = () => get<Group[]>(`/groups${query({ filter_allow_reference: true, paginate: false })}`);
export const ofMe = () => get<Group[]>('/users/me/groups');
export const members = (group: Id) =>
  get<{ members: User[]; total_member_count: number }>(`/groups/${group}/members${query({ per_page: 200 })}`);
export const make = (name: string, display_name: string, user_ids: Id[]) =>
  post<Group>('/groups', { name, display_name, source: 'custom', allow_reference: true, user_ids });
export const rename = (group: Id, name: string, display_name: string) =>
  put<Group>(`/groups/${group}/patch`, { name, display_name });
export const archive = (group: Id) => remove(`/groups/${group}`);
export const add = (group: Id, user_ids: Id[]) => post(`/groups/${group}/members`, { user_ids });
export const take = (group: Id, user_ids: Id[]) =>
  request('DELETE', `/groups/${group}/members`, { user_ids });
