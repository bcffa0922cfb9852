// From socket events to the store.
import * as channelsApi from '../api/channels';
import type { Delivery } from '../api/deliveries';
import type { CustomEmoji } from '../api/emoji';
import { LiveSocket, type SocketEvent } from '../api/socket';
import * as teamsApi from '../api/teams';
import type { ChannelMember, Id, Post, Preference, Presence, Reaction, User } from '../api/types';
import { bookmarksChanged, loadBookmarks } from './bookmarks';
import { deliveryChanged } from './deliveries';
import { fetchChannel, forgetChannel, keepChannel, markRead, readUpTo } from './channels';
import { forgetEmoji, keepEmoji } from './custom_emoji';
import { groupMember, keepGroup, loadGroups } from './groups';
import { notify } from './notify';
import { needUsers } from './people';
import { dropPost, forgetDestroyed, loadLatest, loadThread, putPost, retryAll, setReaction } from './posts';
import { byId, set, state, without } from './state';
import { refreshInbox } from './threads';
import { wakeUploads } from './uploads';

let socket: LiveSocket | undefined;

const parsed = <T>(value: unknown): T => (typeof value === 'string' ? JSON.parse(value) : value) as T;
const isHere = (channel: Id) => {
  const s = state();
  return s.channelId === channel && s.view === 'channel' && document.hasFocus();
};

let inboxTimer = 0;
const refreshInboxSoon = () => {
  clearTimeout(inboxTimer);
  inboxTimer = window.setTimeout(() => void refreshInbox(), 400);
};
let readTimer = 0;
const readSoon = (channel: Id) => {
  clearTimeout(readTimer);
  readTimer = window.setTimeout(() => isHere(channel) && void markRead(channel), 300);
};

/** Counts a new root post: unread for this person, unless it is theirs or they look at it. */
export function count(post: Post, mentioned: boolean): void {
  set((s) => {
    const channel = s.channels[post.channel_id];
    const member = s.members[post.channel_id];
    if (!channel || !member || post.root_id) return s;
    const total = channel.total_msg_count_root + 1;
    const next = {
      ...channel,
      total_msg_count: channel.total_msg_count + 1,
      total_msg_count_root: total,
      last_post_at: post.create_at,
    };
    const isMine = post.user_id === s.me?.id;
    const isPersonal = channel.type === 'D' || channel.type === 'G';
    const hit = !isMine && (mentioned || isPersonal) ? 1 : 0;
    const read = isMine && member.msg_count_root === channel.total_msg_count_root;
    return {
      channels: { ...s.channels, [channel.id]: next },
      members: {
        ...s.members,
        [channel.id]: {
          ...member,
          msg_count: member.msg_count + (read ? 1 : 0),
          msg_count_root: member.msg_count_root + (read ? 1 : 0),
          mention_count: member.mention_count + hit,
          mention_count_root: member.mention_count_root + hit,
        },
      },
    };
  });
}

function posted(event: SocketEvent): void {
  const post = parsed<Post>(event.data.post);
  const isKnown = state().posts[post.id] !== undefined;
  const mentioned = parsed<Id[]>(event.data.mentions ?? '[]').includes(state().me?.id ?? '');
  stopTyping(post.channel_id, post.user_id);
  if (!state().channels[post.channel_id] || !state().members[post.channel_id])
    void fetchChannel(post.channel_id).catch(() => undefined); // not ours any more
  else if (!isKnown || post.user_id === state().me?.id) count(post, mentioned);
  putPost(post);
  if (post.root_id) refreshInboxSoon();
  if (post.user_id !== state().me?.id) {
    if (isHere(post.channel_id)) readSoon(post.channel_id);
    else notify(post, String(event.data.sender_name ?? ''), mentioned, String(event.data.channel_type));
  }
}

function stopTyping(channel: Id, user: Id): void {
  set((s) =>
    s.typing[channel] ? { typing: { ...s.typing, [channel]: without(s.typing[channel], user) } } : s,
  );
}

