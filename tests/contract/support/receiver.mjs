// A little HTTP server of the test's own, the program behind hooks, commands, buttons and dialogs: it answers as the
// test says, by path, and remembers what it was sent.
import http from 'node:http';
import https from 'node:https';
import { assert, eventually } from './expect.mjs';

export class Receiver {
    // answers: {'/path': (request) => ({status, type, body, headers}) or text or object}; `request` has method, path,
    // query, headers, body, and form or json.
    // `tls`: {key, cert}, to speak HTTPS.
    constructor(answers = {}, tls) {
        this.answers = answers;
        this.scheme = tls ? 'https' : 'http';
        this.requests = [];
        this.held = new Set();
        const take = (incoming, outgoing) => {
            const parts = [];
            incoming.on('data', (part) => parts.push(part));
            incoming.on('end', () => this.#take(incoming, Buffer.concat(parts).toString(), outgoing));
            incoming.on('error', () => {});
            outgoing.on('error', () => {});
        };
        this.server = tls ? https.createServer(tls, take) : http.createServer(take);
    }
    async start() {
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.port = this.server.address().port;
        return this;
    }
    url(path) {
        return `${this.scheme}://127.0.0.1:${this.port}${path}`;
    }
    async stop() {
        this.server.closeAllConnections();
        await new Promise((done) => this.server.close(done));
    }
    at(path) {
        return this.requests.filter((each) => each.path === path);
    }
    // The n-th request to this path, once it has come.
    async request(path, n = 1) {
        await eventually(() => this.at(path).length >= n, `${n} requests to ${path}`);
        return this.at(path)[n - 1];
    }
    #take(incoming, body, outgoing) {
        const { pathname, searchParams } = new URL(incoming.url, 'http://x');
        const request = { method: incoming.method, path: pathname, query: searchParams, headers: incoming.headers, body };
        const type = incoming.headers['content-type'] ?? '';
        if (type === 'application/x-www-form-urlencoded') request.form = new URLSearchParams(body);
        if (type === 'application/json') request.json = JSON.parse(body);
        this.requests.push(request);
        const answer = this.answers[pathname];
        assert.ok(answer, `nobody answers ${pathname}`);
        const said = answer(request, outgoing);
        if (said === undefined) return this.held.add(outgoing); // never answers, or by itself
        const { status = 200, headers = {}, type: sent, body: text } =
            typeof said === 'string' ? { type: 'text/plain', body: said } : 'body' in said || 'status' in said ? said : { body: JSON.stringify(said) };
        outgoing.writeHead(status, { 'Content-Type': sent ?? 'application/json', ...headers });
        outgoing.end(text ?? '');
    }
}
