// Groups that messages can mention, and which of them this person is in.
import * as api from '../api/user_groups';
import type { Group } from '../api/user_groups';
import type { Id } from '../api/types';
import { set, state, without } from './state';

export const hasOwnGroups = () => state().config.EnableCustomGroups === 'true';

/** Groups are an addition: without them nothing is highlighted or offered. */
export async function loadGroups(): Promise<void> {
  const [all, mine] = await Promise.all([api.all(), api.ofMe()]);
  const groups = Object.fromEntries(all.filter((each) => each.name).map((each) => [each.name!, each]));
  set({ groups, myGroups: Object.fromEntries(mine.map((each) => [each.id, true as const])) });
}

export function keepGroup(group: Group): void {
  set((s) => {
    const others = Object.fromEntries(Object.entries(s.groups).filter(([, each]) => each.id !== group.id));
    const isShown = group.name && group.delete_at === 0 && group.allow_reference;
    return { groups: isShown ? { ...others, [group.name!]: group } : others };
  });
}

export function groupMember(member: { group_id: Id; user_id: Id }, isIn: boolean): void {
  if (member.user_id !== state().me?.id) return;
  set((s) => ({
    myGroups: isIn ? { ...s.myGroups, [member.group_id]: true } : without(s.myGroups, member.group_id),
  }));
}

/** Who is in it, by name; and how many there are, when not all are sent. */
export async function membersOf(group: Id) {
  const { members, total_member_count } = await api.members(group);
  set((s) => ({ users: { ...s.users, ...Object.fromEntries(members.map((each) => [each.id, each])) } }));
  return { members: members.sort((a, b) => a.username.localeCompare(b.username)), total: total_member_count };
}
