// Emoji that people of this node have added.
import { apiPath, get, post, query, remove } from './request';
import type { Id } from './types';

export interface CustomEmoji {
  id: Id;
  name: string;
  creator_id: Id;
  create_at: number;
}

export const most_names = 200;
export const byNames = (names: string[]) => post<CustomEmoji[]>('/emoji/names', names);
export const page = (number: number, per_page: number) =>
  get<CustomEmoji[]>(`/emoji${query({ page: number, per_page, sort: 'name' })}`);
export const search = (term: string) => post<CustomEmoji[]>('/emoji/search', { term, prefix_only: false });
export const autocomplete = (name: string) => get<CustomEmoji[]>(`/emoji/autocomplete${query({ name })}`);
export const erase = (id: Id) => remove(`/emoji/${id}`);
export const image = (id: Id) => apiPath(`/emoji/${id}/image`);

export function create(name: string, creator_id: Id, picture: File): Promise<CustomEmoji> {
  const form = new FormData();
  form.append('emoji', JSON.stringify({ name, creator_id }));
  form.append('image', picture);
  return post<CustomEmoji>('/emoji', form);
}
