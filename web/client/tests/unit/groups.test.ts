// Groups in the store, as events change them, and in what is offered while somebody types.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { suggest } from '../../src/chat/completion';
import { groupMember, keepGroup, loadGroups } from '../../src/store/groups';
import { set, state } from '../../src/store/state';

const group = (id: string, fields = {}) => ({
  id,
  name: id,
  display_name: `Group ${id}`,
  source: 'custom',
  delete_at: 0,
  allow_reference: true,
  ...fields,
});
vi.mock('../../src/api/users', () => ({ autocomplete: async () => ({ users: [], out_of_channel: [] }) }));
vi.mock('../../src/api/user_groups', () => ({
  all: async () => [group('devs'), group('nameless', { name: undefined })],
  ofMe: async () => [group('devs')],
}));

beforeEach(() => set({ groups: {}, myGroups: {}, me: { id: 'me' } as never }));

describe('groups', () => {
  test('are loaded by the names that messages use', async () => {
    await loadGroups();
    expect(Object.keys(state().groups)).toEqual(['devs']);
    expect(state().myGroups).toEqual({ devs: true });
  });
  test('follow what the node tells', () => {
    keepGroup(group('devs'));
    keepGroup(group('devs', { name: 'makers' }));
    expect(Object.keys(state().groups)).toEqual(['makers']);
    for (const gone of [{ delete_at: 1 }, { allow_reference: false }, { name: '' }]) {
      keepGroup(group('devs'));
      keepGroup(group('devs', gone));
      expect(state().groups).toEqual({});
    }
  });
  test('are mine only when it is me who came', () => {
    groupMember({ group_id: 'devs', user_id: 'somebody' }, true);
    expect(state().myGroups).toEqual({});
    groupMember({ group_id: 'devs', user_id: 'me' }, true);
    expect(state().myGroups).toEqual({ devs: true });
    groupMember({ group_id: 'devs', user_id: 'me' }, false);
    expect(state().myGroups).toEqual({});
  });
  test('are offered after @, those that begin so first', async () => {
    keepGroup(group('ops', { display_name: 'Developers of operations' }));
    keepGroup(group('devs'));
    keepGroup(group('sales'));
    const offered = await suggest({ sign: '@', start: 0, text: 'Dev' }, 'channel', 'everybody');
    expect(offered.map((each) => each.text)).toEqual(['@devs', '@ops']);
  });
});
