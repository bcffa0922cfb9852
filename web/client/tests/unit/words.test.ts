import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { de } from '../../src/i18n/de';
import { en } from '../../src/i18n/en';
import { fill } from '../../src/i18n/format';
import { fr } from '../../src/i18n/fr';

const placeholders = (message: string | { one: string; other: string }) =>
  [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();

describe.each([
  ['fr', fr],
  ['de', de],
])('%s', (_language, catalogue) => {
  test('says everything that the English says, with the same values', () => {
    for (const [key, message] of Object.entries(en)) {
      const own = catalogue[key as keyof typeof en];
      expect(own, key).toBeTruthy();
      expect(placeholders(own), key).toEqual(placeholders(message));
    }
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  });
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

test('every key that is used exists, and none is left over', () => {
  const source = import.meta.glob('../../src/**/*.{ts,tsx}', {
    query: '?raw',
    eager: true,
    import: 'default',
  });
  const code = Object.entries(source)
    .filter(([name]) => !/i18n\/(en|fr|de)\.ts$/.test(name))
    .map(([, text]) => text as string)
    .join('\n');
  const built =
    /^(status|settings|export\.format|decision\.act|partner\.state|account\.role|account\.kind)\.|^decision\.(passed|noted)$/;
  const unused = Object.keys(en).filter(
    (key) => !built.test(key) && !code.includes(`'${key}'`) && !code.includes(`"${key}"`),
  );
  expect(unused).toEqual([]);
  expect(readFileSync('src/i18n/en.ts', 'utf8')).not.toContain('TODO');
});
