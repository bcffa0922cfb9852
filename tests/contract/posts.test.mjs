// Posts: created, answered, edited, restored, deleted; what each looks like and what the others hear. Lists
// and paging: lists.test.mjs. Search: search.test.mjs. Pins and the like: marks.test.mjs.
import {
    administrator,
    assert,
    channel,
    describe,
    direct,
    ids,
    inner,
    like,
    likeNow,
    listen,
    no_such_id,
    people,
    raw,
    refused,
    say,
    sayAll,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const bad_root = 'api.post.create_post.root_id.app_error';
const bad_post = 'app.post.get.app_error';

describe('creating a post', () => {
    test('answers 201 with the whole post, mine and now whatever the body says', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const reply = await raw(node, 'POST', '/posts', {
            token: alice.token,
            json: {
                channel_id: room.id,
                message: 'hello',
                user_id: bob.id,
                create_at: 12345,
                delete_at: 1,
                remote_id: 'x',
                id: '',
            },
        });
        assert.equal(reply.status, 201);
        const post = like.post(reply.json);
        assert.deepEqual(
            [post.message, post.user_id, post.channel_id, post.root_id, post.type],
            ['hello', alice.id, room.id, '', ''],
        );
        assert.deepEqual(
            [post.edit_at, post.delete_at, post.is_pinned, post.original_id, post.reply_count],
            [0, 0, false, '', 0],
        );
        assert.deepEqual(post.file_ids, []);
        likeNow(post.create_at);
        assert.equal(post.update_at, post.create_at);
        assert.ok(!('remote_id' in post) || post.remote_id === '');
    });

    test('reaches the channel with all that a client shows', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const [hears, own] = [await listen(bob), await listen(alice)];
        const pending_post_id = `${alice.id}:${Date.now()}`;
        const made = await say(alice, room.id, 'hello', { pending_post_id });
        assert.equal(made.pending_post_id, pending_post_id);
        const { event, post } = await hears.posted(made.id);
        like.post(post);
        assert.equal(post.message, 'hello');
        const { channel_type, channel_display_name, channel_name, sender_name, team_id, set_online } =
            event.data;
        assert.deepEqual(
            [channel_type, channel_display_name, channel_name, sender_name, team_id, set_online],
            ['O', room.display_name, room.name, `@${alice.username}`, team.id, true],
        );
        assert.equal(event.broadcast.channel_id, room.id);
        assert.equal(
            (await own.posted(made.id)).post.pending_post_id,
            pending_post_id,
            "by which the sender's view converges",
        );
        hears.close();
        own.close();
    });

    test('twice with the same pending id makes one post', async () => {
        const { alice, room } = await scene(node, 'alice');
        const pending_post_id = `${alice.id}:${Date.now()}`;
        const one = await say(alice, room.id, 'only once', { pending_post_id });
        const two = await say(alice, room.id, 'only once', { pending_post_id });
        assert.equal(two.id, one.id);
        const list = await alice.client.getPosts(room.id);
        assert.equal(Object.values(list.posts).filter((post) => post.message === 'only once').length, 1);
    });

    test('at the same time with the same pending id makes one post', async () => {
        const { alice, room } = await scene(node, 'alice');
        const pending_post_id = `${alice.id}:${Date.now()}`;
        const results = await Promise.allSettled(
            Array.from({ length: 8 }, () => say(alice, room.id, 'race', { pending_post_id })),
        );
        const made = new Set(
            results.filter((each) => each.status === 'fulfilled').map((each) => each.value.id),
        );
        assert.equal(made.size, 1, JSON.stringify(results));
        const list = await alice.client.getPosts(room.id);
        assert.equal(Object.values(list.posts).filter((post) => post.message === 'race').length, 1);
    });

    test('takes a message of 16383 characters of any kind and refuses one more', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const rune of ['x', 'é', '😀']) {
            const message = rune.repeat(16_383);
            assert.equal((await say(alice, room.id, message)).message, message);
            await refused(say(alice, room.id, message + rune), 400);
        }
    });

    test('keeps text exactly as it came', async () => {
        const { alice, room } = await scene(node, 'alice');
        const message = '  "quotes" \\ <b>&amp;</b> \u2028 \u0007 日本語 👩‍👩‍👧 \t tab\nline  ';
        const made = await say(alice, room.id, message);
        assert.equal((await alice.client.getPost(made.id)).message, made.message);
        assert.ok(made.message.includes('"quotes" \\ <b>&amp;</b>') && made.message.includes('日本語 👩‍👩‍👧'));
    });

    test('keeps props and notes hashtags', async () => {
        const { alice, room } = await scene(node, 'alice');
        const made = await say(alice, room.id, 'about #Tests and ##more, not #1 or # alone', {
            props: { custom: { deep: [1, 'two', null] }, disable_group_highlight: true },
        });
        assert.deepEqual(made.props.custom, { deep: [1, 'two', null] });
        assert.equal(made.hashtags, '#Tests #more');
    });

    test('names linked channels for those who may see them', async () => {
        const { alice, bob, room, town } = await scene(node, 'alice', 'bob');
        const ears = await listen(bob);
        const made = await say(alice, room.id, 'see ~town-square and ~nowhere-at-all');
        const { post } = await ears.posted(made.id);
        assert.deepEqual(Object.keys(post.props.channel_mentions), ['town-square']);
        assert.equal(post.props.channel_mentions['town-square'].display_name, town.display_name);
        ears.close();
    });

    test('keeps its priority', async () => {
        const { alice, room } = await scene(node, 'alice');
        const made = await say(alice, room.id, 'now', {
            metadata: { priority: { priority: 'urgent', requested_ack: true } },
        });
        assert.equal(made.metadata.priority.priority, 'urgent');
        assert.equal(made.metadata.priority.requested_ack, true);
        assert.equal((await alice.client.getPost(made.id)).metadata.priority.priority, 'urgent');
    });

    test('is refused for types of the system and unknown ones, allowed for custom ones', async () => {
        const { alice, room } = await scene(node, 'alice');
        await refused(say(alice, room.id, 'x', { type: 'system_join_channel' }), 400);
        await refused(say(alice, room.id, 'x', { type: 'no_such_type' }), 400);
        assert.equal((await say(alice, room.id, 'x', { type: 'custom_poll' })).type, 'custom_poll');
    });

    test('is refused without channel or membership', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const [open, closed] = [await channel(alice, team.id, 'O'), await channel(alice, team.id, 'P')];
        await refused(say(alice, '', 'nowhere'), 400);
        await refused(say(alice, no_such_id, 'nowhere'), [400, 403, 404]);
        await refused(say(bob, open.id, 'not a member'), 403, 'api.context.permissions.app_error');
        await refused(say(bob, closed.id, 'not a member'), 403, 'api.context.permissions.app_error');
    });

    test('an administrator may say when it was', async () => {
        const admin = await administrator(node);
        const { town, team, alice } = await scene(node, 'alice');
        await alice.client.addToTeam(team.id, admin.id);
        const made = await say(admin, town.id, 'from the archive', { create_at: 1_500_000_000_000 });
        assert.equal(made.create_at, 1_500_000_000_000);
    });
});