function typing(event: SocketEvent): void {
  const channel = event.broadcast.channel_id ?? '';
  const user = String(event.data.user_id);
  needUsers([user]);
  const until = Date.now() + 5000;
  set((s) => ({ typing: { ...s.typing, [channel]: { ...s.typing[channel], [user]: until } } }));
  setTimeout(() => {
    if ((state().typing[channel]?.[user] ?? 0) <= Date.now()) stopTyping(channel, user);
  }, 5100);
}

function preferencesChanged(list: Preference[], isThere: boolean): void {
  for (const { category, name, value } of list) {
    const on = isThere && value === 'true';
    if (category === 'flagged_post')
      set((s) => ({ saved: on ? { ...s.saved, [name]: true } : without(s.saved, name) }));
    if (category === 'concordat_hidden_channel')
      set((s) => ({ hidden: on ? { ...s.hidden, [name]: true } : without(s.hidden, name) }));
  }
}

function memberGone(event: SocketEvent): void {
  const user = event.data.user_id ?? event.broadcast.user_id;
  const channel = String(event.data.channel_id ?? event.broadcast.channel_id);
  if (user === state().me?.id) forgetChannel(channel);
  else if (state().channelId === channel) set((s) => ({ memberCount: s.memberCount - 1 }));
}

function memberCame(event: SocketEvent): void {
  const channel = event.broadcast.channel_id ?? String(event.data.channel_id);
  if (event.data.user_id === state().me?.id) {
    if (!state().members[channel]) void fetchChannel(channel).catch(() => undefined); // gone again
  } else if (state().channelId === channel) set((s) => ({ memberCount: s.memberCount + 1 }));
}

async function readElsewhere(times: Record<Id, number>): Promise<void> {
  for (const id of Object.keys(times)) {
    const channel = state().channels[id];
    if (channel) readUpTo(id, channel.total_msg_count, channel.total_msg_count_root);
  }
}

const reactions = (isThere: boolean) => (event: SocketEvent) =>
  setReaction(parsed<Reaction>(event.data.reaction), isThere);
const scheduledChanged = () => set((s) => ({ scheduledTurn: s.scheduledTurn + 1 }));
const bookmarks = (event: SocketEvent) => bookmarksChanged(event.broadcast.channel_id ?? '');
const newChannel = (event: SocketEvent) =>
  void fetchChannel(event.broadcast.channel_id || String(event.data.channel_id)).catch(() => undefined);

