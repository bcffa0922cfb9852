// Other organisations: pairing, what is shared with them, how it gets there.
import { get, post, put, remove } from './request';
import type { Id } from './types';

export interface OwnOrganisation {
  id: Id;
  name: string;
  address: string;
  is_on: boolean;
}
export interface Policy {
  positions: boolean;
  read_only: boolean;
  /** People of both write to each other directly, when the partner allows it, too. */
  direct: boolean;
  /** Of what was said before a channel was shared: 0 nothing, -1 everything, else so many days. */
  history_days: number;
  emoji: boolean;
  files: boolean;
  /** Bytes. */
  largest_file: number;
  /** Endings of names that pass; none: all. */
  file_types: string[];
  refused_file_types: string[];
}
/** From them, or one of ours that they do not have. */
export interface PartnerFile {
  direction: 'from' | 'to';
  id: Id;
  name: string;
  state: 'wanted' | 'here' | 'refused';
  reason: string;
  size: number;
  create_at: number;
}
export interface Partner {
  id: Id;
  name: string;
  label: string;
  calls_itself: string;
  address: string;
  state: 'pending' | 'active' | 'suspended' | 'revoked';
  reason: string;
  check_number: string;
  seen_at: number;
  policy: Policy;
  /** Of the partner's policy for this organisation. */
  told: { direct: boolean };
  is_up: boolean;
  connection_since: number;
  trouble: string;
  on_the_way: number;
  oldest_at: number;
  channels: { channel_id: Id; display_name: string; state: string; is_home: boolean }[];
}
export interface Invitation {
  remote_id: Id;
  name: string;
  display_name: string;
  create_at: number;
  state: string;
}
export interface Refusal {
  channel_id: Id;
  seq: number;
  reason: string;
  refused_at: number;
}
export interface Plan {
  [field: string]: string;
  name: string;
  display_name: string;
  password: string;
}

const own = '/concordat/federation';
export const organisation = () => get<OwnOrganisation>(own);
export const partners = () => get<Partner[]>(`${own}/partners`);
export const refusals = (id: Id) => get<Refusal[]>(`${own}/partners/${id}/refusals`);
export const invitations = async () =>
  (await get<Invitation[]>('/remotecluster?per_page=200')).filter((each) => each.state === 'invited');
/** The word that the other organisation's administrator is given. It is not shown again. */
export const invite = async (plan: Plan) => (await post<{ invite: string }>('/remotecluster', plan)).invite;
export const accept = (plan: Plan & { invite: string }) => post('/remotecluster/accept_invite', plan);
export const withdraw = (id: Id) => remove(`/remotecluster/${id}`);
export const confirm = (id: Id, check_number: string) =>
  post(`${own}/partners/${id}/confirm`, { check_number });
export const suspend = (id: Id, reason: string) => post(`${own}/partners/${id}/suspend`, { reason });
export const resume = (id: Id) => post(`${own}/partners/${id}/resume`);
export const revoke = (id: Id, reason: string) => post(`${own}/partners/${id}/revoke`, { reason });
/** What is not named stays. */
export const setPolicy = (id: Id, policy: Partial<Policy>) => put(`${own}/partners/${id}/policy`, policy);
export const files = (id: Id) => get<PartnerFile[]>(`${own}/partners/${id}/files`);
