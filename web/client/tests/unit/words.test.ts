import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { de as consoleDe } from '../../src/i18n/console/de';
import { en as consoleEn } from '../../src/i18n/console/en';
import { fr as consoleFr } from '../../src/i18n/console/fr';
import { de } from '../../src/i18n/de';
import { en } from '../../src/i18n/en';
import { fill } from '../../src/i18n/format';
import { fr } from '../../src/i18n/fr';

const placeholders = (message: string | { one: string; other: string }) =>
  [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();

type Messages = Record<string, string | { one: string; other: string }>;

test.each<[string, Messages, Messages]>([
  ['French in the chat', fr, en],
  ['German in the chat', de, en],
  ['French in the console', consoleFr, consoleEn],
  ['German in the console', consoleDe, consoleEn],
])('%s says everything that the English says, with the same values', (_name, catalogue, english) => {
  for (const [key, message] of Object.entries(english)) {
    expect(catalogue[key], key).toBeTruthy();
    expect(placeholders(catalogue[key]), key).toEqual(placeholders(message));
  }
  expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
});

test('no key is both of the chat and of the console', () => {
  expect(Object.keys(en).filter((key) => key in consoleEn)).toEqual([]);
});

test('numbers choose the form that the language wants', () => {
  expect(fill(en['post.replies'], { count: 1 }, 'en')).toBe('1 reply');
  expect(fill(en['post.replies'], { count: 0 }, 'en')).toBe('0 replies');
  expect(fill(fr['post.replies'], { count: 0 }, 'fr')).toBe('0 réponse');
  expect(fill(de['post.replies'], { count: 12345 }, 'de')).toBe('12.345 Antworten');
});

test('what people wrote is filled in as it is', () => {
  expect(fill('a {x} b {y}', { x: '{y}', y: '$&' }, 'en')).toBe('a {y} b $&');
});

const sources = Object.entries(
  import.meta.glob<string>('../../src/**/*.{ts,tsx}', { query: '?raw', eager: true, import: 'default' }),
).filter(([name]) => !/i18n\/(console\/)?(en|fr|de)\.ts$/.test(name));
const codeOf = (isWanted: (name: string) => boolean) =>
  sources
    .filter(([name]) => isWanted(name))
    .map(([, text]) => text)
    .join('\n');
const isUsed = (key: string, code: string) => code.includes(`'${key}'`) || code.includes(`"${key}"`);

test('every key that is used exists, and none is left over', () => {
  const code = codeOf(() => true);
  const built =
    /^(status|settings|export\.format|decision\.act|partner\.state|delivery\.why|account\.role|account\.kind|content\.(kind|where|action|place|outcome))\.|^decision\.(passed|noted)$/;
  const keys = [...Object.keys(en), ...Object.keys(consoleEn)];
  expect(keys.filter((key) => !built.test(key) && !isUsed(key, code))).toEqual([]);
  for (const file of ['en', 'console/en'])
    expect(readFileSync(`src/i18n/${file}.ts`, 'utf8')).not.toContain('TODO');
});

test('the chat says nothing with the words of the console, which it does not load', () => {
  const code = codeOf((name) => !name.includes('/console/'));
  expect(Object.keys(consoleEn).filter((key) => isUsed(key, code))).toEqual([]);
});
