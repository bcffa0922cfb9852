// Scheduled posts: kept, listed, changed, removed, told to their author, and sent once when their time comes.
import {
    assert,
    channel,
    describe,
    direct,
    eventually,
    inner,
    like,
    listen,
    pause,
    raw,
    refused,
    scene,
    sharedNode,
    say,
    test,
    uploaded,
} from './harness.mjs';

const node = sharedNode();
const hour = 3600_000;
const plan = async (who, channel_id, message, more = {}, connection = '') => {
    const reply = await who.client.createScheduledPost(
        {
            user_id: who.id,
            channel_id,
            root_id: '',
            message,
            props: {},
            file_ids: [],
            scheduled_at: Date.now() + hour,
            ...more,
        },
        connection,
    );
    return like.scheduled(reply.data);
};
const list = async (who, team, direct = true) => (await who.client.getScheduledPosts(team.id, direct)).data;
const texts = (posts) => posts.map((post) => post.message).sort();
const posted = async (who, channel_id) =>
    Object.values((await who.client.getPosts(channel_id, 0, 200)).posts).filter((post) => post.type === '');
test('planning answers 201, and they are listed by team and between people', async () => {
    const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
    const dm = await direct(alice, bob);
    const reply = await raw(node, 'POST', '/posts/schedule', {
        token: alice.token,
        json: { channel_id: room.id, message: 'later', scheduled_at: Date.now() + hour },
    });
    assert.equal(reply.status, 201);
    const one = like.scheduled(reply.json);
    assert.deepEqual([one.user_id, one.processed_at, one.error_code], [alice.id, 0, '']);
    await plan(alice, dm.id, 'to bob');
    const all = await list(alice, team);
    assert.deepEqual(Object.keys(all).sort(), [team.id, 'directChannels'].sort());
    assert.deepEqual([texts(all[team.id]), texts(all.directChannels)], [['later'], ['to bob']]);
    assert.deepEqual(Object.keys(await list(alice, team, false)), [team.id]);
    assert.deepEqual(await list(bob, team), { [team.id]: [], directChannels: [] });
    assert.deepEqual(await posted(alice, room.id), []);
});

test('they are changed and removed by their author', async () => {
    const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
    const one = await plan(alice, room.id, 'first');
    const changed = await alice.client.updateScheduledPost(
        { ...one, message: 'second', scheduled_at: one.scheduled_at + hour },
        '',
    );
    assert.equal(like.scheduled(changed.data).message, 'second');
    assert.equal(changed.data.scheduled_at, one.scheduled_at + hour);
    await refused(bob.client.updateScheduledPost({ ...one, message: 'bob' }, ''), 404);
    await refused(bob.client.deleteScheduledPost(bob.id, one.id, ''), 404);
    const gone = await alice.client.deleteScheduledPost(alice.id, one.id, '');
    assert.equal(like.scheduled(gone.data).id, one.id);
    assert.deepEqual((await list(alice, team))[team.id], []);
});

test('what is due is sent once, and its author hears of all of it', async () => {
    const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
    const [writer, other, stranger] = [await listen(alice), await listen(alice), await listen(bob)];
    const connection = writer.named('hello')[0].data.connection_id;
    const file = (await uploaded(alice, room.id, 'plan.txt', 'what is planned')).id;
    const one = await plan(
        alice,
        room.id,
        'now',
        { scheduled_at: Date.now() + 1500, file_ids: [file] },
        connection,
    );
    assert.equal(inner(await other.wait('scheduled_post_created'), 'scheduledPost').message, 'now');
    const event = await stranger.wait('posted');
    const post = inner(event, 'post');
    assert.deepEqual([post.message, post.user_id, post.file_ids], ['now', alice.id, [file]]);
    assert.equal(inner(await other.wait('scheduled_post_deleted'), 'scheduledPost').id, one.id);
    await writer.wait('scheduled_post_deleted');
    assert.deepEqual(writer.named('scheduled_post_created'), []);
    assert.deepEqual((await list(alice, team))[team.id], []);
    await pause(2500);
    assert.equal((await posted(bob, room.id)).length, 1);
    assert.deepEqual(
        stranger.events.filter((each) => each.event.startsWith('scheduled_post')),
        [],
    );
    for (const ears of [writer, other, stranger]) ears.close();
});

