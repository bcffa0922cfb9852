// Retention and legal holds: policies with the official client, runs as jobs, holds over Concordat's own routes,
// and the operator's commands.
import { execFileSync } from 'node:child_process';
import { administrator, assert, describe, eventually, newClient, person, program, raw, refused, sharedNode, test } from './harness.mjs';

const day = 86400000;

describe('retention', () => {
    const node = sharedNode({
        env: {
            MM_DATARETENTIONSETTINGS_ENABLEMESSAGEDELETION: 'true',
            MM_DATARETENTIONSETTINGS_MESSAGERETENTIONHOURS: '720',
            MM_DATARETENTIONSETTINGS_DELETIONJOBSTARTTIME: '23:59',
            MM_DATARETENTIONSETTINGS_BATCHSIZE: '4',
            MM_DATARETENTIONSETTINGS_TIMEBETWEENBATCHESMILLISECONDS: '0',
            MM_CONCORDATSETTINGS_HOLDRELEASEGRACEHOURS: '0',
        },
    });
    const ctl = (...words) =>
        JSON.parse(execFileSync(program('concordatctl'), ['--data', node.data, '--json', ...words], { encoding: 'utf8' }));
    const old = (channel, days, message = 'old words') =>
        admin.client.createPost({ channel_id: channel.id, message, create_at: Date.now() - days * day });
    const gone = async (post) => (await raw(node, 'GET', `/posts/${post.id}`, { token: admin.token })).status === 404;
    const run = async () => {
        const asked = await admin.client.createJob({ type: 'data_retention' });
        let job;
        await eventually(async () => {
            job = await admin.client.getJob(asked.id);
            return !['pending', 'in_progress'].includes(job.status);
        }, 'the run has ended');
        assert.equal(job.status, 'success');
        return job;
    };
    let admin, alice, team, deals, talk, policy;

    test('is promised to clients, with the policy of the settings', async () => {
        admin = await administrator(node);
        alice = await person(node, 'alice');
        assert.equal((await newClient(node).getClientLicenseOld()).DataRetention, 'true');
        const config = await alice.client.getClientConfig();
        assert.equal(config.DataRetentionEnableMessageDeletion, 'true');
        assert.equal(config.DataRetentionMessageRetentionHours, '720');
        const global = await alice.client.getDataRetentionPolicy();
        assert.equal(global.message_deletion_enabled, true);
        assert.equal(global.file_deletion_enabled, false);
        assert.ok(Math.abs(global.message_retention_cutoff - (Date.now() - 30 * day)) < 60000);
    });

    test('has policies for teams and channels', async () => {
        team = await admin.client.createTeam({ name: 'desk', display_name: 'Desk', type: 'O' });
        deals = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'P' });
        talk = await admin.client.createChannel({ team_id: team.id, name: 'talk', display_name: 'Talk', type: 'O' });
        await admin.client.addToTeam(team.id, alice.id);
        await admin.client.addToChannel(alice.id, talk.id);

        policy = await admin.client.createDataRetentionPolicy({ display_name: 'Ten days', post_duration: 10, team_ids: [team.id], channel_ids: [] });
        assert.deepEqual([policy.post_duration, policy.team_count, policy.channel_count], [10, 1, 0]);
        policy = await admin.client.updateDataRetentionPolicy(policy.id, { display_name: 'Five days', post_duration: 5 });
        assert.equal(policy.display_name, 'Five days');
        await admin.client.addDataRetentionPolicyChannels(policy.id, [talk.id]);
        const page = await admin.client.getDataRetentionCustomPolicies(0, 10);
        assert.equal(page.total_count, 1);
        assert.equal(page.policies[0].channel_count, 1);
        assert.equal((await raw(node, 'GET', '/data_retention/policies_count', { token: admin.token })).json.total_count, 1);
        assert.equal((await admin.client.getDataRetentionCustomPolicy(policy.id)).team_count, 1);

        const teams = await admin.client.getDataRetentionCustomPolicyTeams(policy.id);
        assert.deepEqual([teams.total_count, teams.teams[0].id, teams.teams[0].policy_id], [1, team.id, policy.id]);
        const channels = await admin.client.getDataRetentionCustomPolicyChannels(policy.id, 0, 10);
        assert.deepEqual([channels.total_count, channels.channels[0].id, channels.channels[0].team_name], [1, talk.id, 'desk']);
        assert.equal((await admin.client.searchDataRetentionCustomPolicyTeams(policy.id, 'des', {})).length, 1);
        assert.equal((await admin.client.searchDataRetentionCustomPolicyTeams(policy.id, 'zzz', {})).length, 0);
        assert.equal((await admin.client.searchDataRetentionCustomPolicyChannels(policy.id, 'TAL', {}))[0].id, talk.id);

        const own = await raw(node, 'GET', '/users/me/data_retention/channel_policies', { token: alice.token });
        assert.deepEqual(own.json, { policies: [{ channel_id: talk.id, post_duration: 5 }], total_count: 1 });
        const ownTeams = await raw(node, 'GET', '/users/me/data_retention/team_policies', { token: alice.token });
        assert.deepEqual(ownTeams.json, { policies: [{ team_id: team.id, post_duration: 5 }], total_count: 1 });
    });

    test('refuses what makes no sense, and people without the permission', async () => {
        const bad = 'app.retention_policy.bad_request';
        const make = (fields) => admin.client.createDataRetentionPolicy({ display_name: 'x', post_duration: 1, team_ids: [], channel_ids: [], ...fields });
        await refused(make({ post_duration: 0 }), 400, bad);
        await refused(make({ display_name: '' }), 400, bad);
        await refused(make({ team_ids: [team.id] }), 400, bad);
        await refused(make({ channel_ids: ['y'.repeat(26)] }), 400, bad);
        await refused(admin.client.getDataRetentionCustomPolicy('y'.repeat(26)), 404, 'app.retention_policy.not_found');
        const forbidden = 'api.context.permissions.app_error';
        await refused(alice.client.getDataRetentionCustomPolicies(), 403, forbidden);
        await refused(alice.client.createDataRetentionPolicy({ display_name: 'x', post_duration: 1 }), 403, forbidden);
        await refused(alice.client.createJob({ type: 'data_retention' }), 403, forbidden);
        assert.equal((await raw(node, 'GET', `/users/${admin.id}/data_retention/team_policies`, { token: alice.token })).status, 403);
    });

    test('destroys what is past its time, and says so in a certificate', async () => {
        const past = await old(deals, 6), recent = await old(deals, 4);
        for (let i = 0; i < 9; ++i) await old(talk, 7);
        const preview = await raw(node, 'GET', '/concordat/retention/preview', { token: admin.token });
        assert.equal(preview.json.posts, 10);
        const job = await run();
        assert.equal(job.data.posts, '10');
        assert.ok(await gone(past));
        assert.equal((await admin.client.getPost(recent.id)).message, 'old words');
        const listed = await raw(node, 'GET', '/jobs/type/data_retention', { token: admin.token });
        assert.equal(listed.json[0].id, job.id);
        const certificates = await raw(node, 'GET', '/concordat/retention/certificates', { token: admin.token });
        assert.equal(certificates.json[0].job_id, job.id);
        assert.equal(JSON.parse(certificates.json[0].text).counts.posts, 10);
        assert.equal(ctl('retention', 'certificates')[0].number, certificates.json[0].number);
        assert.equal(ctl('retention', 'status').runs[0].posts, 10);
    });

    test('keeps what a legal hold keeps, until two people have released it', async () => {
        const lena = await person(node, 'lena'), otto = await person(node, 'otto');
        const ask = (who, method, where, json) => raw(node, method, `/concordat${where}`, { token: who.token, json });
        assert.equal((await ask(admin, 'GET', '/holds')).status, 403);
        for (const one of [lena, otto]) await admin.client.updateUserRoles(one.id, 'system_user legal');
        const matter = (await ask(lena, 'POST', '/matters', { name: 'Acme', description: '' })).json;
        const made = await ask(lena, 'POST', '/holds', { matter_id: matter.id, name: 'deals', channel_ids: [deals.id] });
        assert.equal(made.status, 201);
        const hold = made.json;
        const content = async () => (await ask(lena, 'GET', `/holds/${hold.id}/content`)).json.posts;
        const before = await content();
        const kept = await old(deals, 8, 'evidence');
        assert.equal((await run()).data.posts, '0');
        assert.ok(!(await gone(kept)));
        assert.equal(await content(), before + 1);
        assert.equal(ctl('hold', 'show', hold.id).state, 'active');

        assert.equal((await ask(lena, 'POST', `/holds/${hold.id}/release`)).json.state, 'release_asked');
        const refusal = await ask(lena, 'POST', `/holds/${hold.id}/release/approve`);
        assert.deepEqual([refusal.status, refusal.json.id], [403, 'hold.release.two_people']);
        assert.equal((await ask(otto, 'POST', `/holds/${hold.id}/release/approve`)).json.state, 'released');
        assert.equal((await run()).data.posts, '1');
        assert.ok(await gone(kept));
    });

    test('ends with its policy', async () => {
        await admin.client.removeDataRetentionPolicyChannels(policy.id, [talk.id]);
        await admin.client.removeDataRetentionPolicyTeams(policy.id, [team.id]);
        assert.equal((await admin.client.getDataRetentionCustomPolicy(policy.id)).team_count, 0);
        await admin.client.addDataRetentionPolicyTeams(policy.id, [team.id]);
        await admin.client.deleteDataRetentionCustomPolicy(policy.id);
        await refused(admin.client.getDataRetentionCustomPolicy(policy.id), 404, 'app.retention_policy.not_found');
        const left = await old(deals, 20), past = await old(deals, 31);
        assert.equal(ctl('retention', 'run').posts, 1);
        assert.ok(await gone(past));
        assert.ok(!(await gone(left)));
    });
});
