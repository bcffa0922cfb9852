// What lies over the conversation: at most one at a time.
import { create } from 'zustand';
import type { Bookmark } from '../api/bookmarks';
import type { FileInfo, Id } from '../api/types';

export type Overlay =
  | { kind: 'none' }
  | { kind: 'go' }
  | { kind: 'help' }
  | { kind: 'settings'; part?: 'security' }
  | { kind: 'browse' }
  | { kind: 'new-channel' }
  | { kind: 'new-message' }
  | { kind: 'invite' }
  | { kind: 'teams' }
  | { kind: 'channel-text'; field: 'header' | 'display_name' }
  | { kind: 'archive' }
  | { kind: 'convert' }
  | { kind: 'bookmark'; bookmark?: Bookmark }
  | { kind: 'custom-emoji' }
  | { kind: 'groups' }
  | { kind: 'group'; id: Id }
  | { kind: 'profile'; id: Id; near: DOMRect }
  | { kind: 'files'; files: FileInfo[]; at: number };

export const useOverlay = create<{ overlay: Overlay }>(() => ({ overlay: { kind: 'none' } }));
export const show = (overlay: Overlay) => useOverlay.setState({ overlay });
export const hide = () => show({ kind: 'none' });
export const showProfile = (id: Id, near: HTMLElement) =>
  show({ kind: 'profile', id, near: near.getBoundingClientRect() });
