// The node over TLS with the certificate it made for itself: the fingerprint it announces is the one it
// shows, old protocols are refused, cookies are Secure, and sockets work.
import https from 'node:https';
import tls from 'node:tls';
import WebSocket from 'ws';
import { assert, parsedCookie, password, sharedNode, test, within } from './harness.mjs';

const node = sharedNode({ tls: true });
const trusting = { rejectUnauthorized: false }; // the certificate is checked by its fingerprint

function call(method, path, { headers = {}, json } = {}) {
    return within(
        new Promise((done, fail) => {
            const request = https.request(
                `${node.url}/api/v4${path}`,
                { method, ...trusting, headers: { 'Content-Type': 'application/json', ...headers } },
                (response) => {
                    const parts = [];
                    response.on('data', (part) => parts.push(part));
                    response.on('end', () =>
                        done({
                            status: response.statusCode,
                            headers: response.headers,
                            json: JSON.parse(Buffer.concat(parts)),
                        }),
                    );
                },
            );
            request.on('error', fail);
            request.end(json && JSON.stringify(json));
        }),
        60_000,
        `${method} ${path}`,
    );
}

const handshake = (options = {}) =>
    within(
        new Promise((done) => {
            const { hostname, port } = new URL(node.url);
            const socket = tls.connect({ host: hostname, port, ...trusting, ...options }, () => {
                const { fingerprint256 } = socket.getPeerCertificate();
                done({ protocol: socket.getProtocol(), fingerprint256 });
                socket.destroy();
            });
            socket.on('error', (error) => done({ error }));
        }),
        60_000,
        'a handshake',
    );

test('shows the certificate whose fingerprint it announces', async () => {
    assert.match(node.url, /^https:/);
    const plain = (text) =>
        text
            .replace(/^sha-?256:/i, '')
            .replaceAll(':', '')
            .toLowerCase();
    assert.equal(plain((await handshake()).fingerprint256), plain(node.ready.fingerprint));
});

test('speaks TLS 1.3 and nothing older than 1.2', async () => {
    assert.equal((await handshake()).protocol, 'TLSv1.3');
    assert.ok(
        (await handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' })).error,
    );
});

test('sets Secure cookies and carries a socket', async () => {
    const fields = { username: 'root', email: 'root@example.org', password };
    assert.equal((await call('POST', '/users', { json: fields })).status, 201);
    const login = await call('POST', '/users/login', {
        json: { login_id: 'root', password },
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
    });
    assert.equal(login.status, 200);
    const cookies = login.headers['set-cookie'].map(parsedCookie);
    assert.equal(cookies.length, 3);
    for (const { name, attributes } of cookies) assert.ok('secure' in attributes, name);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    assert.equal((await call('GET', '/users/me', { headers: { Cookie: cookie } })).json.username, 'root');
    const socket = new WebSocket(node.ws, { ...trusting, headers: { Cookie: cookie, Origin: node.url } });
    const hello = await within(
        new Promise((done, fail) => {
            socket.on('message', (text) => done(JSON.parse(text)));
            socket.on('error', fail);
        }),
        60_000,
        'hello',
    );
    assert.deepEqual([hello.event, hello.seq], ['hello', 0]);
    socket.terminate();
});

test('keeps its certificate over a restart', async () => {
    const before = (await handshake()).fingerprint256;
    await node.restart();
    assert.equal((await handshake()).fingerprint256, before);
});
