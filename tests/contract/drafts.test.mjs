// Drafts on the server: kept by channel and thread, replaced, deleted, told to the other windows only.
import {
    assert,
    channel,
    describe,
    direct,
    inner,
    like,
    listen,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const keep = (who, channel_id, message, more = {}, connection = '') =>
    who.client.upsertDraft(
        { user_id: who.id, channel_id, root_id: '', message, props: {}, file_ids: [], ...more },
        connection,
    );
const list = (who, team) => who.client.getUserDrafts(team.id);

test('keeping one answers 201 with the draft', async () => {
    const { alice, room } = await scene(node, 'alice');
    const reply = await raw(node, 'POST', '/drafts', {
        token: alice.token,
        json: {
            user_id: alice.id,
            channel_id: room.id,
            root_id: '',
            message: 'half a',
            props: {},
            file_ids: [],
        },
    });
    assert.equal(reply.status, 201);
    const draft = like.draft(reply.json);
    assert.deepEqual(
        [draft.message, draft.channel_id, draft.root_id, draft.user_id, draft.delete_at],
        ['half a', room.id, '', alice.id, 0],
    );
});

test('there is one for each channel and each thread', async () => {
    const { alice, bob, team, room, town } = await scene(node, 'alice', 'bob');
    const root = await say(alice, room.id, 'root');
    const dm = await direct(alice, bob);
    await keep(alice, room.id, 'in room');
    await keep(alice, room.id, 'in thread', { root_id: root.id });
    await keep(alice, town.id, 'in town');
    await keep(alice, dm.id, 'to bob');
    await keep(alice, room.id, 'in room, longer');
    const drafts = (await list(alice, team)).map(like.draft);
    assert.deepEqual(drafts.map((draft) => draft.message).sort(), [
        'in room, longer',
        'in thread',
        'in town',
        'to bob',
    ]);
    assert.deepEqual((await list(bob, team)) ?? [], []);
});

test('an empty one deletes what was there', async () => {
    const { alice, team, room } = await scene(node, 'alice');
    await keep(alice, room.id, 'something');
    await keep(alice, room.id, '');
    assert.deepEqual((await list(alice, team)) ?? [], []);
});

test('it is deleted alone', async () => {
    const { alice, team, room } = await scene(node, 'alice');
    const root = await say(alice, room.id, 'root');
    await keep(alice, room.id, 'in room');
    await keep(alice, room.id, 'in thread', { root_id: root.id });
    await alice.client.deleteDraft(room.id, root.id, '');
    assert.deepEqual(
        (await list(alice, team)).map((draft) => draft.message),
        ['in room'],
    );
    await alice.client.deleteDraft(room.id, '', '');
    assert.deepEqual((await list(alice, team)) ?? [], []);
});

test('props and priority are kept', async () => {
    const { alice, team, room } = await scene(node, 'alice');
    await keep(alice, room.id, 'urgent', {
        props: { a: 1 },
        priority: { priority: 'urgent', requested_ack: false },
    });
    const [draft] = await list(alice, team);
    assert.equal(draft.props.a, 1);
    assert.equal(draft.priority?.priority ?? draft.metadata?.priority?.priority, 'urgent');
});

test('other windows hear of it, the one that wrote does not', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const [writer, other, stranger] = [await listen(alice), await listen(alice), await listen(bob)];
    const connection = writer.named('hello')[0].data.connection_id;
    await keep(alice, room.id, 'typing', {}, connection);
    const created = await other.wait('draft_created');
    assert.equal(inner(created, 'draft').message, 'typing');
    await keep(alice, room.id, 'typing more', {}, connection);
    await other.heard.first(
        (event) =>
            /^draft_(created|updated)$/.test(event.event) && inner(event, 'draft').message === 'typing more',
        'the changed draft',
    );
    await alice.client.deleteDraft(room.id, '', connection);
    await other.wait('draft_deleted');
    await writer.posted((await say(alice, room.id, 'fence')).id);
    assert.deepEqual(
        writer.events.filter((event) => event.event.startsWith('draft_')),
        [],
    );
    assert.deepEqual(
        stranger.events.filter((event) => event.event.startsWith('draft_')),
        [],
    );
    for (const ears of [writer, other, stranger]) ears.close();
});

test('a draft goes when its thread is deleted', async () => {
    const { alice, team, room } = await scene(node, 'alice');
    const root = await say(alice, room.id, 'root');
    await keep(alice, room.id, 'reply to be', { root_id: root.id });
    await alice.client.deletePost(root.id);
    assert.deepEqual((await list(alice, team)) ?? [], []);
});

describe('refused', () => {
    test('are drafts where one may not write, and drafts of others', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        await refused(keep(bob, closed.id, 'spying'), 403, 'api.context.permissions.app_error');
        const forged = await raw(node, 'POST', '/drafts', {
            token: bob.token,
            json: { user_id: alice.id, channel_id: team.id, message: 'x' },
        });
        assert.ok(forged.status >= 400);
        assert.equal(
            (await raw(node, 'GET', `/users/${alice.id}/teams/${team.id}/drafts`, bob)).status === 200,
            false,
        );
    });
});
