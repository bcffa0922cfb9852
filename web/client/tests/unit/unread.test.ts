import { describe, expect, test } from 'vitest';
import type { Channel, ChannelMember, User } from '../../src/api/types';
import { fullName, isUnread, labelOf, listing } from '../../src/store/unread';

const channel = (id: string, fields: Partial<Channel> = {}): Channel => ({
  id,
  team_id: 't',
  type: 'O',
  name: id,
  display_name: id,
  header: '',
  purpose: '',
  last_post_at: 1,
  total_msg_count: 5,
  total_msg_count_root: 5,
  delete_at: 0,
  ...fields,
});
const member = (channel_id: string, fields: Partial<ChannelMember> = {}): ChannelMember => ({
  channel_id,
  user_id: 'me',
  msg_count: 5,
  msg_count_root: 5,
  mention_count: 0,
  mention_count_root: 0,
  last_viewed_at: 0,
  notify_props: {},
  ...fields,
});
const list = (channels: Channel[], members: ChannelMember[], hidden = {}) =>
  listing({
    channels: Object.fromEntries(channels.map((each) => [each.id, each])),
    members: Object.fromEntries(members.map((each) => [each.channel_id, each])),
    users: {},
    me: { id: 'me', username: 'me' } as User,
    teamId: 't',
    hidden,
    channelId: '',
  });

describe('unread', () => {
  test('is what has more posts than were read', () => {
    expect(isUnread(channel('a'), member('a', { msg_count_root: 4 }))).toBe(true);
    expect(isUnread(channel('a'), member('a'))).toBe(false);
    expect(isUnread(channel('a'), undefined)).toBe(false);
  });
  test('of a muted channel is only a mention', () => {
    const muted = { msg_count_root: 1, notify_props: { mark_unread: 'mention' } };
    expect(isUnread(channel('a'), member('a', muted))).toBe(false);
    expect(isUnread(channel('a'), member('a', { ...muted, mention_count_root: 1 }))).toBe(true);
  });
});

describe('the list', () => {
  test('has mentions first, then the newest, and each channel once', () => {
    const channels = [channel('a', { last_post_at: 9 }), channel('b', { last_post_at: 3 }), channel('c')];
    const members = [
      member('a', { msg_count_root: 1 }),
      member('b', { msg_count_root: 1, mention_count_root: 2 }),
      member('c'),
    ];
    const made = list(channels, members);
    expect(made.unread.map((each) => each.id)).toEqual(['b', 'a']);
    expect(made.rooms.map((each) => each.id)).toEqual(['c']);
  });
  test('sorts numbers as numbers', () => {
    const channels = ['Room 10', 'Room 9'].map((name) => channel(name));
    expect(
      list(
        channels,
        channels.map((each) => member(each.id)),
      ).rooms.map((each) => each.id),
    ).toEqual(['Room 9', 'Room 10']);
  });
  test('leaves out what is archived, hidden, or of another team', () => {
    const channels = [
      channel('x', { delete_at: 1 }),
      channel('y', { team_id: 'u' }),
      channel('z', { team_id: '', type: 'D' }),
    ];
    const made = list(
      channels,
      channels.map((each) => member(each.id)),
      { z: true },
    );
    expect([...made.unread, ...made.rooms, ...made.people]).toEqual([]);
  });
  test('shows a hidden conversation again when something comes', () => {
    const made = list([channel('z', { team_id: '', type: 'D' })], [member('z', { msg_count_root: 1 })], {
      z: true,
    });
    expect(made.unread).toHaveLength(1);
  });
});

test('a group is named for the others', () => {
  const group = channel('g', { type: 'G', team_id: '', display_name: 'ada, hugo, me' });
  expect(labelOf(group, {}, { username: 'me' } as User)).toBe('ada, hugo');
});

test('people of a partner are never shown without it', () => {
  const someone = {
    username: 'hugo:beta',
    first_name: 'Hugo',
    last_name: 'Marchand',
    nickname: '',
    remote_id: 'r',
  };
  expect(fullName(someone as User)).toBe('Hugo Marchand (beta)');
  expect(fullName({ ...someone, first_name: '', last_name: '' } as User)).toBe('hugo:beta');
  expect(fullName({ ...someone, username: 'hugo', remote_id: undefined } as User)).toBe('Hugo Marchand');
});
