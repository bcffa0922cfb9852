// Opening, reading, joining and leaving channels.
import * as api from '../api/channels';
import { ApiError, isOutage } from '../api/errors';
import * as postsApi from '../api/posts';
import type { Channel, ChannelMember, Id } from '../api/types';
import * as usersApi from '../api/users';
import { askPresence, needUsers } from './people';
import { loadAround, loadLatest, loadThread, loadUnread } from './posts';
import { show, type Route } from './route';
import { set, state, without } from './state';
import { isUnread, labelOf, listing, partnerOf } from './unread';

export function routeTo(channel: Channel): Route {
  const s = state();
  const team = s.teams[s.teamId]?.name ?? '';
  if (channel.type === 'D') {
    const partner = s.users[partnerOf(channel, s.me?.id ?? '')];
    return { kind: 'message', team, name: partner ? `@${partner.username}` : channel.id };
  }
  if (channel.type === 'G') return { kind: 'message', team, name: channel.id };
  return { kind: 'channel', team, name: channel.name };
}

export const keepChannel = (channel: Channel, member?: ChannelMember) =>
  set((s) => ({
    channels: { ...s.channels, [channel.id]: { ...s.channels[channel.id], ...channel } },
    members: member ? { ...s.members, [channel.id]: member } : s.members,
  }));

const fetching = new Map<Id, Promise<void>>();

/** Loads a channel that the socket or an address has named; one after the other, so that the newest stays. */
export function fetchChannel(id: Id): Promise<void> {
  const before = fetching.get(id)?.catch(() => undefined) ?? Promise.resolve();
  const now = before.then(() => fetchNow(id));
  fetching.set(id, now);
  const clear = () => fetching.get(id) === now && fetching.delete(id);
  now.then(clear, clear);
  return now;
}

async function fetchNow(id: Id): Promise<void> {
  const [channel, member] = await Promise.all([api.byId(id), api.myMember(id)]);
  if (channel.type === 'D') needUsers([partnerOf(channel, state().me?.id ?? '')]);
  keepChannel(channel, member);
}

const lastKey = (team: Id) => `concordat.last.${team}`;

async function fillChannel(id: Id, isNew: boolean): Promise<void> {
  const window = state().windows[id];
  if (window?.atEnd) return;
  await (isNew ? loadUnread(id) : loadLatest(id));
}

export async function openChannel(id: Id, replace = false): Promise<void> {
  const s = state();
  const channel = s.channels[id];
  if (!channel) return;
  const member = s.members[id];
  const isNew = !!member && channel.total_msg_count_root > member.msg_count_root;
  const keepsPane = s.channelId === id || s.pane.kind === 'search' || s.pane.kind === 'saved';
  set({
    channelId: id,
    view: 'channel',
    targetId: '',
    editing: '',
    newSince: isNew ? member.last_viewed_at : 0,
    pane: keepsPane ? s.pane : { kind: 'none' },
  });
  show(routeTo(channel), replace);
  localStorage.setItem(lastKey(s.teamId), id);
  await fillChannel(id, isNew);
  if (state().channelId !== id) return;
  void countMembers(id);
  void markRead(id);
}

async function countMembers(id: Id): Promise<void> {
  try {
    const stats = await api.stats(id);
    if (state().channelId === id)
      set({ memberCount: stats.member_count, pinnedCount: stats.pinnedpost_count });
    const channel = state().channels[id];
    if (channel?.type === 'D') await askPresence([partnerOf(channel, state().me?.id ?? '')]);
  } catch (error) {
    if (!isOutage(error)) throw error; // the count is loaded again with the next visit
  }
}

export async function markRead(id: Id): Promise<void> {
  const s = state();
  const channel = s.channels[id];
  const member = s.members[id];
  if (!channel || !member || s.link === 'down') return;
  try {
    await api.view(id);
  } catch (error) {
    if (isOutage(error)) return; // stays unread until the next visit
    throw error;
  }
  readUpTo(id, channel.total_msg_count, channel.total_msg_count_root);
}

export function readUpTo(id: Id, msg_count: number, msg_count_root: number): void {
  set((s) => {
    const member = s.members[id];
    if (!member) return s;
    const read = { ...member, msg_count, msg_count_root, mention_count: 0, mention_count_root: 0 };
    return { members: { ...s.members, [id]: { ...read, last_viewed_at: Date.now() } } };
  });
}

export async function markUnread(post: Id): Promise<void> {
  await postsApi.setUnread(post);
  const { channel_id, create_at } = state().posts[post];
  const member = await api.myMember(channel_id);
  set((s) => ({
    members: { ...s.members, [channel_id]: member },
    newSince: s.channelId === channel_id ? create_at - 1 : s.newSince,
  }));
}

export async function openDirect(ids: Id[]): Promise<void> {
  const me = state().me?.id ?? '';
  const channel = await (ids.length > 1 ? api.group([...ids, me]) : api.direct([me, ids[0]]));
  needUsers(ids);
  await fetchChannel(channel.id);
  await unhide(channel.id);
  await openChannel(channel.id);
}

export function openPerson(username: string): Promise<void> {
  const user = Object.values(state().users).find((each) => each.username === username);
  return user
    ? openDirect([user.id])
    : usersApi.byNames([username]).then(([found]) => {
        if (!found) throw new ApiError('client.no_such_person', 404, '');
        set((s) => ({ users: { ...s.users, [found.id]: found } }));
        return openDirect([found.id]);
      });
}

