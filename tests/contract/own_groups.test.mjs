// Groups that people make, messages that mention them, and groups that an identity system provisions.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    describe,
    eventually,
    freshDirectory,
    ids,
    inner,
    like,
    listen,
    no_such_id,
    person,
    program,
    refused,
    say,
    scene,
    sorted,
    test,
    unique,
} from './harness.mjs';

const forbidden = 'api.context.permissions.app_error';
const bad_body = 'api.context.invalid_body_param.app_error';
const names = (list) => list.map((group) => group.name);

describe('groups that people make', () => {
    let node, admin, dir;
    before(
        async () => {
            dir = freshDirectory();
            node = new Node({ dir, settings: { ConcordatSettings: { EnableScim: true }, GuestAccountsSettings: { Enable: true } } });
            await node.launch();
            admin = await administrator(node);
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );
    const make = (who, name, ...members) =>
        who.client.createGroupWithUserIds({
            name,
            display_name: `Group ${name}`,
            allow_reference: true,
            source: 'custom',
            user_ids: ids(members),
        });

    test('are announced to clients', async () => {
        assert.equal((await admin.client.getClientConfig()).EnableCustomGroups, 'true');
    });

    test('are made, filled, changed, deleted and brought back, and everybody hears of it', async () => {
        const { alice, bob, carol } = await scene(node, 'alice', 'bob', 'carol');
        const [hears, hears_bob] = [await listen(carol), await listen(bob)];
        const name = unique('devs');
        const group = like.group(await make(alice, name, alice, bob));
        assert.equal(group.source, 'custom');
        assert.equal(group.remote_id, null);
        assert.equal(group.name, name);
        const told = (wanted) => hears.wait('received_group', (event) => wanted(inner(event, 'group')));
        like.group(inner(await told((each) => each.id === group.id && each.delete_at === 0), 'group'));
        const came = inner(await hears_bob.wait('group_member_add'), 'group_member');
        assert.deepEqual([came.group_id, came.user_id, came.delete_at], [group.id, bob.id, 0]);
        assert.deepEqual(hears.named('group_member_add'), [], 'only who came is told');

        const added = await alice.client.addUsersToGroup(group.id, [carol.id]);
        assert.deepEqual([added[0].group_id, added[0].user_id], [group.id, carol.id]);
        const removed = await alice.client.removeUsersFromGroup(group.id, [bob.id]);
        assert.deepEqual(removed.map((each) => each.user_id), [bob.id]);
        assert.equal(inner(await hears_bob.wait('group_member_deleted'), 'group_member').user_id, bob.id);
        assert.deepEqual(sorted(ids(await bob.client.getProfilesInGroup(group.id))), sorted(ids([alice, carol])));
        const others = ids(await bob.client.getProfilesNotInGroup(group.id, 0, 200));
        assert.ok(others.includes(bob.id) && !others.includes(carol.id));
        assert.deepEqual(names(await carol.client.getGroupsByUserId('me')), [name]);
        assert.equal((await bob.client.getGroup(group.id, true)).member_count, 2);
        assert.equal((await bob.client.getGroupStats(group.id)).total_member_count, 2);

        const renamed = unique('makers');
        assert.equal((await bob.client.patchGroup(group.id, { name: renamed, display_name: 'Makers' })).name, renamed);
        await told((each) => each.name === renamed);
        const found = await carol.client.getGroups({ q: renamed, filter_allow_reference: true, include_member_count: true,
            include_member_ids: true, page: 0, per_page: 10 });
        assert.deepEqual(ids(found), [group.id]);
        assert.equal(found[0].member_count, 2);
        assert.deepEqual(sorted(found[0].member_ids), sorted(ids([alice, carol])));
        assert.deepEqual(ids(await bob.client.getGroups({ q: renamed, filter_has_member: bob.id })), []);
        assert.deepEqual(ids(await bob.client.getGroups({ q: renamed, group_source: 'ldap' })), []);
        assert.deepEqual(ids(await bob.client.getGroupsByNames([renamed, 'none'])), [group.id]);

        const archived = await bob.client.archiveGroup(group.id);
        assert.ok(archived.delete_at > 0);
        await told((each) => each.id === group.id && each.delete_at > 0);
        assert.deepEqual(ids(await bob.client.getGroups({ q: renamed })), []);
        assert.deepEqual(ids(await bob.client.getGroups({ q: renamed, filter_archived: true })), [group.id]);
        assert.deepEqual(ids(await bob.client.getGroups({ q: renamed, include_archived: true })), [group.id]);
        assert.deepEqual(await carol.client.getGroupsByUserId('me'), []);
        assert.equal((await bob.client.restoreGroup(group.id)).id, group.id);
        assert.deepEqual(names(await carol.client.getGroupsByUserId('me')), [renamed]);
        hears.close();
        hears_bob.close();
    });

    test('are refused when somebody may not, or asks for what is not', async () => {
        const { alice, bob } = await scene(node, 'alice', 'bob');
        const name = unique('devs');
        const group = await make(alice, name);
        await refused(make(bob, name), 409, 'app.custom_group.unique_name');
        await refused(make(bob, bob.username), 409, 'app.group.username_conflict');
        await refused(make(bob, 'a b'), 400, bad_body);
        await refused(make(bob, 'here'), 400, bad_body);
        await refused(make(bob, unique('g'), { id: no_such_id }), 400, bad_body);
        const wrong = { name: unique('g'), display_name: 'G', allow_reference: true, source: 'custom', user_ids: [] };
        const create = (more) => bob.client.createGroupWithUserIds({ ...wrong, ...more });
        await refused(create({ source: 'ldap' }), 501, 'app.group.crud_permission');
        await refused(create({ allow_reference: false }), 501, 'api.custom_groups.must_be_referenceable');
        await refused(create({ remote_id: 'x' }), 501, 'api.custom_groups.no_remote_id');
        await refused(bob.client.addUsersToGroup(group.id, [no_such_id]), 400, bad_body);
        await refused(bob.client.archiveGroup(no_such_id), 404, 'app.group.no_rows');
        await refused(bob.client.restoreGroup(group.id), 404, 'app.group.no_rows');
        await refused(bob.client.getGroup(no_such_id), 403, forbidden);
        const { team } = await scene(node, 'owner');
        await refused(admin.client.linkGroupSyncable(group.id, team.id, 'team', { auto_add: true }), 501, 'app.group.crud_permission');
        const guest = await person(node, 'guest');
        await admin.client.demoteUserToGuest(guest.id);
        await guest.logIn();
        await refused(make(guest, unique('g')), 403, forbidden);
        await refused(guest.client.addUsersToGroup(group.id, [guest.id]), 403, forbidden);
        await refused(guest.client.archiveGroup(group.id), 403, forbidden);
    });

    test('are mentioned: members in the channel are told, others are offered to the author', async () => {
        const { alice, bob, carol, dave, room, team } = await scene(node, 'alice', 'bob', 'carol', 'dave');
        const erin = await person(node, 'erin');
        await admin.client.addToTeam(team.id, erin.id);
        const name = unique('devs');
        const group = await make(alice, name, bob, carol, erin);
        const mentions = async () => (await bob.client.getMyChannelMembers(team.id)).find((each) => each.channel_id === room.id).mention_count;
        const before = await mentions(); // being added is one
        const [hears_alice, hears_bob, hears_dave] = [await listen(alice), await listen(bob), await listen(dave)];
        const post = await say(alice, room.id, `to @${name}: look`);
        assert.equal(post.props.disable_group_highlight, undefined);
        const { event } = await hears_bob.posted(post.id);
        assert.deepEqual(JSON.parse(event.data.mentions), [bob.id]);
        assert.equal((await hears_dave.posted(post.id)).event.data.mentions, undefined);
        assert.equal(await mentions(), before + 1);
        const note = inner(await hears_alice.wait('ephemeral_message'), 'post');
        assert.deepEqual(note.props.add_channel_member.not_in_channel_user_ids, [erin.id]);
        const counts = await alice.client.getChannelMemberCountsByGroup(room.id, true);
        assert.deepEqual(counts.filter((each) => each.group_id === group.id).map((each) => each.channel_member_count), [2]);
        await alice.client.removeUsersFromGroup(group.id, [bob.id]);
        const later = await say(alice, room.id, `@${name} again`);
        assert.equal((await hears_bob.posted(later.id)).event.data.mentions, undefined);
        [hears_alice, hears_bob, hears_dave].forEach((each) => each.close());
    });

    // What an identity system says, and what the node answers.
    const scim = (token) => async (method, to, body) => {
        const answer = await fetch(`${node.url}/scim/v2${to}`, {
            method,
            headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/scim+json' },
            body: body && JSON.stringify(body),
        });
        const text = await answer.text();
        return { status: answer.status, location: answer.headers.get('location'), ...(text ? { json: JSON.parse(text) } : {}) };
    };
    const client = (name) => {
        const run = (...words) => execFileSync(program('concordatctl'), ['--data', node.data, '--json', ...words], { encoding: 'utf8' });
        return scim(JSON.parse(run('scim', 'add', '--name', name, '--service', 'saml')).token);
    };

    test('are provisioned by SCIM, and their members follow into what they are linked to', async () => {
        const entra = client('entra'), okta = client('okta');
        const provision = async (of, name) => {
            const made = await of('POST', '/Users', { userName: `${name}@corp.example`, externalId: `s-${name}`, active: true });
            assert.equal(made.status, 201, JSON.stringify(made.json));
            return made.json.id;
        };
        const ada = await provision(entra, unique('ada')), ben = await provision(entra, unique('ben'));
        const foreign = await provision(okta, unique('foreign'));
        const made = await entra('POST', '/Groups', {
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
            displayName: 'Tour Guides',
            externalId: 'g-1',
            members: [{ value: ada }],
        });
        assert.equal(made.status, 201, JSON.stringify(made.json));
        const group = made.json.id;
        assert.ok(made.location.endsWith(`/scim/v2/Groups/${group}`));
        assert.deepEqual(made.json.members.map((each) => each.value), [ada]);
        const { team } = await scene(node, 'owner');
        const members = async () => (await admin.client.getTeamMembers(team.id)).map((each) => each.user_id);
        await admin.client.linkGroupSyncable(group, team.id, 'team', { auto_add: true });
        assert.ok((await members()).includes(ada), 'at once');
        const patch = (...Operations) => entra('PATCH', `/Groups/${group}`, {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations,
        });
        assert.equal((await patch({ op: 'add', path: 'members', value: [{ value: ben }] })).status, 200);
        assert.ok((await members()).includes(ben));
        await admin.client.patchTeam({ id: team.id, group_constrained: true });
        const gone = await patch({ op: 'remove', path: `members[value eq "${ben}"]` });
        assert.deepEqual(gone.json.members.map((each) => each.value), [ada]);
        assert.ok(!(await members()).includes(ben));
        assert.equal((await patch({ op: 'Remove', path: 'members', value: [{ value: ada }] })).status, 200);
        assert.ok(!(await members()).includes(ada), 'as Entra says it');

        const listed = await entra('GET', `/Groups?filter=${encodeURIComponent('displayName eq "tour guides"')}&excludedAttributes=members`);
        assert.equal(listed.json.totalResults, 1);
        assert.equal(listed.json.Resources[0].members, undefined);
        assert.equal((await entra('GET', `/Groups?filter=${encodeURIComponent('displayName co "x"')}`)).json.scimType, 'invalidFilter');
        assert.equal((await entra('POST', '/Groups', { displayName: 'Tour Guides' })).json.scimType, 'uniqueness');
        assert.equal((await patch({ op: 'add', path: 'members', value: [{ value: foreign }] })).status, 400);
        assert.equal((await patch({ op: 'add', path: 'members', value: [{ value: admin.id }] })).status, 400);
        assert.equal((await okta('GET', `/Groups/${group}`)).status, 404);
        assert.equal((await okta('DELETE', `/Groups/${group}`)).status, 404);
        assert.equal((await scim('wrong')('GET', '/Groups')).status, 401);
        assert.equal((await entra('PUT', `/Groups/${group}`, { displayName: 'Guides', members: [{ value: ben }] })).json.displayName, 'Guides');
        assert.ok((await entra('GET', '/ResourceTypes')).json.Resources.some((each) => each.endpoint === '/Groups'));
        assert.equal((await entra('GET', '/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group')).json.name, 'Group');

        const shown = like.group(await admin.client.getGroup(group));
        assert.equal(shown.source, 'plugin_scim');
        await refused(admin.client.archiveGroup(group), 501, 'app.group.crud_permission');
        const name = unique('guides');
        await admin.client.patchGroup(group, { name, allow_reference: true });
        assert.deepEqual(names(await admin.client.getGroupsByUserId(ben)), [name]);
        assert.equal((await entra('DELETE', `/Groups/${group}`)).status, 204);
        assert.equal((await entra('GET', `/Groups/${group}`)).status, 404);
        await eventually(async () => (await admin.client.getGroupsByUserId(ben)).length === 0, 'ben is in no group');
    });
});
