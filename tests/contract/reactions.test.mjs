// Reactions: added, taken back, listed, told; what they do to the post.
import {
    assert,
    channel,
    describe,
    inner,
    like,
    likeNow,
    listen,
    no_such_id,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    sorted,
    test,
} from './harness.mjs';

const node = sharedNode();

test('adding answers 200 with the reaction and tells the channel', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const post = await say(alice, room.id, 'nice');
    const ears = await listen(alice);
    const reply = await raw(node, 'POST', '/reactions', {
        token: bob.token,
        json: { user_id: bob.id, post_id: post.id, emoji_name: '+1' },
    });
    assert.equal(reply.status, 200);
    const reaction = like.reaction(reply.json);
    assert.deepEqual(
        [reaction.user_id, reaction.post_id, reaction.emoji_name, reaction.channel_id, reaction.delete_at],
        [bob.id, post.id, '+1', room.id, 0],
    );
    likeNow(reaction.create_at);
    const seen = inner(await ears.wait('reaction_added'), 'reaction');
    assert.deepEqual([seen.post_id, seen.emoji_name, seen.user_id], [post.id, '+1', bob.id]);
    ears.close();
});

test('adding twice keeps one and tells once', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const post = await say(alice, room.id, 'nice');
    const ears = await listen(alice);
    const one = await bob.client.addReaction(bob.id, post.id, 'smile');
    const two = await bob.client.addReaction(bob.id, post.id, 'smile');
    assert.equal(two.create_at, one.create_at);
    assert.equal((await bob.client.getReactionsForPost(post.id)).length, 1);
    await ears.posted((await say(bob, room.id, 'fence')).id);
    assert.equal(ears.named('reaction_added').length, 1);
    ears.close();
});

test('the post changes with its reactions', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const post = await say(alice, room.id, 'nice');
    await bob.client.addReaction(bob.id, post.id, 'tada');
    const changed = await alice.client.getPost(post.id);
    assert.equal(changed.has_reactions, true);
    assert.ok(changed.update_at > post.update_at);
    assert.equal(changed.edit_at, 0);
    assert.deepEqual(
        changed.metadata.reactions.map((each) => each.emoji_name),
        ['tada'],
    );
    const since = await alice.client.getPostsSince(room.id, post.update_at);
    assert.ok(since.posts[post.id], 'clients that were away learn of it');
    await bob.client.removeReaction(bob.id, post.id, 'tada');
    assert.ok(!(await alice.client.getPost(post.id)).has_reactions);
});

test('removing tells the channel, and again removing is no accident', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const post = await say(alice, room.id, 'nice');
    await bob.client.addReaction(bob.id, post.id, 'smile');
    const ears = await listen(alice);
    assert.deepEqual(await bob.client.removeReaction(bob.id, post.id, 'smile'), { status: 'OK' });
    assert.equal(inner(await ears.wait('reaction_removed'), 'reaction').emoji_name, 'smile');
    assert.deepEqual((await alice.client.getReactionsForPost(post.id)) ?? [], []);
    await bob.client
        .removeReaction(bob.id, post.id, 'smile')
        .catch((error) => assert.equal(error.status_code, 404));
    await bob.client.addReaction(bob.id, post.id, 'smile');
    assert.equal((await alice.client.getReactionsForPost(post.id)).length, 1, 'and it can come back');
    ears.close();
});

test('many people react to many posts', async () => {
    const { alice, bob, carol, room } = await scene(node, 'alice', 'bob', 'carol');
    const [one, two] = [await say(alice, room.id, 'one'), await say(alice, room.id, 'two')];
    await Promise.all(
        [alice, bob, carol].flatMap((who) =>
            ['a', 'b'].map((name) => who.client.addReaction(who.id, one.id, name)),
        ),
    );
    const found = await alice.client.getReactionsForPost(one.id);
    assert.deepEqual(
        sorted(found.map((each) => `${each.user_id}${each.emoji_name}`)),
        sorted([alice, bob, carol].flatMap((who) => [`${who.id}a`, `${who.id}b`])),
    );
    const bulk = await raw(node, 'POST', '/posts/ids/reactions', {
        token: bob.token,
        json: [one.id, two.id],
    });
    assert.equal(bulk.status, 200);
    assert.equal(bulk.json[one.id].length, 6);
    assert.deepEqual(bulk.json[two.id] ?? [], []);
});

describe('refused', () => {
    test("are bad names, other people's reactions and posts that are not there", async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const post = await say(alice, room.id, 'nice');
        for (const name of ['', 'with space', 'a'.repeat(65), 'smile!', '😀'])
            await refused(bob.client.addReaction(bob.id, post.id, name), 400);
        await refused(bob.client.addReaction(alice.id, post.id, 'smile'), 403);
        await refused(bob.client.addReaction(bob.id, no_such_id, 'smile'), [400, 403, 404]);
        await alice.client.addReaction(alice.id, post.id, 'heart');
        await refused(bob.client.removeReaction(alice.id, post.id, 'heart'), 403);
    });

    test('are strangers to a private channel', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        const post = await say(alice, closed.id, 'secret');
        await refused(
            bob.client.addReaction(bob.id, post.id, 'smile'),
            403,
            'api.context.permissions.app_error',
        );
        await refused(bob.client.getReactionsForPost(post.id), 403);
    });

    test('are more than fifty different ones on a post', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const post = await say(alice, room.id, 'popular');
        for (let at = 0; at < 50; ++at) await alice.client.addReaction(alice.id, post.id, `r${at}`);
        await refused(bob.client.addReaction(bob.id, post.id, 'one_more'), 400);
        await bob.client.addReaction(bob.id, post.id, 'r7');
    });
});
