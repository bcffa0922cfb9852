// Teams: made, found, joined, left, changed, archived; who may see and do what; the events.
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
    person,
    pictureSize,
    png,
    raw,
    refused,
    scene,
    sharedNode,
    sorted,
    team,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();

describe('creating a team', () => {
    test('makes the creator its administrator and gives it the default channels', async () => {
        const { alice } = await people(node, 'alice');
        const name = unique('crew');
        const reply = await raw(node, 'POST', '/teams', {
            token: alice.token,
            json: { name, display_name: 'The Crew', type: 'O', description: 'all hands' },
        });
        assert.equal(reply.status, 201);
        const made = like.team(reply.json);
        likeNow(made.create_at);
        assert.deepEqual(
            [made.name, made.display_name, made.type, made.description, made.delete_at],
            [name, 'The Crew', 'O', 'all hands', 0],
        );
        const member = like.team_member(await alice.client.getTeamMember(made.id, alice.id));
        assert.deepEqual([member.scheme_user, member.scheme_admin, member.scheme_guest], [true, true, false]);
        assert.deepEqual(sorted(member.roles.split(' ')), ['team_admin', 'team_user']);
        const channels = await alice.client.getMyChannels(made.id);
        assert.deepEqual(sorted(channels.map((channel) => channel.name)), ['off-topic', 'town-square']);
    });

    for (const [what, fields] of Object.entries({
        'a name of one letter': { name: 'a' },
        'a name in capitals with spaces': { name: 'My Team' },
        'a reserved name': { name: 'api-things' },
        'the name of the console': { name: 'console' },
        'a name ending in a hyphen': { name: 'crew-' },
        'a name of 65 characters': { name: 'a'.repeat(65) },
        'no display name': { display_name: '' },
        'an unknown type': { type: 'X' },
    })) {
        test(`with ${what} is refused`, async () => {
            const { alice } = await people(node, 'alice');
            await refused(
                alice.client.createTeam({ name: unique('ok'), display_name: 'Ok', type: 'O', ...fields }),
                400,
            );
        });
    }

    test('with a name that is taken is refused', async () => {
        const { alice } = await people(node, 'alice');
        const made = await team(alice);
        await refused(alice.client.createTeam({ name: made.name, display_name: 'Again', type: 'O' }), 400);
    });
});

describe('finding teams', () => {
    test('by id, by name, and whether a name exists', async () => {
        const { alice } = await people(node, 'alice');
        const made = await team(alice);
        assert.deepEqual(await alice.client.getTeam(made.id), made);
        assert.equal((await alice.client.getTeamByName(made.name)).id, made.id);
        assert.deepEqual(await alice.client.checkIfTeamExists(made.name), { exists: true });
        assert.deepEqual(await alice.client.checkIfTeamExists('no-such-team'), { exists: false });
        await refused(alice.client.getTeamByName('no-such-team'), 404);
        await refused(alice.client.getTeam(no_such_id), 404);
    });

    test('my teams and my memberships are mine', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const [one, two] = [await team(alice), await team(alice, bob)];
        await team(bob);
        assert.deepEqual(sorted(ids(await alice.client.getMyTeams())), sorted([one.id, two.id]));
        const members = await alice.client.getMyTeamMembers();
        assert.deepEqual(sorted(members.map((member) => member.team_id)), sorted([one.id, two.id]));
        members.forEach((member) => assert.equal(like.team_member(member).user_id, alice.id));
    });

    test('teams of other people are not told', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        await team(alice);
        await refused(bob.client.getTeamsForUser(alice.id), 403);
    });

    test('open teams can be listed and joined, closed ones not', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const [open, closed] = [await team(alice), await team(alice)];
        await alice.client.patchTeam({ id: open.id, allow_open_invite: true });
        const listed = ids(await bob.client.getTeams(0, 200));
        assert.ok(listed.includes(open.id) && !listed.includes(closed.id));
        assert.equal(like.team_member(await bob.client.addToTeam(open.id, bob.id)).team_id, open.id);
        await refused(bob.client.addToTeam(closed.id, bob.id), 403, 'api.context.permissions.app_error');
    });

    test('search finds open teams by name and by display name', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const word = unique('zebra').replace('-', '');
        const made = await alice.client.createTeam({
            name: unique('findme'),
            display_name: `Quick ${word}`,
            type: 'O',
            allow_open_invite: true,
        });
        await alice.client.patchTeam({ id: made.id, allow_open_invite: true });
        assert.deepEqual(ids(await bob.client.searchTeams(word)), [made.id]);
        assert.deepEqual(ids(await bob.client.searchTeams(made.name)), [made.id]);
        assert.deepEqual(await bob.client.searchTeams('nothing-is-called-so'), []);
    });
});

