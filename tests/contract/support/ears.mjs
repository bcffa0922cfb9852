// WebSocket connections: the official WebSocketClient on top of the ws package, and a bare one for
// what that client would never send.
import client_package from '@mattermost/client';
import WebSocket from 'ws';
import { assert, short } from './expect.mjs';

const { WebSocketClient } = client_package;
const wait_limit = Number(process.env.CONCORDAT_EVENT_LIMIT_MS ?? 60_000);

globalThis.WebSocket = WebSocket;
globalThis.CloseEvent ??= class CloseEvent extends Event {
    constructor(type, { code = 0, reason = '', wasClean = false } = {}) {
        super(type);
        Object.assign(this, { code, reason, wasClean });
    }
};
// The client narrates on the console; keep the reports of the test runner readable.
const console_log = console.log.bind(console);
console.log = (...words) => {
    if (!/^(websocket|got connection id|missed websocket|long timeout|ping received)/.test(String(words[0])))
        console_log(...words);
};

// A list that can be waited on.
class Heard {
    constructor(what) {
        this.what = what;
        this.all = [];
        this.waiting = new Set();
    }
    add(item) {
        this.all.push(item);
        for (const check of [...this.waiting]) check();
    }
    // The first item, from position `from` on, for which `wanted` is true: now or before the limit.
    first(wanted, describe, { from = 0, limit = wait_limit } = {}) {
        return new Promise((done, fail) => {
            let at = from;
            const check = () => {
                for (; at < this.all.length; ++at) {
                    if (!wanted(this.all[at])) continue;
                    this.waiting.delete(check);
                    clearTimeout(timer);
                    return done(this.all[at]);
                }
            };
            const timer = setTimeout(() => {
                this.waiting.delete(check);
                const seen = this.all
                    .slice(-12)
                    .map((item) => short(item))
                    .join('\n  ');
                fail(
                    new assert.AssertionError({
                        message: `no ${describe} on ${this.what} within ${limit} ms; last seen:\n  ${seen}`,
                    }),
                );
            }, limit);
            this.waiting.add(check);
            check();
        });
    }
}

// Decodes a member of event.data that travels as a string of JSON.
export function inner(event, key) {
    assert.equal(
        typeof event.data[key],
        'string',
        `${event.event}.${key} must be a string of JSON, is ${short(event.data[key])}`,
    );
    return JSON.parse(event.data[key]);
}

// One official WebSocketClient. `events` are all events in order, hello included.
export class Ears {
    constructor(person, { cookie, posted_ack = false, retry_ms = 40 } = {}) {
        this.person = person;
        this.heard = new Heard(`the socket of ${person.username}`);
        this.sockets = [];
        this.closes = 0;
        this.expected_closes = 0;
        this.missed = 0;
        this.client = new WebSocketClient({
            minWebSocketRetryTime: retry_ms,
            maxWebSocketRetryTime: retry_ms * 4,
            reconnectJitterRange: 5,
            newWebSocketFn: (url) => {
                const socket = new WebSocket(url, cookie ? { headers: { Cookie: cookie } } : {});
                this.sockets.push({ socket, url });
                return socket;
            },
        });
        this.client.addMessageListener((event) => this.heard.add(event));
        this.client.addMissedMessageListener(() => {
            ++this.missed;
        });
        this.client.addCloseListener(() => {
            ++this.closes;
        });
        this.client.addErrorListener(() => {});
        this.stop = () => this.client.close();
        person.node.closers.add(this.stop);
        this.client.initialize(person.node.ws, cookie ? undefined : person.token, posted_ack);
    }
    get events() {
        return this.heard.all;
    }
    named(name) {
        return this.events.filter((event) => event.event === name);
    }
    get mark() {
        return this.events.length;
    }
    wait(name, wanted = () => true, options) {
        return this.heard.first((event) => event.event === name && wanted(event), `event "${name}"`, options);
    }
    // The "posted" event of a post, decoded.
    async posted(post_id, options) {
        const event = await this.wait('posted', (each) => inner(each, 'post').id === post_id, options);
        return { event, post: inner(event, 'post') };
    }
    // The node's reply to an action, whether OK or FAIL.
    reply(action, data) {
        return new Promise((done, fail) => {
            const timer = setTimeout(
                () => fail(new assert.AssertionError({ message: `no reply to ${action}` })),
                wait_limit,
            );
            this.client.sendMessage(action, data, (message) => {
                clearTimeout(timer);
                done(message);
            });
        });
    }
    // Cuts the connection as a lost network does; the client reconnects by itself.
    cut() {
        ++this.expected_closes;
        this.sockets.at(-1).socket.terminate();
    }
    // Closes, and fails if the connection broke or lost events on the way.
    close() {
        this.client.close();
        this.person.node.closers.delete(this.stop);
        assert.equal(this.closes, this.expected_closes, 'the node closed the socket, or numbering had a gap');
    }
}

export async function listen(person, options) {
    const ears = new Ears(person, options);
    await ears.wait('hello');
    return ears;
}

// A connection that sends exactly what it is told to.
export class BareSocket {
    constructor(node, { query = '', headers = {}, path = '/api/v4/websocket' } = {}) {
        this.heard = new Heard('the bare socket');
        this.socket = new WebSocket(node.url.replace(/^http/, 'ws') + path + query, { headers });
        this.closed = new Promise((done) =>
            this.socket.on('close', (code, reason) => done({ code, reason: String(reason) })),
        );
        this.opened = new Promise((done, fail) => {
            this.socket.on('open', done);
            this.socket.on('unexpected-response', (_, response) =>
                fail(
                    Object.assign(new Error(`refused with ${response.statusCode}`), {
                        status_code: response.statusCode,
                    }),
                ),
            );
            this.socket.on('error', fail);
        });
        this.opened.catch(() => {});
        this.socket.on('message', (bytes, is_binary) =>
            this.heard.add(is_binary ? { binary: bytes } : JSON.parse(bytes)),
        );
        this.pings = 0;
        this.socket.on('ping', () => {
            ++this.pings;
        });
        this.stop = () => this.socket.terminate();
        node.closers.add(this.stop);
        this.closed.then(() => node.closers.delete(this.stop));
    }
    static async open(node, options) {
        const bare = new BareSocket(node, options);
        await bare.opened;
        return bare;
    }
    send(message) {
        this.socket.send(
            Buffer.isBuffer(message) || typeof message === 'string' ? message : JSON.stringify(message),
        );
    }
    event(name, wanted = () => true, options) {
        return this.heard.first(
            (message) => message.event === name && wanted(message),
            `event "${name}"`,
            options,
        );
    }
    replyTo(seq, options) {
        return this.heard.first((message) => message.seq_reply === seq, `reply to ${seq}`, options);
    }
    close() {
        this.socket.terminate();
    }
}