export async function openNamed(name: string): Promise<void> {
  const s = state();
  const mine = Object.values(s.channels).find((each) => each.name === name && each.team_id === s.teamId);
  if (mine && s.members[mine.id]) return openChannel(mine.id);
  const channel = await api.byName(s.teamId, name);
  await join(channel);
}

export async function join(channel: Channel): Promise<void> {
  if (!state().members[channel.id]) {
    const member = await api.addMember(channel.id, state().me?.id ?? '');
    keepChannel(channel, { ...member, msg_count: channel.total_msg_count } as ChannelMember);
    await fetchChannel(channel.id);
  }
  await openChannel(channel.id);
}

/** The part of an address that a channel gets by what people call it. */
function addressOf(display_name: string): string {
  const name = display_name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
  return name.length > 1 ? name : `channel-${Date.now().toString(36)}`;
}

export async function convert(id: Id, team: Id, display_name: string): Promise<void> {
  keepChannel(await api.convert(id, team, addressOf(display_name), display_name));
}

export async function create(display_name: string, type: 'O' | 'P', purpose: string): Promise<void> {
  const channel = await api.create({
    team_id: state().teamId,
    name: addressOf(display_name),
    display_name,
    type,
    purpose,
  });
  await fetchChannel(channel.id);
  await openChannel(channel.id);
}

const home = () => {
  const list = listing({ ...state(), channelId: '' });
  const all = [...list.rooms, ...list.unread, ...list.people];
  const last = localStorage.getItem(lastKey(state().teamId));
  return all.find((each) => each.id === last) ?? all.find((each) => each.name === 'town-square') ?? all[0];
};

export const openHome = async () => {
  const channel = home();
  if (channel) await openChannel(channel.id, true);
  else set({ channelId: '' });
};

export function forgetChannel(id: Id): void {
  set((s) => ({
    members: without(s.members, id),
    windows: without(s.windows, id),
  }));
  if (state().channelId === id) {
    set({ channelId: '' });
    void openHome();
  }
}

async function hide(id: Id, value: 'true' | 'false'): Promise<void> {
  const user_id = state().me?.id ?? '';
  await usersApi.savePreferences([{ user_id, category: 'concordat_hidden_channel', name: id, value }]);
  set((s) => ({ hidden: value === 'true' ? { ...s.hidden, [id]: true } : without(s.hidden, id) }));
}
const unhide = async (id: Id) => {
  if (state().hidden[id]) await hide(id, 'false');
};

/** A room is left; a conversation with people only leaves the list. */
export async function leave(id: Id): Promise<void> {
  const s = state();
  if (s.channels[id].team_id === '') {
    await hide(id, 'true');
    if (s.channelId === id) {
      set({ channelId: '' });
      await openHome();
    }
    return;
  }
  await api.removeMember(id, s.me?.id ?? '');
  forgetChannel(id);
}

export async function openPost(id: Id): Promise<void> {
  const post = await postsApi.byId(id);
  const s = state();
  if (!s.channels[post.channel_id] || !s.members[post.channel_id]) await fetchChannel(post.channel_id);
  const shown = post.root_id ? await postsApi.byId(post.root_id) : post;
  await loadAround(shown);
  await openChannel(post.channel_id);
  set({ targetId: shown.id });
  if (post.root_id) openThread(post.root_id);
}

export function openThread(id: Id): void {
  set({ pane: { kind: 'thread', id } });
  void loadThread(id).catch((error: unknown) => {
    if (!isOutage(error)) throw error; // loaded again when the connection is back
  });
  const s = state();
  if (s.inbox.some((each) => each.id === id) || s.posts[id]?.is_following)
    void postsApi.readThread(s.teamId, id).catch(() => undefined); // stays unread, tried at the next visit
}

export async function openRoute(route: Route): Promise<void> {
  const s = state();
  const mine = Object.values(s.channels);
  if (route.kind === 'threads') return set({ view: 'threads' });
  if (route.kind === 'post') return openPost(route.id).catch(() => openHome());
  if (route.kind === 'channel') {
    const found = mine.find((each) => each.name === route.name && each.team_id === s.teamId);
    if (found && s.members[found.id]) return openChannel(found.id);
    return openNamed(route.name).catch(() => openHome());
  }
  if (route.kind === 'message') {
    const open = route.name.startsWith('@')
      ? openPerson(route.name.slice(1))
      : fetchChannel(route.name).then(() => openChannel(route.name));
    return open.catch(() => openHome());
  }
  return openHome();
}

/** The next channel up or down the list; with `onlyUnread` the next unread one. */
export function step(direction: 1 | -1, onlyUnread: boolean): void {
  const s = state();
  const list = listing(s);
  const all = [...list.unread, ...list.rooms, ...list.people];
  const from = all.findIndex((each) => each.id === s.channelId);
  for (let n = 1; n <= all.length; ++n) {
    const at = (from + direction * n + all.length * 2) % all.length;
    const channel = all[at];
    if (channel && (!onlyUnread || isUnread(channel, s.members[channel.id])))
      return void openChannel(channel.id);
  }
}

export const currentLabel = () => {
  const s = state();
  return labelOf(s.channels[s.channelId], s.users, s.me);
};
