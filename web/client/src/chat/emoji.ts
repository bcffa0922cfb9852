// Names of emoji. A handful is at hand; the table is a chunk of its own, fetched when it is first needed.
import { useEffect, useSyncExternalStore } from 'react';
import type { CustomEmoji } from '../api/emoji';
import { needEmoji } from '../store/custom_emoji';
import { useStore } from '../store/state';

// A map: `constructor` is no emoji.
const common = new Map(
  Object.entries({
    '+1': '👍',
    thumbsup: '👍',
    '-1': '👎',
    heart: '❤️',
    smile: '😄',
    tada: '🎉',
    eyes: '👀',
    white_check_mark: '✅',
    pray: '🙏',
  }),
);
export const quickNames = ['+1', 'white_check_mark', 'eyes', 'tada', 'heart', 'pray'];

export interface Emoji {
  glyph: string;
  names: string[];
}
let table: Emoji[] = [];
let byName: Map<string, string> | undefined;
let loading: Promise<void> | undefined;
const listeners = new Set<() => void>();

export function readTable(text: string): Emoji[] {
  return text.split('\n').map((line) => {
    const [glyph, ...names] = line.split(' ');
    return { glyph, names };
  });
}

export function loadEmoji(): Promise<void> {
  loading ??= import('virtual:emoji').then((module) => {
    table = readTable(module.default);
    byName = new Map(table.flatMap((each) => each.names.map((name) => [name, each.glyph] as const)));
    listeners.forEach((tell) => tell());
  });
  return loading;
}

export const glyphOf = (name: string): string | undefined => common.get(name) ?? byName?.get(name);
export const allEmoji = () => table;

/** Emoji whose names hold `text`, those that begin with it first. */
export function findEmoji(text: string, most: number): { name: string; glyph: string }[] {
  const wanted = text.toLowerCase();
  const found: { name: string; glyph: string; rank: number }[] = [];
  for (const { glyph, names } of table) {
    const name = names.find((each) => each.startsWith(wanted)) ?? names.find((each) => each.includes(wanted));
    if (name) found.push({ name, glyph, rank: name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2 });
  }
  return found.sort((a, b) => a.rank - b.rank || a.name.length - b.name.length).slice(0, most);
}

const hasTable = () => byName !== undefined;
const heard = (tell: () => void) => {
  listeners.add(tell);
  return () => void listeners.delete(tell);
};

/** The glyph or the picture of a name; asks for the table, then the node, when it is not one of the handful. */
export function useEmoji(name: string): { glyph?: string; custom?: CustomEmoji } {
  const glyph = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      if (!glyphOf(name)) void loadEmoji();
      return () => listeners.delete(tell);
    },
    () => glyphOf(name),
    () => glyphOf(name),
  );
  const isTableRead = useSyncExternalStore(heard, hasTable, hasTable);
  const custom = useStore((s) => s.emoji.get(name));
  const isAsked = useStore((s) => s.emoji.has(name));
  useEffect(() => {
    if (isTableRead && !glyph && !isAsked) needEmoji(name);
  }, [isTableRead, glyph, isAsked, name]);
  return { glyph, custom };
}