test('what cannot be sent stays with a reason, and is sent after a change', async () => {
    const { alice, bob, team } = await scene(node, 'alice', 'bob');
    const closed = await channel(bob, team.id, 'P');
    await bob.client.addToChannel(alice.id, closed.id);
    const ears = await listen(alice);
    const one = await plan(alice, closed.id, 'too late', { scheduled_at: Date.now() + 1500 });
    await bob.client.removeFromChannel(alice.id, closed.id);
    const told = inner(await ears.wait('scheduled_post_updated'), 'scheduledPost');
    assert.deepEqual([told.id, told.error_code], [one.id, 'no_channel_member']);
    const [kept] = (await list(alice, team))[team.id];
    assert.deepEqual([kept.message, kept.error_code], ['too late', 'no_channel_member']);
    assert.ok(kept.processed_at >= one.scheduled_at);
    await bob.client.addToChannel(alice.id, closed.id);
    await alice.client.updateScheduledPost({ ...kept, scheduled_at: Date.now() + 1000 }, '');
    await ears.wait('scheduled_post_deleted');
    assert.deepEqual(texts(await posted(bob, closed.id)), ['too late']);
    ears.close();
});

describe('refused', () => {
    test('are times that passed, empty ones, places where one may not write', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const closed = await channel(bob, team.id, 'P');
        await refused(
            plan(alice, room.id, 'late', { scheduled_at: Date.now() - 1 }),
            400,
            'model.scheduled_post.is_valid.scheduled_at.app_error',
        );
        await refused(plan(alice, room.id, 'far', { scheduled_at: Date.now() + 400 * 24 * hour }), 400);
        await refused(plan(alice, room.id, ''), 400);
        await refused(plan(alice, closed.id, 'spying'), 403, 'api.context.permissions.app_error');
        const file = (await uploaded(bob, room.id, 'his.txt', 'his')).id;
        await refused(plan(alice, room.id, 'stolen', { file_ids: [file] }), 400);
        assert.equal((await raw(node, 'DELETE', `/posts/schedule/${room.id}`, alice)).status, 404);
        assert.equal((await raw(node, 'GET', `/posts/scheduled/team/${team.id}`)).status, 401);
    });
});

// These end the node, so they come last.
test('a node that is killed while they are due sends each once', async () => {
    const { alice, room } = await scene(node, 'alice');
    const count = 60;
    const at = Date.now() + 6000;
    const wanted = [];
    for (let i = 0; i < count; ++i) {
        wanted.push(`message ${String(i).padStart(2, '0')}`);
        await plan(alice, room.id, wanted[i], { scheduled_at: at + i });
    }
    for (let kills = 0; kills < 3; ++kills) {
        await eventually(async () => Date.now() > at + kills * 100, 'their time');
        await eventually(
            async () => kills === 0 || (await posted(alice, room.id)).length > kills,
            'the next message',
        );
        await node.kill();
        await node.launch();
        alice.client.setUrl(node.url);
    }
    await eventually(async () => (await posted(alice, room.id)).length >= count, 'the last message');
    await pause(2500);
    assert.deepEqual(texts(await posted(alice, room.id)), wanted);
});

test('what fell due while the node was down is sent when it is back', async () => {
    const { alice, team, room } = await scene(node, 'alice');
    await say(alice, room.id, 'before');
    const one = await plan(alice, room.id, 'meanwhile', { scheduled_at: Date.now() + 3000 });
    await node.stop();
    while (Date.now() < one.scheduled_at + 500) await pause(100);
    await node.launch();
    alice.client.setUrl(node.url);
    await eventually(async () => (await posted(alice, room.id)).length === 2, 'the message');
    assert.deepEqual((await list(alice, team))[team.id], []);
});
