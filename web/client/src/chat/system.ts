// What the node says in a channel by itself, in the reader's language. Of a kind that is not known here its own words
// are shown.
import type { Post } from '../api/types';
import type { Words } from '../i18n';
import type { Key } from '../i18n/catalogue';

// By kind: the message, and which property names the person it is about besides the one who acted.
const kinds: Record<string, [Key, string?]> = {
  system_join_team: ['system.joinTeam'],
  system_add_to_team: ['system.addToTeam', 'addedUsername'],
  system_leave_team: ['system.leaveTeam'],
  system_remove_from_team: ['system.removeFromTeam', 'username'],
  system_join_channel: ['system.joinChannel'],
  system_guest_join_channel: ['system.guestJoinChannel'],
  system_add_to_channel: ['system.addToChannel', 'addedUsername'],
  system_add_guest_to_chan: ['system.addToChannel', 'addedUsername'],
  system_leave_channel: ['system.leaveChannel'],
  system_remove_from_channel: ['system.removeFromChannel', 'removedUsername'],
  system_displayname_change: ['system.displayname'],
  system_header_change: ['system.header'],
  system_purpose_change: ['system.purpose'],
  system_channel_deleted: ['system.archived'],
  system_channel_restored: ['system.restored'],
};

const prop = (post: Post, name: string) => {
  const value = post.props[name];
  return typeof value === 'string' ? value : '';
};

export function systemText({ t }: Words, post: Post): string {
  const [key, whom] = kinds[post.type] ?? [];
  const who = prop(post, 'username');
  const other = whom ? prop(post, whom) : '';
  if (!key || !who || (whom && !other)) return post.message;
  const now = prop(post, `new_${post.type.split('_')[1]}`);
  const said = t(key, { who: `@${who}`, whom: `@${other}` });
  return now ? `${said}\n> ${now.replaceAll('\n', '\n> ')}` : said;
}
