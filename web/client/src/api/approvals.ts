// Approvals of exports: what is asked of others before an export is made, or its package fetched.
import type { Job } from './console';
import { get, post } from './request';
import type { Id } from './types';

export interface Vote {
  user_id: Id;
  username: string;
  at: number;
  is_for: boolean;
  reason: string;
}
export interface Request {
  job_id: Id;
  asked_by: Id;
  asked_by_name: string;
  asked_at: number;
  expires_at: number;
  decided_at: number;
  needed: number;
  state: 'asked' | 'approved' | 'refused' | 'withdrawn' | 'expired';
  /** The export exists; asked is whether its package may be fetched. */
  is_release: boolean;
  reason: string;
  votes: Vote[];
}
export interface Asked {
  job: Job;
  request: Request;
  may_vote: boolean;
}
/** How many have to approve what is asked for now, and what was asked for, newest first. */
export const asked = () =>
  get<{ needed: number; requests: Asked[] }>('/concordat/exports/requests?per_page=50');
export const ask = (job: Id, reason: string) => post<Asked>(`/concordat/exports/${job}/request`, { reason });
export const approve = (job: Id, reason: string) =>
  post<Asked>(`/concordat/exports/${job}/request/approve`, { reason });
export const refuse = (job: Id, reason: string) =>
  post<Asked>(`/concordat/exports/${job}/request/refuse`, { reason });
