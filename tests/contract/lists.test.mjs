// Lists of posts: pages, before and after a post, since a time, around the oldest unread; conditional GETs.
import {
    assert,
    describe,
    direct,
    ids,
    like,
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

// A direct channel holds no messages of the system, so pages are exact.
async function conversation(count = 7) {
    const cast = await people(node, 'alice', 'bob');
    const dm = await direct(cast.alice, cast.bob);
    const posts = await sayAll(
        cast.alice,
        dm.id,
        Array.from({ length: count }, (_, at) => `p${at}`),
    );
    return { ...cast, dm, posts, id: ids(posts) };
}
const newest = (list) => [...list].reverse();

describe('pages', () => {
    test('hold the newest first and name the edges', async () => {
        const { bob, dm, id } = await conversation();
        const first = like.post_list(await bob.client.getPosts(dm.id, 0, 3));
        assert.deepEqual(first.order, newest(id.slice(4)));
        assert.deepEqual(Object.keys(first.posts).sort(), id.slice(4).sort());
        assert.equal(first.next_post_id, '');
        assert.equal(first.prev_post_id, id[3]);
        const second = await bob.client.getPosts(dm.id, 1, 3);
        assert.deepEqual(second.order, newest(id.slice(1, 4)));
        assert.notEqual(second.next_post_id, '');
        const last = await bob.client.getPosts(dm.id, 2, 3);
        assert.deepEqual(last.order, [id[0]]);
        assert.equal(last.prev_post_id, '');
        const beyond = await bob.client.getPosts(dm.id, 3, 3);
        assert.deepEqual(beyond.order, []);
        for (const post of Object.values(first.posts)) like.post(post);
    });

    test('are at most 200 long and 60 when asked wrongly', async () => {
        const { bob, dm } = await conversation(65);
        for (const per_page of ['-1', 'many', '']) {
            const reply = await raw(node, 'GET', `/channels/${dm.id}/posts?page=0&per_page=${per_page}`, bob);
            assert.equal(reply.json.order.length, 60, per_page);
        }
        assert.equal(
            (await raw(node, 'GET', `/channels/${dm.id}/posts?per_page=1000000`, bob)).json.order.length,
            65,
        );
    });

    test('hold the rest of a thread beside what they list', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const root = await say(alice, dm.id, 'root');
        await sayAll(alice, dm.id, ['a', 'b']);
        const reply = await say(bob, dm.id, 'reply', { root_id: root.id });
        const page = await bob.client.getPosts(dm.id, 0, 1);
        assert.deepEqual(page.order, [reply.id]);
        assert.ok(page.posts[root.id], 'the root is context');
    });

    test('with collapsed threads list roots only', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const root = await say(alice, dm.id, 'root');
        await say(bob, dm.id, 'reply', { root_id: root.id });
        const other = await say(alice, dm.id, 'other');
        const page = await alice.client.getPosts(dm.id, 0, 10, true, true, false);
        assert.deepEqual(page.order, [other.id, root.id]);
        const { reply_count, last_reply_at, participants, is_following } = page.posts[root.id];
        assert.equal(reply_count, 1);
        assert.ok(last_reply_at > 0);
        assert.deepEqual(
            participants.map((each) => each.id),
            [bob.id],
        );
        assert.equal(is_following, true);
    });

    test('of an empty channel are empty, not null', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const page = await alice.client.getPosts((await direct(alice, bob)).id);
        assert.deepEqual([page.order, page.posts, page.next_post_id, page.prev_post_id], [[], {}, '', '']);
    });
});

describe('before and after a post', () => {
    test('the neighbours come, still newest first', async () => {
        const { bob, dm, id } = await conversation();
        const before = await bob.client.getPostsBefore(dm.id, id[4], 0, 2);
        assert.deepEqual(before.order, [id[3], id[2]]);
        assert.equal(before.next_post_id, id[4]);
        assert.equal(before.prev_post_id, id[1]);
        const after = await bob.client.getPostsAfter(dm.id, id[2], 0, 2);
        assert.deepEqual(after.order, [id[4], id[3]]);
        assert.equal(after.prev_post_id, id[2]);
        assert.equal(after.next_post_id, id[5]);
    });

    test('the edges are empty', async () => {
        const { bob, dm, id } = await conversation(3);
        assert.equal((await bob.client.getPostsBefore(dm.id, id[2], 0, 10)).prev_post_id, '');
        assert.equal((await bob.client.getPostsAfter(dm.id, id[0], 0, 10)).next_post_id, '');
        assert.deepEqual((await bob.client.getPostsAfter(dm.id, id[2], 0, 10)).order, []);
    });
});