describe('membership', () => {
    test('adding answers 201, tells the added user, and joins the default channels', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const made = await team(alice);
        const ears = await listen(bob);
        const reply = await raw(node, 'POST', `/teams/${made.id}/members`, {
            token: alice.token,
            json: { team_id: made.id, user_id: bob.id },
        });
        assert.equal(reply.status, 201);
        assert.equal(reply.json.user_id, bob.id);
        assert.equal(reply.json.roles, 'team_user');
        const event = await ears.wait('added_to_team', (each) => each.data.team_id === made.id);
        assert.equal(event.data.user_id, bob.id);
        assert.equal(event.broadcast.user_id, bob.id);
        assert.deepEqual(sorted((await bob.client.getMyChannels(made.id)).map((each) => each.name)), [
            'off-topic',
            'town-square',
        ]);
        ears.close();
    });

    test('adding twice is not an error', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const made = await team(alice, bob);
        assert.equal((await alice.client.addToTeam(made.id, bob.id)).user_id, bob.id);
        assert.equal((await alice.client.getTeamStats(made.id)).total_member_count, 2);
    });

    test('many are added at once', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const made = await team(alice);
        const added = await alice.client.addUsersToTeam(made.id, [bob.id, carol.id]);
        assert.deepEqual(sorted(added.map((each) => each.user_id)), sorted([bob.id, carol.id]));
        const graceful = await alice.client.addUsersToTeamGracefully(made.id, [bob.id, no_such_id]);
        assert.equal(graceful.find((each) => each.user_id === bob.id).member.team_id, made.id);
    });

    test('an invitation is worth a membership until it is renewed', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const made = await team(alice);
        const info = await carol.client.getTeamInviteInfo(made.invite_id);
        assert.deepEqual([info.id, info.name, info.display_name], [made.id, made.name, made.display_name]);
        assert.equal((await bob.client.joinTeam(made.invite_id)).team_id, made.id);
        const renewed = await alice.client.regenerateTeamInviteId(made.id);
        assert.notEqual(renewed.invite_id, made.invite_id);
        await refused(carol.client.joinTeam(made.invite_id), [400, 404]);
    });

    test('members are listed by page and by id', async () => {
        const { alice, bob, carol, team: made } = await scene(node, 'alice', 'bob', 'carol');
        const everybody = sorted([alice.id, bob.id, carol.id]);
        const pages = [
            await alice.client.getTeamMembers(made.id, 0, 2),
            await alice.client.getTeamMembers(made.id, 1, 2),
        ];
        assert.deepEqual(
            pages.map((page) => page.length),
            [2, 1],
        );
        assert.deepEqual(sorted(pages.flat().map((member) => member.user_id)), everybody);
        const some = await alice.client.getTeamMembersByIds(made.id, [bob.id, no_such_id]);
        assert.deepEqual(
            some.map((member) => member.user_id),
            [bob.id],
        );
        await refused(alice.client.getTeamMember(made.id, no_such_id), 404);
    });

    test('statistics count members', async () => {
        const { alice, team: made } = await scene(node, 'alice', 'bob');
        const stats = like.team_stats(await alice.client.getTeamStats(made.id));
        assert.deepEqual([stats.total_member_count, stats.active_member_count], [2, 2]);
    });

    test('leaving takes the channels along and tells the team', async () => {
        const { alice, bob, team: made, room } = await scene(node, 'alice', 'bob');
        const [hears, own] = [await listen(alice), await listen(bob)];
        await bob.client.removeFromTeam(made.id, bob.id);
        assert.equal(
            (await hears.wait('leave_team', (event) => event.data.user_id === bob.id)).data.team_id,
            made.id,
        );
        await own.wait('leave_team', (event) => event.data.team_id === made.id);
        assert.deepEqual(await bob.client.getMyTeams(), []);
        await refused(bob.client.getMyChannelMember(room.id), [403, 404]);
        await refused(bob.client.getPosts(room.id), 403);
        hears.close();
        own.close();
    });

    test('only those who may can remove others', async () => {
        const { alice, bob, carol, team: made } = await scene(node, 'alice', 'bob', 'carol');
        await refused(bob.client.removeFromTeam(made.id, carol.id), 403, 'api.context.permissions.app_error');
        await alice.client.removeFromTeam(made.id, carol.id);
        await refused(carol.client.getTeam(made.id), [403, 404]);
    });

    test('a member made administrator can do what administrators do', async () => {
        const { alice, bob, team: made } = await scene(node, 'alice', 'bob');
        await refused(bob.client.patchTeam({ id: made.id, description: 'mine now' }), 403);
        await refused(bob.client.updateTeamMemberSchemeRoles(made.id, bob.id, true, true), 403);
        const ears = await listen(bob);
        await alice.client.updateTeamMemberSchemeRoles(made.id, bob.id, true, true);
        const event = await ears.wait('memberrole_updated');
        assert.equal(inner(event, 'member').scheme_admin, true);
        assert.equal(
            (await bob.client.patchTeam({ id: made.id, description: 'ours now' })).description,
            'ours now',
        );
        ears.close();
    });
});

