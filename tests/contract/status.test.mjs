// Presence: online, away, do not disturb, offline; by hand and by connection; custom status.
import {
    assert,
    describe,
    eventually,
    like,
    likeNow,
    listen,
    no_such_id,
    people,
    refused,
    say,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const status = async (who, of = who) => like.status(await who.client.getStatus(of.id));

test('connecting makes online, the last disconnect offline', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    assert.equal((await status(bob, alice)).status, 'offline');
    const ears = await listen(alice);
    await eventually(async () => (await status(bob, alice)).status === 'online', 'alice to be online');
    likeNow((await status(bob, alice)).last_activity_at);
    ears.close();
    await eventually(async () => (await status(bob, alice)).status === 'offline', 'alice to be offline');
});

test('set by hand it stays, and is told to myself only', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const [own, other] = [await listen(alice), await listen(bob)];
    for (const word of ['away', 'dnd', 'offline', 'online']) {
        const set = await alice.client.updateStatus({ user_id: alice.id, status: word });
        assert.deepEqual([set.status, set.user_id], [word, alice.id]);
        assert.equal((await status(bob, alice)).status, word);
        const event = await own.wait(
            'status_change',
            (each) => each.data.status === word && each.data.user_id === alice.id,
        );
        assert.equal(event.broadcast.user_id, alice.id);
    }
    await other.posted((await say(bob, room.id, 'fence')).id);
    assert.deepEqual(
        other.named('status_change').filter((event) => event.data.user_id === alice.id),
        [],
    );
    own.close();
    other.close();
});

test('do not disturb ends at a full minute', async () => {
    const { alice } = await people(node, 'alice');
    const until = Math.floor(Date.now() / 1000) + 3600 + 17;
    await alice.client.updateStatus({ user_id: alice.id, status: 'dnd', dnd_end_time: until });
    const set = await status(alice);
    assert.equal(set.status, 'dnd');
    assert.equal(set.manual, true);
    assert.ok(
        set.dnd_end_time % 60 === 0 && Math.abs(set.dnd_end_time - until) <= 60,
        String(set.dnd_end_time),
    );
});

test('a manual status survives connecting', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    await alice.client.updateStatus({ user_id: alice.id, status: 'dnd' });
    const ears = await listen(alice);
    await ears.reply('ping', {});
    assert.equal((await status(bob, alice)).status, 'dnd');
    ears.close();
});

test('many are asked for at once; unknown ones are offline', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    await alice.client.updateStatus({ user_id: alice.id, status: 'away' });
    const list = await bob.client.getStatusesByIds([alice.id, bob.id, no_such_id]);
    const by = Object.fromEntries(list.map((each) => [like.status(each).user_id, each.status]));
    assert.equal(by[alice.id], 'away');
    assert.equal(by[no_such_id] ?? 'offline', 'offline');
    await refused(bob.client.getStatusesByIds([]), 400);
});

test('the socket tells statuses as a map and takes activity', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    const [own, other] = [await listen(alice), await listen(bob)];
    const all = await eventually(async () => {
        const reply = await own.reply('get_statuses', null);
        return reply.data[bob.id] === 'online' && reply;
    }, 'bob in the statuses');
    assert.equal(all.status, 'OK');
    const some = await own.reply('get_statuses_by_ids', { user_ids: [bob.id] });
    assert.deepEqual(some.data, { [bob.id]: 'online' });
    await other.reply('user_update_active_status', { user_is_active: false, manual: true });
    await eventually(async () => (await status(alice, bob)).status === 'away', 'bob to be away');
    await other.reply('user_update_active_status', { user_is_active: true, manual: true });
    await eventually(async () => (await status(alice, bob)).status === 'online', 'bob to be back');
    own.close();
    other.close();
});

describe('a custom status', () => {
    test('is a prop of the account, told to everybody, and can be unset', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const ears = await listen(bob);
        const custom = {
            emoji: 'palm_tree',
            text: 'On holiday',
            duration: 'thirty_minutes',
            expires_at: new Date(Date.now() + 1_800_000).toISOString(),
        };
        await alice.client.updateCustomStatus(custom);
        const seen = await ears.wait(
            'user_updated',
            (event) => event.data.user.id === alice.id && event.data.user.props?.customStatus,
        );
        const told = JSON.parse(seen.data.user.props.customStatus);
        assert.deepEqual(
            [told.emoji, told.text, told.duration],
            ['palm_tree', 'On holiday', 'thirty_minutes'],
        );
        assert.equal(JSON.parse((await bob.client.getUser(alice.id)).props.customStatus).text, 'On holiday');
        await alice.client.unsetCustomStatus();
        const left = (await alice.client.getMe()).props?.customStatus ?? '';
        assert.ok(left === '' || !JSON.parse(left)?.text);
        ears.close();
    });

    test('used before is remembered until removed', async () => {
        const { alice } = await people(node, 'alice');
        const custom = {
            emoji: 'coffee',
            text: 'Back soon',
            duration: '',
            expires_at: '0001-01-01T00:00:00Z',
        };
        await alice.client.updateCustomStatus(custom);
        const recent = JSON.parse((await alice.client.getMe()).props.recentCustomStatuses);
        assert.equal(recent[0].text, 'Back soon');
        await alice.client.removeRecentCustomStatus(custom);
        const after = (await alice.client.getMe()).props.recentCustomStatuses;
        assert.ok(!after || !JSON.parse(after)?.some((each) => each.text === 'Back soon'));
    });

    test('without emoji and text is refused', async () => {
        const { alice } = await people(node, 'alice');
        await refused(
            alice.client.updateCustomStatus({
                emoji: '',
                text: '',
                duration: '',
                expires_at: '0001-01-01T00:00:00Z',
            }),
            400,
        );
    });
});

test('bad and foreign statuses are refused', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    await refused(alice.client.updateStatus({ user_id: alice.id, status: 'asleep' }), 400);
    await refused(bob.client.updateStatus({ user_id: alice.id, status: 'away' }), 403);
});
