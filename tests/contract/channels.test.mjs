// Channels: public, private, direct and group; made, found, changed, archived; the events. Members, unread
// counts and sidebar categories have test programs of their own.
import {
    administrator,
    assert,
    channel,
    describe,
    direct,
    ids,
    inner,
    like,
    listen,
    no_such_id,
    people,
    person,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    sorted,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();
const forbidden = 'api.context.permissions.app_error';

describe('creating a channel', () => {
    for (const type of ['O', 'P']) {
        test(`of type ${type} makes the creator its administrator and tells only him`, async () => {
            const { alice, bob, team } = await scene(node, 'alice', 'bob');
            const [hears, other] = [await listen(alice), await listen(bob)];
            const name = unique('made');
            const reply = await raw(node, 'POST', '/channels', {
                token: alice.token,
                json: { team_id: team.id, name, display_name: 'Made', type, header: 'h', purpose: 'p' },
            });
            assert.equal(reply.status, 201);
            const made = like.channel(reply.json);
            assert.deepEqual(
                [made.name, made.type, made.header, made.purpose, made.creator_id, made.delete_at],
                [name, type, 'h', 'p', alice.id, 0],
            );
            const event = await hears.wait('channel_created', (each) => each.data.channel_id === made.id);
            assert.equal(event.data.team_id, team.id);
            const member = like.channel_member(await alice.client.getMyChannelMember(made.id));
            assert.deepEqual([member.scheme_user, member.scheme_admin], [true, true]);
            assert.deepEqual(sorted(member.roles.split(' ')), ['channel_admin', 'channel_user']);
            const fence = await say(
                alice,
                (await alice.client.getChannelByName(team.id, 'town-square')).id,
                'fence',
            );
            await other.posted(fence.id);
            assert.deepEqual(other.named('channel_created'), []);
            hears.close();
            other.close();
        });
    }

    test('new members start with default notify settings', async () => {
        const { bob, room } = await scene(node, 'alice', 'bob');
        const member = await bob.client.getMyChannelMember(room.id);
        const { desktop, push, email, mark_unread, ignore_channel_mentions } = member.notify_props;
        assert.deepEqual(
            [desktop, push, email, mark_unread, ignore_channel_mentions],
            ['default', 'default', 'default', 'all', 'default'],
        );
    });

    for (const [what, fields] of Object.entries({
        'a name with capitals': { name: 'Capitals' },
        'a name with spaces': { name: 'a b' },
        'a name of 65 characters': { name: 'a'.repeat(65) },
        'a name like that of a direct channel': { name: `${'a'.repeat(26)}__${'b'.repeat(26)}` },
        'the type of a direct channel': { type: 'D' },
        'the type of a group channel': { type: 'G' },
        'an unknown type': { type: 'Z' },
        'a display name of 65 characters': { display_name: 'd'.repeat(65) },
        'a header of 1025 characters': { header: 'h'.repeat(1025) },
        'a purpose of 251 characters': { purpose: 'p'.repeat(251) },
    })) {
        test(`with ${what} is refused`, async () => {
            const { alice, team } = await scene(node, 'alice');
            await refused(
                alice.client.createChannel({
                    team_id: team.id,
                    name: unique('ok'),
                    display_name: 'Ok',
                    type: 'O',
                    ...fields,
                }),
                400,
            );
        });
    }

    test('with a name that is taken is refused with the id clients look for, archived ones included', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const again = () =>
            alice.client.createChannel({
                team_id: team.id,
                name: room.name,
                display_name: 'Again',
                type: 'O',
            });
        await refused(again(), 400, 'store.sql_channel.save_channel.exists.app_error');
        await alice.client.deleteChannel(room.id);
        await refused(again(), 400);
    });
});

