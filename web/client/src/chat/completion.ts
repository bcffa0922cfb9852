// What the word under the caret could become: people, channels, emoji.
import { image, type CustomEmoji } from '../api/emoji';
import * as usersApi from '../api/users';
import { beginning, isOn } from '../store/custom_emoji';
import { set, state } from '../store/state';
import { fullName } from '../store/unread';
import { findEmoji, loadEmoji } from './emoji';

export interface Suggestion {
  key: string;
  /** What replaces the word, without the space behind it. */
  text: string;
  glyph: string;
  /** Instead of the glyph. */
  picture?: string;
  title: string;
  detail: string;
}
export interface Word {
  sign: '@' | '~' | ':';
  start: number;
  text: string;
}

/** The word that ends at the caret, when it asks for completion. */
export function wordAt(text: string, caret: number): Word | undefined {
  const found = /(^|[\s(>*_"'])([@~:])([\p{L}\d._+-]*)$/u.exec(text.slice(0, caret));
  if (!found) return undefined;
  const [, , sign, word] = found;
  if (sign === ':' && word.length < 2) return undefined;
  return { sign: sign as Word['sign'], start: caret - word.length - 1, text: word };
}

export function replaced(text: string, word: Word, by: string): { text: string; caret: number } {
  const end = word.start + 1 + word.text.length;
  const caret = word.start + by.length + 1;
  return { text: `${text.slice(0, word.start)}${by} ${text.slice(end).replace(/^ /, '')}`, caret };
}

const most = 8;

function groups(text: string): Suggestion[] {
  const wanted = text.toLowerCase();
  return Object.values(state().groups)
    .filter((each) => each.name!.startsWith(wanted) || each.display_name.toLowerCase().includes(wanted))
    .sort((a, b) => Number(b.name!.startsWith(wanted)) - Number(a.name!.startsWith(wanted)))
    .slice(0, most / 2)
    .map((each) => ({
      key: each.id,
      text: `@${each.name}`,
      glyph: '@',
      title: each.display_name,
      detail: `@${each.name}`,
    }));
}

async function people(text: string, channel: string, everyone: string): Promise<Suggestion[]> {
  const team = state().teamId;
  const found = await usersApi.autocomplete(team, channel, text.toLowerCase());
  const users = [...found.users, ...(found.out_of_channel ?? [])];
  set((s) => ({ users: { ...Object.fromEntries(users.map((each) => [each.id, each])), ...s.users } }));
  const all = ['all', 'channel', 'here'].filter((name) => text && name.startsWith(text.toLowerCase()));
  return [
    ...users.slice(0, most).map((each) => ({
      key: each.id,
      text: `@${each.username}`,
      glyph: '@',
      title: fullName(each),
      detail: `@${each.username}`,
    })),
    ...groups(text),
    ...all.map((name) => ({ key: name, text: `@${name}`, glyph: '@', title: `@${name}`, detail: everyone })),
  ];
}

function channels(text: string): Suggestion[] {
  const wanted = text.toLowerCase();
  return Object.values(state().channels)
    .filter((each) => each.team_id === state().teamId && each.delete_at === 0)
    .filter((each) => each.name.includes(wanted) || each.display_name.toLowerCase().includes(wanted))
    .sort((a, b) => Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted)))
    .slice(0, most)
    .map((each) => ({
      key: each.id,
      text: `~${each.name}`,
      glyph: '~',
      title: each.display_name,
      detail: `~${each.name}`,
    }));
}

export async function suggest(word: Word, channel: string, everyone: string): Promise<Suggestion[]> {
  if (word.sign === '@') return people(word.text, channel, everyone);
  if (word.sign === '~') return channels(word.text);
  return emoji(word.text);
}

async function emoji(text: string): Promise<Suggestion[]> {
  const own = isOn() ? beginning(text).catch((): CustomEmoji[] => []) : []; // the others are there without them
  await loadEmoji();
  const custom = (await own).slice(0, most / 2).map(({ id, name }) => ({
    key: id,
    text: `:${name}:`,
    glyph: '',
    picture: image(id),
    title: `:${name}:`,
    detail: '',
  }));
  const others = findEmoji(text, most - custom.length).map(({ name, glyph }) => ({
    key: name,
    text: `:${name}:`,
    glyph,
    title: `:${name}:`,
    detail: '',
  }));
  return [...custom, ...others];
}
