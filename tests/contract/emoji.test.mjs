// Custom emoji: made, found, shown, deleted, announced.
import {
    administrator,
    assert,
    describe,
    ids,
    inner,
    like,
    likeNow,
    listen,
    no_such_id,
    people,
    pictureSize,
    png,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();
const picture = (width = 64, height = 64) => new Blob([png(width, height)], { type: 'image/png' });
const newName = () => unique('emo').replace('-', '_');
const make = (who, name = newName(), image = picture()) =>
    who.client.createCustomEmoji({ name, creator_id: who.id }, image);

test('making one answers 200 and tells everybody', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    const ears = await listen(bob);
    const name = newName();
    const form = new FormData();
    form.append('image', picture());
    form.append('emoji', JSON.stringify({ name, creator_id: alice.id }));
    const reply = await raw(node, 'POST', '/emoji', { token: alice.token, body: form });
    assert.equal(reply.status, 200);
    const emoji = like.emoji(reply.json);
    assert.deepEqual([emoji.name, emoji.creator_id, emoji.delete_at], [name, alice.id, 0]);
    likeNow(emoji.create_at);
    assert.equal(inner(await ears.wait('emoji_added'), 'emoji').id, emoji.id);
    ears.close();
});

test('it is found by id, by name, by names, in lists, by search and completion', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    const [one, two] = [await make(alice), await make(alice)];
    assert.deepEqual(await bob.client.getCustomEmoji(one.id), one);
    assert.equal((await bob.client.getCustomEmojiByName(one.name)).id, one.id);
    assert.deepEqual(
        ids(await bob.client.getCustomEmojisByNames([one.name, two.name, 'no_such_emoji'])).sort(),
        ids([one, two]).sort(),
    );
    const listed = ids(await bob.client.getCustomEmojis(0, 200, 'name'));
    assert.ok(listed.includes(one.id) && listed.includes(two.id));
    assert.equal((await bob.client.getCustomEmojis(0, 1)).length, 1);
    assert.deepEqual(ids(await bob.client.searchCustomEmoji(one.name.slice(1))), [one.id]);
    assert.deepEqual(ids(await bob.client.searchCustomEmoji(one.name.slice(1), { prefix_only: 'true' })), []);
    assert.deepEqual(ids(await bob.client.autocompleteCustomEmoji(one.name)), [one.id]);
    await refused(bob.client.getCustomEmoji(no_such_id), 404);
    await refused(bob.client.getCustomEmojiByName('no_such_emoji'), 404);
});

test('its picture is served, at most 128 wide and high', async () => {
    const { alice } = await people(node, 'alice');
    for (const [width, height] of [
        [64, 64],
        [512, 256],
    ]) {
        const emoji = await make(alice, newName(), picture(width, height));
        const reply = await raw(node, 'GET', `/emoji/${emoji.id}/image`, alice);
        assert.equal(reply.status, 200);
        assert.match(reply.type, /^image\//);
        const size = pictureSize(reply.bytes);
        assert.ok(size.width <= 128 && size.height <= 128, `${size.width}x${size.height}`);
    }
    assert.equal((await raw(node, 'GET', `/emoji/${no_such_id}/image`, alice)).status, 404);
});

test('posts name the custom emoji in them', async () => {
    const { alice, room } = await scene(node, 'alice');
    const emoji = await make(alice);
    const post = await say(alice, room.id, `look :${emoji.name}: and :smile:`);
    assert.deepEqual(
        (await alice.client.getPost(post.id)).metadata.emojis.map((each) => each.name),
        [emoji.name],
    );
});

test('it is deleted by its maker or an administrator', async () => {
    const admin = await administrator(node);
    const { alice, bob } = await people(node, 'alice', 'bob');
    const [one, two] = [await make(alice), await make(alice)];
    await refused(bob.client.deleteCustomEmoji(one.id), 403, 'api.context.permissions.app_error');
    assert.deepEqual(await alice.client.deleteCustomEmoji(one.id), { status: 'OK' });
    await admin.client.deleteCustomEmoji(two.id);
    for (const emoji of [one, two]) await refused(alice.client.getCustomEmoji(emoji.id), 404);
    assert.equal((await make(alice, one.name)).name, one.name, 'the name is free again');
});

describe('refused', () => {
    for (const [what, name] of Object.entries({
        'a built-in name': 'smile',
        'a name with a space': 'a b',
        'a name of 65': 'a'.repeat(65),
        'no name': '',
    })) {
        test(`is ${what}`, async () => {
            const { alice } = await people(node, 'alice');
            await refused(make(alice, name), 400);
        });
    }

    test('is a name that is taken', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const emoji = await make(alice);
        await refused(make(bob, emoji.name), 400);
    });

    test("is what is no picture, too large a picture, and somebody else's name as maker", async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        await refused(make(alice, newName(), new Blob(['text'], { type: 'image/png' })), 400);
        await refused(make(alice, newName(), picture(1100, 1100)), 400);
        await refused(
            make(alice, newName(), new Blob([Buffer.alloc(600 * 1024, 1)], { type: 'image/png' })),
            [400, 413],
        );
        await refused(
            alice.client.createCustomEmoji({ name: newName(), creator_id: bob.id }, picture()),
            403,
        );
    });
});
