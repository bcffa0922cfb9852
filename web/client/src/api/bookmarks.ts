// What is kept above a channel: links and files.
import { get, post, remove, request } from './request';
import type { FileInfo, Id } from './types';

export interface Bookmark {
  id: Id;
  channel_id: Id;
  owner_id: Id;
  file_id: Id;
  display_name: string;
  sort_order: number;
  link_url?: string;
  emoji?: string;
  type: 'link' | 'file';
  delete_at: number;
  file?: FileInfo;
}
const of = (channel: Id) => `/channels/${channel}/bookmarks`;
export const list = (channel: Id) => get<Bookmark[]>(of(channel));
export const addLink = (channel: Id, link_url: string, display_name: string) =>
  post<Bookmark>(of(channel), { type: 'link', link_url, display_name });
export const rename = ({ channel_id, id }: Bookmark, display_name: string, link_url?: string) =>
  request('PATCH', `${of(channel_id)}/${id}`, { display_name, ...(link_url && { link_url }) });
export const erase = ({ channel_id, id }: Bookmark) => remove(`${of(channel_id)}/${id}`);
