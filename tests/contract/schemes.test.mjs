// Schemes, changed roles and moderated channels, as the official console and client use them.
import {
    administrator,
    assert,
    channel,
    describe,
    direct,
    listen,
    newClient,
    no_such_id,
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

describe('schemes', () => {
    const made = async (scope) => {
        const admin = await administrator(node);
        return admin.client.createScheme({ scope, name: unique('scheme'), display_name: 'Quiet', description: 'for tests' });
    };
    const permissionsOf = async (name) => (await (await administrator(node)).client.getRoleByName(name)).permissions;
    const without = async (role_name, ...taken) => {
        const admin = await administrator(node);
        const role = await admin.client.getRoleByName(role_name);
        const permissions = role.permissions.filter((each) => !taken.includes(each));
        return admin.client.patchRole(role.id, { permissions });
    };

    test('are announced to clients', async () => {
        assert.equal((await newClient(node).getClientLicenseOld()).CustomPermissionsSchemes, 'true');
    });

    test('are made, listed, renamed and deleted', async () => {
        const admin = await administrator(node);
        const scheme = await made('team');
        assert.equal(scheme.scope, 'team');
        for (const member of ['team_admin', 'team_user', 'team_guest', 'channel_admin', 'channel_user', 'channel_guest']) {
            const name = scheme[`default_${member}_role`];
            assert.deepEqual(sorted(await permissionsOf(name)), sorted(await permissionsOf(member)), member);
        }
        assert.deepEqual(await admin.client.getScheme(scheme.id), scheme);
        assert.ok((await admin.client.getSchemes('team')).some((each) => each.id === scheme.id));
        assert.ok(!(await admin.client.getSchemes('channel')).some((each) => each.id === scheme.id));
        const renamed = await admin.client.patchScheme(scheme.id, { display_name: 'Quieter' });
        assert.equal(renamed.display_name, 'Quieter');
        assert.equal(renamed.name, scheme.name);
        await refused(admin.client.createScheme({ scope: 'team', name: scheme.name, display_name: 'x' }), 409, 'app.scheme.save.app_error');
        await refused(admin.client.createScheme({ scope: 'moon', display_name: 'x' }), 400, 'app.scheme.save.invalid_scheme.app_error');
        await refused(admin.client.getSchemes('moon'), 400, 'api.context.invalid_param.app_error');
        assert.equal((await admin.client.deleteScheme(scheme.id)).status, 'OK');
        await refused(admin.client.getScheme(scheme.id), 404, 'app.scheme.get.app_error');
    });

    test('of a team decide what its members may do, at once and for open sockets', async () => {
        const admin = await administrator(node);
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const scheme = await made('team');
        await without(scheme.default_channel_user_role, 'create_post');
        await say(bob, room.id, 'before');
        const ears = await listen(bob);
        await admin.client.updateTeamScheme(team.id, scheme.id);
        const told = await ears.wait('update_team_scheme');
        assert.equal(JSON.parse(told.data.team).scheme_id, scheme.id);
        await refused(say(bob, room.id, 'after'), 403, forbidden);
        const member = await bob.client.getChannelMember(room.id, bob.id);
        assert.equal(member.roles, scheme.default_channel_user_role);
        assert.equal(member.explicit_roles, '');
        const [role] = await bob.client.getRolesByNames([member.roles]);
        assert.ok(!role.permissions.includes('create_post'));
        assert.deepEqual((await admin.client.getSchemeTeams(scheme.id)).map((each) => each.id), [team.id]);
        assert.equal((await bob.client.getTeam(team.id)).scheme_id, scheme.id);

        // Names of roles of this team are given; others are not.
        const setRoles = (roles) =>
            alice.client.doFetch(`${alice.client.getChannelMemberRoute(room.id, bob.id)}/roles`, {
                method: 'put',
                body: JSON.stringify({ roles }),
            });
        await setRoles(`${scheme.default_channel_user_role} ${scheme.default_channel_admin_role}`);
        assert.equal((await bob.client.getChannelMember(room.id, bob.id)).scheme_admin, true);
        await refused(setRoles('channel_user system_admin'), 400, 'api.channel.update_channel_member_roles.scheme_role.app_error');
        await say(bob, room.id, 'an administrator of the channel may');
        await admin.client.deleteScheme(scheme.id);
        assert.equal((await bob.client.getTeam(team.id)).scheme_id, null);
        assert.equal((await bob.client.getChannelMember(room.id, bob.id)).roles, 'channel_user channel_admin');
    });

    test('of a channel only take', async () => {
        const admin = await administrator(node);
        const { bob, room } = await scene(node, 'alice', 'bob');
        const scheme = await made('channel');
        await without(scheme.default_channel_user_role, 'use_channel_mentions', 'add_reaction');
        const ears = await listen(bob);
        await admin.client.updateChannelScheme(room.id, scheme.id);
        await ears.wait('channel_scheme_updated');
        const post = await say(bob, room.id, 'hello');
        await refused(bob.client.addReaction(bob.id, post.id, 'smile'), 403, forbidden);
        assert.deepEqual((await admin.client.getSchemeChannels(scheme.id)).map((each) => each.id), [room.id]);
        await refused(admin.client.updateTeamScheme((await admin.client.getChannel(room.id)).team_id, scheme.id), 400, 'api.team.update_team_scheme.scheme_scope.error');
        await refused(admin.client.updateChannelScheme(room.id, no_such_id), 404, 'app.scheme.get.app_error');
        await refused(admin.client.updateChannelScheme((await direct(bob, admin)).id, scheme.id), 400, 'api.channel.patch_channel_moderations.channel');
    });

    test('a role that is changed is told, and counts for who is here', async () => {
        const admin = await administrator(node);
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const ears = await listen(alice);
        const before = await admin.client.getRoleByName('team_user');
        try {
            const changed = await admin.client.patchRole(before.id, { permissions: before.permissions.filter((each) => each !== 'create_public_channel') });
            assert.ok(!changed.permissions.includes('create_public_channel'));
            const told = await ears.wait('role_updated', (event) => JSON.parse(event.data.role).name === 'team_user');
            assert.deepEqual(JSON.parse(told.data.role).permissions, changed.permissions);
            await refused(channel(bob, team.id), 403, forbidden);
        } finally {
            await admin.client.patchRole(before.id, { permissions: before.permissions });
        }
        const not_allowed = 'api.roles.patch_roles.not_allowed_permission.error';
        await refused(admin.client.patchRole(before.id, { permissions: ['manage_system'] }), 403, not_allowed);
        const highest = await admin.client.getRoleByName('system_admin');
        await refused(admin.client.patchRole(highest.id, { permissions: [] }), 403, not_allowed);
        await refused(admin.client.patchRole(before.id, { permissions: ['fly'] }), 400, 'app.role.save.invalid_role.app_error');
        await refused(admin.client.patchRole(no_such_id, { permissions: [] }), 404, 'app.role.get.app_error');
    });

    test('moderation of a channel', async () => {
        const admin = await administrator(node);
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const state = async (name) => (await admin.client.getChannelModerations(room.id)).find((each) => each.name === name).roles;
        assert.deepEqual(
            (await admin.client.getChannelModerations(room.id)).map((each) => each.name),
            ['create_post', 'create_reactions', 'manage_members', 'use_channel_mentions', 'manage_bookmarks'],
        );
        assert.deepEqual(await state('create_post'), { guests: { value: true, enabled: true }, members: { value: true, enabled: true } });
        assert.deepEqual(await state('manage_members'), { members: { value: true, enabled: true } });
        const answer = await admin.client.patchChannelModerations(room.id, [
            { name: 'create_post', roles: { members: false } },
            { name: 'create_reactions', roles: { guests: false } },
        ]);
        assert.equal(answer[0].roles.members.value, false);
        assert.equal(answer[1].roles.guests.value, false);
        await refused(say(bob, room.id, 'quiet'), 403, forbidden);
        const post = await say(alice, room.id, 'the administrator of the channel may');
        await bob.client.addReaction(bob.id, post.id, 'smile');
        await admin.client.patchChannelModerations(room.id, [
            { name: 'create_post', roles: { members: true } },
            { name: 'create_reactions', roles: { guests: true } },
        ]);
        await say(bob, room.id, 'again');
        assert.equal((await admin.client.getChannel(room.id)).scheme_id, null);
        await refused(admin.client.patchChannelModerations(room.id, [{ name: 'fly', roles: { members: true } }]), 400, 'api.channel.patch_channel_moderations.invalid_name');
        await refused(admin.client.getChannelModerations((await direct(alice, bob)).id), 400, 'api.channel.patch_channel_moderations.channel');
    });

    test('are for administrators', async () => {
        const { bob, team, room } = await scene(node, 'alice', 'bob');
        const scheme = await made('team');
        const role = await bob.client.getRoleByName('channel_user');
        for (const call of [
            () => bob.client.getSchemes(),
            () => bob.client.createScheme({ scope: 'team', display_name: 'x' }),
            () => bob.client.getScheme(scheme.id),
            () => bob.client.patchScheme(scheme.id, { display_name: 'x' }),
            () => bob.client.deleteScheme(scheme.id),
            () => bob.client.getSchemeTeams(scheme.id),
            () => bob.client.getSchemeChannels(scheme.id),
            () => bob.client.updateTeamScheme(team.id, scheme.id),
            () => bob.client.updateChannelScheme(room.id, scheme.id),
            () => bob.client.patchRole(role.id, { permissions: [] }),
            () => bob.client.getChannelModerations(room.id),
            () => bob.client.patchChannelModerations(room.id, [{ name: 'create_post', roles: { members: false } }]),
        ])
            await refused(call(), 403, forbidden);
    });
});
