import { expect, test } from 'vitest';
import type { Post } from '../../src/api/types';
import { systemText } from '../../src/chat/system';
import type { Words } from '../../src/i18n';
import { en } from '../../src/i18n/en';
import { fill } from '../../src/i18n/format';

const words = { t: (key, values) => fill(en[key as keyof typeof en], values ?? {}, 'en') } as Words;
const post = (type: string, props: Record<string, unknown>) =>
  ({ type, props, message: 'own words' }) as Post;

test("what the node says is told in the reader's words", () => {
  expect(systemText(words, post('system_join_channel', { username: 'ada' }))).toBe(
    '@ada joined the channel.',
  );
  expect(systemText(words, post('system_add_to_channel', { username: 'ada', addedUsername: 'hugo' }))).toBe(
    '@ada added @hugo to the channel.',
  );
  expect(
    systemText(words, post('system_header_change', { username: 'ada', old_header: 'a', new_header: 'b\nc' })),
  ).toBe('@ada changed the header of the channel.\n> b\n> c');
});

test('what is not known or has a part missing keeps its own words', () => {
  expect(systemText(words, post('system_something_new', { username: 'ada' }))).toBe('own words');
  expect(systemText(words, post('system_add_to_channel', { username: 'ada' }))).toBe('own words');
  expect(systemText(words, post('system_join_channel', { username: 7 }))).toBe('own words');
});
