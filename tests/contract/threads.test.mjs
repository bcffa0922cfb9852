// Followed threads: who follows, what is unread, reading and unreading, lists, and the events.
import {
    assert,
    describe,
    direct,
    ids,
    inner,
    like,
    listen,
    no_such_id,
    raw,
    refused,
    say,
    sayAll,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const list = (who, team, options = {}) => who.client.getUserThreads(who.id, team.id, options);
const one = (who, team, root) => who.client.getUserThread(who.id, team.id, root.id);

// bob's root, answered by alice: bob has one unread reply.
async function answered(...names) {
    const stage = await scene(node, 'alice', 'bob', ...names);
    const root = await say(stage.bob, stage.room.id, 'root');
    const reply = await say(stage.alice, stage.room.id, 'reply', { root_id: root.id });
    return { ...stage, root, reply };
}

describe('a thread', () => {
    test('is listed for its author and for who replied, complete', async () => {
        const { alice, bob, team, root } = await answered();
        const reply = await list(bob, team);
        assert.deepEqual([reply.total, reply.total_unread_threads, reply.total_unread_mentions], [1, 1, 0]);
        const [thread] = reply.threads;
        like.thread(thread);
        assert.deepEqual(
            [thread.id, thread.reply_count, thread.unread_replies, thread.unread_mentions, thread.is_urgent],
            [root.id, 1, 1, 0, false],
        );
        assert.equal(thread.post.message, 'root');
        assert.deepEqual(ids(thread.participants), [alice.id]);
        const of_alice = await list(alice, team);
        assert.deepEqual(
            [of_alice.threads[0].unread_replies, of_alice.total_unread_threads],
            [0, 0],
            'own replies are read',
        );
    });

    test('shows its participants fully only when asked to', async () => {
        const { alice, bob, team, root } = await answered();
        const brief = await list(bob, team);
        assert.ok(!brief.threads[0].participants[0].username);
        const full = await list(bob, team, { extended: true });
        assert.equal(full.threads[0].participants[0].username, alice.username);
        assert.equal(
            (await bob.client.getUserThread(bob.id, team.id, root.id, true)).participants[0].username,
            alice.username,
        );
    });

    test('without replies is no thread', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const root = await say(alice, room.id, 'lonely');
        assert.equal((await list(alice, team)).total, 0);
        await refused(one(alice, team, root), 404);
    });

    test("of a direct channel is in every team's list", async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const root = await say(alice, dm.id, 'root');
        await say(bob, dm.id, 'reply', { root_id: root.id });
        assert.deepEqual(ids((await list(alice, team)).threads), [root.id]);
        const reply = await raw(node, 'GET', `/users/me/teams/${team.id}/threads?excludeDirect=true`, alice);
        assert.deepEqual(reply.json.threads ?? [], []);
    });

    test('disappears with its root', async () => {
        const { bob, team, root } = await answered();
        await bob.client.deletePost(root.id);
        assert.equal((await list(bob, team)).total, 0);
    });

    test('forgets a deleted reply', async () => {
        const { alice, bob, team, root, reply } = await answered();
        await say(alice, reply.channel_id, 'second', { root_id: root.id });
        await alice.client.deletePost(reply.id);
        const thread = await one(bob, team, root);
        assert.deepEqual([thread.reply_count, thread.unread_replies], [1, 1]);
    });
});

describe('following', () => {
    test('begins with being mentioned', async () => {
        const { alice, carol, team, room, root } = await answered('carol');
        assert.equal((await list(carol, team)).total, 0);
        await say(alice, room.id, `@${carol.username} look`, { root_id: root.id });
        const reply = await list(carol, team);
        assert.deepEqual(
            [reply.total, reply.total_unread_mentions, reply.threads[0].unread_mentions],
            [1, 1, 1],
        );
    });

    test('is begun and ended by hand, and told', async () => {
        const { carol, team, root } = await answered('carol');
        const ears = await listen(carol);
        await carol.client.updateThreadFollowForUser(carol.id, team.id, root.id, true);
        const followed = await ears.wait('thread_follow_changed', (event) => event.data.state === true);
        assert.equal(followed.data.thread_id, root.id);
        assert.equal(followed.data.reply_count, 1);
        const reply = await list(carol, team);
        assert.deepEqual([reply.total, reply.threads[0].unread_replies], [1, 0], 'followed means viewed now');
        await carol.client.updateThreadFollowForUser(carol.id, team.id, root.id, false);
        await ears.wait('thread_follow_changed', (event) => event.data.state === false);
        assert.equal((await list(carol, team)).total, 0);
        ears.close();
    });

    test('that was ended stays ended by further replies, but not by a mention', async () => {
        const { alice, bob, team, room, root } = await answered();
        await bob.client.updateThreadFollowForUser(bob.id, team.id, root.id, false);
        await say(alice, room.id, 'more', { root_id: root.id });
        assert.equal((await list(bob, team)).total, 0);
        await say(alice, room.id, `@${bob.username}`, { root_id: root.id });
        assert.equal((await list(bob, team)).total, 1);
    });

    test('is told with the reply to those who follow', async () => {
        const { alice, bob, carol, room, root } = await answered('carol');
        const [follower, other] = [await listen(bob), await listen(carol)];
        const reply = await say(alice, room.id, 'again', { root_id: root.id });
        assert.deepEqual(inner((await follower.posted(reply.id)).event, 'followers'), [bob.id]);
        assert.equal((await other.posted(reply.id)).event.data.followers, undefined);
        follower.close();
        other.close();
    });
});