describe('a reply', () => {
    test('hangs on the root and bumps it', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const root = await say(alice, room.id, 'root');
        const reply = await say(bob, room.id, 'reply', { root_id: root.id });
        assert.equal(reply.root_id, root.id);
        const bumped = await alice.client.getPost(root.id);
        assert.equal(bumped.reply_count, 1);
        assert.ok(bumped.update_at > root.update_at);
        assert.equal(bumped.edit_at, 0);
    });

    test('needs a root that exists, is a root, and is in the channel', async () => {
        const { alice, room, town } = await scene(node, 'alice');
        const root = await say(alice, room.id, 'root');
        const reply = await say(alice, room.id, 'reply', { root_id: root.id });
        await refused(say(alice, room.id, 'x', { root_id: no_such_id }), 400, bad_root);
        await refused(say(alice, room.id, 'x', { root_id: reply.id }), 400, bad_root);
        await refused(say(alice, town.id, 'x', { root_id: root.id }), 400);
        await alice.client.deletePost(root.id);
        await refused(say(alice, room.id, 'x', { root_id: root.id }), 400, bad_root);
    });

    test('comes with its thread', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const root = await say(alice, room.id, 'root');
        const replies = await sayAll(bob, room.id, ['1', '2', '3'], { root_id: root.id });
        for (const post_id of [root.id, replies[1].id]) {
            const thread = like.post_list(await alice.client.getPostThread(post_id));
            assert.deepEqual(Object.keys(thread.posts).sort(), ids([root, ...replies]).sort());
        }
        await refused(alice.client.getPostThread(no_such_id), 404);
    });

    test('threads are read in pieces, downwards from a post', async () => {
        const { alice, room } = await scene(node, 'alice');
        const root = await say(alice, room.id, 'root');
        const replies = await sayAll(alice, room.id, ['1', '2', '3', '4'], { root_id: root.id });
        const first = await alice.client.getPaginatedPostThread(root.id, { perPage: 2, direction: 'down' });
        assert.equal(first.has_next, true);
        assert.ok(first.posts[replies[0].id] && first.posts[replies[1].id] && !first.posts[replies[3].id]);
        const rest = await alice.client.getPaginatedPostThread(root.id, {
            perPage: 10,
            direction: 'down',
            fromPost: replies[1].id,
            fromCreateAt: replies[1].create_at,
        });
        assert.ok(rest.posts[replies[2].id] && rest.posts[replies[3].id] && !rest.posts[replies[0].id]);
        assert.equal(rest.has_next, false);
        assert.equal((await raw(node, 'GET', `/posts/${root.id}/thread?perPage=201`, alice)).status, 400);
    });
});

