// What the client knows: one store, fed by REST and the socket, drawn by the components. No React in here.
import { create } from 'zustand';
import type { Bookmark } from '../api/bookmarks';
import type { Delivery } from '../api/deliveries';
import type { CustomEmoji } from '../api/emoji';
import type { Group } from '../api/user_groups';
import type { Channel, ChannelMember, Id, Post, Presence, Team, Thread, User } from '../api/types';
import type { Upload } from './uploads';
import type { Window } from './windows';

export type Pane =
  | { kind: 'none' }
  | { kind: 'thread'; id: Id }
  | { kind: 'search'; terms: string }
  | { kind: 'pinned' }
  | { kind: 'saved' }
  | { kind: 'members' }
  | { kind: 'scheduled' };

export interface State {
  stage:
    'start' | 'sign-in' | 'factor-wanted' | 'terms-wanted' | 'console' | 'no-team' | 'ready' | 'unreachable';
  expired: boolean;
  siteName: string;
  config: Record<string, string>;
  me?: User;
  teams: Record<Id, Team>;
  teamId: Id;
  channels: Record<Id, Channel>;
  members: Record<Id, ChannelMember>;
  users: Record<Id, User>;
  presence: Record<Id, Presence>;
  posts: Record<Id, Post>;
  windows: Record<Id, Window>;
  threads: Record<Id, Id[]>;
  saved: Record<Id, true>;
  /** Direct and group channels that are not to be listed. */
  hidden: Record<string, true>;
  channelId: Id;
  view: 'channel' | 'threads';
  pane: Pane;
  memberCount: number;
  pinnedCount: number;
  /** Posts of the open channel later than this are new; 0 for none. */
  newSince: number;
  /** The post a permalink leads to. */
  targetId: Id;
  inbox: Thread[];
  inboxUnread: number;
  link: 'up' | 'down';
  retryAt: number;
  typing: Record<Id, Record<Id, number>>;
  drafts: Record<Id, string>;
  /** By the place of the draft they belong to. */
  uploads: Record<Id, Upload[]>;
  editing: Id;
  notice: string;
  /** Of channels that were looked at, in their order. */
  bookmarks: Record<Id, Bookmark[]>;
  /** Of shared channels in which own messages were looked at. */
  deliveries: Record<Id, Delivery>;
  /** By name; a name that is known to be none has no value. */
  emoji: ReadonlyMap<string, CustomEmoji | undefined>;
  /** Those that messages can mention, by name. */
  groups: Record<string, Group>;
  /** Those that this person is in. */
  myGroups: Record<Id, true>;
  /** Permissions held anywhere; none before they were asked for. */
  rights: ReadonlySet<string>;
  /** Grows when a message that waits for its time was added, changed, sent or taken back. */
  scheduledTurn: number;
}

const empty: State = {
  stage: 'start',
  expired: false,
  siteName: 'Concordat',
  config: {},
  teams: {},
  teamId: '',
  channels: {},
  members: {},
  users: {},
  presence: {},
  posts: {},
  windows: {},
  threads: {},
  saved: {},
  hidden: {},
  channelId: '',
  view: 'channel',
  pane: { kind: 'none' },
  memberCount: 0,
  pinnedCount: 0,
  newSince: 0,
  targetId: '',
  inbox: [],
  inboxUnread: 0,
  link: 'up',
  retryAt: 0,
  typing: {},
  drafts: {},
  uploads: {},
  editing: '',
  notice: '',
  bookmarks: {},
  deliveries: {},
  emoji: new Map(),
  groups: {},
  myGroups: {},
  rights: new Set(),
  scheduledTurn: 0,
};

export const useStore = create<State>(() => empty);
export const state = useStore.getState;
export const set = useStore.setState;
export const forgetEverything = (stage: State['stage']) =>
  set({ ...empty, stage, siteName: state().siteName, config: state().config, me: undefined }, true);

export const byId = <T extends { id: Id }>(list: T[]): Record<Id, T> =>
  Object.fromEntries(list.map((each) => [each.id, each]));
export const without = <T>(map: Record<Id, T>, id: Id): Record<Id, T> => {
  const { [id]: _gone, ...rest } = map;
  return rest;
};