describe('direct channels', () => {
    test('are named by both ids in order and are the same for both', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const reply = await raw(node, 'POST', '/channels/direct', {
            token: alice.token,
            json: [alice.id, bob.id],
        });
        assert.equal(reply.status, 201);
        const made = like.channel(reply.json);
        assert.equal(made.type, 'D');
        assert.equal(made.team_id, '');
        assert.equal(made.display_name, '');
        assert.equal(made.name, sorted([alice.id, bob.id]).join('__'));
        const again = await raw(node, 'POST', '/channels/direct', {
            token: bob.token,
            json: [bob.id, alice.id],
        });
        assert.equal(again.status, 201, 'also 201 when it existed');
        assert.equal(again.json.id, made.id);
        assert.deepEqual(
            sorted((await bob.client.getChannelMembers(made.id)).map((each) => each.user_id)),
            sorted([alice.id, bob.id]),
        );
    });

    test('tell both people', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const [hears, other] = [await listen(alice), await listen(bob)];
        const made = await direct(alice, bob);
        const event = await other.wait('direct_added', (each) => each.broadcast.channel_id === made.id);
        assert.deepEqual([event.data.creator_id, event.data.teammate_id], [alice.id, bob.id]);
        await hears.wait('direct_added', (each) => each.broadcast.channel_id === made.id);
        hears.close();
        other.close();
    });

    test('exist with oneself', async () => {
        const { alice } = await people(node, 'alice');
        for (const list of [[alice.id], [alice.id, alice.id]]) {
            const made = await alice.client.createDirectChannel(list);
            assert.equal(made.name, `${alice.id}__${alice.id}`);
        }
    });

    test('are not made for others, nor with nobody', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        await refused(alice.client.createDirectChannel([bob.id, carol.id]), 403);
        await refused(alice.client.createDirectChannel([alice.id, no_such_id]), [400, 404]);
        await refused(alice.client.createDirectChannel([alice.id, bob.id, carol.id]), 400);
        await refused(alice.client.createDirectChannel([]), 400);
    });

    test('cannot be left, changed like others, or archived by the people in them', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const made = await direct(alice, bob);
        await refused(alice.client.removeFromChannel(alice.id, made.id), 400);
        await refused(alice.client.deleteChannel(made.id), 400);
    });
});

describe('group channels', () => {
    test('are named by their members, count the caller, and are the same for the same people', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const [hears, other] = [await listen(bob), await listen(carol)];
        const reply = await raw(node, 'POST', '/channels/group', {
            token: alice.token,
            json: [bob.id, carol.id],
        });
        assert.equal(reply.status, 201);
        const made = like.channel(reply.json);
        assert.equal(made.type, 'G');
        assert.match(made.name, /^[0-9a-f]{40}$/);
        assert.equal(
            made.display_name,
            sorted([alice, bob, carol].map((each) => each.username))
                .join(', ')
                .slice(0, 64),
        );
        const event = await hears.wait('group_added', (each) => each.broadcast.channel_id === made.id);
        assert.deepEqual(sorted(inner(event, 'teammate_ids')), sorted([alice.id, bob.id, carol.id]));
        await other.wait('group_added', (each) => each.broadcast.channel_id === made.id);
        const again = await carol.client.createGroupChannel([carol.id, bob.id, alice.id]);
        assert.equal(again.id, made.id);
        hears.close();
        other.close();
    });

    test('need three to eight people', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        await refused(alice.client.createGroupChannel([alice.id, bob.id]), 400);
        await refused(alice.client.createGroupChannel([alice.id, ...Array(8).fill(no_such_id)]), 400);
        const crowd = Object.values(await people(node, 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8')).map(
            (each) => each.id,
        );
        await refused(alice.client.createGroupChannel([alice.id, ...crowd]), 400);
        assert.equal((await alice.client.createGroupChannel([alice.id, ...crowd.slice(0, 7)])).type, 'G');
    });

    test('give their people in one call', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const made = await alice.client.createGroupChannel([alice.id, bob.id, carol.id]);
        const found = await alice.client.getProfilesInGroupChannels([made.id]);
        const others = ids(found[made.id]).filter((id) => id !== alice.id);
        assert.deepEqual(sorted(others), sorted([bob.id, carol.id]));
    });
});

