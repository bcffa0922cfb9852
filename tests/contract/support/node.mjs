// A real node in a directory of its own: started, stopped, killed and started again on the same data.
//
// The program is looked for in CONCORDAT_BIN, then in the build trees. Its output is kept in `log` and
// printed only when something fails. Whatever a test does, dispose() ends the node, its PostgreSQL and
// the directory; processes are ended by the ids this module learned, never by name.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, pause, within } from './expect.mjs';
import { complaintsOf } from './wire.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const build = path.resolve(here, '../../../build');
const start_limit = Number(process.env.CONCORDAT_START_LIMIT_MS ?? 180_000);
const stop_limit = Number(process.env.CONCORDAT_STOP_LIMIT_MS ?? 120_000);
const sanitizer = /(ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer)/;

export function program(name = 'concordatd') {
    const places = [
        process.env.CONCORDAT_BIN && path.resolve(process.env.CONCORDAT_BIN),
        `${build}/asan/bin`,
        `${build}/release/bin`,
        `${build}/dev/bin`,
        `${build}/asan`,
        `${build}/release`,
        `${build}/dev`,
    ];
    for (const place of places.filter(Boolean)) {
        const file = path.join(place, name);
        if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
        if (place === places[0]) break; // named by the caller: no other will do
    }
    throw new Error(`${name} is not built; set CONCORDAT_BIN to the directory that holds it`);
}

export function freshDirectory() {
    const dir = fs.mkdtempSync(path.join(process.env.CONCORDAT_TEST_DIR ?? os.tmpdir(), 'concordat-test-'));
    fs.chmodSync(dir, 0o755); // PostgreSQL may run as another user than the node and must reach its part
    return dir;
}

