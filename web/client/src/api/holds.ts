// Matters and legal holds.
import { get, post, query } from './request';
import type { Id } from './types';

export interface Matter {
  id: Id;
  name: string;
  description: string;
  create_at: number;
  close_at: number;
  in_force: number;
}
export interface Scope {
  [field: string]: unknown;
  matter_id: Id;
  name: string;
  user_ids: Id[];
  channel_ids: Id[];
  starts_at: number;
  ends_at: number;
  include_public_channels: boolean;
}
export interface Hold extends Scope {
  id: Id;
  create_at: number;
  creator_id: Id;
  release_asked_at: number;
  release_asked_by: Id;
  frees_at: number;
  state: 'active' | 'release_asked' | 'releasing' | 'released';
}
export interface Content {
  posts: number;
  deleted_posts: number;
  files: number;
  bytes_of_files: number;
  channels: number;
}
export const matters = () => get<Matter[]>('/concordat/matters?per_page=200');
export const openMatter = (name: string, description: string) =>
  post<Matter>('/concordat/matters', { name, description });
export const closeMatter = (id: Id) => post<Matter>(`/concordat/matters/${id}/close`);
export const holds = (matter: Id) =>
  get<Hold[]>(`/concordat/holds${query({ matter_id: matter, per_page: 200 })}`);
export const preview = (scope: Scope) => post<Content>('/concordat/holds/preview', scope);
export const make = (scope: Scope) => post<Hold>('/concordat/holds', scope);
export const content = (id: Id) => get<Content>(`/concordat/holds/${id}/content`);
export const askRelease = (id: Id) => post<Hold>(`/concordat/holds/${id}/release`);
export const approveRelease = (id: Id) => post<Hold>(`/concordat/holds/${id}/release/approve`);
export const keepOn = (id: Id) => post<Hold>(`/concordat/holds/${id}/release/cancel`);
