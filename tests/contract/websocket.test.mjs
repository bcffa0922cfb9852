// The WebSocket: authentication, numbering, actions, events between people, frames of every kind.
import {
    BareSocket,
    assert,
    channel,
    describe,
    direct,
    id_pattern,
    inner,
    listen,
    messagePack,
    newClient,
    people,
    raw,
    say,
    sayAll,
    scene,
    sharedNode,
    test,
    within,
} from './harness.mjs';

const node = sharedNode();
const bearer = (who) => ({ headers: { Authorization: `Bearer ${who.token}` } });
const authenticated = (who, more = {}) => BareSocket.open(node, { ...bearer(who), ...more });
// Fails when the numbers of the events are not from, from + 1, ...
function numbered(messages, from = 0) {
    const numbers = messages.filter((each) => each.event).map((each) => each.seq);
    assert.deepEqual(
        numbers,
        numbers.map((_, at) => from + at),
    );
}

describe('authentication', () => {
    test('by challenge: hello, then OK', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await BareSocket.open(node);
        bare.send({ seq: 1, action: 'authentication_challenge', data: { token: alice.token } });
        const reply = await bare.replyTo(1);
        assert.equal(reply.status, 'OK');
        const hello = await bare.event('hello');
        assert.ok(bare.heard.all.indexOf(hello) < bare.heard.all.indexOf(reply), 'hello comes first');
        assert.equal(hello.seq, 0);
        assert.ok(!('seq' in reply), 'a reply is not numbered');
        bare.close();
    });

    test('by header or cookie at once, without a challenge', async () => {
        const { alice } = await people(node, 'alice');
        const { jar } = await alice.browser();
        for (const headers of [{ Authorization: `Bearer ${alice.token}` }, { Cookie: jar.header }]) {
            const bare = await BareSocket.open(node, { headers });
            assert.equal((await bare.event('hello')).seq, 0);
            bare.send({ seq: 1, action: 'ping' });
            assert.equal((await bare.replyTo(1)).data.text, 'pong');
            bare.close();
        }
    });

    test('by cookie for the official client', async () => {
        const { alice, room } = await scene(node, 'alice');
        const { jar } = await alice.browser();
        const ears = await listen(alice, { cookie: jar.header, posted_ack: true });
        await ears.posted((await say(alice, room.id, 'heard')).id);
        ears.close();
    });

    test('hello tells version, connection and host', async () => {
        const { alice } = await people(node, 'alice');
        const client = newClient(node);
        await client.ping(false);
        const bare = await authenticated(alice);
        const { data, broadcast } = await bare.event('hello');
        assert.equal(data.server_version, client.getServerVersion());
        assert.match(data.connection_id, id_pattern);
        assert.equal(typeof data.server_hostname, 'string');
        assert.deepEqual(Object.keys(broadcast).sort(), [
            'channel_id',
            'connection_id',
            'omit_connection_id',
            'omit_users',
            'team_id',
            'user_id',
        ]);
        assert.equal(broadcast.user_id, alice.id);
        bare.close();
    });

    test('with a bad token closes the socket', async () => {
        for (const token of ['', 'x', 'y'.repeat(26)]) {
            const bare = await BareSocket.open(node);
            bare.send({ seq: 1, action: 'authentication_challenge', data: { token } });
            await within(bare.closed, 60_000, 'closing after a bad token');
            assert.ok(!bare.heard.all.some((each) => each.event === 'hello'));
        }
    });

    test('that never comes closes the socket after five seconds', async () => {
        const opened = performance.now();
        const bare = await BareSocket.open(node);
        await within(bare.closed, 60_000, 'closing a socket that does not authenticate');
        assert.ok(performance.now() - opened > 3_000);
    });

    test('is needed before anything else works', async () => {
        const bare = await BareSocket.open(node);
        bare.send({ seq: 1, action: 'get_statuses' });
        const first = await Promise.race([
            bare.replyTo(1).then((reply) => reply.status),
            bare.closed.then(() => 'closed'),
        ]);
        assert.ok(['FAIL', 'closed'].includes(first), first);
        bare.close();
    });

    test('of a page of another origin is refused', async () => {
        const { alice } = await people(node, 'alice');
        const { jar } = await alice.browser();
        const bare = new BareSocket(node, {
            headers: { Cookie: jar.header, Origin: 'https://evil.example' },
        });
        const failure = await bare.opened.then(
            () => null,
            (error) => error,
        );
        assert.ok(failure?.status_code >= 400, 'the upgrade must be refused');
        const own = await BareSocket.open(node, { headers: { Cookie: jar.header, Origin: node.url } });
        await own.event('hello');
        own.close();
    });

    test('again on the same connection is ignored without a reply', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await authenticated(alice);
        await bare.event('hello');
        bare.send({ seq: 1, action: 'authentication_challenge', data: { token: 'y'.repeat(26) } });
        bare.send({ seq: 2, action: 'ping' });
        await bare.replyTo(2);
        assert.ok(!bare.heard.all.some((each) => each.seq_reply === 1));
        bare.close();
    });
});