describe('changing a team', () => {
    test('a patch changes what it names and tells the members', async () => {
        const { alice, bob, team: made } = await scene(node, 'alice', 'bob');
        const ears = await listen(bob);
        const patched = await alice.client.patchTeam({
            id: made.id,
            display_name: 'Renamed',
            company_name: 'Ours',
        });
        assert.deepEqual(
            [patched.display_name, patched.company_name, patched.name],
            ['Renamed', 'Ours', made.name],
        );
        assert.equal(inner(await ears.wait('update_team'), 'team').display_name, 'Renamed');
        ears.close();
    });

    test('a whole update keeps name and id', async () => {
        const { alice, team: made } = await scene(node, 'alice');
        const updated = await alice.client.updateTeam({ ...made, display_name: 'Whole', description: 'new' });
        assert.deepEqual(
            [updated.display_name, updated.description, updated.name, updated.id],
            ['Whole', 'new', made.name, made.id],
        );
    });

    test('plain members see no address of the team', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const made = await alice.client.createTeam({
            name: unique('mail'),
            display_name: 'Mail',
            type: 'O',
            email: 'team@example.org',
        });
        await alice.client.addToTeam(made.id, bob.id);
        assert.notEqual((await alice.client.getTeam(made.id)).email, '');
        const seen = await bob.client.getTeam(made.id);
        assert.equal(seen.email, '');
        assert.equal(seen.invite_id, made.invite_id, 'members may invite');
    });

    test('its icon is set, served as a picture, and removed', async () => {
        const { alice, bob, team: made } = await scene(node, 'alice', 'bob');
        await refused(bob.client.setTeamIcon(made.id, new Blob([png(10, 10)], { type: 'image/png' })), 403);
        await alice.client.setTeamIcon(made.id, new Blob([png(200, 100)], { type: 'image/png' }));
        const reply = await raw(node, 'GET', `/teams/${made.id}/image`, bob);
        assert.equal(reply.status, 200);
        assert.equal(pictureSize(reply.bytes).type, 'image/png');
        assert.ok((await alice.client.getTeam(made.id)).last_team_icon_update > 0);
        await alice.client.removeTeamIcon(made.id);
        assert.equal((await raw(node, 'GET', `/teams/${made.id}/image`, bob)).status, 404);
    });

    test('archiving hides it and tells the members', async () => {
        const { alice, bob, team: made } = await scene(node, 'alice', 'bob');
        const ears = await listen(bob);
        await refused(bob.client.deleteTeam(made.id), 403);
        await alice.client.deleteTeam(made.id);
        assert.equal(inner(await ears.wait('delete_team'), 'team').id, made.id);
        assert.ok(!ids(await bob.client.getMyTeams()).includes(made.id));
        await refused(bob.client.unarchiveTeam(made.id), 403);
        assert.equal((await alice.client.unarchiveTeam(made.id)).delete_at, 0);
        assert.equal(inner(await ears.wait('restore_team'), 'team').id, made.id);
        assert.ok(ids(await bob.client.getMyTeams()).includes(made.id));
        await refused(alice.client.unarchiveTeam(made.id), 400, 'api.team.restore_team.restored.app_error');
        ears.close();
    });

    test('it is opened to everybody and closed again', async () => {
        const { alice, bob, team: made } = await scene(node, 'alice', 'bob');
        const set = (who, privacy) => raw(node, 'PUT', `/teams/${made.id}/privacy`, { token: who.token, json: { privacy } });
        assert.equal((await set(bob, 'O')).status, 403);
        assert.equal((await set(alice, 'O')).json.allow_open_invite, true);
        assert.equal((await set(alice, 'I')).json.allow_open_invite, false);
        assert.equal((await set(alice, 'X')).status, 400);
    });
});

test('a team and its people are closed to strangers, open to the system administrator', async () => {
    const admin = await administrator(node);
    const { team: made } = await scene(node, 'alice');
    const stranger = await person(node, 'stranger');
    for (const call of [
        () => stranger.client.getTeamMembers(made.id),
        () => stranger.client.getTeamStats(made.id),
        () => stranger.client.getChannels(made.id),
        () => stranger.client.patchTeam({ id: made.id, display_name: 'x' }),
        () => stranger.client.addToTeam(made.id, stranger.id),
        () => stranger.client.getTeam(made.id),
    ]) {
        await refused(call(), 403, 'api.context.permissions.app_error');
    }
    assert.equal((await admin.client.getTeam(made.id)).id, made.id);
    assert.equal((await admin.client.patchTeam({ id: made.id, description: 'seen' })).description, 'seen');
});
