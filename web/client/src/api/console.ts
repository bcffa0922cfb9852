// What the console asks: exports, decisions of the identity gateway, the rights of the person.
import { get, post, query, saveFile } from './request';
import type { Id } from './types';

export interface Job {
  id: Id;
  status: 'pending' | 'in_progress' | 'success' | 'warning' | 'error' | 'cancel_requested' | 'canceled';
  create_at: number;
  progress: number;
  data: Record<string, string> | null;
}
export const exports = () => get<Job[]>('/jobs/type/message_export?per_page=50');
export const askExport = (data: Record<string, string>) =>
  post<Job>('/jobs', { type: 'message_export', data });
export const cancelExport = (id: Id) => post(`/jobs/${id}/cancel`);
export const savePackage = (id: Id) => saveFile(`/jobs/${id}/download`);
/** The session counts as freshly proved from now on. */
export const stepUp = (code: string) => post('/concordat/sessions/step_up', { code });

export interface Decision {
  id: Id;
  create_at: number;
  attempt: string;
  act: string;
  is_admitted: boolean;
  rule: string;
  user_id: Id;
  service: string;
  provider: string;
  address: string;
  steps: { rule: string; outcome: string; detail: string }[];
}
export interface DecisionFilter {
  attempt?: string;
  user_id?: Id;
  act?: string;
  admitted?: boolean;
  before?: number;
}
export const decisions = (filter: DecisionFilter) =>
  get<Decision[]>(`/concordat/identity/decisions${query({ ...filter, per_page: 50 })}`);

/** What the roles of the person allow, each by itself. */
export const rolesOf = (names: string[]) =>
  post<{ name: string; permissions: string[] }[]>('/roles/names', names);
