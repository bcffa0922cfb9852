// All channels of all teams, as the official console lists them: by pages, without those that something else holds.
import { administrator, assert, channel, describe, person, raw, scene, sharedNode, test } from './harness.mjs';

const node = sharedNode();

describe('all channels', () => {
    test('are listed for administrators, with their teams', async () => {
        const { team, alice } = await scene(node, 'alice');
        const admin = await administrator(node);
        const own = await channel(alice, team.id, 'P');
        const list = async (query) => {
            const answer = await raw(node, 'GET', `/channels?${query}`, { token: admin.token });
            assert.equal(answer.status, 200, JSON.stringify(answer.json));
            return answer.json;
        };
        const all = await admin.client.getAllChannels(0, 200, '', false, true);
        const found = all.channels.find((each) => each.id === own.id);
        assert.equal(found.team_display_name, team.display_name);
        assert.equal(found.type, 'P');
        assert.equal(all.total_count, all.channels.length);
        assert.ok(all.channels.some((each) => each.name === 'town-square'));
        assert.ok(!all.channels.some((each) => each.type === 'D'));
        const others = await list('per_page=200&exclude_default_channels=true');
        assert.ok(others.some((each) => each.id === own.id));
        assert.ok(!others.some((each) => ['town-square', 'off-topic'].includes(each.name)));
        const pages = [await list('per_page=2&page=0'), await list('per_page=2&page=1')];
        assert.deepEqual([...pages[0], ...pages[1]].map((each) => each.id), all.channels.slice(0, 4).map((each) => each.id));

        await alice.client.deleteChannel(own.id);
        assert.ok(!(await list('per_page=200')).some((each) => each.id === own.id));
        assert.ok((await list('per_page=200&include_deleted=true')).some((each) => each.id === own.id));
        assert.equal((await raw(node, 'GET', '/channels?not_associated_to_group=x', { token: admin.token })).status, 400);
    });

    test('are not for everybody', async () => {
        const bob = await person(node, 'bob');
        assert.equal((await raw(node, 'GET', '/channels', { token: bob.token })).status, 403);
    });

    test('leave out those with a policy of retention', async () => {
        const { team, alice } = await scene(node, 'alice');
        const admin = await administrator(node);
        const held = await channel(alice, team.id);
        const wanted = { display_name: 'short', post_duration: 30, team_ids: [], channel_ids: [held.id] };
        const policy = await raw(node, 'POST', '/data_retention/policies', { token: admin.token, json: wanted });
        assert.equal(policy.status, 201, JSON.stringify(policy.json));
        const free = await raw(node, 'GET', '/channels?per_page=200&exclude_policy_constrained=true', { token: admin.token });
        assert.ok(!free.json.some((each) => each.id === held.id));
        const searched = await raw(node, 'POST', '/channels/search', {
            token: admin.token,
            json: { term: held.name, exclude_policy_constrained: true },
        });
        assert.deepEqual(searched.json, []);
        await raw(node, 'DELETE', `/data_retention/policies/${policy.json.id}`, { token: admin.token });
    });
});