describe('actions', () => {
    test('ping answers pong with the time', async () => {
        const { alice } = await people(node, 'alice');
        const ears = await listen(alice);
        const { status, data } = await ears.reply('ping');
        assert.deepEqual([status, data.text, data.node_id], ['OK', 'pong', '']);
        assert.ok(Math.abs(data.server_time - Date.now()) < 60_000);
        assert.equal(typeof data.version, 'string');
        ears.close();
    });

    test('unknown or malformed ones fail and leave the socket open', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await authenticated(alice);
        bare.send({ seq: 1, action: 'no_such_action', data: {} });
        const unknown = await bare.replyTo(1);
        assert.equal(unknown.status, 'FAIL');
        assert.equal(typeof unknown.error.id, 'string');
        bare.send({ seq: 2, action: '' });
        assert.equal((await bare.replyTo(2)).status, 'FAIL');
        bare.send({ seq: 3, action: 'user_typing', data: { channel_id: 'not an id' } });
        assert.equal((await bare.replyTo(3)).status, 'FAIL');
        bare.send({ seq: 4, action: 'ping' });
        assert.equal((await bare.replyTo(4)).status, 'OK');
        bare.close();
    });

    test('presence is accepted for channel, team and thread', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const ears = await listen(alice);
        for (const data of [
            { channel_id: room.id },
            { team_id: team.id },
            { thread_channel_id: room.id, is_thread_view: true },
        ]) {
            assert.equal((await ears.reply('presence', data)).status, 'OK');
        }
        ears.close();
    });

    test('typing reaches the others in the channel, not the typist', async () => {
        const { alice, bob, carol, room } = await scene(node, 'alice', 'bob', 'carol');
        await carol.client.removeFromChannel(carol.id, room.id);
        const [typist, reader, outside] = [await listen(alice), await listen(bob), await listen(carol)];
        for (const ears of [typist, reader]) await ears.reply('presence', { channel_id: room.id });
        assert.equal(
            (await typist.reply('user_typing', { channel_id: room.id, parent_id: '' })).status,
            'OK',
        );
        const event = await reader.wait('typing', (each) => each.data.user_id === alice.id);
        assert.equal(event.data.parent_id, '');
        assert.equal(event.broadcast.channel_id, room.id);
        const fence = await say(
            alice,
            (await alice.client.getMyChannels(room.team_id)).find((each) => each.name === 'town-square').id,
            'fence',
        );
        for (const ears of [typist, outside]) {
            await ears.posted(fence.id);
            assert.deepEqual(ears.named('typing'), []);
        }
        for (const ears of [typist, reader, outside]) ears.close();
    });

    test('typing by REST does the same', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const reader = await listen(bob);
        await reader.reply('presence', { channel_id: room.id });
        const reply = await raw(node, 'POST', `/users/${alice.id}/typing`, {
            token: alice.token,
            json: { channel_id: room.id },
        });
        assert.equal(reply.status, 200);
        await reader.wait('typing', (each) => each.data.user_id === alice.id);
        reader.close();
    });

    test('typing where one may not write fails', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        const ears = await listen(bob);
        assert.equal(
            (await ears.reply('user_typing', { channel_id: closed.id, parent_id: '' })).status,
            'FAIL',
        );
        ears.close();
    });
});

describe('frames', () => {
    test('of MessagePack are understood, answers are text', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const bare = await BareSocket.open(node);
        bare.send(messagePack({ seq: 1, action: 'authentication_challenge', data: { token: alice.token } }));
        assert.equal((await bare.replyTo(1)).status, 'OK');
        const reader = await listen(bob);
        await reader.reply('presence', { channel_id: room.id });
        bare.send(
            messagePack({ seq: 2, action: 'user_typing', data: { channel_id: room.id, parent_id: '' } }),
        );
        assert.equal((await bare.replyTo(2)).status, 'OK');
        await reader.wait('typing', (each) => each.data.user_id === alice.id);
        bare.send(messagePack({ seq: 3, action: 'get_statuses_by_ids', data: { user_ids: [alice.id] } }));
        assert.equal((await bare.replyTo(3)).data[alice.id], 'online');
        assert.ok(!bare.heard.all.some((each) => each.binary));
        bare.close();
        reader.close();
    });

    for (const [what, frame] of Object.entries({
        'text that is no JSON': 'hello?',
        'an array': '[1,2]',
        'broken MessagePack': Buffer.from([0x83, 0xa3, 0x73]),
        'MessagePack that claims to be huge': Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
        'deep JSON': '['.repeat(4000),
        'a number as action': '{"seq":1,"action":5}',
        'a text as number': '{"seq":"one","action":"ping"}',
    })) {
        test(`of ${what} end at most this connection`, async () => {
            const { alice, bob, room } = await scene(node, 'alice', 'bob');
            const [bare, other] = [await authenticated(alice), await listen(bob)];
            await bare.event('hello');
            bare.send(frame);
            bare.send({ seq: 77, action: 'ping' });
            await Promise.race([bare.replyTo(77), within(bare.closed, 60_000, 'an answer or a close')]);
            await other.posted((await say(bob, room.id, 'still here')).id);
            bare.close();
            other.close();
        });
    }

    test('of more than 8192 bytes close the connection', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await authenticated(alice);
        await bare.event('hello');
        bare.send(JSON.stringify({ seq: 1, action: 'ping', data: { pad: 'x'.repeat(9000) } }));
        await within(bare.closed, 60_000, 'closing after a large frame');
    });

    test('are not compressed: no extension is agreed on', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await authenticated(alice);
        await bare.event('hello');
        assert.equal(bare.socket.extensions, '');
        bare.close();
    });

    test('of the protocol: a ping is answered', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await authenticated(alice);
        await bare.event('hello');
        const pong = new Promise((done) => bare.socket.once('pong', (bytes) => done(String(bytes))));
        bare.socket.ping('are you there');
        assert.equal(await within(pong, 60_000, 'the pong'), 'are you there');
        bare.close();
    });
});

