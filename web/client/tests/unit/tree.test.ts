// The checks of the audit's tree against trees that are built here by the definition, RFC 9162 section 2.1.
import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/api/audit';
import * as tree from '../../src/console/tree';

const leaves = Array.from({ length: 19 }, (_each, at) => `leaf ${at}`);
const hashes = await Promise.all(leaves.map(tree.leafHash));
const split = (n: number) => 2 ** Math.ceil(Math.log2(n) - 1);

async function rootOf(part: tree.Bytes[]): Promise<tree.Bytes> {
  if (part.length === 0) return tree.sha256();
  if (part.length === 1) return part[0];
  const k = split(part.length);
  return tree.nodeHash(await rootOf(part.slice(0, k)), await rootOf(part.slice(k)));
}
async function pathOf(at: number, part: tree.Bytes[]): Promise<tree.Bytes[]> {
  if (part.length === 1) return [];
  const k = split(part.length);
  return at < k
    ? [...(await pathOf(at, part.slice(0, k))), await rootOf(part.slice(k))]
    : [...(await pathOf(at - k, part.slice(k))), await rootOf(part.slice(0, k))];
}
async function growthOf(old: number, part: tree.Bytes[], isWhole = true): Promise<tree.Bytes[]> {
  if (old === part.length) return isWhole ? [] : [await rootOf(part)];
  const k = split(part.length);
  return old <= k
    ? [...(await growthOf(old, part.slice(0, k), isWhole)), await rootOf(part.slice(k))]
    : [...(await growthOf(old - k, part.slice(k), false)), await rootOf(part.slice(0, k))];
}
const changed = (bytes: tree.Bytes) => Uint8Array.from(bytes, (each, at) => (at === 7 ? each ^ 1 : each));
const log = async (size: number) => ({ origin: 'x', size, root: await rootOf(hashes.slice(0, size)) });

describe('the tree', () => {
  test('every leaf of every size is proved, and nothing else is', async () => {
    for (let size = 1; size <= leaves.length; ++size) {
      const part = hashes.slice(0, size);
      const root = await rootOf(part);
      for (let at = 0; at < size; ++at) {
        const steps = await pathOf(at, part);
        expect(await tree.isIncluded(at, size, hashes[at], steps, root)).toBe(true);
        expect(await tree.isIncluded(at, size, changed(hashes[at]), steps, root)).toBe(false);
        expect(await tree.isIncluded(at, size, hashes[at], [...steps, root], root)).toBe(false);
        expect(await tree.isIncluded(at, size, hashes[at], steps, changed(root))).toBe(false);
        expect(await tree.isIncluded(size, size, hashes[at], steps, root)).toBe(false);
        if (steps.length > 0)
          expect(await tree.isIncluded(at, size, hashes[at], steps.slice(1), root)).toBe(false);
      }
    }
  });

  test('every growth is proved, and no other', async () => {
    for (let size = 1; size <= leaves.length; ++size) {
      const now = await log(size);
      for (let old = 1; old <= size; ++old) {
        const before = await log(old);
        const steps = await growthOf(old, hashes.slice(0, size));
        expect(await tree.isConsistent(before, now, steps), `${old} ${size}`).toBe(true);
        expect(await tree.isConsistent({ ...before, root: changed(before.root) }, now, steps)).toBe(false);
        expect(await tree.isConsistent(before, { ...now, root: changed(now.root) }, steps)).toBe(false);
        expect(await tree.isConsistent(before, now, [...steps, now.root])).toBe(false);
        if (old < size) {
          expect(await tree.isConsistent(now, before, steps)).toBe(false);
          expect(await tree.isConsistent(before, now, steps.slice(1))).toBe(false);
        }
      }
    }
    expect(await tree.isConsistent(await log(0), await log(5), [])).toBe(true);
  });

  test('a root is computed leaf by leaf', async () => {
    const growing = new tree.Growing();
    for (let size = 0; size <= leaves.length; ++size) {
      expect(await growing.root()).toEqual(await rootOf(hashes.slice(0, size)));
      if (size < leaves.length) await growing.add(leaves[size]);
    }
  });
});

