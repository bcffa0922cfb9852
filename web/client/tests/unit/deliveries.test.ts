import './browser';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Delivery } from '../../src/api/deliveries';

const of = vi.fn<(channel: string) => Promise<Delivery>>();
vi.mock('../../src/api/deliveries', () => ({ of }));

const { deliveryChanged, needDelivery } = await import('../../src/store/deliveries');
const { set, state } = await import('../../src/store/state');

const delivery = (upto: number, refusals = 0, refused: string[] = []): Delivery => ({
  since: 1,
  partners: [
    {
      name: 'beta',
      upto,
      reason: '',
      refusals,
      refused: refused.map((post_id) => ({ post_id, reason: 'policy' })),
    },
  ],
});
const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  of.mockReset();
  set({ deliveries: {} });
});

test('it is asked for once, however many messages want it', async () => {
  of.mockResolvedValue(delivery(10));
  needDelivery('c');
  needDelivery('c');
  await settled();
  needDelivery('c');
  expect(of).toHaveBeenCalledExactlyOnceWith('c');
  expect(state().deliveries.c?.partners[0].upto).toBe(10);
});

test('an event moves it on, and what was refused is asked for', async () => {
  set({ deliveries: { c: delivery(10, 1, ['p']) } });
  deliveryChanged('c', delivery(20, 1));
  expect(state().deliveries.c?.partners[0]).toMatchObject({ upto: 20, refused: [{ post_id: 'p' }] });
  expect(of).not.toHaveBeenCalled();
  of.mockResolvedValue(delivery(30, 2, ['p', 'q']));
  deliveryChanged('c', delivery(30, 2));
  await settled();
  expect(state().deliveries.c?.partners[0].refused).toHaveLength(2);
});

test('channels that nobody looked at are left alone', () => {
  deliveryChanged('other', delivery(5));
  expect(state().deliveries.other).toBeUndefined();
});

test('without an answer nothing is said, and it is asked for again', async () => {
  of.mockRejectedValueOnce(new Error('offline'));
  needDelivery('c');
  await settled();
  expect(state().deliveries.c).toBeUndefined();
  of.mockResolvedValue(delivery(1));
  needDelivery('c');
  await settled();
  expect(state().deliveries.c?.since).toBe(1);
});
