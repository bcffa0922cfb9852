// Groups of a directory: listed, linked, and linked to teams and channels, whose members follow them.
import fs from 'node:fs';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    channel,
    describe,
    eventually,
    freshDirectory,
    ids,
    like,
    newClient,
    no_such_id,
    person,
    raw,
    refused,
    shaped,
    team,
    test,
} from './harness.mjs';
import { Slapd, directory_password } from './support/slapd.mjs';

const base = 'dc=example,dc=test';
const forbidden = 'api.context.permissions.app_error';

describe('groups of a directory', () => {
    let slapd, node, admin, dir;
    const found = {};
    const makeGroup = (name, member) =>
        slapd.change(`dn: cn=${name},${base}\nchangetype: add\nobjectClass: groupOfNames\ncn: ${name}\nmember: ${member},${base}\n`);
    const changeMember = (group, act, member) =>
        slapd.change(`dn: cn=${group},${base}\nchangetype: modify\n${act}: member\nmember: ${member},${base}\n`);
    before(
        async () => {
            slapd = await Slapd.start('ada', 'bob', 'carl');
            makeGroup('engineers', 'uid=ada');
            makeGroup('staff', 'cn=engineers');
            makeGroup('visitors', 'uid=carl');
            dir = freshDirectory();
            const groups = { GroupIdAttribute: 'entryUUID', GroupDisplayNameAttribute: 'cn' };
            node = new Node({ dir, settings: { LdapSettings: slapd.settings(groups) } });
            await node.launch();
            admin = await administrator(node);
            for (const name of ['ada', 'bob', 'carl']) {
                found[name] = newClient(node);
                found[name].user = await found[name].login(name, directory_password);
            }
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            await slapd?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );
    const keyOf = async (name) => (await admin.client.getLdapGroups(0, 60, { q: name })).groups[0].primary_key;
    const linkGroup = async (name) => admin.client.linkLdapGroup(await keyOf(name));
    const memberIds = async (team_id) => (await admin.client.getTeamMembers(team_id)).map((member) => member.user_id);

    test('are announced to clients', async () => {
        assert.equal((await newClient(node).getClientLicenseOld()).LDAPGroups, 'true');
    });

    test('are listed from the directory, and linked', async () => {
        const all = await admin.client.getLdapGroups();
        assert.equal(all.count, 3);
        assert.deepEqual(all.groups.map((group) => group.name), ['engineers', 'staff', 'visitors']);
        shaped(all.groups[0], 'primary_key:s name:s mattermost_group_id:s|0 has_syncables:b|0');
        const answer = await raw(node, 'POST', `/ldap/groups/${all.groups[0].primary_key}/link`, { token: admin.token });
        assert.equal(answer.status, 201);
        const group = answer.json;
        like.group(group);
        assert.equal(group.source, 'ldap');
        assert.equal(group.remote_id, all.groups[0].primary_key);
        assert.equal((await linkGroup('engineers')).id, group.id);
        const linked = await admin.client.getLdapGroups(0, 60, { is_linked: true });
        assert.equal(linked.count, 1);
        assert.equal(linked.groups[0].mattermost_group_id, group.id);
        like.group(await admin.client.getGroup(group.id));
        assert.deepEqual(ids(await admin.client.getGroups({ q: 'engin' })), [group.id]);
        await refused(admin.client.linkLdapGroup('no-such-group'), 404, 'ent.ldap_groups.no_rows');
        await refused(admin.client.getGroup(no_such_id), 404, 'app.group.no_rows');
        await refused(found.bob.getLdapGroups(), 403, forbidden);
        await refused(found.bob.linkLdapGroup(group.remote_id), 403, forbidden);
        await refused(found.bob.getGroup(group.id), 403, forbidden);
        assert.deepEqual(await found.bob.getGroups({}), []);
    });

    test('bring their members into teams and channels, nested ones too', async () => {
        const staff = await linkGroup('staff');
        const home = await team(admin);
        const room = await channel(admin, home.id, 'P');
        const made = await admin.client.linkGroupSyncable(staff.id, room.id, 'channel', { auto_add: true, scheme_admin: true });
        like.group_channel(made);
        await eventually(
            () => admin.client.getChannelMember(room.id, found.ada.user.id).then((member) => member.scheme_admin, () => false),
            'ada is an administrator of the channel',
        );
        assert.ok((await memberIds(home.id)).includes(found.ada.user.id));
        assert.ok(!(await memberIds(home.id)).includes(found.bob.user.id));
        assert.deepEqual(ids(await found.ada.getGroupsByUserId('me')), [(await linkGroup('engineers')).id, staff.id]);
        assert.equal((await admin.client.getGroupStats(staff.id)).total_member_count, 1);
        assert.deepEqual(ids(await admin.client.getProfilesInGroup(staff.id)), [found.ada.user.id]);
        const of_channel = await admin.client.getGroupsAssociatedToChannel(room.id);
        assert.equal(of_channel.total_group_count, 1);
        assert.equal(of_channel.groups[0].scheme_admin, true);
        assert.equal(of_channel.groups[0].member_count, 1);
        assert.deepEqual(Object.keys((await admin.client.getAllGroupsAssociatedToChannelsInTeam(home.id)).groups), [room.id]);
        like.group_channel((await admin.client.getGroupSyncables(staff.id, 'channel'))[0]);
        assert.ok(!ids(await admin.client.getGroupsNotAssociatedToChannel(room.id)).includes(staff.id));
        const patched = await admin.client.patchGroupSyncable(staff.id, room.id, 'channel', { scheme_admin: false });
        assert.equal(patched.scheme_admin, false);
        assert.equal(patched.auto_add, true);
        await eventually(
            async () => !(await admin.client.getChannelMember(room.id, found.ada.user.id)).scheme_admin,
            'ada is no longer an administrator of the channel',
        );
        assert.equal((await admin.client.unlinkGroupSyncable(staff.id, room.id, 'channel')).status, 'OK');
        await refused(admin.client.unlinkGroupSyncable(staff.id, room.id, 'channel'), 400, 'app.group.group_syncable_already_deleted');
    });

    test('decide who is in what they constrain', async () => {
        const engineers = await linkGroup('engineers');
        const home = await team(admin);
        like.group_team(await admin.client.linkGroupSyncable(engineers.id, home.id, 'team', { auto_add: true }));
        await eventually(async () => (await memberIds(home.id)).includes(found.ada.user.id), 'ada is in the team');
        assert.equal((await admin.client.getGroupsAssociatedToTeam(home.id)).total_group_count, 1);
        const leavers = await raw(node, 'GET', `/teams/${home.id}/members_minus_group_members?group_ids=`, { token: admin.token });
        assert.deepEqual(ids(leavers.json.users), [found.ada.user.id]);
        assert.equal(leavers.json.total_count, 1);
        assert.deepEqual(ids(leavers.json.users[0].groups), ids(await found.ada.getGroupsByUserId('me')));
        const constrained = await admin.client.patchTeam({ id: home.id, group_constrained: true });
        assert.equal(constrained.group_constrained, true);
        await refused(admin.client.addToTeam(home.id, found.bob.user.id), 400, 'api.team.add_members.user_denied');
        await refused(
            admin.client.removeFromTeam(home.id, found.ada.user.id),
            400,
            'api.team.remove_member.group_constrained.app_error',
        );
        changeMember('engineers', 'add', 'uid=bob');
        changeMember('engineers', 'delete', 'uid=ada');
        const plan = await raw(node, 'GET', '/concordat/ldap/sync', { token: admin.token });
        const changes = plan.json.places.filter((change) => change.place_id === home.id);
        assert.deepEqual(changes.map((change) => `${change.action} ${change.username} ${change.group}`).sort(), [
            'join bob engineers',
            'leave ada engineers',
        ]);
        assert.ok((await memberIds(home.id)).includes(found.ada.user.id));
        await admin.client.syncLdap();
        await eventually(async () => !(await memberIds(home.id)).includes(found.ada.user.id), 'ada has left the team');
        assert.ok((await memberIds(home.id)).includes(found.bob.user.id));
    });

    test('act at the first sign-in', async () => {
        const visitors = await linkGroup('visitors');
        const home = await team(admin);
        await admin.client.linkGroupSyncable(visitors.id, home.id, 'team', { auto_add: true });
        slapd.change(
            `dn: uid=dora,${base}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: dora\ncn: dora\nsn: Dora\nmail: dora@example.test\nuserPassword: ${directory_password}\n`,
        );
        changeMember('visitors', 'add', 'uid=dora');
        const dora = newClient(node);
        await dora.login('dora', directory_password);
        assert.deepEqual(ids(await dora.getMyTeams()), [home.id]);
    });

    test('may be given a name, and need one to be mentioned', async () => {
        const engineers = await linkGroup('engineers');
        await refused(admin.client.patchGroup(engineers.id, { allow_reference: true }), 400, 'api.ldap_groups.existing_group_name_error');
        await refused(admin.client.patchGroup(engineers.id, { name: 'ada' }), 409, 'app.group.username_conflict');
        const named = await admin.client.patchGroup(engineers.id, { name: 'eng', allow_reference: true });
        assert.equal(named.name, 'eng');
        assert.deepEqual(ids(await found.carl.getGroups({ filter_allow_reference: true })), [engineers.id]);
        assert.deepEqual(ids(await found.carl.getGroupsByNames(['eng', 'none'])), [engineers.id]);
    });

    test('are linked to a place by those who look after it', async () => {
        const engineers = await linkGroup('engineers');
        const home = await team(admin);
        const other = await person(node);
        await refused(other.client.linkGroupSyncable(engineers.id, home.id, 'team', { auto_add: true }), 403, forbidden);
        await admin.client.addToTeam(home.id, other.id);
        const room = await channel(admin, home.id, 'O', other);
        await refused(
            other.client.linkGroupSyncable(engineers.id, room.id, 'channel', { auto_add: true, scheme_admin: true }),
            403,
            forbidden,
        );
        await refused(admin.client.patchGroupSyncable(engineers.id, home.id, 'team', { auto_add: true }), 400, 'app.group.group_syncable_already_deleted');
    });

    test('are unlinked', async () => {
        const key = await keyOf('staff');
        assert.equal((await admin.client.unlinkLdapGroup(key)).status, 'OK');
        await refused(admin.client.unlinkLdapGroup(key), 404, 'app.group.no_rows');
    });
});
