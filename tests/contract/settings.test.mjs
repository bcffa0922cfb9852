// Settings as administrators read and change them: with the official client, and at the machine.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
    administrator,
    assert,
    describe,
    eventually,
    listen,
    newClient,
    password,
    person,
    program,
    raw,
    refused,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode({ env: { MM_TEAMSETTINGS_MAXUSERSPERTEAM: '70' } });
const forbidden = 'api.context.permissions.app_error';
const mask = '*'.repeat(32);
const file = () => path.join(node.data, 'config.json');
const ctl = (...words) => promisify(execFile)(program('concordatctl'), ['--data', node.data, '--json', ...words]);
const refusedCtl = async (...words) => {
    const done = await ctl(...words).then(() => assert.fail('it was not refused'), (error) => error);
    return JSON.parse(done.stdout).error;
};

describe('the configuration', () => {
    test('is read by who may, without secrets', async () => {
        const admin = await administrator(node);
        const config = await admin.client.getConfig();
        assert.equal(config.TeamSettings.MaxUsersPerTeam, 70);
        assert.equal(config.ServiceSettings.MaximumLoginAttempts, 10);
        assert.equal(config.SqlSettings.DataSource, mask);
        assert.equal(config.EmailSettings.SMTPPassword, '');
        const bob = await person(node, 'bob');
        await refused(bob.client.getConfig(), 403, forbidden);
        await refused(bob.client.patchConfig({ TeamSettings: { SiteName: 'Mine' } }), 403, forbidden);
        await refused(bob.client.getEnvironmentConfig(), 403, forbidden);
        assert.equal((await raw(node, 'GET', '/config')).status, 401);
        assert.equal((await raw(node, 'GET', '/concordat/settings')).status, 401);
    });

    test('what the environment decides is told, and not changed', async () => {
        const { client } = await administrator(node);
        const environment = await client.getEnvironmentConfig();
        assert.equal(environment.TeamSettings.MaxUsersPerTeam, true);
        assert.equal(environment.TeamSettings.SiteName, undefined);
        await refused(client.patchConfig({ TeamSettings: { MaxUsersPerTeam: 80 } }), 409, 'config.environment');
        await client.patchConfig({ TeamSettings: { MaxUsersPerTeam: 70 } });
    });

    test('a change is in force, in the file, told to clients, and on record', async () => {
        const admin = await administrator(node);
        const bob = await person(node, 'bob');
        const ears = await listen(bob);
        const after = await admin.client.patchConfig({ TeamSettings: { SiteName: 'Harbour' }, ServiceSettings: { PostEditTimeLimit: 300 } });
        assert.equal(after.TeamSettings.SiteName, 'Harbour');
        assert.equal((await ears.wait('config_changed')).data.config.SiteName, 'Harbour');
        assert.equal((await newClient(node).getClientConfig()).SiteName, 'Harbour');
        assert.equal(JSON.parse(fs.readFileSync(file())).ServiceSettings.PostEditTimeLimit, 300);
        assert.equal(fs.statSync(file()).mode & 0o777, 0o600);
        const reply = await raw(node, 'GET', '/concordat/identity/decisions?act=settings', { token: admin.client.getToken() });
        const asked = reply.json.find((each) => each.rule === 'settings.asked');
        assert.equal(asked.actor_id, admin.id);
        assert.ok(asked.steps.some((each) => each.detail === 'ServiceSettings.PostEditTimeLimit: -1 became 300.'), JSON.stringify(asked.steps));
        assert.ok(!JSON.stringify(asked).includes('Harbour'));
    });

    test('says whose address new rules would refuse', async () => {
        const { client } = await administrator(node);
        const ada = await client.createUser({ username: 'ada.out', email: 'ada@elsewhere.example', password });
        const list = (token = client.getToken()) => raw(node, 'GET', '/users/invalid_emails?per_page=200', { token });
        assert.ok(!(await list()).json.some((one) => one.id === ada.id));
        await client.patchConfig({ TeamSettings: { RestrictCreationToDomains: 'example.org, example.com' } });
        const { json } = await list();
        assert.ok(json.some((one) => one.id === ada.id), JSON.stringify(json));
        assert.ok(json.every((one) => !one.email.endsWith('@example.com') && !one.is_bot));
        const bob = await person(node, 'bob');
        assert.equal((await list(bob.client.getToken())).status, 403);
        await client.patchConfig({ TeamSettings: { RestrictCreationToDomains: '', EnableOpenServer: true } });
        const open = await list();
        assert.deepEqual([open.status, open.json.id], [400, 'api.users.invalid_emails.enable_open_server.app_error']);
        await client.patchConfig({ TeamSettings: { EnableOpenServer: false } });
    });

    test('says what else belongs to a part of the console', async () => {
        const bob = await person(node, 'bob');
        const both = await bob.client.getAncillaryPermissions(['sysconsole_read_authentication_saml', 'create_post']);
        assert.deepEqual(both, ['sysconsole_read_authentication_saml', 'create_post', 'get_saml_cert_status']);
        await refused(bob.client.getAncillaryPermissions(['fly']), 400, 'api.permission.ancillary.unknown');
    });

    test('everything may be sent back as it was read: secrets stay', async () => {
        const { client } = await administrator(node);
        await client.patchConfig({ EmailSettings: { SMTPUsername: 'us', SMTPPassword: 'pa55-of-the-post' } });
        const config = await client.getConfig();
        assert.equal(config.EmailSettings.SMTPPassword, mask);
        config.TeamSettings.SiteName = 'Quay';
        // Go clients send null for what a server does not have.
        config.PluginSettings = { Enable: null };
        config.ElasticsearchSettings = null;
        assert.equal((await client.updateConfig(config)).TeamSettings.SiteName, 'Quay');
        assert.equal(JSON.parse(fs.readFileSync(file())).EmailSettings.SMTPPassword, 'pa55-of-the-post');
        assert.ok(!node.log.includes('pa55-of-the-post'));
    });

    test('what cannot be is refused in one sentence, and nothing of it is kept', async () => {
        const { client } = await administrator(node);
        const before = fs.readFileSync(file(), 'utf8');
        for (const [patch, status, id] of [
            [{ TeamSettings: { Sitename: 'x' } }, 400, 'config.unknown'],
            [{ TeamSettings: { SiteName: 7 } }, 400, 'config.invalid'],
            [{ TeamSettings: { SiteName: 'kept?' }, ServiceSettings: { MaximumLoginAttempts: 0 } }, 400, 'config.invalid'],
            [{ EmailSettings: { SendEmailNotifications: true } }, 400, 'config.invalid'],
            [{ ConcordatSettings: { AuditWitnessFile: '/etc/passwd' } }, 403, 'config.local'],
            [{ SqlSettings: { DataSource: 'host=elsewhere' } }, 403, 'config.local'],
        ])
            await refused(client.patchConfig(patch), status, id);
        assert.equal(fs.readFileSync(file(), 'utf8'), before);
    });

    test('a file that was changed by hand is read at a request, and what is wrong with it is said', async () => {
        const { client } = await administrator(node);
        const text = fs.readFileSync(file(), 'utf8');
        fs.writeFileSync(file(), text.replace('Quay', 'Pier'));
        await client.reloadConfig();
        assert.equal((await client.getConfig()).TeamSettings.SiteName, 'Pier');
        fs.writeFileSync(file(), '{');
        await refused(client.reloadConfig(), 400, 'config.invalid');
        await refused(client.patchConfig({ TeamSettings: { SiteName: 'x' } }), 400, 'config.invalid');
        assert.equal((await client.getConfig()).TeamSettings.SiteName, 'Pier');
        fs.writeFileSync(file(), text);
        await client.reloadConfig();
    });

    test('at the machine', async () => {
        const shown = JSON.parse((await ctl('config', 'show', '--find', 'sitename')).stdout);
        assert.deepEqual(shown, [{ setting: 'TeamSettings.SiteName', value: 'Quay', note: 'set' }]);
        assert.deepEqual(JSON.parse((await ctl('config', 'set', 'ServiceSettings.MaximumLoginAttempts', '--value', '7')).stdout), {
            setting: 'ServiceSettings.MaximumLoginAttempts',
            in_force: 'now',
        });
        const { client } = await administrator(node);
        assert.equal((await client.getConfig()).ServiceSettings.MaximumLoginAttempts, 7);
        assert.equal(JSON.parse((await ctl('config', 'set', 'ConcordatSettings.Workers', '--value', '3')).stdout).in_force, 'after a restart');
        await ctl('config', 'set', 'ConcordatSettings.AuditWitnessFile', '--value', path.join(node.dir, 'witness'));
        await eventually(() => fs.existsSync(path.join(node.dir, 'witness')));
        assert.equal((await refusedCtl('config', 'set', 'servicesettings.siteurl', '--value', 'x')).text, 'Is ServiceSettings.SiteURL meant?');
        assert.equal((await refusedCtl('config', 'set', 'ServiceSettings.MaximumLoginAttempts', '--value', 'many')).id, 'operator.setting.value');
        assert.equal((await refusedCtl('config', 'set', 'TeamSettings.MaxUsersPerTeam', '--value', '3')).id, 'config.environment');
    });

    test('the status of the node is for those who look after it', async () => {
        const admin = await administrator(node);
        const bob = await person(node, 'bob');
        const reply = await raw(node, 'GET', '/concordat/status', { token: admin.client.getToken() });
        assert.equal(reply.status, 200);
        assert.equal(reply.json.database.state, 'running');
        assert.equal(reply.json.audit.state, 'working');
        assert.ok(reply.json.files.free_bytes > 0);
        assert.equal((await raw(node, 'GET', '/concordat/status', { token: bob.client.getToken() })).status, 403);

        const made = await raw(node, 'GET', '/concordat/appliance', { token: admin.client.getToken() });
        assert.equal(made.status, 200);
        const { keys, database, places, tls } = made.json;
        assert.deepEqual([keys.source, keys.generation, keys.outdated], ['file', 1, 0]);
        assert.ok(keys.classes.some((each) => each.data_class === 'accounts' && each.live > 0), JSON.stringify(keys));
        assert.equal(database.schema, database.newest_known);
        assert.ok(database.bytes > 1_000_000 && database.version.startsWith('15'));
        for (const each of [places.key_store, places.master_key, places.files, places.database_socket]) assert.ok(fs.existsSync(each), each);
        assert.deepEqual(tls, { is_on: false });
        const master = fs.readFileSync(places.master_key, 'utf8').trim();
        assert.ok(!JSON.stringify(made.json).includes(master));
        assert.ok(JSON.parse(fs.readFileSync(places.key_store, 'utf8')).buckets.every((each) => !each.wrapped || !JSON.stringify(made.json).includes(each.wrapped)));
        assert.equal((await raw(node, 'GET', '/concordat/appliance', { token: bob.client.getToken() })).status, 403);
        assert.equal((await raw(node, 'GET', '/concordat/appliance')).status, 401);
    });
});
