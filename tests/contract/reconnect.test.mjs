// Ends of WebSocket connections: by logging out, by losing the network (all three outcomes of coming back),
// by a restart of the node.
import {
    BareSocket,
    assert,
    describe,
    direct,
    inner,
    listen,
    people,
    person,
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
const resume = (hello, next) => ({
    query: `?connection_id=${hello.data.connection_id}&sequence_number=${next}`,
});
// Fails when the numbers of the events are not from, from + 1, ...
function numbered(messages, from = 0) {
    const numbers = messages.filter((each) => each.event).map((each) => each.seq);
    assert.deepEqual(
        numbers,
        numbers.map((_, at) => from + at),
    );
}

describe('logging out', () => {
    test('closes the sockets of the session and no others', async () => {
        const { alice, room } = await scene(node, 'alice');
        const other = await person(node);
        await alice.client.addToTeam(room.team_id, other.id);
        const second = await new alice.constructor(node, alice.user).logIn();
        const [ends, stays] = [await authenticated(second), await authenticated(alice)];
        await Promise.all([ends.event('hello'), stays.event('hello')]);
        await second.client.logout();
        await within(ends.closed, 60_000, 'closing the socket of the session');
        const post = await say(alice, room.id, 'still connected');
        await stays.event('posted', (event) => inner(event, 'post').id === post.id);
        stays.close();
    });

    test('or losing the session otherwise ends the stream of events', async () => {
        const { alice } = await people(node, 'alice');
        const bare = await authenticated(alice);
        await bare.event('hello');
        await alice.client.revokeAllSessionsForUser(alice.id);
        await within(bare.closed, 60_000, 'closing the socket of a revoked session');
    });
});

describe('reconnecting', () => {
    test('with nothing missed goes on silently with the same numbers', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const first = await authenticated(bob);
        const hello = await first.event('hello');
        const one = await say(alice, dm.id, 'one');
        const seen = await first.event('posted', (event) => inner(event, 'post').id === one.id);
        first.close();
        await first.closed;
        const second = await authenticated(bob, resume(hello, seen.seq + 1));
        const two = await say(alice, dm.id, 'two');
        const next = await second.event('posted', (event) => inner(event, 'post').id === two.id);
        assert.ok(!second.heard.all.some((each) => each.event === 'hello'), 'no hello on a true resume');
        numbered(second.heard.all, seen.seq + 1);
        assert.ok(next.seq > seen.seq);
        second.close();
    });

    test('with something missed replays it from the wanted number on', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const first = await authenticated(bob);
        const hello = await first.event('hello');
        const heard = await sayAll(alice, dm.id, ['heard 1', 'heard 2', 'heard 3']);
        const marks = [];
        for (const post of heard)
            marks.push(await first.event('posted', (event) => inner(event, 'post').id === post.id));
        first.close();
        await first.closed;
        const away = await sayAll(alice, dm.id, ['away 1', 'away 2']);
        const second = await authenticated(bob, resume(hello, marks[1].seq));
        for (const post of [heard[1], heard[2], ...away])
            await second.event('posted', (event) => inner(event, 'post').id === post.id);
        assert.ok(!second.heard.all.some((each) => each.event === 'hello'));
        numbered(second.heard.all, marks[1].seq);
        assert.ok(
            !second.heard.all.some(
                (event) => event.event === 'posted' && inner(event, 'post').id === heard[0].id,
            ),
        );
        second.close();
    });

    for (const [what, query] of Object.entries({
        'a number that was never sent': (hello) => resume(hello, 5000),
        'a connection nobody knows': () => ({ query: `?connection_id=${'y'.repeat(26)}&sequence_number=3` }),
    })) {
        test(`with ${what} begins anew with hello`, async () => {
            const { alice } = await people(node, 'alice');
            const first = await authenticated(alice);
            const hello = await first.event('hello');
            first.close();
            await first.closed;
            const second = await authenticated(alice, query(hello));
            const again = await second.event('hello');
            assert.equal(again.seq, 0);
            assert.notEqual(again.data.connection_id, hello.data.connection_id);
            numbered(second.heard.all);
            second.close();
        });
    }

    test('too long after, when the ring has turned, begins anew with hello', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const first = await authenticated(bob);
        const hello = await first.event('hello');
        const posts = (
            await Promise.all(
                Array.from({ length: 6 }, (_, lane) =>
                    sayAll(
                        alice,
                        dm.id,
                        Array.from({ length: 30 }, (_, at) => `${lane}.${at}`),
                    ),
                ),
            )
        ).flat();
        for (const post of posts) await first.event('posted', (event) => inner(event, 'post').id === post.id);
        first.close();
        await first.closed;
        const second = await authenticated(bob, resume(hello, 1));
        const again = await second.event('hello');
        assert.equal(again.seq, 0);
        assert.notEqual(again.data.connection_id, hello.data.connection_id);
        second.close();
    });

    test('to the connection of somebody else gives nothing of his', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const dm = await direct(alice, bob);
        const first = await authenticated(bob);
        const hello = await first.event('hello');
        first.close();
        await first.closed;
        await say(alice, dm.id, 'for bob only');
        const thief = new BareSocket(node, { ...bearer(carol), ...resume(hello, 1) });
        const outcome = await Promise.race([
            thief.event('hello').then(
                () => 'hello',
                () => 'silence',
            ),
            thief.closed.then(() => 'closed'),
            thief.opened.then(
                () => new Promise(() => {}),
                () => 'refused',
            ),
        ]);
        assert.notEqual(outcome, 'silence');
        assert.ok(!thief.heard.all.some((each) => each.event === 'posted'));
        thief.close();
    });

    test('with a malformed id or number closes the socket', async () => {
        const { alice } = await people(node, 'alice');
        for (const query of [
            '?connection_id=nonsense&sequence_number=0',
            `?connection_id=${'y'.repeat(26)}&sequence_number=many`,
            `?connection_id=${'y'.repeat(26)}&sequence_number=-4`,
        ]) {
            const bare = new BareSocket(node, { ...bearer(alice), query });
            const refused = await Promise.race([
                bare.opened.then(() => within(bare.closed, 60_000, `closing ${query}`)).then(() => true),
                bare.opened.then(
                    () => new Promise(() => {}),
                    () => true,
                ),
            ]);
            assert.ok(refused);
            bare.close();
        }
    });

    test('the official client loses nothing when the network does', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const ears = await listen(bob);
        const posts = [];
        for (let round = 0; round < 4; ++round) {
            posts.push(await say(alice, dm.id, `connected ${round}`));
            await ears.posted(posts.at(-1).id);
            ears.cut();
            posts.push(...(await sayAll(alice, dm.id, [`away ${round}`, `still away ${round}`])));
            for (const post of posts.slice(-2)) await ears.posted(post.id);
        }
        assert.equal(ears.missed, 0, 'no full resynchronisation was needed');
        assert.equal(ears.named('hello').length, 1);
        const heard = ears.named('posted').map((event) => inner(event, 'post').id);
        assert.deepEqual(
            heard,
            posts.map((post) => post.id),
            'each once, in order',
        );
        assert.match(ears.sockets.at(-1).url, /connection_id=[a-z0-9]{26}&sequence_number=\d+/);
        ears.close();
    });

    test('after a restart of the node the official client begins anew', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const before = await listen(bob);
        const first_id = before.named('hello')[0].data.connection_id;
        before.close();
        await node.restart();
        const after = await authenticated(bob, { query: `?connection_id=${first_id}&sequence_number=4` });
        assert.notEqual((await after.event('hello')).data.connection_id, first_id);
        const post = await say(alice, dm.id, 'after the restart');
        await after.event('posted', (event) => inner(event, 'post').id === post.id);
        after.close();
    });
});

test('a graceful stop closes sockets politely', async () => {
    const { alice } = await people(node, 'alice');
    const bare = await authenticated(alice);
    await bare.event('hello');
    node.closers.delete(bare.stop);
    await node.restart();
    const { code } = await within(bare.closed, 60_000, 'closing at the stop');
    assert.ok([1000, 1001, 1012].includes(code), `closed with ${code}`);
});