describe('since a time', () => {
    test('all that changed comes: new, edited, deleted, and roots of new replies', async () => {
        const { alice, bob, dm, posts, id } = await conversation(4);
        const since = posts[3].update_at;
        assert.deepEqual((await bob.client.getPostsSince(dm.id, since)).order, []);
        await alice.client.patchPost({ id: id[0], message: 'edited' });
        await alice.client.deletePost(id[1]);
        const reply = await say(bob, dm.id, 'reply', { root_id: id[2] });
        const changed = await alice.client.getPostsSince(dm.id, since);
        for (const each of [id[0], id[1], id[2], reply.id]) assert.ok(changed.posts[each], each);
        assert.ok(!(id[3] in changed.posts));
        assert.equal(changed.posts[id[0]].message, 'edited');
        assert.ok(changed.posts[id[1]].delete_at > 0);
        assert.ok(changed.posts[id[2]].update_at > since);
    });
});

describe('around the oldest unread', () => {
    test('the window begins before it and does not reach the end', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const read = ids(await sayAll(alice, dm.id, ['r0', 'r1', 'r2']));
        await bob.client.viewMyChannel(dm.id);
        const unread = ids(await sayAll(alice, dm.id, ['u0', 'u1', 'u2', 'u3', 'u4']));
        const window = like.post_list(await bob.client.getPostsUnread(dm.id, bob.id, 2, 1));
        assert.ok(window.order.includes(unread[0]), 'the oldest unread is in it');
        assert.ok(window.order.includes(read[2]), 'and one before');
        assert.ok(!window.order.includes(read[1]) && !window.order.includes(unread[4]));
        assert.notEqual(window.next_post_id, '');
        assert.notEqual(window.prev_post_id, '');
        const whole = await bob.client.getPostsUnread(dm.id, 'me', 30, 30);
        assert.deepEqual(whole.order, newest([...read, ...unread]));
        assert.deepEqual([whole.next_post_id, whole.prev_post_id], ['', '']);
    });

    test('without unread posts the latest page comes', async () => {
        const { bob, dm, id } = await conversation(4);
        await bob.client.viewMyChannel(dm.id);
        const page = await bob.client.getPostsUnread(dm.id, bob.id, 30, 30);
        assert.deepEqual(page.order, newest(id));
    });

    test('a limit of nothing after is refused', async () => {
        const { bob, dm } = await conversation(1);
        await refused(bob.client.getPostsUnread(dm.id, bob.id, 0, 10), 400);
    });

    test('of somebody else is refused', async () => {
        const { alice, bob, dm } = await conversation(1);
        await refused(bob.client.getPostsUnread(dm.id, alice.id), 403);
    });
});

describe('a conditional GET', () => {
    async function conditional(who, path, change) {
        const first = await raw(node, 'GET', path, who);
        assert.equal(first.status, 200, path);
        const tag = first.headers.get('etag');
        assert.ok(tag, `${path} has no ETag`);
        assert.match(tag, /^\d+\.\d+\.\d+\./, 'unquoted, beginning with the version');
        const same = await raw(node, 'GET', path, { ...who, headers: { 'If-None-Match': tag } });
        assert.deepEqual([same.status, same.text, same.headers.get('etag')], [304, '', tag], path);
        assert.equal(
            (await raw(node, 'GET', path, { ...who, headers: { 'If-None-Match': `${tag}x` } })).status,
            200,
        );
        await change();
        const changed = await raw(node, 'GET', path, { ...who, headers: { 'If-None-Match': tag } });
        assert.equal(changed.status, 200, `${path} after the change`);
        assert.notEqual(changed.headers.get('etag'), tag);
    }

    test('of a page knows new posts', async () => {
        const { alice, bob, dm } = await conversation(3);
        await conditional({ token: bob.token }, `/channels/${dm.id}/posts?page=0&per_page=10`, () =>
            say(alice, dm.id, 'new'),
        );
    });

    test('of a post knows edits', async () => {
        const { alice, bob, id } = await conversation(1);
        await conditional({ token: bob.token }, `/posts/${id[0]}`, () =>
            alice.client.patchPost({ id: id[0], message: 'edited' }),
        );
    });

    test('of a post knows reactions', async () => {
        const { alice, bob, id } = await conversation(1);
        await conditional({ token: bob.token }, `/posts/${id[0]}`, () =>
            bob.client.addReaction(bob.id, id[0], 'smile').then(() => alice),
        );
    });

    test('of a thread knows replies', async () => {
        const { alice, bob, dm, id } = await conversation(1);
        await say(alice, dm.id, 'first reply', { root_id: id[0] });
        await conditional({ token: bob.token }, `/posts/${id[0]}/thread`, () =>
            say(alice, dm.id, 'reply', { root_id: id[0] }),
        );
    });

    test('of an account knows changes', async () => {
        const { alice } = await scene(node, 'alice');
        await conditional({ token: alice.token }, `/users/${alice.id}`, () =>
            alice.client.patchMe({ nickname: 'changed' }),
        );
    });

    test('of the pinned posts knows pins', async () => {
        const { alice, bob, dm, id } = await conversation(2);
        await alice.client.pinPost(id[0]);
        await conditional({ token: bob.token }, `/channels/${dm.id}/pinned`, () =>
            alice.client.pinPost(id[1]),
        );
    });
});