describe('finding channels', () => {
    test("by id, by name, by the team's name", async () => {
        const { alice, team, room } = await scene(node, 'alice');
        assert.equal((await alice.client.getChannel(room.id)).id, room.id);
        assert.equal((await alice.client.getChannelByName(team.id, room.name)).id, room.id);
        assert.equal(
            (await alice.client.getChannelByNameAndTeamName(team.name, room.name, true)).id,
            room.id,
        );
        await refused(alice.client.getChannelByName(team.id, 'no-such-channel'), 404);
        await refused(alice.client.getChannel(no_such_id), 404);
    });

    test('mine hold public, private, direct and group channels of all teams', async () => {
        const { alice, bob, carol, team, town, room } = await scene(node, 'alice', 'bob', 'carol');
        const closed = await channel(alice, team.id, 'P');
        const dm = await direct(alice, bob);
        const gm = await alice.client.createGroupChannel([alice.id, bob.id, carol.id]);
        const all = await alice.client.getAllTeamsChannels();
        const off_topic = await alice.client.getChannelByName(team.id, 'off-topic');
        const expected = sorted(ids([town, off_topic, room, closed, dm, gm]));
        assert.deepEqual(sorted(ids(all)), expected);
        assert.deepEqual(
            sorted(ids(await alice.client.getMyChannels(team.id))),
            expected,
            'direct ones are in every team',
        );
        all.forEach(like.channel);
    });

    test('somebody without any channel gets a 404', async () => {
        const user = await person(node);
        await refused(user.client.getAllTeamsChannels(), 404);
    });

    test('public ones of a team are listed, private ones not', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const [open, closed] = [await channel(alice, team.id, 'O'), await channel(alice, team.id, 'P')];
        const listed = ids(await bob.client.getChannels(team.id, 0, 100));
        assert.ok(listed.includes(open.id) && listed.includes(room.id) && !listed.includes(closed.id));
        assert.equal((await bob.client.getChannels(team.id, 0, 1)).length, 1);
    });

    test('autocomplete and search find by any part of the display name', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const word = unique('walrus').replace('-', '');
        const open = await alice.client.createChannel({
            team_id: team.id,
            name: unique('n'),
            display_name: `The ${word} place`,
            type: 'O',
        });
        const closed = await alice.client.createChannel({
            team_id: team.id,
            name: unique('n'),
            display_name: `Secret ${word}`,
            type: 'P',
        });
        assert.deepEqual(ids(await bob.client.autocompleteChannels(team.id, word)), [open.id]);
        assert.deepEqual(ids(await bob.client.searchChannels(team.id, word)), [open.id]);
        assert.deepEqual(
            sorted(ids(await alice.client.autocompleteChannelsForSearch(team.id, word))),
            sorted([open.id, closed.id]),
        );
    });

    test('by group messages with somebody', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const made = await alice.client.createGroupChannel([alice.id, bob.id, carol.id]);
        assert.deepEqual(ids(await alice.client.searchGroupChannels(bob.username)), [made.id]);
    });
});

