// Emoji of this node by name. However many rows name one, it is asked for once, many names in one request;
// that a name is none is remembered as well, until an event or a gap in them says that it may have become one.
import * as api from '../api/emoji';
import { set, state } from './state';

const wanted = new Set<string>();
let asking: Promise<void> | undefined;

export const isOn = () => state().config.EnableCustomEmoji === 'true';

export function keepEmoji(list: api.CustomEmoji[], without: string[] = []): void {
  if (list.length === 0 && without.length === 0) return;
  set((s) => {
    const emoji = new Map(s.emoji);
    for (const name of without) emoji.set(name, undefined);
    for (const each of list) emoji.set(each.name, each);
    return { emoji };
  });
}

async function askForWanted(): Promise<void> {
  await new Promise((done) => setTimeout(done, 20)); // what is drawn in the same moment goes in one request
  const names = [...wanted].slice(0, api.most_names);
  try {
    keepEmoji(await api.byNames(names), names);
  } finally {
    names.forEach((name) => wanted.delete(name));
    asking = undefined;
    if (wanted.size > 0) need();
  }
}

function need(): void {
  asking ??= askForWanted().catch(() => undefined); // the text stays; the next row that names it asks again
}

export function needEmoji(name: string): void {
  if (!isOn() || state().emoji.has(name)) return;
  wanted.add(name);
  need();
}

/** What is found is known from then on. */
async function kept(list: Promise<api.CustomEmoji[]>): Promise<api.CustomEmoji[]> {
  const found = await list;
  keepEmoji(found);
  return found;
}
export const ofPage = (page: number, size: number) => kept(api.page(page, size));
export const searched = (term: string) => kept(api.search(term));
export const beginning = (name: string) => kept(api.autocomplete(name));

export async function addEmoji(name: string, picture: File): Promise<void> {
  keepEmoji([await api.create(name, state().me?.id ?? '', picture)]);
}
export async function removeEmoji(emoji: api.CustomEmoji): Promise<void> {
  await api.erase(emoji.id);
  keepEmoji([], [emoji.name]);
}

/** Events may have been missed. */
export const forgetEmoji = () => set({ emoji: new Map() });
