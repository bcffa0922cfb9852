// Sidebar categories: the default ones, own ones, where a channel sits, and in which order.
import {
    assert,
    channel,
    describe,
    direct,
    inner,
    like,
    listen,
    refused,
    scene,
    sharedNode,
    sorted,
    test,
} from './harness.mjs';

const node = sharedNode();
const byType = (reply, type) => reply.categories.find((each) => each.type === type);

test('there are three to begin with, with composed ids, in a fixed order', async () => {
    const { alice, bob, team, town, room } = await scene(node, 'alice', 'bob');
    const dm = await direct(alice, bob);
    const reply = await alice.client.getChannelCategories(alice.id, team.id);
    reply.categories.forEach(like.category);
    assert.deepEqual(
        reply.order,
        ['favorites', 'channels', 'direct_messages'].map((word) => `${word}_${alice.id}_${team.id}`),
    );
    assert.deepEqual(
        reply.categories.map((each) => each.type),
        ['favorites', 'channels', 'direct_messages'],
    );
    assert.deepEqual(
        reply.categories.map((each) => each.sort_order),
        [0, 10, 20],
    );
    const off_topic = await alice.client.getChannelByName(team.id, 'off-topic');
    assert.deepEqual(sorted(byType(reply, 'channels').channel_ids), sorted([town.id, off_topic.id, room.id]));
    assert.deepEqual(byType(reply, 'direct_messages').channel_ids, [dm.id]);
    assert.deepEqual(byType(reply, 'favorites').channel_ids, []);
});

test('one of them and their order can be asked for alone', async () => {
    const { alice, team } = await scene(node, 'alice');
    const { order } = await alice.client.getChannelCategories('me', team.id);
    assert.deepEqual(await alice.client.getChannelCategoryOrder(alice.id, team.id), order);
    assert.equal((await alice.client.getChannelCategory(alice.id, team.id, order[1])).type, 'channels');
});

describe('an own category', () => {
    test('is made with channels, which then sit only there', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const ears = await listen(alice);
        const made = like.category(
            await alice.client.createChannelCategory(alice.id, team.id, {
                user_id: alice.id,
                team_id: team.id,
                display_name: 'Work',
                channel_ids: [room.id],
            }),
        );
        assert.match(made.id, /^[a-z0-9]{26}$/);
        assert.deepEqual([made.type, made.display_name, made.channel_ids], ['custom', 'Work', [room.id]]);
        assert.equal((await ears.wait('sidebar_category_created')).data.category_id, made.id);
        const reply = await alice.client.getChannelCategories(alice.id, team.id);
        assert.ok(!byType(reply, 'channels').channel_ids.includes(room.id));
        assert.ok(reply.order.includes(made.id));
        ears.close();
    });

    test('is renamed, sorted, muted, collapsed', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const made = await alice.client.createChannelCategory(alice.id, team.id, {
            user_id: alice.id,
            team_id: team.id,
            display_name: 'Work',
            channel_ids: [],
        });
        const ears = await listen(alice);
        const updated = await alice.client.updateChannelCategory(alice.id, team.id, {
            ...made,
            display_name: 'Play',
            sorting: 'alpha',
            muted: true,
            collapsed: true,
            channel_ids: [room.id],
        });
        assert.deepEqual(
            [updated.display_name, updated.sorting, updated.muted, updated.collapsed, updated.channel_ids],
            ['Play', 'alpha', true, true, [room.id]],
        );
        const event = await ears.wait('sidebar_category_updated');
        assert.ok(
            inner(event, 'updatedCategories').some(
                (each) => each.id === made.id && each.display_name === 'Play',
            ),
        );
        ears.close();
    });

    test('gives its channels back when it is deleted', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const made = await alice.client.createChannelCategory(alice.id, team.id, {
            user_id: alice.id,
            team_id: team.id,
            display_name: 'Work',
            channel_ids: [room.id],
        });
        const ears = await listen(alice);
        await alice.client.deleteChannelCategory(alice.id, team.id, made.id);
        await ears.wait('sidebar_category_deleted', (event) => event.data.category_id === made.id);
        const reply = await alice.client.getChannelCategories(alice.id, team.id);
        assert.ok(byType(reply, 'channels').channel_ids.includes(room.id));
        assert.ok(!reply.order.includes(made.id));
        ears.close();
    });

    test('the default ones are not deleted', async () => {
        const { alice, team } = await scene(node, 'alice');
        const { order } = await alice.client.getChannelCategories(alice.id, team.id);
        await refused(alice.client.deleteChannelCategory(alice.id, team.id, order[0]), 400);
    });
});

describe('favourites', () => {
    test('are kept as preferences as well', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const reply = await alice.client.getChannelCategories(alice.id, team.id);
        const [favorites, channels] = [byType(reply, 'favorites'), byType(reply, 'channels')];
        const without = channels.channel_ids.filter((id) => id !== room.id);
        await alice.client.updateChannelCategories(alice.id, team.id, [
            { ...favorites, channel_ids: [room.id] },
            { ...channels, channel_ids: without },
        ]);
        const is_favorite = async () =>
            (await alice.client.getMyPreferences()).some(
                (each) =>
                    each.category === 'favorite_channel' && each.name === room.id && each.value === 'true',
            );
        assert.ok(await is_favorite());
        const after = await alice.client.getChannelCategories(alice.id, team.id);
        assert.deepEqual(byType(after, 'favorites').channel_ids, [room.id]);
        assert.ok(!byType(after, 'channels').channel_ids.includes(room.id));
        await alice.client.updateChannelCategories(alice.id, team.id, [
            { ...favorites, channel_ids: [] },
            channels,
        ]);
        assert.ok(!(await is_favorite()));
    });
});

describe('the order', () => {
    test('changes as a whole and is told', async () => {
        const { alice, team } = await scene(node, 'alice');
        const ears = await listen(alice);
        const { order } = await alice.client.getChannelCategories(alice.id, team.id);
        const turned = [...order].reverse();
        assert.deepEqual(await alice.client.updateChannelCategoryOrder(alice.id, team.id, turned), turned);
        assert.deepEqual((await ears.wait('sidebar_category_order_updated')).data.order, turned);
        assert.deepEqual((await alice.client.getChannelCategories(alice.id, team.id)).order, turned);
        ears.close();
    });

    test('must name all categories once', async () => {
        const { alice, team } = await scene(node, 'alice');
        const { order } = await alice.client.getChannelCategories(alice.id, team.id);
        for (const wrong of [order.slice(1), [...order, order[0]], [], [order[0], order[0], order[1]]]) {
            await refused(alice.client.updateChannelCategoryOrder(alice.id, team.id, wrong), 400);
        }
    });
});

test('a new channel appears under channels, a left one disappears', async () => {
    const { alice, bob, team } = await scene(node, 'alice', 'bob');
    const made = await channel(alice, team.id, 'O', bob);
    const of_bob = async () =>
        byType(await bob.client.getChannelCategories(bob.id, team.id), 'channels').channel_ids;
    assert.ok((await of_bob()).includes(made.id));
    await bob.client.removeFromChannel(bob.id, made.id);
    assert.ok(!(await of_bob()).includes(made.id));
});

test('categories of others are closed', async () => {
    const { alice, bob, team } = await scene(node, 'alice', 'bob');
    await refused(bob.client.getChannelCategories(alice.id, team.id), 403);
    await refused(
        bob.client.createChannelCategory(alice.id, team.id, {
            user_id: alice.id,
            team_id: team.id,
            display_name: 'x',
        }),
        403,
    );
});
