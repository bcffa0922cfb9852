// What letters lead to: a new password, a proved address, an account.
import { post } from './request';

export const askForReset = (email: string) => post('/users/password/reset/send', { email });
export const resetPassword = (token: string, new_password: string) =>
  post('/users/password/reset', { token, new_password });
export const proveAddress = (token: string) => post('/users/email/verify', { token });
export const askForProof = (email: string) => post('/users/email/verify/send', { email });

export interface NewAccount {
  [field: string]: string;
  username: string;
  password: string;
  email: string;
}
/** `invitation` is a query: t=TOKEN of a letter, or iid=ID of a team's link. */
export const makeAccount = (invitation: string, account: NewAccount) => post(`/users?${invitation}`, account);
/** With an account: into the team that the letter or link invites to. */
export const joinTeam = (query: string) => post(`/teams/members/invite?${query}`);
