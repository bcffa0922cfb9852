// Direct and group messages between people of two organisations, by nothing but the official client.
import {
    Node,
    administrator,
    after,
    assert,
    before,
    channel,
    describe,
    eventually,
    freePort,
    listen,
    person,
    raw,
    refused,
    say,
    team,
    test,
} from './harness.mjs';

describe('conversations with people of a partner', () => {
    let alpha, beta, at_alpha, at_beta, ana, eve, bob, beta_remote, alpha_remote;
    const password = 'a long enough secret';
    const start = async (name) => {
        const address = `127.0.0.1:${await freePort()}`;
        return Node.start({
            env: {
                CONCORDAT_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS: 'true',
                CONCORDAT_CONCORDATSETTINGS_ORGANISATIONNAME: name,
                CONCORDAT_CONCORDATSETTINGS_FEDERATIONLISTENADDRESS: address,
                CONCORDAT_CONCORDATSETTINGS_FEDERATIONPUBLICADDRESS: address,
            },
        });
    };
    const own = (admin, verb, path, json) => raw(admin.node, verb, `/concordat/federation${path}`, { token: admin.token, json });
    const allow = async (admin, id, direct) => {
        const { json } = await own(admin, 'PUT', `/partners/${id}/policy`, { direct });
        assert.equal(json.policy.direct, direct);
    };
    const told = (admin, id, direct) =>
        eventually(async () => (await own(admin, 'GET', `/partners/${id}`)).json.told.direct === direct, 'the word of the other side');
    const comes = (who, id) => eventually(() => who.client.getPost(id).catch(() => false), `the post ${id}`);
    before(
        async () => {
            [alpha, beta] = [await start('Alpha Ltd'), await start('Beta SA')];
            [at_alpha, at_beta] = [await administrator(alpha), await administrator(beta)];
            [ana, eve, bob] = [await person(alpha, 'ana'), await person(alpha, 'eve'), await person(beta, 'bob')];
            const alpha_team = await team(at_alpha, ana);
            const beta_team = await team(at_beta, bob);
            const room = await channel(at_alpha, alpha_team.id, 'O', ana);
            const made = await at_alpha.client.createRemoteCluster({ name: 'beta', display_name: 'Beta', password });
            const wanted = { name: 'alpha', display_name: 'Alpha', default_team_id: beta_team.id, invite: made.invite, password };
            alpha_remote = await at_beta.client.acceptInviteRemoteCluster(wanted);
            beta_remote = await eventually(async () => {
                const [one] = await at_alpha.client.getRemoteClusters({});
                return one.state === 'pending' && one;
            }, 'beta to come');
            for (const [admin, remote] of [[at_alpha, beta_remote], [at_beta, alpha_remote]])
                await own(admin, 'POST', `/partners/${remote.remote_id}/confirm`, { check_number: remote.check_number });
            await at_alpha.client.sharedChannelRemoteInvite(beta_remote.remote_id, room.id);
            await eventually(() => at_beta.client.getChannel(room.id).catch(() => false), 'the channel at beta');
            await at_beta.client.addToChannel(bob.id, room.id);
            await eventually(() => ana.client.getUser(bob.id).catch(() => false), 'bob at alpha');
            await eventually(() => bob.client.getUser(ana.id).catch(() => false), 'ana at beta');
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await alpha?.dispose();
            await beta?.dispose();
        },
        { timeout: 600_000 },
    );

    test('nobody begins one before both sides allow it', async () => {
        assert.deepEqual(await ana.client.canUserDirectMessage(ana.id, bob.id), { can_dm: false });
        await refused(ana.client.createDirectChannel([ana.id, bob.id]), 403, 'federation.direct.off_here');
        assert.equal((await own(ana, 'PUT', `/partners/${beta_remote.remote_id}/policy`, { direct: true })).status, 403);
        await allow(at_alpha, beta_remote.remote_id, true);
        await refused(ana.client.createDirectChannel([ana.id, bob.id]), 403, 'federation.direct.off_there');
        await told(at_beta, alpha_remote.remote_id, true);
        await allow(at_beta, alpha_remote.remote_id, true);
        await told(at_alpha, beta_remote.remote_id, true);
        assert.deepEqual(await ana.client.canUserDirectMessage(ana.id, bob.id), { can_dm: true });
        const [found] = await ana.client.searchUsers(`${bob.username}:`, { limit: 10 });
        assert.equal(found.id, bob.id);
    });

    test('both begin at once, and it is one', async () => {
        const ears = await listen(bob);
        const [here, there] = await Promise.all([
            ana.client.createDirectChannel([ana.id, bob.id]),
            bob.client.createDirectChannel([bob.id, ana.id]),
        ]);
        assert.equal(here.id, there.id);
        assert.equal(here.name, there.name);
        assert.equal(here.shared, true);
        const posts = await Promise.all([say(ana, here.id, 'good morning'), say(bob, here.id, 'the same to you')]);
        for (const who of [ana, bob]) for (const post of posts) assert.equal((await comes(who, post.id)).channel_id, here.id);
        const heard = await ears.wait('posted', (event) => JSON.parse(event.data.post).id === posts[0].id);
        assert.equal(heard.data.sender_name, `@${ana.username}:alpha`);
        assert.equal(heard.data.channel_type, 'D');
        assert.equal((await bob.client.getUser(ana.id)).username, `${ana.username}:alpha`);
        assert.equal((await ana.client.getChannelMembers(here.id)).length, 2);
        ears.close?.();

        const reply = await bob.client.createPost({ channel_id: here.id, root_id: posts[0].id, message: 'a thread' });
        assert.equal((await comes(ana, reply.id)).root_id, posts[0].id);
        await ana.client.addReaction(ana.id, reply.id, 'wave');
        await eventually(async () => (await bob.client.getReactionsForPost(reply.id))?.length === 1, 'the reaction');
        await ana.client.patchPost({ id: posts[0].id, message: 'good evening' });
        await eventually(async () => (await bob.client.getPost(posts[0].id)).message === 'good evening', 'the edit');
        await bob.client.deletePost(posts[1].id);
        await eventually(() => ana.client.getPost(posts[1].id).then(() => false, () => true), 'the deletion');
        await refused(at_alpha.client.deletePost(reply.id), 403, 'federation.share.not_yours');
    });

    test('a file goes along, and nobody else gets anything', async () => {
        const direct = await ana.client.createDirectChannel([ana.id, bob.id]);
        const form = new FormData();
        form.append('channel_id', direct.id);
        form.append('files', new Blob(['for bob alone']), 'note.txt');
        form.append('client_ids', 'note');
        const { file_infos } = await ana.client.uploadFile(form);
        const post = await ana.client.createPost({ channel_id: direct.id, message: 'see', file_ids: [file_infos[0].id] });
        const there = await eventually(async () => {
            const one = await bob.client.getPost(post.id).catch(() => undefined);
            return one?.metadata?.files?.length === 1 && one;
        }, 'the file');
        const read = (who, id) => raw(who.node, 'GET', `/files/${id}`, { token: who.token });
        assert.equal(String((await read(bob, there.metadata.files[0].id)).bytes), 'for bob alone');
        await refused(eve.client.getPost(post.id), 403);
    });

    test('the author sees what has arrived', async () => {
        const direct = await ana.client.createDirectChannel([ana.id, bob.id]);
        const delivery = (who) => raw(who.node, 'GET', `/concordat/federation/channels/${direct.id}/delivery`, { token: who.token });
        const ears = await listen(ana);
        const post = await say(ana, direct.id, 'is it there?');
        const there = await eventually(async () => {
            const { json } = await delivery(ana);
            return json.partners[0].upto >= post.create_at && json;
        }, 'the acknowledgement');
        assert.deepEqual(there.partners.map((each) => [each.name, each.reason, each.refusals, each.refused]), [['beta', '', 0, []]]);
        assert.ok(there.since > 0 && there.since <= post.create_at);
        const heard = await ears.wait('concordat_delivery', (event) => event.data.delivery.partners[0].upto >= post.create_at);
        assert.equal(heard.broadcast.channel_id, direct.id);
        assert.deepEqual((await delivery(bob)).json.partners.map((each) => each.name), ['alpha']);
        assert.equal((await delivery(eve)).status, 403);
    });

    test('what was acknowledged comes after the node was killed', { timeout: 120_000 }, async () => {
        const direct = await ana.client.createDirectChannel([ana.id, bob.id]);
        const posts = [];
        for (let number = 0; number < 20; ++number) posts.push(await say(ana, direct.id, `number ${number}`));
        await alpha.restart({ gracefully: false });
        for (const post of posts) await comes(bob, post.id);
        const after = await say(bob, direct.id, 'all of it');
        await comes(ana, after.id);
    });

    test('a group', async () => {
        const carl = await person(beta, 'carl');
        const room = (await bob.client.getMyChannels((await bob.client.getMyTeams())[0].id)).find((each) => each.shared);
        await at_beta.client.addToTeam(room.team_id, carl.id);
        await at_beta.client.addToChannel(carl.id, room.id);
        await eventually(() => ana.client.getUser(carl.id).catch(() => false), 'carl at alpha');
        const group = await ana.client.createGroupChannel([bob.id, carl.id]);
        const post = await say(ana, group.id, 'the three of us');
        assert.equal((await comes(carl, post.id)).channel_id, group.id);
        assert.equal((await comes(bob, post.id)).channel_id, group.id);
        assert.equal((await bob.client.createGroupChannel([carl.id, ana.id])).id, group.id);
        await comes(ana, (await say(carl, group.id, 'here, too')).id);
    });

    test('who withdraws it ends it, and both are told why', async () => {
        const direct = await ana.client.createDirectChannel([ana.id, bob.id]);
        await allow(at_beta, alpha_remote.remote_id, false);
        await told(at_alpha, beta_remote.remote_id, false);
        await refused(say(ana, direct.id, 'hello?'), 403, 'federation.direct.off_there');
        await refused(say(bob, direct.id, 'no'), 403, 'federation.direct.off_here');
        assert.ok((await ana.client.getPosts(direct.id)).order.length > 0);
        await allow(at_beta, alpha_remote.remote_id, true);
        await told(at_alpha, beta_remote.remote_id, true);
        await comes(bob, (await say(ana, direct.id, 'again')).id);
    });
});