describe('editing', () => {
    test('changes text and edit time, tells the channel, keeps the earlier version', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const made = await say(alice, room.id, 'frist');
        const ears = await listen(bob);
        const patched = like.post(await alice.client.patchPost({ id: made.id, message: 'first' }));
        assert.deepEqual(
            [patched.message, patched.id, patched.create_at],
            ['first', made.id, made.create_at],
        );
        assert.ok(patched.edit_at >= made.create_at && patched.update_at >= patched.edit_at);
        const seen = inner(
            await ears.wait('post_edited', (event) => inner(event, 'post').id === made.id),
            'post',
        );
        assert.equal(seen.message, 'first');
        const history = await alice.client.getPostEditHistory(made.id);
        assert.equal(history.length, 1);
        assert.deepEqual([history[0].message, history[0].original_id], ['frist', made.id]);
        assert.ok(history[0].delete_at > 0 && history[0].id !== made.id);
        ears.close();
    });

    test('many times keeps every version, newest first, for the author only', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const made = await say(alice, room.id, 'v0');
        for (const message of ['v1', 'v2', 'v3']) await alice.client.patchPost({ id: made.id, message });
        assert.deepEqual(
            (await alice.client.getPostEditHistory(made.id)).map((post) => post.message),
            ['v2', 'v1', 'v0'],
        );
        await refused(bob.client.getPostEditHistory(made.id), 403);
    });

    test('an earlier version can be restored', async () => {
        const { alice, room } = await scene(node, 'alice');
        const made = await say(alice, room.id, 'good');
        await alice.client.patchPost({ id: made.id, message: 'bad' });
        const [version] = await alice.client.getPostEditHistory(made.id);
        await alice.client.restorePostVersion(made.id, version.id, '');
        assert.equal((await alice.client.getPost(made.id)).message, 'good');
        assert.deepEqual(
            (await alice.client.getPostEditHistory(made.id)).map((post) => post.message),
            ['bad', 'good'],
        );
        await refused(alice.client.restorePostVersion(made.id, no_such_id, ''), [400, 404]);
    });

    test('a patch leaves what it does not name, a whole update resets it', async () => {
        const { alice, room } = await scene(node, 'alice');
        const made = await say(alice, room.id, 'text', { props: { keep: 'me' } });
        assert.deepEqual(
            (await alice.client.patchPost({ id: made.id, message: 'patched' })).props,
            made.props,
        );
        const updated = await alice.client.updatePost({ id: made.id, message: 'put' });
        assert.equal(updated.message, 'put');
        assert.equal(updated.props.keep, undefined);
        assert.equal((await alice.client.patchPost({ id: made.id, props: { other: 1 } })).message, 'put');
    });

    test('is for the author, not even for the administrator of the team', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const made = await say(bob, room.id, "bob's");
        await refused(
            alice.client.patchPost({ id: made.id, message: 'alice was here' }),
            403,
            'api.context.permissions.app_error',
        );
        await refused(alice.client.updatePost({ id: made.id, message: 'alice was here' }), 403);
        assert.equal((await bob.client.getPost(made.id)).message, "bob's");
    });

    test('moves nothing: author, channel and root stay', async () => {
        const { alice, bob, room, town } = await scene(node, 'alice', 'bob');
        const made = await say(alice, room.id, 'here');
        const updated = await alice.client.updatePost({
            ...made,
            message: 'still here',
            channel_id: town.id,
            user_id: bob.id,
            create_at: 5,
        });
        assert.deepEqual(
            [updated.channel_id, updated.user_id, updated.create_at, updated.message],
            [room.id, alice.id, made.create_at, 'still here'],
        );
    });

    test('another post than the path names is refused', async () => {
        const { alice, room } = await scene(node, 'alice');
        const [one, two] = await sayAll(alice, room.id, ['one', 'two']);
        assert.equal(
            (
                await raw(node, 'PUT', `/posts/${one.id}`, {
                    token: alice.token,
                    json: { id: two.id, message: 'x' },
                })
            ).status,
            400,
        );
    });

    test('of what is gone is refused', async () => {
        const { alice, room } = await scene(node, 'alice');
        const made = await say(alice, room.id, 'gone');
        await alice.client.deletePost(made.id);
        await refused(alice.client.patchPost({ id: made.id, message: 'back?' }), [400, 403, 404]);
        await refused(alice.client.patchPost({ id: no_such_id, message: 'never was' }), [403, 404]);
    });
});

