import { get, post, query, remove } from './request';
import type { Id, Team } from './types';

export const mine = () => get<Team[]>('/users/me/teams');
export const open = () => get<Team[]>(`/teams${query({ per_page: 100 })}`);
export const create = (name: string, display_name: string) =>
  post<Team>('/teams', { name, display_name, type: 'O' });
export const addMember = (team_id: Id, user_id: Id) =>
  post(`/teams/${team_id}/members`, { team_id, user_id });
export const leave = (team: Id, user: Id) => remove(`/teams/${team}/members/${user}`);
