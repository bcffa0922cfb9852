// What happens to posts besides writing: pinned, saved, acknowledged, reminded of, shown to one person only,
// looked up by id.
import {
    administrator,
    assert,
    channel,
    describe,
    ids,
    inner,
    like,
    likeNow,
    listen,
    no_such_id,
    people,
    refused,
    say,
    sayAll,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const bad_post = 'app.post.get.app_error';

describe('pinned posts', () => {
    test('are marked, listed and told, until unpinned', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const [one, two] = await sayAll(alice, room.id, ['one', 'two']);
        const ears = await listen(bob);
        await bob.client.pinPost(one.id);
        assert.equal(
            inner(await ears.wait('post_edited', (event) => inner(event, 'post').id === one.id), 'post')
                .is_pinned,
            true,
        );
        const list = like.post_list(await alice.client.getPinnedPosts(room.id));
        assert.deepEqual(list.order, [one.id]);
        assert.equal((await alice.client.getPost(one.id)).edit_at, 0, 'pinning is no edit');
        await bob.client.unpinPost(one.id);
        assert.deepEqual((await alice.client.getPinnedPosts(room.id)).order, []);
        assert.equal((await alice.client.getPost(two.id)).is_pinned, false);
        ears.close();
    });
});

describe('saved posts', () => {
    test('are preferences, listed newest first, by channel and team', async () => {
        const { alice, room, town, team } = await scene(node, 'alice');
        const [one, two] = [await say(alice, room.id, 'one'), await say(alice, town.id, 'two')];
        const flags = [one, two].map((post) => ({
            user_id: alice.id,
            category: 'flagged_post',
            name: post.id,
            value: 'true',
        }));
        await alice.client.savePreferences(alice.id, flags);
        assert.deepEqual((await alice.client.getFlaggedPosts(alice.id)).order, [two.id, one.id]);
        assert.deepEqual((await alice.client.getFlaggedPosts(alice.id, room.id)).order, [one.id]);
        assert.deepEqual((await alice.client.getFlaggedPosts(alice.id, '', team.id)).order, [two.id, one.id]);
        await alice.client.deletePreferences(alice.id, [flags[0]]);
        assert.deepEqual((await alice.client.getFlaggedPosts(alice.id)).order, [two.id]);
    });

    test('of others are closed', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        await refused(bob.client.getFlaggedPosts(alice.id), 403);
    });

    test('show nothing that I may no longer read', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P', bob);
        const made = await say(alice, closed.id, 'secret');
        await bob.client.savePreferences(bob.id, [
            { user_id: bob.id, category: 'flagged_post', name: made.id, value: 'true' },
        ]);
        await alice.client.removeFromChannel(bob.id, closed.id);
        assert.ok(!((await bob.client.getFlaggedPosts(bob.id)).order ?? []).includes(made.id));
    });
});

describe('acknowledgements', () => {
    test('are given, told, shown, and withdrawn', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const made = await say(alice, room.id, 'confirm please', {
            metadata: { priority: { priority: 'important', requested_ack: true } },
        });
        const ears = await listen(alice);
        const ack = await bob.client.acknowledgePost(made.id, bob.id);
        assert.deepEqual([ack.post_id, ack.user_id], [made.id, bob.id]);
        likeNow(ack.acknowledged_at);
        assert.equal(inner(await ears.wait('post_acknowledgement_added'), 'acknowledgement').user_id, bob.id);
        const shown = (await alice.client.getPost(made.id)).metadata.acknowledgements;
        assert.deepEqual(
            shown.map((each) => each.user_id),
            [bob.id],
        );
        await bob.client.unacknowledgePost(made.id, bob.id);
        await ears.wait('post_acknowledgement_removed');
        assert.deepEqual((await alice.client.getPost(made.id)).metadata.acknowledgements ?? [], []);
        await refused(bob.client.acknowledgePost(made.id, alice.id), 403);
        ears.close();
    });
});

describe('reminders', () => {
    test('can be asked for', async () => {
        const { alice, room } = await scene(node, 'alice');
        const made = await say(alice, room.id, 'later');
        const reply = await alice.client.addPostReminder(
            alice.id,
            made.id,
            Math.floor(Date.now() / 1000) + 3600,
        );
        assert.equal(reply.status, 'OK');
    });
});

describe('ephemeral posts', () => {
    test('reach one person and are not kept', async () => {
        const admin = await administrator(node);
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const [hears, other] = [await listen(alice), await listen(bob)];
        const made = await admin.client.createPostEphemeral(alice.id, {
            channel_id: room.id,
            message: 'only you see this',
        });
        const post = inner(await hears.wait('ephemeral_message'), 'post');
        assert.deepEqual(
            [post.type, post.message, post.channel_id],
            ['system_ephemeral', 'only you see this', room.id],
        );
        await refused(admin.client.getPost(made.id), 404);
        const fence = await say(alice, room.id, 'fence');
        await other.posted(fence.id);
        assert.deepEqual(other.named('ephemeral_message'), []);
        await refused(bob.client.createPostEphemeral(alice.id, { channel_id: room.id, message: 'x' }), 403);
        hears.close();
        other.close();
    });
});

describe('looking posts up', () => {
    test('by ids gives those that I may see', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        const [one, two, hidden] = [
            ...(await sayAll(alice, room.id, ['one', 'two'])),
            await say(alice, closed.id, 'hidden'),
        ];
        const found = await bob.client.getPostsByIds([one.id, hidden.id, no_such_id, two.id]);
        assert.deepEqual(ids(found).sort(), ids([one, two]).sort());
        found.forEach(like.post);
    });

    test('tells where a post is, for links to it', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const made = await say(alice, room.id, 'linked');
        const info = await bob.client.getPostInfo(made.id);
        assert.deepEqual(
            [info.channel_id, info.channel_type, info.has_joined_channel, info.team_id, info.has_joined_team],
            [room.id, 'O', true, team.id, true],
        );
    });

    test('of a private channel is refused to outsiders', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        const made = await say(alice, closed.id, 'secret');
        await refused(bob.client.getPost(made.id), 403, 'api.context.permissions.app_error');
        await refused(bob.client.getPostThread(made.id), 403);
        await refused(bob.client.getPost(no_such_id), 404, bad_post);
    });
});
