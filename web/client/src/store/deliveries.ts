// How far own messages have come at partners, in shared channels that were looked at.
import * as api from '../api/deliveries';
import type { Id } from '../api/types';
import { set, state } from './state';

const asked = new Set<Id>();

function keep(channel: Id, delivery: api.Delivery): void {
  set((s) => ({ deliveries: { ...s.deliveries, [channel]: delivery } }));
}

async function load(channel: Id): Promise<void> {
  if (asked.has(channel)) return;
  asked.add(channel);
  try {
    keep(channel, await api.of(channel));
  } finally {
    asked.delete(channel);
  }
}

export function needDelivery(channel: Id): void {
  // Without an answer nothing is said about it; it is asked for with the next message.
  if (!state().deliveries[channel]) void load(channel).catch(() => undefined);
}

/** By an event, which is for everybody in the channel: what was refused is asked for by its author. */
export function deliveryChanged(channel: Id, now: api.Delivery): void {
  const known = state().deliveries[channel];
  if (!known) return;
  const partners = now.partners.map((each) => ({
    ...each,
    refused: known.partners.find((one) => one.name === each.name)?.refused ?? [],
  }));
  keep(channel, { ...now, partners });
  const isRefused = now.partners.some(
    (each) => each.refusals !== (known.partners.find((one) => one.name === each.name)?.refusals ?? 0),
  );
  if (isRefused) void load(channel).catch(() => undefined);
}
