// What the system tests share: a way into the node's PostgreSQL and its files, and a load whose every
// acknowledgement is written down. The dependencies are those of tests/contract.
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { assert, pause, program, unique, walk } from '../contract/harness.mjs';

export * from '../contract/harness.mjs';

const programs = process.env.CONCORDAT_POSTGRES ?? '/usr/lib/postgresql/15/bin';
const administrator_role = 'concordat_admin';
const database = 'concordat';

// Arguments and identity with which the node's PostgreSQL lets us in: root, or its own user.
function connection(node) {
    const server = node.postmaster();
    assert.ok(server, 'the node runs no PostgreSQL of its own');
    return ['-h', server.socket_dir, '-p', String(server.port), '-U', administrator_role];
}

export function psql(node, sql) {
    return execFileSync(
        `${programs}/psql`,
        ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', ...connection(node), '-d', database, '-c', sql],
        { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] },
    ).trim();
}

export const dump = async (node) =>
    (
        await promisify(execFile)(`${programs}/pg_dump`, [...connection(node), database], {
            encoding: 'buffer',
            maxBuffer: 1 << 29,
        })
    ).stdout;

// One run of concordatctl: {code, out, err, json}.
export function ctl(node, words, { input = '', env } = {}) {
    return new Promise((done, fail) => {
        const child = spawn(program('concordatctl'), ['--data', node.data, ...words], { env: { ...process.env, ...env } });
        let [out, err] = ['', ''];
        child.stdout.on('data', (text) => (out += text));
        child.stderr.on('data', (text) => (err += text));
        child.on('error', fail);
        child.on('close', (code) => {
            let json;
            try {
                json = JSON.parse(out);
            } catch {
                /* a text for people */
            }
            done({ code, out, err, json });
        });
        child.stdin.on('error', () => {}); // it may have ended without reading anything
        child.stdin.end(input);
    });
}
// What it says in JSON; it must succeed.
export async function answer(node, words, options) {
    const run = await ctl(node, ['--json', ...words], options);
    assert.equal(run.code, 0, `${words.join(' ')}: ${run.out}${run.err}`);
    assert.equal(run.err, '', 'nothing but the answer');
    return run.json;
}

