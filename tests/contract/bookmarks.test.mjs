// Bookmarks of a channel: links and files, their order, who may change them, what the others hear.
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
    scene,
    sharedNode,
    test,
    uploaded,
} from './harness.mjs';

const node = sharedNode();
const link = (name) => ({
    type: 'link',
    display_name: name,
    link_url: `https://example.org/${name}`,
    emoji: ':rocket:',
});
const put = async (who, channel_id, wanted, connection = '') =>
    like.bookmark(await who.client.createChannelBookmark(channel_id, wanted, connection));
const list = async (who, channel_id, since) =>
    (await who.client.getChannelBookmarks(channel_id, since)).map(like.bookmark);
const names = async (who, channel_id) => (await list(who, channel_id)).map((each) => each.display_name);

test('they are added, listed in order, moved and removed', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const reply = await raw(node, 'POST', `/channels/${room.id}/bookmarks`, {
        token: alice.token,
        json: link('first'),
    });
    assert.equal(reply.status, 201);
    const first = like.bookmark(reply.json);
    assert.deepEqual(
        [first.channel_id, first.owner_id, first.sort_order, first.link_url, first.emoji],
        [room.id, alice.id, 0, 'https://example.org/first', ':rocket:'],
    );
    await put(alice, room.id, link('second'));
    const third = await put(bob, room.id, link('third'));
    assert.deepEqual(await names(bob, room.id), ['first', 'second', 'third']);
    const sorted = await bob.client.updateChannelBookmarkSortOrder(room.id, third.id, 0, '');
    assert.deepEqual(
        sorted.map((each) => [each.display_name, each.sort_order]),
        [
            ['third', 0],
            ['first', 1],
            ['second', 2],
        ],
    );
    const since = Date.now();
    const gone = await alice.client.deleteChannelBookmark(room.id, third.id, '');
    assert.ok(like.bookmark(gone).delete_at > 0);
    assert.deepEqual(await names(bob, room.id), ['first', 'second']);
    assert.ok((await list(bob, room.id, since)).some((each) => each.id === third.id && each.delete_at > 0));
    await refused(bob.client.deleteChannelBookmark(room.id, third.id, ''), 404);
    await refused(bob.client.updateChannelBookmarkSortOrder(room.id, first.id, 9, ''), 400);
});

test('one of another is replaced when it is changed', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const mine = await put(alice, room.id, link('mine'));
    const own = await alice.client.updateChannelBookmark(room.id, mine.id, { display_name: 'own' }, '');
    assert.deepEqual([own.updated.id, own.deleted], [mine.id, undefined]);
    const change = await bob.client.updateChannelBookmark(room.id, mine.id, { emoji: 'star' }, '');
    assert.deepEqual(
        [change.deleted.id, change.updated.original_id, change.updated.owner_id, change.updated.display_name],
        [mine.id, mine.id, bob.id, 'own'],
    );
    assert.deepEqual(await names(alice, room.id), ['own']);
});

test('a file is opened by whoever reads the channel, and by nobody afterwards', async () => {
    const { alice, bob, team } = await scene(node, 'alice', 'bob');
    const closed = await channel(alice, team.id, 'P');
    const file = (await uploaded(alice, closed.id, 'plan.txt', 'the plan', true)).id;
    const mine = await put(alice, closed.id, { type: 'file', display_name: 'plan', file_id: file });
    assert.equal(mine.file.name, 'plan.txt');
    assert.equal((await raw(node, 'GET', `/files/${file}`, bob)).status, 403);
    await alice.client.addToChannel(bob.id, closed.id);
    assert.equal((await raw(node, 'GET', `/files/${file}`, bob)).text, 'the plan');
    assert.equal((await list(bob, closed.id))[0].file.id, file);
    await bob.client.deleteChannelBookmark(closed.id, mine.id, '');
    assert.equal((await raw(node, 'GET', `/files/${file}`, bob)).status, 404);
});

test('members hear of all of it, the one who acted does not', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const [writer, other] = [await listen(alice), await listen(bob)];
    const connection = writer.named('hello')[0].data.connection_id;
    const first = await put(alice, room.id, link('first'), connection);
    assert.equal(inner(await other.wait('channel_bookmark_created'), 'bookmark').id, first.id);
    await put(alice, room.id, link('second'), connection);
    await alice.client.updateChannelBookmark(room.id, first.id, { display_name: 'new' }, connection);
    const told = inner(await other.wait('channel_bookmark_updated'), 'bookmarks');
    assert.equal(told.updated.display_name, 'new');
    await alice.client.updateChannelBookmarkSortOrder(room.id, first.id, 1, connection);
    const order = inner(await other.wait('channel_bookmark_sorted'), 'bookmarks');
    assert.deepEqual(
        order.map((each) => each.display_name),
        ['second', 'new'],
    );
    await alice.client.deleteChannelBookmark(room.id, first.id, connection);
    assert.equal(inner(await other.wait('channel_bookmark_deleted'), 'bookmark').id, first.id);
    await bob.client.createPost({ channel_id: room.id, message: 'fence' });
    await writer.wait('posted');
    assert.deepEqual(
        writer.events.filter((event) => event.event.startsWith('channel_bookmark')),
        [],
    );
    for (const ears of [writer, other]) ears.close();
});

describe('refused', () => {
    test('are strangers, archived channels, more than fifty, and what is no link', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        await refused(put(bob, closed.id, link('spying')), 403, 'api.context.permissions.app_error');
        await refused(list(bob, closed.id), 403, 'api.context.permissions.app_error');
        await refused(put(alice, room.id, { ...link('x'), link_url: 'javascript:alert(1)' }), 400);
        await refused(put(alice, room.id, { ...link('x'), display_name: '' }), 400);
        await refused(put(alice, room.id, { type: 'file', display_name: 'x', file_id: room.id }), 400);
        for (let i = 0; i < 50; ++i) await put(alice, room.id, link(`n${i}`));
        await refused(put(alice, room.id, link('one too many')), 400);
        await alice.client.deleteChannel(closed.id);
        await refused(put(alice, closed.id, link('late')), 400);
        const dm = await direct(alice, bob);
        assert.equal((await put(bob, dm.id, link('ours'))).display_name, 'ours');
    });
});
