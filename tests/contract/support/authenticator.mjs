// An authenticator and its browser: makes ES256 passkeys and answers challenges.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const head = (major, size) =>
    size < 24 ? Buffer.from([(major << 5) | size]) : size < 256 ? Buffer.from([(major << 5) | 24, size]) : Buffer.from([(major << 5) | 25, size >> 8, size & 255]);
const bytes = (value) => Buffer.concat([head(2, value.length), value]);
const text = (value) => Buffer.concat([head(3, value.length), Buffer.from(value)]);

export class Authenticator {
    constructor(origin) {
        this.origin = origin;
        this.party = new URL(origin).hostname;
        this.id = randomBytes(32);
        this.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        this.count = 0;
        this.isVerified = true;
    }

    // What navigator.credentials.create() gives for these options, and what get() does.
    create({ challenge, user }) {
        this.handle = user.id;
        const { x, y } = this.keys.publicKey.export({ format: 'jwk' });
        const key = Buffer.concat([
            Buffer.from('a5010203262001', 'hex'),
            Buffer.from([0x21]),
            bytes(Buffer.from(x, 'base64url')),
            Buffer.from([0x22]),
            bytes(Buffer.from(y, 'base64url')),
        ]);
        const data = Buffer.concat([this.data(0x40), Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, key]);
        const object = Buffer.concat([Buffer.from([0xa3]), text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0]), text('authData'), bytes(data)]);
        return this.answer({
            clientDataJSON: this.client('webauthn.create', challenge).toString('base64url'),
            attestationObject: object.toString('base64url'),
            transports: ['internal'],
        });
    }
    get({ challenge }) {
        this.count += 1;
        const client = this.client('webauthn.get', challenge);
        const data = this.data(0);
        return this.answer({
            clientDataJSON: client.toString('base64url'),
            authenticatorData: data.toString('base64url'),
            signature: sign('sha256', Buffer.concat([data, sha256(client)]), this.keys.privateKey).toString('base64url'),
            userHandle: this.handle,
        });
    }

    answer(response) {
        return { id: this.id.toString('base64url'), rawId: this.id.toString('base64url'), type: 'public-key', clientExtensionResults: {}, response };
    }
    client(type, challenge) {
        return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));
    }
    data(flags) {
        const count = Buffer.alloc(4);
        count.writeUInt32BE(this.count);
        return Buffer.concat([sha256(this.party), Buffer.from([flags | 1 | (this.isVerified ? 4 : 0)]), count]);
    }
}