describe('what the node hands over', async () => {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const noteOf = async (size: number, root: tree.Bytes, origin = 'concordat-audit/x') => {
    const text = `${origin}\n${size}\n${tree.toBase64(root)}\n`;
    const id = (await tree.sha256(utf8(`${origin}\n`), Uint8Array.of(1), raw)).slice(0, 4);
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, utf8(text)));
    return `${text}\n— ${origin} ${tree.toBase64(Uint8Array.of(...id, ...signature))}\n`;
  };
  const digest = async (text: string) => tree.toBase64(await tree.sha256(utf8(text)));
  const ids = ['a'.repeat(26), 'b'.repeat(26), 'c'.repeat(26)];
  const made = async (): Promise<Bundle> => {
    const records = [];
    let previous = await digest('nothing');
    for (const [at, id] of ids.entries()) {
      const record = JSON.stringify({ decision: { id, create_at: at, steps: [] }, previous, salt: 's' });
      previous = await digest(`sealed ${at}`);
      const entry = `concordat-audit-leaf/1\n${at + 1}\n${id}\n${at}\n${previous}\n${await digest(record)}\n`;
      records.push({ leaf: at, entry, record });
    }
    const part = await Promise.all(records.map((each) => tree.leafHash(each.entry)));
    const proofs = await Promise.all(part.map((_each, at) => pathOf(at, part)));
    return {
      format: 'concordat-audit/1',
      checkpoint: await noteOf(3, await rootOf(part)),
      earlier: await noteOf(2, await rootOf(part.slice(0, 2))),
      consistency: (await growthOf(2, part)).map(tree.toBase64),
      records: records.map((each, at) => ({ ...each, proof: proofs[at].map(tree.toBase64) })),
    };
  };

  test('a bundle that is as it was made opens', async () => {
    const opened = await tree.openBundle(await made(), [raw]);
    expect(opened).toMatchObject({
      checkpoint: { size: 3 },
      records: [{ leaf: 0 }, { leaf: 1 }, { leaf: 2 }],
    });
  });

  test('a record whose text was destroyed keeps its place', async () => {
    const bundle = await made();
    delete bundle.records[1].record;
    const opened = (await tree.openBundle(bundle, [raw])) as tree.Opened;
    expect(opened.records[1].decision).toBeUndefined();
    expect(opened.records[2].decision?.id).toBe(ids[2]);
  });

  test.each<[tree.Fault, string, (bundle: Bundle) => unknown]>([
    ['format', 'another format', (b) => (b.format = 'concordat-audit/2')],
    ['format', 'no note', (b) => (b.checkpoint = 'x')],
    ['signature', 'another size', (b) => (b.checkpoint = b.checkpoint.replace('\n3\n', '\n4\n'))],
    ['format', 'unsigned', (b) => (b.checkpoint = b.checkpoint.slice(0, b.checkpoint.indexOf('—')) + '\n')],
    ['signature', 'an earlier one changed', (b) => (b.earlier = b.earlier!.replace('\n2\n', '\n1\n'))],
    ['growth', 'no proof of growth', (b) => (b.consistency = [])],
    ['growth', 'no hash', (b) => (b.consistency[0] = 'AAAA')],
    ['order', 'one left out', (b) => b.records.splice(1, 1)],
    ['inclusion', 'another place', (b) => (b.records = [{ ...b.records[0], leaf: 1 }])],
    ['inclusion', 'another proof', (b) => b.records[0].proof.reverse()],
    [
      'inclusion',
      'another entry',
      (b) => (b.records[0].entry = b.records[0].entry.replace('\n0\n', '\n1\n')),
    ],
    [
      'content',
      'another text',
      (b) => (b.records[2].record = b.records[2].record!.replace('"steps":[]', '"steps":[1]')),
    ],
    ['content', 'the text of another', (b) => (b.records[2].record = b.records[1].record)],
  ])('%s: %s', async (fault, _what, change) => {
    const bundle = await made();
    change(bundle);
    expect(await tree.openBundle(bundle, [raw])).toBe(fault);
  });

  test('records that do not follow each other', async () => {
    const { records } = await made();
    expect(await tree.openRecord(records[2], records[0].entry)).toBe('chain');
    expect(
      await tree.openRecord(
        { ...records[0], entry: records[0].entry.replace('\n1\n', '\n01\nx\n') },
        undefined,
      ),
    ).toBe('entry');
  });

  test('another key has signed nothing', async () => {
    expect(await tree.openBundle(await made(), [changed(raw)])).toBe('signature');
    expect(await tree.openBundle(await made(), [])).toBe('signature');
  });

  test('keys are read from PEM', async () => {
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
    const pem = `-----BEGIN PUBLIC KEY-----\n${tree.toBase64(spki)}\n-----END PUBLIC KEY-----\n`;
    expect(tree.keysIn(`x\n${pem}${pem}`)).toEqual([raw, raw]);
    expect(tree.keysIn(pem.replace('MCow', 'MCox'))).toEqual([]);
  });
});
