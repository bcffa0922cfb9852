// What roles allow, schemes of teams, and the moderation of channels.
import { get, post, put, query, remove } from './request';
import type { Channel, Id, Team } from './types';

export interface Role {
  id: Id;
  name: string;
  permissions: string[];
}
export interface Scheme {
  id: Id;
  display_name: string;
  default_team_guest_role: string;
  default_team_user_role: string;
  default_team_admin_role: string;
  default_channel_guest_role: string;
  default_channel_user_role: string;
  default_channel_admin_role: string;
}
export interface Moderated {
  value: boolean;
  enabled: boolean;
}
export interface Moderation {
  name: string;
  roles: { members: Moderated; guests?: Moderated };
}
/** What somebody is in each of their teams. */
export const inTeams = () => get<{ team_id: Id; roles: string }[]>('/users/me/teams/members');
export const named = (names: string[]) => post<Role[]>('/roles/names', names);
export const save = (role: Id, permissions: string[]) => put<Role>(`/roles/${role}/patch`, { permissions });
export const schemes = () => get<Scheme[]>(`/schemes${query({ scope: 'team', per_page: 200 })}`);
export const makeScheme = (display_name: string) => post<Scheme>('/schemes', { scope: 'team', display_name });
export const removeScheme = (scheme: Id) => remove(`/schemes/${scheme}`);
export const teamsOf = (scheme: Id) => get<Team[]>(`/schemes/${scheme}/teams${query({ per_page: 200 })}`);
export const giveTeam = (team: Id, scheme_id: Id) => put(`/teams/${team}/scheme`, { scheme_id });
export const moderations = (channel: Id) => get<Moderation[]>(`/channels/${channel}/moderations`);
export const moderate = (channel: Id, name: string, who: 'members' | 'guests', value: boolean) =>
  put<Moderation[]>(`/channels/${channel}/moderations/patch`, [{ name, roles: { [who]: value } }]);
export const channelsOf = (team: Id) => get<Channel[]>(`/teams/${team}/channels${query({ per_page: 200 })}`);
