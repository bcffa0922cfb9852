// Checks of the audit's tree, made in this browser and with no word of the node: RFC 9162 (inclusion, section
// 2.1.3.2; consistency, 2.1.4.2), signed notes, and bundles as docs/compliance/audit-log.md has them.
// Whatever is no proof is false, and never an exception but for what no browser without WebCrypto can do.
import type { Bundle } from '../api/audit';

export type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = new TextEncoder();
const bytesOf = (text: string): Bytes => utf8.encode(text);

export const sha256 = async (...parts: Bytes[]): Promise<Bytes> => {
  const all = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
};

/** Nothing when it is not base64 in its one spelling, or not of that many bytes. */
export function fromBase64(text: string, length?: number): Bytes | undefined {
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    return undefined;
  }
  if (btoa(raw) !== text || (length !== undefined && raw.length !== length)) return undefined;
  return Uint8Array.from(raw, (each) => each.charCodeAt(0));
}
export const toBase64 = (bytes: Bytes) => btoa(String.fromCharCode(...bytes));
const isSame = (a: Bytes, b: Bytes) => a.length === b.length && a.every((each, at) => each === b[at]);

export const leafHash = (entry: string) => sha256(Uint8Array.of(0), bytesOf(entry));
export const nodeHash = (left: Bytes, right: Bytes) => sha256(Uint8Array.of(1), left, right);

// Sizes go beyond the 32 bits of JavaScript's bit operators.
const isOdd = (n: number) => n % 2 === 1;
const half = (n: number) => Math.floor(n / 2);

/**
 * On which side of the sum each hash of a proof stands, from leaf `at` of a tree whose last leaf is `last`;
 * nothing when a proof for them has another length.
 */