// A port of 127.0.0.1 that nobody has now, for what must keep its address over restarts.
export async function freePort() {
    const server = net.createServer();
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

const alive = new Set();
process.on('exit', () => alive.forEach((node) => node.abandon()));

export class Node {
    // options: dir (kept by the caller), settings (of its file, config.json in the directory), port (else a free one), args, env, tls, tolerant (a 5xx is not a complaint), flawed
    // (the log may hold what a healthy node never writes).
    constructor(options = {}) {
        this.options = options;
        this.dir = options.dir ?? freshDirectory();
        this.data = path.join(this.dir, 'data');
        this.log = '';
        if (options.settings) {
            this.settings_file = path.join(this.dir, 'config.json');
            fs.writeFileSync(this.settings_file, JSON.stringify(options.settings));
        }
        this.closers = new Set(); // sockets to close before the node stops
        this.clients = new Set(); // told the new address after a restart
        this.origins = new Set();
    }

    static async start(options) {
        const node = new Node(options);
        try {
            await node.launch();
        } catch (error) {
            await node.dispose({ quietly: true });
            throw error;
        }
        return node;
    }

    async launch() {
        const ready_file = path.join(this.data, 'run', 'ready.json');
        fs.rmSync(ready_file, { force: true });
        const args = [
            '--data',
            this.data,
            '--port',
            String(this.options.port ?? 0),
            ...(this.options.tls ? [] : ['--http']),
            ...(this.settings_file ? ['--config', this.settings_file] : []),
            ...(this.options.args ?? []),
        ];
        const started = performance.now();
        const child = spawn(program(), args, {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { ...process.env, ...this.options.env },
        });
        this.child = child;
        this.exited = new Promise((done) => {
            child.on('error', (error) => done({ error }));
            child.on('close', (code, signal) => done({ code, signal }));
        });
        this.exit = null;
        this.exited.then((exit) => {
            if (this.child === child) this.exit = exit;
        });
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding('utf8');
            stream.on('data', (text) => {
                this.log += text;
            });
        }
        alive.add(this);
        this.ready = await this.#readiness(ready_file, started + start_limit);
        this.start_ms = Math.round(performance.now() - started);
        this.url = this.ready.url.replace(/\/$/, '');
        this.ws = `${this.url.replace(/^http/, 'ws')}/api/v4/websocket`;
        this.origins.add(new URL(this.url).origin);
        for (const client of this.clients) client.setUrl(this.url);
        return this;
    }

    async #readiness(file, until) {
        for (;;) {
            if (this.exit)
                throw this.#trouble(`the node ended before it was ready (${JSON.stringify(this.exit)})`);
            try {
                const ready = JSON.parse(fs.readFileSync(file, 'utf8'));
                if (ready.url && (ready.pid === undefined || ready.pid === this.child.pid)) return ready;
            } catch (error) {
                if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
            }
            if (performance.now() > until)
                throw this.#trouble(`the node was not ready within ${start_limit} ms`);
            await pause(15);
        }
    }

    #trouble(text) {
        return new Error(`${text}\n--- log of the node ---\n${this.log.slice(-6000)}`);
    }

    get isRunning() {
        return this.child !== undefined && !this.exit;
    }

    // Resolves to {code, signal} of the running program once it has ended.
    async ended(limit = stop_limit) {
        return within(this.exited, limit, 'the end of the node');
    }

    // Graceful: the node must end by itself, with success, and leave no PostgreSQL behind.
    async stop() {
        for (const close of this.closers) close();
        this.closers.clear();
        this.child.kill('SIGTERM');
        const exit = await this.ended();
        alive.delete(this);
        if (exit.code !== 0) throw this.#trouble(`the node ended with ${JSON.stringify(exit)}`);
        assert.equal(this.postmaster(), undefined, 'PostgreSQL still runs after the node has stopped');
        return exit;
    }

    async kill() {
        for (const close of this.closers) close();
        this.closers.clear();
        this.child.kill('SIGKILL');
        return this.ended();
    }

    // On the same data, on a new port.
    async restart({ gracefully = true } = {}) {
        if (this.isRunning) await (gracefully ? this.stop() : this.kill());
        return this.launch();
    }

    // {pid, port, socket_dir, dir} of the node's PostgreSQL, or undefined when none runs.
    postmaster() {
        const file = walk(this.data).find((name) => path.basename(name) === 'postmaster.pid');
        if (!file) return undefined;
        const [pid, dir, , port, socket_dir] = fs.readFileSync(file, 'utf8').split('\n');
        return isAlive(Number(pid)) ? { pid: Number(pid), port: Number(port), socket_dir, dir } : undefined;
    }

    // What was wrong with the replies seen, and sanitizer reports. Call when done with the node.
    complaints() {
        let found = [...this.origins].flatMap((origin) => complaintsOf(origin));
        if (this.options.tolerant) found = found.filter((text) => !text.endsWith('the node failed'));
        const report = sanitizer.exec(this.log);
        if (report)
            found.push(`the log holds "${report[0]}":\n${this.log.slice(report.index, report.index + 4000)}`);
        return [...new Set(found)];
    }

    // The end of every test program: stops, removes everything, then fails if there were complaints.
    async dispose({ quietly = false } = {}) {
        let trouble;
        try {
            if (this.isRunning) await (quietly ? this.kill() : this.stop());
        } catch (error) {
            trouble = error;
        }
        this.abandon();
        if (quietly) return;
        if (trouble) throw trouble;
        const complaints = this.complaints();
        const shown = complaints.slice(0, 25).join('\n  ');
        assert.equal(complaints.length, 0, `${complaints.length} complaints about the node:\n  ${shown}`);
    }

    // Synchronous and without mercy.
    abandon() {
        alive.delete(this);
        if (this.isRunning) this.child.kill('SIGKILL');
        try {
            const postmaster = this.postmaster();
            if (postmaster) process.kill(postmaster.pid, 'SIGQUIT');
        } catch {
            /* it has ended meanwhile */
        }
        if (process.env.CONCORDAT_KEEP) return;
        if (!this.options.dir) removeTree(this.dir);
    }
}

function removeTree(dir) {
    for (let attempt = 0; attempt < 20; ++attempt) {
        try {
            return fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        } catch {
            /* PostgreSQL is still writing its last files */
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
}

export function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch (error) {
        return error.code === 'EPERM';
    }
}

// All regular files below `dir`; what vanishes meanwhile is left out.
export function walk(dir) {
    const found = [];
    let entries = [];
    try {
        entries = fs.readdirSync(dir, { withFileTypes: true });
    } catch (error) {
        if (error.code !== 'ENOENT') throw error;
    }
    for (const entry of entries) {
        const name = path.join(dir, entry.name);
        if (entry.isDirectory()) found.push(...walk(name));
        else if (entry.isFile()) found.push(name);
    }
    return found;
}
