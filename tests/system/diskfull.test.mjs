// A full disk: every write is either kept or refused in words, reading goes on, and when there is room again
// so does writing, without anybody's help. Needs root, for a small file system of its own.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {
    Node,
    assert,
    channel,
    eventually,
    freshDirectory,
    isAlive,
    people,
    psql,
    say,
    team,
    test,
    unique,
    upload,
    wholeChannel,
} from './support.mjs';

const size = Number(process.env.CONCORDAT_DISK_MB ?? 400);

// A mounted file system, or the reason why there is none.
function smallDisk() {
    if (process.getuid() !== 0) return { reason: 'needs root to mount a small file system' };
    const dir = freshDirectory();
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0755`, 'tmpfs', dir], {
            stdio: 'pipe',
        });
        return { dir };
    } catch (error) {
        fs.rmdirSync(dir);
        return { reason: `this system does not let us mount: ${String(error.stderr).trim()}` };
    }
}

const disk = smallDisk();

const refusal = /^storage\.(disk_full|database_unavailable)$/;
const recovers = (node) => /PANIC|database system was interrupted/.test(fs.readFileSync(path.join(node.data, 'postgres', 'postgresql.log'), 'utf8'));

function fill(file) {
    const handle = fs.openSync(file, 'w');
    for (const piece of [1 << 20, 1 << 12, 1]) {
        try {
            for (;;) fs.writeSync(handle, Buffer.alloc(piece, 7));
        } catch (error) {
            assert.equal(error.code, 'ENOSPC');
        }
    }
    fs.closeSync(handle);
}

test('a node on a full disk', { skip: disk.reason, timeout: 600_000 }, async (t) => {
    const node = await Node.start({ dir: disk.dir, tolerant: true }).catch((error) => {
        execFileSync('umount', ['-l', disk.dir]);
        throw error;
    });
    t.after(async () => {
        await node.dispose({ quietly: true });
        execFileSync('umount', ['-l', disk.dir]);
        fs.rmdirSync(disk.dir);
    });
    const { alice } = await people(node, 'alice');
    const room = await channel(alice, (await team(alice)).id);
    const kept = [];
    const write = async () => {
        const made = await say(alice, room.id, unique('full'));
        kept.push(made);
        return made;
    };
    for (let at = 0; at < 20; ++at) await write();
    const filler = path.join(disk.dir, 'filler');
    fill(filler);
    const refusals = [];

    await t.test('refuses files in words', async () => {
        const error = await upload(alice, room.id, 'large.bin', Buffer.alloc(3 << 20, 3)).then(
            () => null,
            (reason) => reason,
        );
        assert.ok(error, 'a file of 3 MiB was accepted on a full disk');
        assert.deepEqual([error.status_code, error.server_error_id], [503, 'storage.disk_full']);
    });

    await t.test('keeps or refuses posts, and says so', async () => {
        for (let at = 0; at < 400 && refusals.length < 5; ++at) {
            await say(alice, room.id, `${unique('full')} ${'x'.repeat(15_000)}`).then(
                (made) => kept.push(made),
                (error) => refusals.push(error),
            );
        }
        assert.ok(refusals.length > 0, 'a full disk took every post');
        for (const error of refusals) {
            assert.equal(error.status_code, 503, String(error.stack));
            assert.match(error.server_error_id, refusal);
        }
        assert.ok(node.isRunning, 'the node ended');
    });

    await t.test('gives what it has', async () => {
        const { posts } = await alice.client.getPosts(room.id, 0, 200);
        for (const post of kept) assert.equal(posts[post.id]?.message, post.message);
    });

    // PostgreSQL ends itself when it cannot write its log any further, and recovers when it can.
    await t.test('stays up when its database does not', async () => {
        const { pid } = node.postmaster();
        for (let at = 0; at < 20 && isAlive(pid); ++at) {
            try {
                psql(node, 'select pg_switch_wal(); create temporary table t (a int)');
            } catch {
                /* that is what is wanted */
            }
        }
        assert.ok(!isAlive(pid) || recovers(node), 'the log still found room');
        const error = await write().then(() => null, (reason) => reason);
        if (error) {
            assert.equal(error.status_code, 503, String(error.stack));
            assert.match(error.server_error_id, refusal);
        }
        assert.ok(node.isRunning, 'the node ended');
    });

    await t.test('goes on by itself when there is room again, with all that it kept', async () => {
        fs.rmSync(filler);
        await eventually(write, 'writing to work again', 120_000);
        const info = await upload(alice, room.id, 'after.bin', Buffer.alloc(100_000, 5));
        assert.equal(info.size, 100_000);
        const all = new Map((await wholeChannel(alice, room.id)).map((post) => [post.id, post.message]));
        for (const post of kept) assert.equal(all.get(post.id), post.message, `post ${post.id} is lost`);
        t.diagnostic(`${kept.length} posts kept, ${refusals.length} refused`);
    });

    await t.test('starts again after a crash on the full disk, once there is room', async () => {
        fill(filler);
        await node.kill();
        fs.rmSync(filler);
        await node.launch();
        const all = new Map((await wholeChannel(alice, room.id)).map((post) => [post.id, post.message]));
        for (const post of kept) assert.equal(all.get(post.id), post.message);
    });
});
