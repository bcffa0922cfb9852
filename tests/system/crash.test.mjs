// Nothing acknowledged is lost, nothing happens twice, whatever is killed: the node, its PostgreSQL, both,
// while people write. Rounds: CONCORDAT_CRASH_ROUNDS (default 1 of each kind).
import {
    assert,
    channel,
    eventually,
    inner,
    isAlive,
    listen,
    pause,
    people,
    raw,
    say,
    sharedNode,
    team,
    test,
    unique,
    Load,
    verify,
} from './support.mjs';

const rounds = Number(process.env.CONCORDAT_CRASH_ROUNDS ?? 1);
const writes = Number(process.env.CONCORDAT_CRASH_WRITES ?? 60);
const node = sharedNode({ tolerant: true });

const kills = {
    'the node': async () => {
        await node.kill();
    },
    'its PostgreSQL': async () => {
        const server = node.postmaster();
        process.kill(server.pid, 'SIGKILL');
        await eventually(() => !isAlive(server.pid), 'the end of PostgreSQL');
    },
    'both at once': async () => {
        const server = node.postmaster();
        process.kill(server.pid, 'SIGKILL');
        await node.kill();
    },
    'PostgreSQL, and then the node while it recovers': async () => {
        process.kill(node.postmaster().pid, 'SIGKILL');
        await pause(Math.random() * 150);
        await node.kill();
    },
};

async function stage() {
    const cast = await people(node, 'w1', 'w2', 'w3', 'w4', 'reader');
    const { reader, ...writers } = cast;
    const home = await team(reader, ...Object.values(writers));
    const room = await channel(reader, home.id, 'O', ...Object.values(writers));
    return { reader, writers: Object.values(writers), room };
}

// The node as it must be after a moment: answering, and writing. A node that ended with its PostgreSQL is
// started again, as the service manager does.
async function working(reader, room) {
    await eventually(
        async () => {
            if (!node.isRunning) await node.launch();
            return say(reader, room.id, 'back again');
        },
        'the node to work again',
        60_000,
    );
}

// What got no answer is sent again as clients do: with the same pending id, soon. Must make no second post.
async function resend(load) {
    for (const sent of load.unanswered.splice(0)) {
        if (Date.now() - sent.at > 20_000) continue;
        load.note((await sent.writer.client.createPost(sent.body)).id, sent);
    }
}

for (let round = 1; round <= rounds; ++round) {
    for (const [what, kill] of Object.entries(kills)) {
        test(
            `round ${round}: killing ${what} loses nothing that was acknowledged and doubles nothing`,
            { timeout: 600_000 },
            async (t) => {
                if (!node.isRunning) await node.launch();
                const { reader, writers, room } = await stage();
                const load = new Load(writers, room.id);
                load.start();
                await load.progress(writes);
                await kill();
                if (node.isRunning) await load.progress(writes / 2); // it goes on by itself
                await load.stop();
                await working(reader, room);
                await resend(load);
                const kept = await verify(load, reader);
                t.diagnostic(
                    `${load.acknowledged} acknowledged, ${load.failures.length} failures, ${kept} posts kept, start took ${node.start_ms} ms`,
                );
            },
        );
    }
}

test('counts and threads agree with the posts after a crash', async () => {
    const { reader, writers, room } = await stage();
    await reader.client.viewMyChannel(room.id);
    const before = await reader.client.getChannel(room.id);
    const load = new Load(writers, room.id);
    load.start();
    await load.progress(writes);
    await node.kill();
    await load.stop();
    await working(reader, room);
    await eventually(() => reader.client.getChannel(room.id), 'the channel');
    const after = await reader.client.getChannel(room.id);
    const since = await reader.client.getPostsSince(room.id, before.last_post_at);
    const stored = Object.values(since.posts).filter(
        (post) => post.type === '' && post.create_at > before.last_post_at,
    ).length;
    assert.equal(
        after.total_msg_count - before.total_msg_count,
        stored,
        'the total is the number of stored posts',
    );
});

test('events of what was acknowledged before the crash reach who reconnects or asks again', async () => {
    const {
        reader,
        writers: [writer],
        room,
    } = await stage();
    const ears = await listen(reader);
    const post = await say(writer, room.id, unique('before'));
    await ears.posted(post.id);
    ears.close();
    const last = await say(writer, room.id, unique('last words'));
    await node.kill();
    await node.launch();
    const again = await listen(reader);
    const list = await reader.client.getPostsSince(room.id, post.create_at - 1);
    assert.ok(list.posts[last.id]);
    const next = await say(writer, room.id, 'next');
    assert.equal(inner((await again.posted(next.id)).event, 'post').message, 'next');
    again.close();
});

test('sessions and uploads in progress survive a crash', async () => {
    const {
        writers: [writer],
        room,
    } = await stage();
    const bytes = Buffer.alloc(400_000, 'piece by piece. ');
    const send = (id, from, to) =>
        raw(node, 'POST', `/uploads/${id}`, {
            token: writer.token,
            headers: { 'Content-Type': 'application/octet-stream' },
            body: bytes.subarray(from, to),
        });
    const { json: session } = await raw(node, 'POST', '/uploads', {
        token: writer.token,
        json: { channel_id: room.id, filename: 'long.bin', file_size: bytes.length, type: 'attachment' },
    });
    assert.equal((await send(session.id, 0, 250_000)).status, 204);
    await node.kill();
    await node.launch();
    const { json: resumed } = await raw(node, 'GET', `/uploads/${session.id}`, writer);
    assert.ok(resumed.file_offset > 0 && resumed.file_offset <= 250_000, String(resumed.file_offset));
    const done = await send(session.id, resumed.file_offset, bytes.length);
    assert.equal(done.status, 200);
    const reply = await raw(node, 'GET', `/api/v4/files/${done.json.id}`, writer);
    assert.ok(reply.bytes.equals(bytes));
});

test('a graceful stop under load loses nothing either', async () => {
    const { reader, writers, room } = await stage();
    const load = new Load(writers, room.id);
    load.start();
    await load.progress(writes);
    await node.stop();
    await load.stop();
    await node.launch();
    await resend(load);
    await verify(load, reader);
});

test('several kills while it starts do no harm', { timeout: 600_000 }, async () => {
    const { reader, room } = await stage();
    const post = await say(reader, room.id, 'still here after many kills');
    await node.kill();
    for (let attempt = 0; attempt < 4; ++attempt) {
        const starting = node.launch().catch(() => {});
        await pause(30 + attempt * 120);
        if (node.child && !node.exit) node.child.kill('SIGKILL');
        await starting;
        await node.ended();
    }
    await node.launch();
    assert.equal((await reader.client.getPost(post.id)).message, 'still here after many kills');
});
