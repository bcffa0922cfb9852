// The signed log of decisions: checkpoints, records with their proofs, and the keys that sign.
import { get, query } from './request';
import type { Id } from './types';

export interface BundledRecord {
  leaf: number;
  entry: string;
  /** Left out when it can no longer be opened. */
  record?: string;
  proof: string[];
}
/** docs/compliance/audit-log.md has the format. */
export interface Bundle {
  format: string;
  checkpoint: string;
  earlier?: string;
  consistency: string[];
  records: BundledRecord[];
}
export interface Checkpoint {
  origin: string;
  size: number;
  create_at: number;
  note: string;
}
export const mostRecords = 1000;

export const keys = () => get<{ pem: string }>('/concordat/audit/keys');
export const checkpoint = () => get<Checkpoint>('/concordat/audit/checkpoint');
export const growth = (from: number, to: number) =>
  get<Bundle>(`/concordat/audit/consistency${query({ from, to })}`);
export const records = (from: number, limit: number, size: number) =>
  get<Bundle>(`/concordat/audit/records${query({ from, limit, size })}`);
export const proofOf = (id: Id) => get<Bundle>(`/concordat/audit/records/${id}/proof`);
