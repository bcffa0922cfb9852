// What the node sends, as far as this client reads it. Names are those of the wire.
export type Id = string;

export interface User {
  id: Id;
  username: string;
  auth_service?: string;
  first_name: string;
  last_name: string;
  nickname: string;
  email: string;
  position: string;
  roles: string;
  locale: string;
  update_at: number;
  delete_at: number;
  is_bot?: boolean;
  remote_id?: string;
  last_picture_update?: number;
  notify_props?: Record<string, string>;
  props?: Record<string, string>;
  terms_of_service_id?: Id;
  terms_of_service_create_at?: number;
}

export interface Team {
  id: Id;
  name: string;
  display_name: string;
  description: string;
  invite_id?: string;
  delete_at: number;
}

export type ChannelType = 'O' | 'P' | 'D' | 'G';
export interface Channel {
  id: Id;
  team_id: Id;
  type: ChannelType;
  name: string;
  display_name: string;
  header: string;
  purpose: string;
  last_post_at: number;
  total_msg_count: number;
  total_msg_count_root: number;
  delete_at: number;
  /** With other organisations. */
  shared?: boolean | null;
}

export interface ChannelMember {
  channel_id: Id;
  user_id: Id;
  msg_count: number;
  msg_count_root: number;
  mention_count: number;
  mention_count_root: number;
  last_viewed_at: number;
  notify_props: Record<string, string>;
}

export interface Reaction {
  user_id: Id;
  post_id: Id;
  emoji_name: string;
  create_at: number;
}

export interface FileInfo {
  id: Id;
  name: string;
  extension: string;
  size: number;
  mime_type: string;
  width?: number;
  height?: number;
  has_preview_image?: boolean;
}

export interface Post {
  id: Id;
  pending_post_id: string;
  channel_id: Id;
  user_id: Id;
  root_id: Id;
  message: string;
  type: string;
  create_at: number;
  update_at: number;
  edit_at: number;
  delete_at: number;
  is_pinned: boolean;
  props: Record<string, unknown>;
  file_ids?: Id[];
  reply_count?: number;
  last_reply_at?: number;
  participants?: { id: Id }[] | null;
  is_following?: boolean;
  metadata?: { reactions?: Reaction[]; files?: FileInfo[] };
  /** Only here: the node has refused it or could not be reached. */
  failed?: boolean;
}

export interface PostList {
  order: Id[];
  posts: Record<Id, Post>;
  next_post_id?: string;
  prev_post_id?: string;
  /** Of a search: the words that were found, by post. */
  matches?: Record<Id, string[]> | null;
}

export interface Thread {
  id: Id;
  reply_count: number;
  last_reply_at: number;
  last_viewed_at: number;
  unread_replies: number;
  unread_mentions: number;
  participants: { id: Id }[];
  post: Post;
}

export interface Preference {
  user_id: Id;
  category: string;
  name: string;
  value: string;
}

export interface Session {
  id: Id;
  create_at: number;
  last_activity_at: number;
  expires_at: number;
  is_oauth: boolean;
  props: Record<string, string>;
}

export type Presence = 'online' | 'away' | 'dnd' | 'offline';
