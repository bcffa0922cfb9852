// Names and presence of people, asked for once however many rows mention them.
import * as users from '../api/users';
import type { Id } from '../api/types';
import { byId, set, state } from './state';

const wanted = new Set<Id>();
let asking: Promise<void> | undefined;

async function askForWanted(): Promise<void> {
  await Promise.resolve(); // what is asked for in the same moment goes in one request
  const ids = [...wanted].slice(0, 200);
  asking = undefined;
  try {
    const found = await users.byIds(ids);
    set((s) => ({ users: { ...s.users, ...byId(found) } }));
    void askPresence(ids);
  } finally {
    ids.forEach((id) => wanted.delete(id));
    if (wanted.size > 0) asking ??= askForWanted();
  }
}

export function needUsers(ids: Iterable<Id>): void {
  const { users: known } = state();
  for (const id of ids) if (id && !known[id]) wanted.add(id);
  if (wanted.size > 0) asking ??= askForWanted().catch(() => undefined); // rows keep their placeholder
}

export async function askPresence(ids: Id[]): Promise<void> {
  if (ids.length === 0) return;
  try {
    const list = await users.statuses(ids);
    set((s) => ({
      presence: { ...s.presence, ...Object.fromEntries(list.map((each) => [each.user_id, each.status])) },
    }));
  } catch {
    // Presence is a nicety: without it no dot is drawn.
  }
}
