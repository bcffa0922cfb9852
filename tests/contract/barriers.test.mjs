// Information barriers, as clients meet them.
import { execFileSync } from 'node:child_process';
import { administrator, assert, describe, eventually, person, program, raw, refused, sharedNode, test } from './harness.mjs';

describe('information barriers', () => {
    const node = sharedNode();
    const ctl = (...args) => JSON.parse(execFileSync(program('concordatctl'), ['--data', node.data, '--json', ...args], { encoding: 'utf8' }));
    const call = (who, verb, where, body) => raw(node, verb, `/concordat/barriers${where}`, { token: who.token, json: body });
    let admin, alice, tim, bob, conny, team, channel, field, barrier, direct;

    test('are made by the role alone, from attributes that administrators set, and previewed', async () => {
        admin = await administrator(node);
        [alice, tim, bob, conny] = [await person(node, 'alice'), await person(node, 'tim'), await person(node, 'bob'), await person(node, 'conny')];
        await admin.client.updateUserRoles(conny.id, 'system_user content_officer');
        team = await admin.client.createTeam({ name: 'desk', display_name: 'Desk', type: 'O' });
        channel = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'O' });
        for (const who of [alice, tim, bob]) await admin.client.addToTeam(team.id, who.id);
        await admin.client.addToChannel(alice.id, channel.id);
        direct = await alice.client.createDirectChannel([alice.id, tim.id]);
        await alice.client.createPost({ channel_id: direct.id, message: 'before' });
        field = (await raw(node, 'POST', '/custom_profile_attributes/fields', { token: admin.token, json: { name: 'Desk', type: 'text', attrs: { managed: 'admin' } } })).json;
        const set = (who, value) => raw(node, 'PATCH', `/users/${who.id}/custom_profile_attributes`, { token: admin.token, json: { [field.id]: value } });
        assert.equal((await set(alice, 'research')).status, 200);
        assert.equal((await call(admin, 'GET', '')).status, 403);
        const segment = async (name) => {
            const made = await call(conny, 'POST', '/segments', { name, terms: [{ kind: 'attribute', field_id: field.id, values: [name] }] });
            assert.equal(made.status, 201, JSON.stringify(made.json));
            return made.json;
        };
        const [research, trading] = [await segment('research'), await segment('trading')];
        assert.deepEqual((await call(conny, 'GET', `/segments/${research.id}/people`)).json, [alice.id]);
        const wanted = { name: 'research and trading', first_id: research.id, second_id: trading.id, hides_people: true, is_on: true };
        assert.equal((await call(conny, 'POST', '/preview', wanted)).json.channel_count, 0);
        barrier = (await call(conny, 'POST', '', wanted)).json;
        assert.ok((await alice.client.createPost({ channel_id: direct.id, message: 'tim is in neither' })).id);
        await set(tim, 'trading');
        await eventually(async () => (await raw(node, 'POST', '/posts', { token: alice.token, json: { channel_id: direct.id, message: 'hi' } })).json.id === 'barrier.read_only', 'the attribute counts', 1000);
    });

    test('leave what was there to be read only', async () => {
        await refused(tim.client.createPost({ channel_id: direct.id, message: 'hello' }), 403, 'barrier.read_only');
        const posts = await tim.client.getPosts(direct.id, 0, 60);
        assert.ok(Object.values(posts.posts).some((post) => post.message === 'before'));
        await refused(tim.client.addReaction(tim.id, posts.order.at(-1), 'smile'), 403, 'barrier.read_only');
        await refused(tim.client.patchChannel(direct.id, { header: 'psst' }), 403, 'barrier.read_only');
        const broken = (await call(conny, 'POST', '/preview', barrier)).json;
        assert.equal(broken.channel_count, 3); // with the channels that everybody of the team is in
        assert.ok(broken.channels.some((each) => each.channel_id === direct.id && each.first_ids[0] === alice.id && each.second_ids[0] === tim.id));
    });

    test('stand at every way in', async () => {
        await refused(admin.client.addToChannel(tim.id, channel.id), 403, 'barrier.apart');
        await refused(tim.client.addToChannel(tim.id, channel.id), 403, 'barrier.apart');
        await refused(bob.client.createGroupChannel([bob.id, alice.id, tim.id]), 403, 'barrier.apart');
        const invited = await raw(node, 'POST', '/commands/execute', { token: alice.token, json: { channel_id: channel.id, command: '/invite @tim' } });
        assert.ok(invited.status < 500);
        const members = await admin.client.getChannelMembers(channel.id, 0, 60);
        assert.ok(!members.some((each) => each.user_id === tim.id));
    });

    test('hide people from searches, and not from who shares nothing with them', async () => {
        const names = async (who, name) => [
            ...(await who.client.searchUsers(name, { team_id: team.id })),
            ...(await who.client.autocompleteUsers(name, team.id)).users,
        ].map((each) => each.username);
        assert.deepEqual(await names(alice, 'tim'), []);
        assert.deepEqual(await names(tim, 'alice'), []);
        assert.deepEqual(await names(bob, 'tim'), [tim.username, tim.username]);
        assert.equal((await bob.client.getUserByUsername(tim.username)).id, tim.id);
        await refused(alice.client.getUserByUsername(tim.username), 404, 'app.user.get_by_username.app_error');
    });

    test('stay after a crash, and are switched at the machine', async () => {
        await node.restart({ gracefully: false });
        await refused(tim.client.createPost({ channel_id: direct.id, message: 'hello' }), 403, 'barrier.read_only');
        assert.equal(ctl('barrier', 'list').length, 1);
        ctl('barrier', 'off', barrier.id);
        assert.ok((await tim.client.createPost({ channel_id: direct.id, message: 'hello' })).id);
        assert.equal(ctl('barrier', 'preview', barrier.id).channel_count, 3);
        ctl('barrier', 'remove', barrier.id);
        const records = (await raw(node, 'GET', '/concordat/identity/decisions?act=barrier&per_page=200', { token: admin.token })).json;
        for (const rule of ['barrier.rule_made', 'barrier.rule_changed', 'barrier.rule_removed', 'barrier.read_only', 'barrier.apart', 'barrier.role'])
            assert.ok(records.some((each) => each.rule === rule), rule);
    });
});