const handlers: Record<string, (event: SocketEvent) => void> = {
  posted,
  typing,
  post_edited: (event) => putPost(parsed<Post>(event.data.post)),
  post_deleted: (event) => dropPost(parsed<Post>(event.data.post)),
  concordat_posts_destroyed: (event) =>
    void forgetDestroyed(String(event.data.channel_id), Number(event.data.before)).catch(() => undefined),
  concordat_delivery: (event) =>
    deliveryChanged(event.broadcast.channel_id ?? '', event.data.delivery as Delivery),
  post_unread: (event) => void unreadElsewhere(event.broadcast.channel_id ?? ''),
  reaction_added: reactions(true),
  reaction_removed: reactions(false),
  config_changed: (event) => set({ config: event.data.config as Record<string, string> }),
  emoji_added: (event) => keepEmoji([parsed<CustomEmoji>(event.data.emoji)]),
  status_change: (event) =>
    set((s) => ({
      presence: { ...s.presence, [String(event.data.user_id)]: event.data.status as Presence },
    })),
  user_updated: (event) => {
    const user = event.data.user as User;
    set((s) => ({
      users: { ...s.users, [user.id]: { ...s.users[user.id], ...user } },
      me: s.me?.id === user.id ? { ...s.me, ...user } : s.me,
    }));
  },
  channel_updated: (event) => keepChannel(parsed(event.data.channel)),
  channel_deleted: (event) => forgetChannel(String(event.data.channel_id)),
  direct_added: newChannel,
  group_added: newChannel,
  received_group: (event) => keepGroup(parsed(event.data.group)),
  group_member_add: (event) => groupMember(parsed(event.data.group_member), true),
  group_member_deleted: (event) => groupMember(parsed(event.data.group_member), false),
  channel_created: newChannel,
  user_added: memberCame,
  user_removed: memberGone,
  channel_member_updated: (event) => {
    const member = parsed<ChannelMember>(event.data.channelMember);
    set((s) => ({
      members: { ...s.members, [member.channel_id]: { ...s.members[member.channel_id], ...member } },
    }));
  },
  multiple_channels_viewed: (event) => void readElsewhere(event.data.channel_times as Record<Id, number>),
  thread_updated: refreshInboxSoon,
  thread_read_changed: refreshInboxSoon,
  thread_follow_changed: refreshInboxSoon,
  added_to_team: (event) => void teamAdded(String(event.data.team_id)),
  leave_team: (event) => {
    if (event.data.user_id === state().me?.id)
      set((s) => ({ teams: without(s.teams, String(event.data.team_id)) }));
  },
  scheduled_post_created: scheduledChanged,
  scheduled_post_updated: scheduledChanged,
  scheduled_post_deleted: scheduledChanged,
  channel_bookmark_created: bookmarks,
  channel_bookmark_updated: bookmarks,
  channel_bookmark_deleted: bookmarks,
  channel_bookmark_sorted: bookmarks,
  preferences_changed: (event) => preferencesChanged(parsed(event.data.preferences), true),
  preferences_deleted: (event) => preferencesChanged(parsed(event.data.preferences), false),
};

async function unreadElsewhere(channel: Id): Promise<void> {
  const member = await channelsApi.myMember(channel);
  set((s) => ({ members: { ...s.members, [channel]: member } }));
}

async function teamAdded(_id: Id): Promise<void> {
  set({ teams: byId(await teamsApi.mine()) });
}

/** Loads again what is shown: the node could not continue where we were. */
export async function refill(): Promise<void> {
  const s = state();
  if (!s.teamId) return;
  const open = s.channelId;
  const others = Object.fromEntries(Object.entries(s.windows).filter(([id]) => id === open));
  set({ windows: others, bookmarks: {}, deliveries: {} });
  forgetEmoji();
  void loadGroups().catch(() => undefined);
  if (open) void loadBookmarks(open).catch(() => undefined);
  const [channels, members] = await Promise.all([
    channelsApi.mine(s.teamId),
    channelsApi.myMembers(s.teamId),
    open ? loadLatest(open) : undefined,
    s.pane.kind === 'thread' ? loadThread(s.pane.id) : undefined,
  ]);
  set({
    channels: { ...state().channels, ...byId(channels) },
    members: Object.fromEntries(members.map((each) => [each.channel_id, each])),
  });
  void refreshInbox();
  if (open && isHere(open)) void markRead(open);
}

export function connect(): void {
  if (socket) return;
  socket = new LiveSocket({
    onEvent: (event) => handlers[event.event]?.(event),
    onGap: () => void refill().catch(() => undefined), // the next drop or visit loads again
    onUp: () => {
      set({ link: 'up' });
      wakeUploads();
      void retryAll();
    },
    onDown: (waitMs) => set({ link: 'down', retryAt: Date.now() + waitMs }),
  });
  socket.start();
}

export function disconnect(): void {
  socket?.close();
  socket = undefined;
}

export const retryNow = () => socket?.retryNow();
export const tellTyping = (channel_id: Id, parent_id: Id) =>
  socket?.tell('user_typing', { channel_id, parent_id });

if (typeof addEventListener === 'function')
  addEventListener(
    'focus',
    () => state().stage === 'ready' && state().view === 'channel' && readSoon(state().channelId),
  );
