// Small pictures and binary frames made by hand, so that tests need no files.
import zlib from 'node:zlib';

// A PNG of one colour with a diagonal, so that a scaled copy is not a trivial one.
export function png(width, height, [red, green, blue] = [30, 120, 200]) {
    const rows = [];
    for (let y = 0; y < height; ++y) {
        const row = Buffer.alloc(1 + width * 3);
        for (let x = 0; x < width; ++x) row.set(x === y ? [255, 255, 255] : [red, green, blue], 1 + x * 3);
        rows.push(row);
    }
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        chunk('IHDR', header),
        chunk('IDAT', zlib.deflateSync(Buffer.concat(rows))),
        chunk('IEND', Buffer.alloc(0)),
    ]);
}

function chunk(type, body) {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const out = Buffer.alloc(8 + named.length);
    out.writeUInt32BE(body.length, 0);
    named.copy(out, 4);
    out.writeUInt32BE(crc(named), 4 + named.length);
    return out;
}

function crc(bytes) {
    let sum = ~0;
    for (const byte of bytes) {
        sum ^= byte;
        for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum >>> 0;
}

// {type, width, height} of a PNG or JPEG.
export function pictureSize(bytes) {
    if (bytes.subarray(1, 4).toString('latin1') === 'PNG') {
        return { type: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    }
    if (bytes.readUInt16BE(0) !== 0xffd8) throw new Error('neither PNG nor JPEG');
    for (let at = 2; at < bytes.length;) {
        const marker = bytes[at + 1];
        if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
            return {
                type: 'image/jpeg',
                width: bytes.readUInt16BE(at + 7),
                height: bytes.readUInt16BE(at + 5),
            };
        }
        at += 2 + bytes.readUInt16BE(at + 2);
    }
    throw new Error('no size in the JPEG');
}

// MessagePack, as far as client frames need it.
export function messagePack(value) {
    if (value === null) return Buffer.from([0xc0]);
    if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
    if (Number.isInteger(value) && value >= 0 && value < 128) return Buffer.from([value]);
    if (Number.isInteger(value) && value >= 0) {
        const out = Buffer.alloc(9);
        out[0] = 0xcf;
        out.writeBigUInt64BE(BigInt(value), 1);
        return out;
    }
    if (typeof value === 'string') {
        const text = Buffer.from(value);
        return Buffer.concat([
            text.length < 32
                ? Buffer.from([0xa0 | text.length])
                : Buffer.from([0xda, text.length >> 8, text.length & 255]),
            text,
        ]);
    }
    if (Array.isArray(value))
        return Buffer.concat([Buffer.from([0x90 | value.length]), ...value.map(messagePack)]);
    const entries = Object.entries(value);
    return Buffer.concat([
        Buffer.from([0x80 | entries.length]),
        ...entries.flatMap(([key, each]) => [messagePack(key), messagePack(each)]),
    ]);
}
