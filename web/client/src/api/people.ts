// People as administrators see them, and what they may do to an account.
import { get, post, put, query } from './request';
import type { Id, Session, User } from './types';

export interface Account extends User {
  auth_service: string;
  email_verified?: boolean;
  mfa_active?: boolean;
}
export type Kind = '' | 'inactive' | 'guests' | 'administrators';

const roleOf: Partial<Record<Kind, string>> = { guests: 'system_guest', administrators: 'system_admin' };
export const page_size = 60;
/** By name, a page at a time; with a term the first hundred. */
export function people(term: string, kind: Kind, page: number): Promise<Account[]> {
  if (term)
    return post<Account[]>('/users/search', {
      term,
      limit: 100,
      allow_inactive: kind === '' || kind === 'inactive',
      role: roleOf[kind],
    });
  return get<Account[]>(
    `/users${query({ page, per_page: page_size, role: roleOf[kind], inactive: kind === 'inactive' || undefined })}`,
  );
}
export const sessionsOf = (id: Id) => get<Session[]>(`/users/${id}/sessions`);
export const endSessions = (id: Id) => post(`/users/${id}/sessions/revoke/all`);
export const setActive = (id: Id, active: boolean) => put(`/users/${id}/active`, { active });
export const promote = (id: Id) => post(`/users/${id}/promote`);
export const demote = (id: Id) => post(`/users/${id}/demote`);
export const vouch = (id: Id) => post(`/users/${id}/email/verify/member`);
/** Takes the second factor away: the person sets one up anew. */
export const removeFactor = (id: Id) => put(`/users/${id}/mfa`, { activate: false });
export const setRoles = (id: Id, roles: string) => put(`/users/${id}/roles`, { roles });
