import { describe, expect, test } from 'vitest';
import type { Post } from '../../src/api/types';
import { fresh, longest_window, placed, withNewer, withOlder } from '../../src/store/windows';

const post = (id: string, create_at: number, pending_post_id = '') =>
  ({ id, create_at, pending_post_id }) as Post;
const all = (...posts: Post[]) => Object.fromEntries(posts.map((each) => [each.id, each]));

describe('a post that arrives', () => {
  test('stands where its time says', () => {
    const posts = all(post('a', 1), post('c', 3));
    expect(placed(['a', 'c'], post('b', 2), posts)).toEqual(['a', 'b', 'c']);
    expect(placed(['a', 'c'], post('d', 4), posts)).toEqual(['a', 'c', 'd']);
  });
  test('twice is there once', () => {
    const posts = all(post('a', 1));
    expect(placed(['a'], post('a', 1), posts)).toEqual(['a']);
  });
  test('takes the place of the one that waited for it', () => {
    const posts = all(post('a', 1), post('me:7', 2, 'me:7'), post('b', 3));
    expect(placed(['a', 'me:7', 'b'], post('x', 5, 'me:7'), posts)).toEqual(['a', 'x', 'b']);
  });
  test('removes the one that waited when the event came before the answer', () => {
    const posts = all(post('x', 5, 'me:7'), post('me:7', 2, 'me:7'));
    expect(placed(['x', 'me:7'], post('x', 5, 'me:7'), posts)).toEqual(['x']);
  });
});

describe('a window', () => {
  test('grows in front without doubles and says so', () => {
    const grown = withOlder(fresh(['c', 'd'], false, true), ['a', 'b', 'c'], true);
    expect(grown.ids).toEqual(['a', 'b', 'c', 'd']);
    expect(grown).toMatchObject({ atStart: true, atEnd: true, grewInFront: true });
  });
  test('forgets its far end when it becomes too long, and knows that', () => {
    const many = Array.from({ length: longest_window }, (_none, at) => `p${at}`);
    const older = withOlder(fresh(many, false, true), ['o1', 'o2'], false);
    expect(older.ids).toHaveLength(longest_window);
    expect(older.ids.slice(0, 3)).toEqual(['o1', 'o2', 'p0']);
    expect(older.atEnd).toBe(false);
    const newer = withNewer(fresh(many, true, false), ['n1'], true);
    expect(newer.ids.at(-1)).toBe('n1');
    expect(newer.atStart).toBe(false);
  });
});
