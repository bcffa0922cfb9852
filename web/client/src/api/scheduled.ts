// Messages that are sent later.
import { get, post, put, remove } from './request';
import type { Id } from './types';

export interface ScheduledPost {
  id: Id;
  user_id: Id;
  channel_id: Id;
  root_id: Id;
  message: string;
  create_at: number;
  file_ids?: Id[];
  scheduled_at: number;
  /** Once it was tried and could not be sent. */
  processed_at: number;
  error_code: string;
}
export type NewScheduledPost = Pick<
  ScheduledPost,
  'user_id' | 'channel_id' | 'root_id' | 'message' | 'file_ids' | 'scheduled_at'
>;

export const add = (fields: NewScheduledPost) =>
  post<ScheduledPost>('/posts/schedule', { ...fields, create_at: Date.now(), props: {} });
export const change = (fields: ScheduledPost) =>
  put<ScheduledPost>(`/posts/schedule/${fields.id}`, { ...fields });
export const cancel = (id: Id) => remove<ScheduledPost>(`/posts/schedule/${id}`);
/** Of a team, and of direct and group messages; the next one first. */
export async function mine(team: Id): Promise<ScheduledPost[]> {
  const found = await get<Record<string, ScheduledPost[]>>(
    `/posts/scheduled/team/${team}?includeDirectChannels=true`,
  );
  return Object.values(found)
    .flat()
    .sort((a, b) => a.scheduled_at - b.scheduled_at);
}
