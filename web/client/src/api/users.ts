import { get, post, put, query, remove } from './request';
import type { Id, Preference, Presence, Session, User } from './types';

export const me = () => get<User>('/users/me');
/** `passkey` is the browser's answer as JSON, instead of a code. */
export const logIn = (login_id: string, password: string, token: string, passkey = '') =>
  post<User>('/users/login', { login_id, password, token, passkey });
/** For the desktop application: the server's token, once, becomes its session. */
export const redeemDesktop = (token: string) =>
  post<User>('/users/login/desktop_token', { token, deviceId: '' });
/** `sign_out_url` is where the browser goes on to whoever vouched for this person. */
export const logOut = () => post<{ sign_out_url?: string }>('/users/logout');
export const byIds = (ids: Id[]) => post<User[]>('/users/ids', ids);
export const byNames = (names: string[]) => post<User[]>('/users/usernames', names);
export const search = (term: string, more: Record<string, unknown> = {}) =>
  post<User[]>('/users/search', { term, limit: 30, ...more });
/** Some people of a team, for a list that nothing was typed for yet. */
export const ofTeam = (in_team: Id, not_in_channel?: Id) =>
  get<User[]>(`/users${query({ in_team, not_in_channel, page: 0, per_page: 30 })}`);
export const autocomplete = (team: Id, channel: Id, name: string) =>
  get<{ users: User[]; out_of_channel?: User[] }>(
    `/users/autocomplete${query({ in_team: team, in_channel: channel, name, limit: 12 })}`,
  );
export const ofChannel = (channel: Id, page: number) =>
  get<User[]>(`/users${query({ in_channel: channel, page, per_page: 100 })}`);
export const patch = (fields: Partial<User>) => put<User>('/users/me/patch', fields);
export const changePassword = (id: Id, current_password: string, new_password: string) =>
  put(`/users/${id}/password`, { current_password, new_password });
/** Where the browser goes next: a provider, or a path of this site when it is done. */
export const switchSignIn = (wish: Record<string, string>) =>
  post<{ follow_link: string }>('/users/login/switch', wish);
export const statuses = (ids: Id[]) => post<{ user_id: Id; status: Presence }[]>('/users/status/ids', ids);
export const setStatus = (user_id: Id, status: Presence) => put('/users/me/status', { user_id, status });
export const sessions = () => get<Session[]>('/users/me/sessions');
export const endSession = (session_id: Id) => post('/users/me/sessions/revoke', { session_id });
export const preferences = () => get<Preference[]>('/users/me/preferences');
export const savePreferences = (list: Preference[]) => put('/users/me/preferences', list);
export const deletePreferences = (list: Preference[]) => post('/users/me/preferences/delete', list);
export const clearStatus = () => remove('/users/me/status/custom');