describe('events', () => {
    test('of two people reach each other, numbered without a gap', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const [one, two] = [await authenticated(alice), await authenticated(bob)];
        await Promise.all([one.event('hello'), two.event('hello')]);
        const posts = [];
        for (let round = 0; round < 10; ++round)
            posts.push(await say(round % 2 ? alice : bob, room.id, `round ${round}`));
        await alice.client.addReaction(alice.id, posts[0].id, 'smile');
        await bob.client.patchPost({ id: posts[0].id, message: 'edited' });
        await alice.client.deletePost(posts[1].id);
        for (const bare of [one, two]) {
            for (const post of posts)
                await bare.event('posted', (event) => inner(event, 'post').id === post.id);
            await bare.event('reaction_added');
            await bare.event('post_edited', (event) => inner(event, 'post').message === 'edited');
            await bare.event('post_deleted', (event) => inner(event, 'post').id === posts[1].id);
            numbered(bare.heard.all);
        }
        const order = one.heard.all
            .filter((event) => event.event === 'posted')
            .map((event) => inner(event, 'post').id)
            .filter((id) => posts.some((post) => post.id === id)); // joining the room may be told after hello
        assert.deepEqual(
            order,
            posts.map((post) => post.id),
            'in the order they were made',
        );
        one.close();
        two.close();
    });

    test('of a channel reach its members only, at once after joining and leaving', async () => {
        const { alice, bob, team, town } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        const ears = await listen(bob);
        const before = await say(alice, closed.id, 'before');
        await alice.client.addToChannel(bob.id, closed.id);
        const during = await say(alice, closed.id, 'during');
        await ears.posted(during.id);
        await alice.client.removeFromChannel(bob.id, closed.id);
        const after = await say(alice, closed.id, 'after');
        await ears.posted((await say(alice, town.id, 'fence')).id);
        const heard = ears.named('posted').map((event) => inner(event, 'post').id);
        assert.ok(!heard.includes(before.id) && !heard.includes(after.id));
        ears.close();
    });

    test('of a burst all arrive', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const bare = await authenticated(bob);
        await bare.event('hello');
        const posts = (
            await Promise.all(
                Array.from({ length: 8 }, (_, lane) =>
                    sayAll(
                        alice,
                        dm.id,
                        Array.from({ length: 12 }, (_, at) => `${lane}.${at}`),
                    ),
                ),
            )
        ).flat();
        for (const post of posts) await bare.event('posted', (event) => inner(event, 'post').id === post.id);
        numbered(bare.heard.all);
        assert.equal(
            bare.heard.all.filter((event) => event.event === 'posted').length,
            posts.length,
            'each exactly once',
        );
        bare.close();
    });

    test('say that an acknowledgement is wanted when the connection asked and the post concerns me', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const [asks, plain, author] = [
            await listen(bob, { posted_ack: true }),
            await listen(bob),
            await listen(alice, { posted_ack: true }),
        ];
        const mention = await say(alice, room.id, `@${bob.username}`);
        assert.equal((await asks.posted(mention.id)).event.data.should_ack, true);
        assert.equal((await plain.posted(mention.id)).event.data.should_ack, undefined);
        assert.equal((await author.posted(mention.id)).event.data.should_ack, undefined);
        asks.client.acknowledgePostedNotification(mention.id, 'success', '', '');
        assert.equal((await asks.reply('ping')).status, 'OK');
        for (const ears of [asks, plain, author]) ears.close();
    });

    test('reach all sessions of a person', async () => {
        const { alice, room } = await scene(node, 'alice');
        const all = await Promise.all([listen(alice), listen(alice), listen(alice)]);
        const post = await say(alice, room.id, 'to all my windows');
        for (const ears of all) await ears.posted(post.id);
        for (const ears of all) ears.close();
    });
});
