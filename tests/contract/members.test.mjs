// Members of channels: lists of them, joining and leaving, roles, notify settings, numbers.
import {
    assert,
    channel,
    describe,
    direct,
    ids,
    inner,
    like,
    listen,
    no_such_id,
    person,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    sorted,
    test,
} from './harness.mjs';

const node = sharedNode();

describe('members', () => {
    test('all memberships come as one JSON object a line', async () => {
        const { alice, bob, team, town, room } = await scene(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        const reply = await raw(node, 'GET', `/users/${alice.id}/channel_members?page=-1&per_page=60`, alice);
        assert.equal(reply.status, 200);
        assert.equal(reply.type, 'application/x-ndjson');
        assert.ok(reply.text.endsWith('\n'), 'a newline after each');
        const members = reply.text
            .trimEnd()
            .split('\n')
            .map((line) => like.channel_member_with_team(JSON.parse(line)));
        const off_topic = await alice.client.getChannelByName(team.id, 'off-topic');
        assert.deepEqual(
            sorted(members.map((each) => each.channel_id)),
            sorted(ids([town, off_topic, room, dm])),
        );
        const of_room = members.find((each) => each.channel_id === room.id);
        assert.deepEqual(
            [of_room.team_name, of_room.team_display_name, of_room.user_id],
            [team.name, team.display_name, alice.id],
        );
        assert.deepEqual(
            await alice.client.getAllChannelsMembers(alice.id, -1),
            members,
            'and the client reads it',
        );
    });

    test('a page of memberships is an array', async () => {
        const { alice } = await scene(node, 'alice');
        const reply = await raw(node, 'GET', '/users/me/channel_members?page=0&per_page=2', alice);
        assert.equal(reply.type, 'application/json');
        assert.equal(reply.json.length, 2);
        assert.equal(
            (await raw(node, 'GET', '/users/me/channel_members?page=1&per_page=2', alice)).json.length,
            1,
        );
    });

    test('of a team are mine', async () => {
        const { alice, team } = await scene(node, 'alice');
        const members = await alice.client.getMyChannelMembers(team.id);
        assert.equal(members.length, 3);
        members.forEach((each) => assert.equal(like.channel_member(each).user_id, alice.id));
    });

    test('of others hide when they looked', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const member = await alice.client.getChannelMember(room.id, bob.id);
        assert.deepEqual([member.last_viewed_at, member.last_update_at], [-1, -1]);
        const page = await alice.client.getChannelMembers(room.id);
        assert.equal(page.find((each) => each.user_id === bob.id).last_viewed_at, -1);
        assert.ok(page.find((each) => each.user_id === alice.id).last_viewed_at >= 0);
        assert.deepEqual(
            (await alice.client.getChannelMembersByIds(room.id, [bob.id, no_such_id])).map(
                (each) => each.user_id,
            ),
            [bob.id],
        );
    });

    test('join a public channel by themselves, with a message and an event', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const open = await channel(alice, team.id);
        const ears = await listen(alice);
        const reply = await raw(node, 'POST', `/channels/${open.id}/members`, {
            token: bob.token,
            json: { user_id: bob.id },
        });
        assert.equal(reply.status, 201);
        assert.equal(like.channel_member(reply.json).user_id, bob.id);
        const event = await ears.wait('user_added', (each) => each.data.user_id === bob.id);
        assert.equal(event.broadcast.channel_id, open.id);
        const { post } = await ears
            // the owner's own, from when the channel was made, may still be on its way
            .wait('posted', (each) => {
                const { type, user_id } = inner(each, 'post');
                return type === 'system_join_channel' && user_id === bob.id;
            })
            .then((each) => ({ post: inner(each, 'post') }));
        assert.equal(post.channel_id, open.id);
        assert.equal(post.props.username, bob.username);
        ears.close();
    });

    test('are added by members, and hear of it', async () => {
        const { alice, bob, carol, team } = await scene(node, 'alice', 'bob', 'carol');
        const closed = await channel(alice, team.id, 'P', bob);
        const ears = await listen(carol);
        await bob.client.addToChannel(carol.id, closed.id);
        await ears.wait('user_added', (each) => each.data.user_id === carol.id);
        const posts = Object.values((await carol.client.getPosts(closed.id)).posts);
        const added = posts.find(
            (post) => post.type === 'system_add_to_channel' && post.props.addedUsername === carol.username,
        );
        assert.equal(added.props.username, bob.username);
        assert.equal(added.props.addedUserId, carol.id);
        ears.close();
    });

    test('must be in the team first', async () => {
        const { alice, room } = await scene(node, 'alice');
        const stranger = await person(node);
        await refused(alice.client.addToChannel(stranger.id, room.id), [400, 403, 404]);
        await refused(stranger.client.addToChannel(stranger.id, room.id), 403);
    });

    test('leave by themselves and are removed by others; each side hears its own event', async () => {
        const { alice, bob, carol, room } = await scene(node, 'alice', 'bob', 'carol');
        const [stays, goes, removed] = [await listen(alice), await listen(bob), await listen(carol)];
        await bob.client.removeFromChannel(bob.id, room.id);
        const own = await goes.wait('user_removed', (each) => each.data.channel_id === room.id);
        assert.equal(own.data.remover_id, bob.id);
        const seen = await stays.wait('user_removed', (each) => each.data.user_id === bob.id);
        assert.equal(seen.broadcast.channel_id, room.id);
        await alice.client.removeFromChannel(carol.id, room.id);
        assert.equal(
            (await removed.wait('user_removed', (each) => each.data.channel_id === room.id)).data.remover_id,
            alice.id,
        );
        await refused(carol.client.getMyChannelMember(room.id), 404);
        for (const each of [stays, goes, removed]) each.close();
    });

    test('stay in town-square', async () => {
        const { bob, town } = await scene(node, 'alice', 'bob');
        await refused(bob.client.removeFromChannel(bob.id, town.id), 400);
    });

    test('become administrators of the channel', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const made = await channel(alice, team.id, 'O', bob);
        await refused(bob.client.updateChannelMemberSchemeRoles(made.id, bob.id, true, true), 403);
        await alice.client.updateChannelMemberSchemeRoles(made.id, bob.id, true, true);
        assert.equal((await bob.client.getMyChannelMember(made.id)).scheme_admin, true);
    });

    test('keep their own notify settings and hear of the change', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const ears = await listen(bob);
        await bob.client.updateChannelNotifyProps({
            channel_id: room.id,
            user_id: bob.id,
            mark_unread: 'mention',
            desktop: 'none',
        });
        const member = inner(await ears.wait('channel_member_updated'), 'channelMember');
        assert.deepEqual(
            [member.notify_props.mark_unread, member.notify_props.desktop, member.notify_props.push],
            ['mention', 'none', 'default'],
        );
        assert.equal((await bob.client.getMyChannelMember(room.id)).notify_props.mark_unread, 'mention');
        await refused(
            bob.client.updateChannelNotifyProps({
                channel_id: room.id,
                user_id: alice.id,
                mark_unread: 'mention',
            }),
            403,
        );
        ears.close();
    });

    test('are counted', async () => {
        const { alice, bob, room, town } = await scene(node, 'alice', 'bob');
        await alice.client.pinPost((await say(bob, room.id, 'pin me')).id);
        const stats = like.channel_stats(await alice.client.getChannelStats(room.id, true));
        assert.deepEqual(
            [
                stats.channel_id,
                stats.member_count,
                stats.guest_count,
                stats.pinnedpost_count,
                stats.files_count,
            ],
            [room.id, 2, 0, 1, 0],
        );
        assert.equal(
            (await alice.client.getChannelStats(room.id)).member_count,
            2,
            'also when files are not asked for',
        );
        assert.deepEqual(await alice.client.getChannelsMemberCount([room.id, town.id]), {
            [room.id]: 2,
            [town.id]: 2,
        });
        assert.ok(Array.isArray(await alice.client.getChannelTimezones(room.id)));
    });
});
