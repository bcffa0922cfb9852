import { describe, expect, test, vi } from 'vitest';

vi.mock('../../src/api/users', () => ({}));
const { replaced, wordAt } = await import('../../src/chat/completion');

describe('the word under the caret', () => {
  test('is completed after a sign at the beginning of a word', () => {
    expect(wordAt('hello @ad', 9)).toEqual({ sign: '@', start: 6, text: 'ad' });
    expect(wordAt('~net', 4)).toEqual({ sign: '~', start: 0, text: 'net' });
    expect(wordAt('(@', 2)).toEqual({ sign: '@', start: 1, text: '' });
  });
  test('is left alone inside words, in addresses and in times', () => {
    expect(wordAt('me@example', 10)).toBeUndefined();
    expect(wordAt('10:30', 5)).toBeUndefined();
    expect(wordAt(':s', 2)).toBeUndefined();
    expect(wordAt('hello @ad there', 15)).toBeUndefined();
  });
  test('is replaced as a whole, with one space behind', () => {
    const word = wordAt('hi @ad there', 6)!;
    expect(replaced('hi @ad there', word, '@ada')).toEqual({ text: 'hi @ada there', caret: 8 });
  });
});