// The uuid that the database keeps for an id of the wire.
export function uuidOf(id) {
    const alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769';
    let bits = 0n;
    for (const letter of id) bits = (bits << 5n) | BigInt(alphabet.indexOf(letter));
    const hex = (bits >> 2n).toString(16).padStart(32, '0');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// Files below the data directory, without those of PostgreSQL.
export const ownFiles = (node) =>
    walk(node.data).filter((file) => !file.includes(`${path.sep}cluster${path.sep}`));

// The files that `act` made or changed outside of PostgreSQL.
export async function filesMadeBy(node, act) {
    const stamp = (file) => {
        const info = fs.statSync(file, { throwIfNoEntry: false });
        return info && `${info.size} ${info.mtimeMs} ${info.ino}`;
    };
    const before = new Map(ownFiles(node).map((file) => [file, stamp(file)]));
    const result = await act();
    return {
        result,
        files: ownFiles(node).filter((file) => stamp(file) && stamp(file) !== before.get(file)),
    };
}

const contentFor = (message) => `content of ${message}`.repeat(20);

// True when the call was refused for want of a working node rather than by a rule.
const isOutage = (error) =>
    error.status_code === undefined || error.status_code >= 500 || error.status_code === 429;

// Writers that post, edit, delete and upload as fast as they are answered, until stopped. The ledger holds
// what was acknowledged and, apart, what was sent without an answer.
export class Load {
    constructor(writers, channel_id) {
        this.writers = writers;
        this.channel_id = channel_id;
        this.acknowledged = 0;
        this.posts = new Map(); // id -> {message, deleted, file: {id, text}}
        this.unanswered = []; // {writer, body, file, at}
        this.unsure = new Set(); // ids of posts whose last edit or deletion got no answer
        this.failures = []; // what callers were told meanwhile
        this.running = false;
    }
    start() {
        this.running = true;
        this.lanes = this.writers.map((writer, lane) => this.#lane(writer, lane));
    }
    async stop() {
        this.running = false;
        await Promise.all(this.lanes);
    }
    // Resolves when `count` more writes have been acknowledged.
    async progress(count, limit = 60_000) {
        const until = Date.now() + limit;
        const target = this.acknowledged + count;
        while (this.acknowledged < target) {
            assert.ok(
                Date.now() < until,
                `only ${this.acknowledged} of ${target} writes were acknowledged within ${limit} ms`,
            );
            await pause(5);
        }
    }
    async #lane(writer, lane) {
        const mine = [];
        for (let round = 0; this.running; ++round) {
            try {
                if (round % 5 === 3 && mine.length) await this.#edit(writer, mine[round % mine.length]);
                else if (round % 11 === 7 && mine.length > 3)
                    await this.#remove(writer, mine.splice(1, 1)[0]);
                else mine.push(await this.#post(writer, lane, round % 9 === 4));
                ++this.acknowledged;
            } catch (error) {
                if (!isOutage(error)) throw error;
                this.failures.push(error);
                await pause(20);
            }
        }
    }
    async #post(writer, lane, with_file) {
        const message = unique(`load-${lane}`);
        const body = {
            channel_id: this.channel_id,
            message,
            pending_post_id: `${writer.id}:${unique('pending')}`,
        };
        let file;
        if (with_file) {
            file = await upload(writer, this.channel_id, `${message}.txt`, contentFor(message));
            body.file_ids = [file.id];
        }
        const sent = { writer, body, at: Date.now(), file };
        try {
            const made = await writer.client.createPost(body);
            this.note(made.id, sent);
            return made.id;
        } catch (error) {
            if (isOutage(error)) this.unanswered.push(sent);
            throw error;
        }
    }
    // `sent` was acknowledged as post `id`.
    note(id, { body, file }) {
        this.posts.set(id, {
            message: body.message,
            file: file && { id: file.id, text: contentFor(body.message) },
        });
    }
    async #edit(writer, id) {
        const post = this.posts.get(id);
        const message = `${post.message.split(' ')[0]} edited ${unique('e')}`;
        await this.#change(id, () => writer.client.patchPost({ id, message }), { message });
    }
    async #remove(writer, id) {
        await this.#change(id, () => writer.client.deletePost(id), { deleted: true });
    }
    // `outcome` becomes part of the ledger once `act` is answered; until then the post is unsure.
    async #change(id, act, outcome) {
        if (this.unsure.has(id)) return;
        this.unsure.add(id);
        await act();
        this.unsure.delete(id);
        Object.assign(this.posts.get(id), outcome);
    }
}

export async function upload(writer, channel_id, name, content) {
    const form = new FormData();
    form.append('channel_id', channel_id);
    form.append('files', new Blob([content]), name);
    return (await writer.client.uploadFile(form)).file_infos[0];
}

// Every post of the channel, by paging from the newest to the oldest.
export async function wholeChannel(reader, channel_id) {
    const all = [];
    for (let page = 0; ; ++page) {
        const list = await reader.client.getPosts(channel_id, page, 200, false);
        all.push(...list.order.map((id) => list.posts[id]));
        if (list.order.length < 200) return all;
    }
}

// Fails unless all that was acknowledged is there exactly once, and nothing is there twice.
// And whoever was answered during the outage was told 503.
export async function verify(load, reader) {
    for (const error of load.failures)
        assert.ok([undefined, 503].includes(error.status_code), `${error.status_code} ${error.server_error_id}`);
    const all = await wholeChannel(reader, load.channel_id);
    const seen = new Map();
    for (const post of all) seen.set(post.id, post);
    assert.equal(seen.size, all.length, 'a post is listed twice');
    for (const [id, expected] of load.posts) {
        const unsure = load.unsure.has(id);
        const found = seen.get(id);
        if (expected.deleted) assert.ok(!found, `post ${id} was deleted and is back`);
        else if (!unsure) assert.equal(found?.message, expected.message, `post ${id} is lost or stale`);
        else
            assert.ok(
                !found || found.message.startsWith(expected.message.split(' ')[0]),
                `post ${id} holds foreign text`,
            );
    }
    const first_words = all
        .map((post) => post.message.split(' ')[0])
        .filter((word) => word.startsWith('load-'));
    const twice = first_words.filter((word, at) => first_words.indexOf(word) !== at);
    assert.deepEqual(twice, [], 'posts exist twice');
    for (const [id, { file, deleted }] of load.posts) {
        if (!file || deleted || load.unsure.has(id)) continue;
        const response = await fetch(reader.client.getFileUrl(file.id), {
            headers: { Authorization: `Bearer ${reader.token}` },
        });
        assert.equal(await response.text(), file.text, `the file of post ${id}`);
    }
    return all.length;
}
