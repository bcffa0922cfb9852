// A second opinion on the signed tree of audit records: RFC 9162 and the formats of docs/compliance/audit-log.md, written
// from these texts alone.
import { createHash, createPublicKey, verify } from 'node:crypto';

const sha256 = (...parts) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest();
export const leafHash = (entry) => sha256(Buffer.from([0]), Buffer.from(entry));
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);
const bytes = (text) => Buffer.from(text, 'base64');

// Section 2.1.3.2: whether the leaf is in the tree.
export function isIncluded(leaf, size, hash, proof, root) {
    let fn = BigInt(leaf);
    let sn = BigInt(size) - 1n;
    if (fn > sn) return false;
    let r = hash;
    for (const p of proof) {
        if (sn === 0n) return false;
        if (fn % 2n === 1n || fn === sn) {
            r = nodeHash(p, r);
            while (fn % 2n === 0n && fn !== 0n) {
                fn >>= 1n;
                sn >>= 1n;
            }
        } else {
            r = nodeHash(r, p);
        }
        fn >>= 1n;
        sn >>= 1n;
    }
    return sn === 0n && r.equals(root);
}

// Section 2.1.4.2: whether the second tree begins with the first.
export function isConsistent(first, second, firstRoot, secondRoot, proof) {
    if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
    let path = [...proof];
    if (Number.isInteger(Math.log2(first))) path = [firstRoot, ...path];
    let fn = BigInt(first) - 1n;
    let sn = BigInt(second) - 1n;
    while (fn % 2n === 1n) {
        fn >>= 1n;
        sn >>= 1n;
    }
    if (path.length === 0) return false;
    let [fr] = path;
    let sr = fr;
    for (const c of path.slice(1)) {
        if (sn === 0n) return false;
        if (fn % 2n === 1n || fn === sn) {
            fr = nodeHash(c, fr);
            sr = nodeHash(c, sr);
            while (fn % 2n === 0n && fn !== 0n) {
                fn >>= 1n;
                sn >>= 1n;
            }
        } else {
            sr = nodeHash(sr, c);
        }
        fn >>= 1n;
        sn >>= 1n;
    }
    return sn === 0n && fr.equals(firstRoot) && sr.equals(secondRoot);
}

// What a note says, when the key has signed it; else nothing.
export function openNote(note, pem) {
    const end = note.indexOf('\n\n') + 1;
    const text = note.slice(0, end);
    const [origin, size, root] = text.split('\n');
    const key = createPublicKey(pem);
    const raw = key.export({ type: 'spki', format: 'der' }).subarray(-32);
    const id = sha256(origin, '\n', Buffer.from([1]), raw).subarray(0, 4);
    for (const line of note.slice(end + 1).trimEnd().split('\n')) {
        const [dash, name, blob] = line.split(' ');
        const all = bytes(blob);
        if (dash !== '—' || name !== origin || !all.subarray(0, 4).equals(id)) continue;
        if (verify(null, Buffer.from(text), key, all.subarray(4))) return { origin, size: Number(size), root: bytes(root) };
    }
    return undefined;
}

// The decisions of a bundle, each proved. Throws when something is not.
export function openBundle(bundle, pem) {
    const must = (is, what) => {
        if (!is) throw new Error(what);
    };
    must(bundle.format === 'concordat-audit/1', 'format');
    const tree = openNote(bundle.checkpoint, pem);
    must(tree, 'checkpoint');
    if (bundle.earlier) {
        const before = openNote(bundle.earlier, pem);
        must(before && before.origin === tree.origin, 'earlier');
        must(
            isConsistent(before.size, tree.size, before.root, tree.root, bundle.consistency.map(bytes)),
            'consistency',
        );
    }
    let before;
    return bundle.records.map(({ leaf, entry, record, proof }) => {
        must(isIncluded(leaf, tree.size, leafHash(entry), proof.map(bytes), tree.root), `leaf ${leaf}`);
        const [name, seq, id, createAt, sealed, content] = entry.split('\n');
        must(name === 'concordat-audit-leaf/1', 'entry');
        must(sha256(record).equals(bytes(content)), `content of ${leaf}`);
        const { decision, previous } = JSON.parse(record);
        must(decision.id === id && decision.create_at === Number(createAt), `record of ${leaf}`);
        if (before) must(before.leaf + 1 === leaf && before.sealed === previous, `order at ${leaf}`);
        before = { leaf, sealed };
        return { leaf, seq: Number(seq), ...decision };
    });
}
