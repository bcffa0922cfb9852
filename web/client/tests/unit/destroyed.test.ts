import './browser';
import { expect, test, vi } from 'vitest';
import type { Post, PostList } from '../../src/api/types';

const latest = vi.fn<(channel: string) => Promise<PostList>>();
vi.mock('../../src/api/posts', () => ({ latest, page_size: 60 }));

const { forgetDestroyed } = await import('../../src/store/posts');
const { set, state } = await import('../../src/store/state');
const { fresh } = await import('../../src/store/windows');

const post = (id: string, create_at: number) =>
  ({ id, create_at, update_at: create_at, channel_id: 'c', user_id: 'me', root_id: '' }) as Post;

test('posts that were destroyed are asked for again only where they are shown', async () => {
  const old = post('old', 10);
  const young = post('young', 30);
  latest.mockResolvedValue({ order: ['young'], posts: { young } } as unknown as PostList);
  set({ users: {}, posts: { old, young }, windows: { c: fresh(['old', 'young'], true, true) } });
  await forgetDestroyed('c', 5);
  await forgetDestroyed('another', 20);
  expect(latest).not.toHaveBeenCalled();
  await forgetDestroyed('c', 20);
  expect(latest).toHaveBeenCalledExactlyOnceWith('c');
  expect(state().windows.c?.ids).toEqual(['young']);
});
