// What is unread, and in which order channels stand.
import type { Channel, ChannelMember, Id, User } from '../api/types';
import type { State } from './state';

export const isMuted = (member?: ChannelMember) => member?.notify_props?.mark_unread === 'mention';
export const mentions = (member?: ChannelMember) => member?.mention_count_root ?? 0;

export function isUnread(channel: Channel, member?: ChannelMember): boolean {
  if (!member) return false;
  if (mentions(member) > 0) return true;
  return !isMuted(member) && channel.total_msg_count_root > member.msg_count_root;
}

export const partnerOf = (channel: Channel, me: Id) => channel.name.split('__').find((id) => id !== me) ?? me;

/** Of people of a partner with the partner's name, which is the end of their user name, wherever they stand. */
export const fullName = (user?: User): string => {
  if (!user) return '…';
  const name = user.nickname || `${user.first_name} ${user.last_name}`.trim();
  const partner = user.remote_id ? user.username.split(':')[1] : undefined;
  return name && partner ? `${name} (${partner})` : name || user.username;
};

export function labelOf(channel: Channel | undefined, users: Record<Id, User>, me: User | undefined): string {
  if (!channel) return '';
  if (channel.type === 'D') return fullName(users[partnerOf(channel, me?.id ?? '')]);
  if (channel.type === 'G') {
    const others = channel.display_name.split(', ').filter((name) => name !== me?.username);
    return others.join(', ');
  }
  return channel.display_name;
}

type Sorted = Pick<State, 'channels' | 'members' | 'users' | 'me' | 'teamId' | 'hidden' | 'channelId'>;

export interface Listing {
  unread: Channel[];
  rooms: Channel[];
  people: Channel[];
}

const isListed = (s: Sorted, channel: Channel) =>
  channel.delete_at === 0 &&
  (channel.team_id === s.teamId || channel.team_id === '') &&
  (!s.hidden[channel.id] || isUnread(channel, s.members[channel.id]) || channel.id === s.channelId) &&
  (channel.team_id !== '' || channel.last_post_at > 0 || channel.id === s.channelId);

export function listing(s: Sorted): Listing {
  const all = Object.values(s.channels).filter((channel) => s.members[channel.id] && isListed(s, channel));
  const unread = all
    .filter((channel) => isUnread(channel, s.members[channel.id]))
    .sort(
      (a, b) =>
        Math.sign(mentions(s.members[b.id])) - Math.sign(mentions(s.members[a.id])) ||
        b.last_post_at - a.last_post_at,
    );
  const isHot = new Set(unread);
  const quiet = all.filter((channel) => !isHot.has(channel));
  const names = new Map(quiet.map((channel) => [channel.id, labelOf(channel, s.users, s.me)]));
  const rooms = quiet
    .filter((channel) => channel.team_id !== '')
    .sort((a, b) => names.get(a.id)!.localeCompare(names.get(b.id)!, undefined, { numeric: true }));
  const people = quiet
    .filter((channel) => channel.team_id === '')
    .sort((a, b) => b.last_post_at - a.last_post_at);
  return { unread, rooms, people };
}