function sidesOf(at: number, last: number, count: number) {
  const sides: ('left' | 'right')[] = [];
  for (; count > 0; --count) {
    if (last === 0) return undefined;
    const isLeft = isOdd(at) || at === last;
    sides.push(isLeft ? 'left' : 'right');
    while (isLeft && !isOdd(at) && at !== 0) {
      at = half(at);
      last = half(last);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 ? sides : undefined;
}

export async function isIncluded(leaf: number, size: number, hash: Bytes, proof: Bytes[], root: Bytes) {
  if (leaf < 0 || leaf >= size) return false;
  const sides = sidesOf(leaf, size - 1, proof.length);
  if (!sides) return false;
  let sum = hash;
  for (const [at, step] of proof.entries())
    sum = await (sides[at] === 'left' ? nodeHash(step, sum) : nodeHash(sum, step));
  return isSame(sum, root);
}

export async function isConsistent(old: Checkpoint, now: Checkpoint, proof: Bytes[]) {
  if (old.size > now.size) return false;
  if (old.size === now.size) return proof.length === 0 && isSame(old.root, now.root);
  if (old.size === 0) return proof.length === 0 && isSame(old.root, await sha256());
  let at = old.size - 1;
  let last = now.size - 1;
  for (; isOdd(at); at = half(at)) last = half(last);
  // The old tree is one whole subtree: its root begins the proof without standing in it.
  const steps = at === 0 ? [old.root, ...proof] : proof;
  const [first, ...more] = steps;
  const sides = first && sidesOf(at, last, more.length);
  if (!sides) return false;
  let oldSum = first;
  let sum = first;
  for (const [n, step] of more.entries()) {
    if (sides[n] === 'left') oldSum = await nodeHash(step, oldSum);
    sum = await (sides[n] === 'left' ? nodeHash(step, sum) : nodeHash(sum, step));
  }
  return isSame(oldSum, old.root) && isSame(sum, now.root);
}

/** The root over leaves that come one after the other; it keeps one hash for each level. */
export class Growing {
  size = 0;
  private readonly complete: { level: number; hash: Bytes }[] = [];

  async add(entry: string) {
    let top = { level: 0, hash: await leafHash(entry) };
    while (this.complete.at(-1)?.level === top.level) {
      const left = this.complete.pop()!;
      top = { level: top.level + 1, hash: await nodeHash(left.hash, top.hash) };
    }
    this.complete.push(top);
    ++this.size;
  }
  async root(): Promise<Bytes> {
    let sum: Bytes | undefined;
    for (const { hash } of [...this.complete].reverse()) sum = sum ? await nodeHash(hash, sum) : hash;
    return sum ?? sha256();
  }
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
}
interface Note extends Checkpoint {
  text: string;
  signatures: { name: string; key: Bytes; bytes: Bytes }[];
}

/** C2SP signed-note and tlog-checkpoint; nothing when it is no note. */
export function noteIn(note: string): Note | undefined {
  const end = note.indexOf('\n\n');
  if (end < 0 || note.length > 16_384 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, end + 1);
  const [origin, size, root, ...more] = text.split('\n').slice(0, -1);
  const hash = root === undefined ? undefined : fromBase64(root, 32);
  if (!origin || !hash || more.length > 0 || !/^(0|[1-9]\d{0,15})$/.test(size)) return undefined;
  if (!Number.isSafeInteger(Number(size))) return undefined;
  const signatures = [];
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [dash, name, coded, ...rest] = line.split(' ');
    const bytes = coded === undefined ? undefined : fromBase64(coded, 68);
    if (dash !== '—' || !name || rest.length > 0) return undefined;
    // Others may sign with keys of other kinds.
    if (bytes) signatures.push({ name, key: bytes.slice(0, 4), bytes: bytes.slice(4) });
  }
  return { origin, size: Number(size), root: hash, text, signatures };
}

/** A public key of the organisation: 32 bytes. */
export function keysIn(pem: string): Bytes[] {
  const prefix = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
  const blocks = pem.matchAll(/-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/g);
  return [...blocks].flatMap(([, body]) => {
    const der = fromBase64(body.replace(/\s/g, ''), 44);
    return der && isSame(der.slice(0, 12), prefix) ? [der.slice(12)] : [];
  });
}

/** What people compare: the first bytes of the key's digest. */
export async function fingerprint(key: Bytes) {
  const digest = (await sha256(key)).slice(0, 16);
  const hex = [...digest].map((each) => each.toString(16).padStart(2, '0')).join('');
  return hex.match(/.{4}/g)!.join(' ');
}

/** Whether one of the keys has signed it under the tree's own name. */
export async function isSigned(note: Note, keys: Bytes[]) {
  for (const key of keys) {
    const id = (await sha256(bytesOf(`${note.origin}\n`), Uint8Array.of(1), key)).slice(0, 4);
    const own = note.signatures.filter((each) => each.name === note.origin && isSame(each.key, id));
    if (own.length === 0) continue;
    const ready = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
    for (const each of own)
      if (await crypto.subtle.verify({ name: 'Ed25519' }, ready, each.bytes, bytesOf(note.text))) return true;
  }
  return false;
}

export interface Decision {
  id: string;
  create_at: number;
  act: string;
  rule: string;
  is_admitted: boolean;
  user_id?: string;
  actor_id?: string;
  address?: string;
  steps: { rule: string; outcome: string; detail: string }[];
}
export interface CheckedRecord {
  leaf: number;
  id: string;
  create_at: number;
  /** Nothing when its key was destroyed. */
  decision?: Decision;
}
export type Fault =
  'format' | 'signature' | 'growth' | 'order' | 'entry' | 'inclusion' | 'content' | 'agreement' | 'chain';

const entryShape =
  /^concordat-audit-leaf\/1\n(\d{1,16})\n([a-z0-9]{26})\n(\d{1,16})\n([A-Za-z0-9+/]{43}=)\n([A-Za-z0-9+/]{43}=|-)\n$/;

/** One record: what it says, or why it does not prove that. `before` is the entry of the leaf before it. */
export async function openRecord(
  { leaf, entry, record }: { leaf: number; entry: string; record?: string },
  before: string | undefined,
): Promise<CheckedRecord | Fault> {
  const shape = entryShape.exec(entry);
  if (!shape) return 'entry';
  const [, , id, time, , content] = shape;
  const opened: CheckedRecord = { leaf, id, create_at: Number(time) };
  if (record === undefined) return opened;
  if (toBase64(await sha256(bytesOf(record))) !== content) return 'content';
  let told: { decision: Decision; previous: string };
  try {
    told = JSON.parse(record) as typeof told;
  } catch {
    return 'content';
  }
  if (told.decision?.id !== id || told.decision.create_at !== opened.create_at) return 'agreement';
  if (before !== undefined && told.previous !== entryShape.exec(before)?.[4]) return 'chain';
  return { ...opened, decision: told.decision };
}

export interface Opened {
  checkpoint: Checkpoint;
  records: CheckedRecord[];
}

/** All that a bundle claims, in the order of the documentation; the first thing that is wrong. */
export async function openBundle(bundle: Bundle, keys: Bytes[]): Promise<Opened | Fault> {
  if (bundle.format !== 'concordat-audit/1') return 'format';
  const now = noteIn(bundle.checkpoint);
  if (!now) return 'format';
  if (!(await isSigned(now, keys))) return 'signature';
  if (bundle.earlier !== undefined) {
    const old = noteIn(bundle.earlier);
    if (!old || old.origin !== now.origin) return 'format';
    if (!(await isSigned(old, keys))) return 'signature';
    const steps = bundle.consistency.map((each) => fromBase64(each, 32));
    if (!steps.every((each) => each !== undefined) || !(await isConsistent(old, now, steps))) return 'growth';
  }
  const records: CheckedRecord[] = [];
  for (const [at, each] of bundle.records.entries()) {
    const before = bundle.records[at - 1];
    if (before && each.leaf !== before.leaf + 1) return 'order';
    const steps = each.proof.map((step) => fromBase64(step, 32));
    if (!steps.every((step) => step !== undefined)) return 'inclusion';
    if (!(await isIncluded(each.leaf, now.size, await leafHash(each.entry), steps, now.root)))
      return 'inclusion';
    const opened = await openRecord(each, before?.entry);
    if (typeof opened === 'string') return opened;
    records.push(opened);
  }
  return { checkpoint: now, records };
}