describe('deleting', () => {
    test('hides the post, tells the channel, and takes the replies along', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const root = await say(alice, room.id, 'root');
        const reply = await say(bob, room.id, 'reply', { root_id: root.id });
        const ears = await listen(bob);
        const answer = await raw(node, 'DELETE', `/posts/${root.id}`, alice);
        assert.deepEqual([answer.status, answer.json], [200, { status: 'OK' }]);
        const seen = inner(
            await ears.wait('post_deleted', (event) => inner(event, 'post').id === root.id),
            'post',
        );
        assert.ok(seen.delete_at > 0);
        for (const post of [root, reply]) await refused(bob.client.getPost(post.id), 404, bad_post);
        const list = await bob.client.getPosts(room.id);
        assert.ok(!(root.id in list.posts) && !(reply.id in list.posts));
        const since = await bob.client.getPostsSince(room.id, root.create_at - 1);
        assert.ok(since.posts[root.id].delete_at > 0, 'clients that were away learn of it');
        ears.close();
    });

    test('is for authors and for administrators of the team', async () => {
        const { alice, bob, carol, room } = await scene(node, 'alice', 'bob', 'carol');
        const [one, two] = await sayAll(bob, room.id, ['one', 'two']);
        await refused(carol.client.deletePost(one.id), 403, 'api.context.permissions.app_error');
        await bob.client.deletePost(one.id);
        await alice.client.deletePost(two.id);
        await refused(bob.client.deletePost(two.id), [403, 404]);
    });

    test('leaves what administrators may still see', async () => {
        const admin = await administrator(node);
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const made = await say(alice, room.id, 'evidence');
        await alice.client.deletePost(made.id);
        assert.equal((await admin.client.getPost(made.id, true)).message, 'evidence');
        await refused(bob.client.getPost(made.id, true), [403, 404]);
    });
});

test('direct messages are between two', async () => {
    const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
    const dm = await direct(alice, bob);
    const made = await say(alice, dm.id, 'psst');
    assert.equal((await bob.client.getPost(made.id)).message, made.message);
    await refused(carol.client.getPost(made.id), 403);
    await refused(carol.client.getPosts(dm.id), 403);
    await refused(say(carol, dm.id, 'me too'), 403);
});
