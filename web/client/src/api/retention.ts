// How long messages are kept, and what was destroyed.
import type { Job } from './console';
import { get, post, remove } from './request';
import type { Id } from './types';

export interface Global {
  message_deletion_enabled: boolean;
  file_deletion_enabled: boolean;
  message_retention_cutoff: number;
  file_retention_cutoff: number;
}
export interface Policy {
  id: Id;
  display_name: string;
  post_duration: number;
  team_count: number;
  channel_count: number;
}
export interface NewPolicy {
  [field: string]: unknown;
  display_name: string;
  post_duration: number;
  team_ids: Id[];
  channel_ids: Id[];
}
export interface Preview {
  needs_export: boolean;
  exported_until: number;
  posts: number;
  held: number;
  pinned: number;
  unexported: number;
  files: number;
  bytes_of_files: number;
  channels: unknown[];
  buckets: { dies: number; stays: number }[];
}
export interface Certificate {
  id: Id;
  number: number;
  create_at: number;
  text: string;
  signature: string;
}
export const global = () => get<Global>('/data_retention/policy');
export const policies = () =>
  get<{ policies: Policy[] }>('/data_retention/policies?per_page=200').then((list) => list.policies);
export const makePolicy = (policy: NewPolicy) => post<Policy>('/data_retention/policies', policy);
export const removePolicy = (id: Id) => remove(`/data_retention/policies/${id}`);
export const preview = () => get<Preview>('/concordat/retention/preview');
export const runs = () => get<Job[]>('/jobs/type/data_retention?per_page=20');
export const run = () => post<Job>('/jobs', { type: 'data_retention', data: {} });
export const certificates = () => get<Certificate[]>('/concordat/retention/certificates?per_page=50');
