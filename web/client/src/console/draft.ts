// What somebody has typed in a set-up that is not in force yet. It is kept for this window only, and secrets are
// not kept at all: whoever comes back types them again where they are needed.
import type { Values } from '../api/set_up';
import type { Setting, Value } from '../api/settings';

export interface Draft {
  step: number;
  values: Values;
}
/** Of all drafts; signing out removes what begins with it. */
export const draft_prefix = 'concordat.set_up.';

export interface Kept {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
}

const isValue = (value: unknown): value is Value =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((each) => typeof each === 'string'));

export function readDraft(place: string, kept: Kept): Draft {
  const none = { step: 0, values: {} };
  let read: unknown;
  try {
    read = JSON.parse(kept.getItem(draft_prefix + place) ?? 'null');
  } catch {
    return none;
  }
  const { step, values } = (read ?? {}) as Partial<Draft>;
  if (!Number.isInteger(step) || typeof values !== 'object' || !values) return none;
  const good = Object.entries(values).filter(([, value]) => isValue(value));
  return { step: Math.max(0, step!), values: Object.fromEntries(good) };
}

export function keepDraft(place: string, draft: Draft, secrets: string[], kept: Kept): void {
  const open = Object.entries(draft.values).filter(([name]) => !secrets.includes(name));
  if (open.length === 0 && draft.step === 0) return kept.removeItem(draft_prefix + place);
  const text = JSON.stringify({ step: draft.step, values: Object.fromEntries(open) });
  kept.setItem(draft_prefix + place, text);
}

export interface Difference {
  name: string;
  before: Value;
  after: Value;
  isSecret: boolean;
}
/** What would be in force that is not. Keys that only the machine changes are none of it. */
export function differences(settings: Setting[], values: Values): Difference[] {
  return settings.flatMap((each) => {
    const after = values[each.name];
    const isSame = after === undefined || JSON.stringify(after) === JSON.stringify(each.value);
    if (isSame || each.is_local || (each.kind === 'secret' && after === '')) return [];
    return [{ name: each.name, before: each.value, after, isSecret: each.kind === 'secret' }];
  });
}

/** Whether the secret has to be typed: there is none, or it would go to somebody else than the kept one does. */
export function needsSecret(settings: Setting[], values: Values, secret: string, bound: string[]): boolean {
  if (values[secret]) return false;
  const kept = settings.find((each) => each.name === secret)?.value;
  if (!kept) return true;
  return differences(settings, values).some((each) => bound.includes(each.name));
}

export const daysLeft = (end: number, now: number) => Math.floor((end - now) / 86_400_000);