describe('a new reply', () => {
    test('updates the thread of those who follow, with the counts before', async () => {
        const { alice, bob, room, root } = await answered();
        const ears = await listen(bob);
        await say(alice, room.id, `@${bob.username} second`, { root_id: root.id });
        const event = await ears.wait('thread_updated', (each) => inner(each, 'thread').reply_count === 2);
        const thread = inner(event, 'thread');
        assert.deepEqual([thread.id, thread.unread_replies, thread.unread_mentions], [root.id, 2, 1]);
        assert.deepEqual([event.data.previous_unread_replies, event.data.previous_unread_mentions], [1, 0]);
        assert.equal(event.broadcast.user_id, bob.id);
        ears.close();
    });

    test('of mine marks the thread as read', async () => {
        const { bob, team, room, root } = await answered();
        await say(bob, room.id, 'answer', { root_id: root.id });
        assert.equal((await one(bob, team, root)).unread_replies, 0);
    });
});

describe('reading', () => {
    test('one thread up to a time clears it and is told', async () => {
        const { bob, team, root, reply } = await answered();
        const ears = await listen(bob);
        const thread = await bob.client.updateThreadReadForUser(bob.id, team.id, root.id, Date.now());
        assert.deepEqual([thread.id, thread.unread_replies], [root.id, 0]);
        const { data } = await ears.wait('thread_read_changed');
        assert.equal(data.thread_id, root.id);
        assert.deepEqual(
            [data.unread_replies, data.previous_unread_replies, data.channel_id],
            [0, 1, reply.channel_id],
        );
        assert.deepEqual(
            [(await list(bob, team)).total_unread_threads, (await one(bob, team, root)).unread_replies],
            [0, 0],
        );
        ears.close();
    });

    test('to an earlier time leaves later replies unread', async () => {
        const { alice, bob, team, room, root } = await answered();
        const [second] = await sayAll(alice, room.id, ['second', 'third'], { root_id: root.id });
        await bob.client.updateThreadReadForUser(bob.id, team.id, root.id, second.create_at);
        assert.equal((await one(bob, team, root)).unread_replies, 1);
    });

    test('all threads of the team clears all and is told without a thread', async () => {
        const { alice, bob, team, room, root } = await answered();
        const other = await say(bob, room.id, 'other root');
        await say(alice, room.id, 'reply', { root_id: other.id });
        const ears = await listen(bob);
        assert.equal((await list(bob, team)).total_unread_threads, 2);
        await bob.client.updateThreadsReadForUser(bob.id, team.id);
        const event = await ears.wait('thread_read_changed');
        assert.ok(!event.data.thread_id);
        assert.equal((await list(bob, team)).total_unread_threads, 0);
        assert.equal((await one(bob, team, root)).unread_replies, 0);
        ears.close();
    });

    test('can be undone from a post on', async () => {
        const { alice, bob, team, room, root, reply } = await answered();
        await sayAll(alice, room.id, ['second', 'third'], { root_id: root.id });
        await bob.client.updateThreadsReadForUser(bob.id, team.id);
        const ears = await listen(bob);
        await bob.client.markThreadAsUnreadForUser(bob.id, team.id, root.id, reply.id);
        await ears.wait('thread_read_changed', (event) => event.data.thread_id === root.id);
        assert.equal((await one(bob, team, root)).unread_replies, 3);
        ears.close();
    });
});

describe('lists', () => {
    async function many() {
        const stage = await scene(node, 'alice', 'bob');
        const roots = [];
        for (const name of ['r0', 'r1', 'r2', 'r3', 'r4']) {
            const root = await say(stage.bob, stage.room.id, name);
            await say(stage.alice, stage.room.id, 'reply', { root_id: root.id });
            roots.push(root.id);
        }
        return { ...stage, roots, newest: [...roots].reverse() };
    }

    test('are newest first and go on before a thread', async () => {
        const { bob, team, newest } = await many();
        const first = await list(bob, team, { perPage: 2 });
        assert.deepEqual(ids(first.threads), newest.slice(0, 2));
        assert.equal(first.total, 5);
        const next = await list(bob, team, { perPage: 2, before: newest[1] });
        assert.deepEqual(ids(next.threads), newest.slice(2, 4));
        const back = await list(bob, team, { perPage: 2, after: newest[3] });
        assert.deepEqual(ids(back.threads).sort(), newest.slice(1, 3).sort());
    });

    test('can be of unread threads only', async () => {
        const { bob, team, roots } = await many();
        await bob.client.updateThreadReadForUser(bob.id, team.id, roots[0], Date.now());
        const reply = await list(bob, team, { unread: true });
        assert.deepEqual(ids(reply.threads).sort(), roots.slice(1).sort());
        assert.equal(reply.total, 4, 'then the total is of the unread ones');
    });

    test('can be of totals only or of threads only, not of both', async () => {
        const { bob, team } = await many();
        const totals = await list(bob, team, { totalsOnly: true });
        assert.equal(totals.total, 5);
        assert.deepEqual(totals.threads ?? [], []);
        assert.equal((await list(bob, team, { threadsOnly: true })).threads.length, 5);
        await refused(list(bob, team, { totalsOnly: true, threadsOnly: true }), 400);
        await refused(list(bob, team, { before: no_such_id, after: no_such_id }), 400);
    });

    test('since a time hold what changed after it', async () => {
        const { alice, bob, team, room, roots } = await many();
        const thread = await one(bob, team, { id: roots[4] });
        const since = thread.last_reply_at;
        await say(alice, room.id, 'late', { root_id: roots[1] });
        const changed = ids((await list(bob, team, { since: since + 1 })).threads);
        assert.ok(changed.includes(roots[1]) && !changed.includes(roots[0]));
    });

    test('of others are closed', async () => {
        const { alice, bob, team } = await answered();
        await refused(bob.client.getUserThreads(alice.id, team.id, {}), 403);
        await refused(bob.client.updateThreadsReadForUser(alice.id, team.id), 403);
    });
});