describe('changing a channel', () => {
    test('a patch tells the members and leaves a system message', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const ears = await listen(bob);
        const patched = await alice.client.patchChannel(room.id, {
            header: 'new header',
            purpose: 'new purpose',
            display_name: 'New Name',
        });
        assert.deepEqual(
            [patched.header, patched.purpose, patched.display_name, patched.name],
            ['new header', 'new purpose', 'New Name', room.name],
        );
        assert.equal(inner(await ears.wait('channel_updated'), 'channel').header, 'new header');
        const message = inner(
            await ears.wait('posted', (each) => inner(each, 'post').type === 'system_header_change'),
            'post',
        );
        assert.deepEqual(
            [message.props.old_header, message.props.new_header, message.props.username],
            ['', 'new header', alice.username],
        );
        ears.close();
    });

    test('a whole update resets nothing that it repeats', async () => {
        const { alice, room } = await scene(node, 'alice');
        const updated = await alice.client.updateChannel({ ...room, header: 'whole' });
        assert.deepEqual(
            [updated.header, updated.name, updated.display_name, updated.type],
            ['whole', room.name, room.display_name, 'O'],
        );
    });

    test('becomes private and public again by those who may', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const made = await channel(alice, team.id, 'O', bob);
        await refused(bob.client.updateChannelPrivacy(made.id, 'P'), 403);
        const ears = await listen(bob);
        assert.equal((await alice.client.updateChannelPrivacy(made.id, 'P')).type, 'P');
        await ears.wait('channel_converted', (event) => event.data.channel_id === made.id);
        assert.equal((await alice.client.updateChannelPrivacy(made.id, 'O')).type, 'O');
        ears.close();
    });

    test('town-square keeps its name, is not archived and not made private', async () => {
        const { alice, town } = await scene(node, 'alice');
        await refused(alice.client.deleteChannel(town.id), 400);
        await refused(alice.client.updateChannelPrivacy(town.id, 'P'), 400);
        await refused(alice.client.patchChannel(town.id, { name: 'renamed' }), 400);
        assert.equal(
            (await alice.client.patchChannel(town.id, { header: 'still possible' })).header,
            'still possible',
        );
    });

    test('archiving closes it for posts and hides it; restoring brings it back', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const made = await channel(alice, team.id, 'O', bob);
        const ears = await listen(bob);
        await alice.client.deleteChannel(made.id);
        const event = await ears.wait('channel_deleted', (each) => each.data.channel_id === made.id);
        assert.ok(event.data.delete_at > 0);
        await refused(say(bob, made.id, 'too late'), [400, 403]);
        assert.ok(!ids(await bob.client.getMyChannels(team.id)).includes(made.id));
        assert.ok(ids(await bob.client.getMyChannels(team.id, true)).includes(made.id));
        await refused(bob.client.getChannelByName(team.id, made.name), 404);
        assert.ok((await bob.client.getChannelByName(team.id, made.name, true)).delete_at > 0);
        assert.ok(ids(await bob.client.getArchivedChannels(team.id)).includes(made.id));
        await refused(bob.client.unarchiveChannel(made.id), 403);
        assert.equal((await alice.client.unarchiveChannel(made.id)).delete_at, 0);
        await ears.wait('channel_restored', (each) => each.data.channel_id === made.id);
        await say(bob, made.id, 'open again');
        ears.close();
    });
});

test('a public channel is readable within the team, a private one for its members only', async () => {
    const admin = await administrator(node);
    const { alice, bob, team } = await scene(node, 'alice', 'bob');
    const [open, closed] = [await channel(alice, team.id, 'O'), await channel(alice, team.id, 'P')];
    await say(alice, open.id, 'for all');
    assert.equal((await bob.client.getChannel(open.id)).id, open.id);
    assert.ok((await bob.client.getPosts(open.id)).order.length > 0);
    await refused(bob.client.getChannel(closed.id), 403, forbidden);
    await refused(bob.client.getPosts(closed.id), 403, forbidden);
    await refused(bob.client.getChannelByName(team.id, closed.name), 404);
    assert.equal((await admin.client.getChannel(closed.id)).id, closed.id);
});

test('a group becomes a private channel of a team of all', async () => {
    const { alice, bob, carol, team } = await scene(node, 'alice', 'bob', 'carol');
    const group = await alice.client.createGroupChannel([bob.id, carol.id]);
    await bob.client.createPost({ channel_id: group.id, message: 'before' });
    const ears = await listen(carol);
    await refused(
        node.administrator.then((root) =>
            root.client.convertGroupMessageToPrivateChannel(group.id, team.id, 'Circle', 'circle'),
        ),
        403,
    );
    const made = (
        await bob.client.convertGroupMessageToPrivateChannel(group.id, team.id, 'Circle', 'circle')
    ).data;
    assert.deepEqual(
        [like.channel(made).id, made.type, made.team_id, made.display_name],
        [group.id, 'P', team.id, 'Circle'],
    );
    const told = inner(await ears.wait('channel_updated'), 'channel');
    assert.deepEqual([told.id, told.type, told.team_id], [group.id, 'P', team.id]);
    const posts = Object.values((await carol.client.getPosts(group.id)).posts);
    assert.deepEqual(posts.map((post) => post.type).sort(), ['', 'system_gm_to_channel']);
    const categories = await carol.client.getChannelCategories(carol.id, team.id);
    assert.ok(categories.categories.find((each) => each.type === 'channels').channel_ids.includes(group.id));
    assert.equal((await alice.client.getChannelByName(team.id, 'circle')).id, group.id);
    await refused(alice.client.convertGroupMessageToPrivateChannel(group.id, team.id, 'Again', 'again'), 400);
    ears.close();
});
