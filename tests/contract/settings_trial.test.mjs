// How people sign in, changed on trial: what locks people out goes back by itself, what was proven stays.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    describe,
    eventually,
    freshDirectory,
    newClient,
    pause,
    person,
    program,
    raw,
    refused,
    test,
} from './harness.mjs';
import { Slapd, directory_password } from './support/slapd.mjs';

const masked = 'api.user.login.invalid_credentials_email_username';
const address = '/concordat/settings/trial';
const wrong = { sections: { LdapSettings: { BaseDN: 'ou=nowhere,dc=example,dc=test' } }, minutes: 1 };
const right = { sections: { LdapSettings: { LoginFieldName: 'Staff name' } } };

describe('settings on trial', () => {
    let slapd, node, admin, dir, file, base;
    const ask = (verb, rest = '', json = undefined) => raw(node, verb, address + rest, { token: admin.token, json });
    const ctl = async (...words) =>
        JSON.parse((await promisify(execFile)(program('concordatctl'), ['--data', node.data, '--json', 'config', 'trial', ...words])).stdout);
    const written = () => JSON.parse(fs.readFileSync(file, 'utf8')).LdapSettings.BaseDN;
    const record = async (rule) => (await raw(node, 'GET', `/concordat/identity/decisions?act=settings&rule=${rule}`, { token: admin.token })).json;
    before(
        async () => {
            slapd = await Slapd.start('ada', 'bob');
            dir = freshDirectory();
            base = slapd.settings().BaseDN;
            node = new Node({ dir, settings: { LdapSettings: slapd.settings() } });
            file = node.settings_file;
            await node.launch();
            admin = await administrator(node);
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

    test('are refused to others, and when they are none', async () => {
        const eve = await person(node, 'eve');
        for (const [verb, rest] of [['GET', ''], ['POST', ''], ['DELETE', ''], ['POST', '/confirm']])
            assert.equal((await raw(node, verb, address + rest, { json: verb === 'POST' ? wrong : undefined })).status, 401);
        assert.equal((await raw(node, 'POST', address, { token: eve.token, json: wrong })).status, 403);
        assert.equal((await raw(node, 'GET', address, { token: eve.token })).status, 403);
        assert.equal((await ask('POST', '', { ...wrong, minutes: 61 })).json.id, 'config.trial.minutes');
        assert.equal((await ask('POST', '', { sections: { TeamSettings: { SiteName: 'x' } } })).json.id, 'config.trial.key');
        assert.equal((await ask('DELETE')).json.id, 'config.trial.none');
        assert.deepEqual((await ask('GET')).json, { is_running: false });
    });

    test('that are right are made final after a sign-in', async () => {
        const begun = await ask('POST', '', right);
        assert.equal(begun.status, 200, JSON.stringify(begun.json));
        assert.equal(begun.json.ends_at - begun.json.create_at, 600_000);
        assert.equal((await ask('POST', '/confirm')).json.id, 'config.trial.unproven');
        assert.equal((await ask('POST', '/confirm', { without_sign_in: true })).json.id, 'config.trial.at_the_machine');
        await refused(admin.client.patchConfig({ LdapSettings: { LoginFieldName: 'Other' } }), 409, 'config.trial.on_trial');
        await pause(1600); // what may have begun before the change proves nothing
        const answer = await raw(node, 'POST', '/users/login', { json: { login_id: 'ada', password: 'wrong' } });
        const ada = await newClient(node).login('ada', directory_password);
        assert.equal(ada.auth_service, 'ldap');
        const shown = (await ask('GET')).json;
        assert.equal(shown.is_proven, true);
        assert.equal(shown.admitted, 1);
        assert.equal(shown.refused, 1);
        assert.equal(shown.attempts[1].attempt, answer.json.request_id);
        assert.equal(shown.ways[0].way, 'ldap');
        const explained = await raw(node, 'GET', `/concordat/identity/decisions?attempt=${shown.ways[0].attempt}`, { token: admin.token });
        assert.equal(explained.json[0].user_id, ada.id);
        assert.equal((await ask('POST', '/confirm')).status, 200);
        assert.equal((await ask('GET')).json.is_running, false);
        assert.equal((await admin.client.getConfig()).LdapSettings.LoginFieldName, 'Staff name');
        assert.equal((await record('settings.trial.final')).length, 1);
    });

    test('that lock people out go back by themselves', { timeout: 180_000 }, async () => {
        const ada = newClient(node);
        await ada.login('ada', directory_password);
        assert.equal((await ask('POST', '', wrong)).status, 200);
        assert.equal(written(), wrong.sections.LdapSettings.BaseDN);
        await assert.rejects(newClient(node).login('ada', directory_password));
        assert.equal((await ask('POST', '/confirm')).json.id, 'config.trial.unproven');
        await pause(4000); // the directory is probed every second: nobody is taken for gone meanwhile
        assert.equal((await ada.getMe()).username, 'ada');
        await eventually(async () => !(await ask('GET')).json.is_running, 'it went back', 90_000);
        assert.equal(written(), base);
        assert.equal((await newClient(node).login('ada', directory_password)).username, 'ada');
        const [gone] = await record('settings.trial.rolled_back');
        assert.match(gone.steps.at(-1).detail, /time was over/);
    });

    test('outlive kill -9, and go back at the machine', { timeout: 300_000 }, async () => {
        assert.equal((await ask('POST', '', { ...wrong, minutes: 60 })).status, 200);
        await node.restart({ gracefully: false });
        assert.equal(written(), wrong.sections.LdapSettings.BaseDN);
        await assert.rejects(newClient(node).login('ada', directory_password));
        assert.equal((await ctl('show')).is_running, true);
        assert.deepEqual((await ctl('rollback')).restored, ['LdapSettings.BaseDN']);
        assert.equal(written(), base);
        assert.equal((await newClient(node).login('ada', directory_password)).username, 'ada');
    });

    test('whose time passes while the node is down go back when it starts', { timeout: 300_000 }, async () => {
        assert.equal((await ask('POST', '', wrong)).status, 200);
        await node.kill();
        await pause(61_000);
        assert.equal(written(), wrong.sections.LdapSettings.BaseDN);
        await node.launch();
        // Nobody is answered before.
        assert.equal((await ask('GET')).json.is_running, false);
        assert.equal(written(), base);
        assert.equal((await newClient(node).login('ada', directory_password)).username, 'ada');
        await refused(newClient(node).login('ada', 'wrong'), 401, masked);
    });
});
