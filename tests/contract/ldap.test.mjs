// A directory: people sign in with it, their profile is its own, and whoever leaves it is out.
import fs from 'node:fs';
import path from 'node:path';
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
    raw,
    refused,
    test,
} from './harness.mjs';
import { keyPair } from './support/saml.mjs';
import { Slapd, directory_password } from './support/slapd.mjs';

const masked = 'api.user.login.invalid_credentials_email_username';

describe('a directory', () => {
    let slapd, node, admin, dir;
    before(
        async () => {
            slapd = await Slapd.start('ada', 'bob', 'carl');
            dir = freshDirectory();
            node = new Node({ dir, settings: { LdapSettings: slapd.settings({ MostDeactivations: 5 }) } });
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

    test('is announced to clients', async () => {
        const config = await newClient(node).getClientConfig();
        assert.equal(config.EnableLdap, 'true');
        assert.equal((await newClient(node).getClientLicenseOld()).LDAP, 'true');
    });

    test('signs its people in, and gives them an account', async () => {
        const client = newClient(node);
        const ada = await client.login('ada', directory_password, '', true);
        assert.equal(ada.auth_service, 'ldap');
        assert.equal(ada.email, 'ada@example.test');
        assert.equal(ada.first_name, 'First-ada');
        assert.equal((await newClient(node).login('ada', directory_password)).id, ada.id);
        assert.equal((await newClient(node).login('ada@example.test', directory_password)).id, ada.id);
        await refused(client.patchUser({ id: ada.id, first_name: 'Other' }), 409, 'api.user.patch_user.login_provider_attribute_set.app_error');
        await client.patchUser({ id: ada.id, nickname: 'Countess' });
    });

    test('refuses wrong, empty and unknown alike', async () => {
        await refused(newClient(node).login('ada', 'wrong'), 401, masked);
        await refused(newClient(node).login('nobody', directory_password), 401, masked);
        await refused(newClient(node).login('*', directory_password), 401, masked);
        await refused(newClient(node).login('ada)(uid=*', directory_password), 401, masked);
        await refused(newClient(node).login('ada', ' '), 401, masked);
        // An account of the node is not the directory's.
        await refused(newClient(node).login(admin.username, admin.password, '', true), 401, masked);
    });

    test('explains a refusal to auditors', async () => {
        const answer = await raw(node, 'POST', '/users/login', { json: { login_id: 'bob', password: 'wrong' } });
        const { request_id } = answer.json;
        const decisions = await raw(node, 'GET', `/concordat/identity/decisions?attempt=${request_id}`, { token: admin.token });
        assert.equal(decisions.json.length, 1);
        assert.equal(decisions.json[0].rule, 'password.matches');
        assert.ok(decisions.json[0].steps.some((step) => step.rule === 'ldap.bind'));
    });

    test('can be tried with settings that are not in force', async () => {
        const connect = (json, token = admin.token) => raw(node, 'POST', '/ldap/test_connection', { token, json });
        const diagnose = (test, json) => raw(node, 'POST', `/ldap/test_diagnostics?test=${test}`, { token: admin.token, json });
        assert.equal((await connect({})).status, 200);
        assert.equal((await connect({ BindPassword: '*'.repeat(32), Trace: true })).status, 200);
        const nowhere = await connect({ BaseDN: 'dc=nowhere,dc=test' });
        assert.equal(nowhere.status, 400);
        assert.equal(nowhere.json.id, 'ent.ldap.connect.app_error');
        assert.equal((await connect({ BindPassword: 'wrong' })).json.id, 'ent.ldap.connect.app_error');
        // The kept password goes to no other server.
        const elsewhere = await connect({ LdapServer: 'localhost', LdapPort: 1 });
        assert.equal(elsewhere.status, 400);
        assert.equal(elsewhere.json.id, 'ent.ldap.diagnostics.password.app_error');
        assert.equal((await connect({ LdapServer: 'localhost', LdapPort: 1, BindPassword: 'mine' })).json.id, 'ent.ldap.connect.app_error');
        const bob = await newClient(node).login('bob', directory_password);
        assert.ok(bob.id);

        const filters = await diagnose('filters', { GuestFilter: '(uid=carl)', UserFilter: '(objectClass=inetOrgPerson)' });
        assert.equal(filters.status, 200, JSON.stringify(filters.json));
        const by = (list, name) => list.find((each) => each.test_name === name);
        assert.equal(by(filters.json, 'UserFilter').total_count, 3);
        assert.equal(by(filters.json, 'UserFilter').sample_results.length, 3);
        assert.equal(by(filters.json, 'GuestFilter').total_count, 1);
        assert.equal(by(filters.json, 'GuestFilter').sample_results[0].username, 'carl');
        const broken = await diagnose('filters', { GuestFilter: 'uid=carl' });
        assert.ok(broken.status === 400 || by(broken.json, 'GuestFilter').error !== '', JSON.stringify(broken.json));

        const attributes = await diagnose('attributes', { PositionAttribute: 'title' });
        const id = by(attributes.json, 'IdAttribute');
        assert.deepEqual([id.total_count, id.entries_with_value, id.error], [3, 3, '']);
        const seen = id.sample_results[0].available_attributes;
        assert.ok(seen.mail && seen.givenname, JSON.stringify(seen));
        assert.ok(!Object.keys(seen).some((name) => /password/i.test(name)));
        const position = by(attributes.json, 'PositionAttribute');
        assert.equal(position.entries_with_value, 0);
        assert.match(position.message, /^3 entries/);
        assert.equal((await diagnose('everything', {})).status, 400);
        await admin.client.createUser({ username: 'plain', email: 'plain@example.org', password: admin.password });
        const plain = newClient(node);
        await plain.login('plain', admin.password);
        assert.equal((await connect({}, plain.getToken())).status, 403);
    });

    test('tells how far each server comes, and what a sync would do, with settings that are not in force', async () => {
        const far = async (json) => (await raw(node, 'POST', '/concordat/ldap/test', { token: admin.token, json })).json;
        const steps = async (json) => (await far(json)).map(({ server, failed_at }) => [server, failed_at]);
        assert.deepEqual(await steps({}), [['127.0.0.1', '']]);
        assert.deepEqual(await steps({ BindPassword: 'wrong' }), [['127.0.0.1', 'account']]);
        assert.deepEqual(await steps({ BaseDN: 'dc=nowhere,dc=test' }), [['127.0.0.1', 'base']]);
        const moved = { LdapServer: '127.0.0.1 localhost', LdapPort: 1, BindPassword: 'mine' };
        assert.deepEqual(await steps(moved), [['127.0.0.1', 'connect'], ['localhost', 'connect']]);
        assert.deepEqual(await steps({ ...moved, LdapPort: slapd.port, ConnectionSecurity: 'STARTTLS' }), [['127.0.0.1', 'tls'], ['localhost', 'tls']]);
        assert.equal((await far({ IdAttribute: '' })).id, 'config.invalid');
        assert.deepEqual(await steps({ Enable: false, IdAttribute: '' }), [['', 'settings']]);
        assert.ok((await far({ BindPassword: 'wrong' }))[0].problem.includes('BindPassword'));
        assert.equal((await far({ LdapPort: 1 })).id, 'ent.ldap.diagnostics.password.app_error');

        // An account that is linked, and settings that let nobody like it in: it would go, and stays.
        const carl = await newClient(node).login('carl', directory_password);
        const preview = (json, token = admin.token) => raw(node, 'POST', '/concordat/ldap/sync', { token, json });
        const plan = (await preview({ UserFilter: '(!(uid=carl))' })).json;
        assert.equal(plan.is_dry_run, true);
        const gone = plan.changes.filter((each) => each.action === 'deactivate').map((each) => each.username);
        assert.deepEqual(gone, ['carl'], JSON.stringify(plan));
        assert.equal((await admin.client.getUser(carl.id)).delete_at, 0);
        const same = await preview({});
        assert.deepEqual(same.json.changes.filter((each) => each.action === 'deactivate'), []);
        // What fails is told, and is no decision about the directory that is in force.
        const before = (await raw(node, 'GET', '/concordat/identity/decisions?act=directory_sync', { token: admin.token })).json.length;
        assert.equal((await preview({ UserFilter: '(uid=nobody)' })).json.id, 'ldap.empty');
        const after = (await raw(node, 'GET', '/concordat/identity/decisions?act=directory_sync', { token: admin.token })).json.length;
        assert.equal(after, before);
        const plain = newClient(node);
        await plain.login('carl', directory_password);
        assert.equal((await preview({}, plain.getToken())).status, 403);
        assert.equal((await raw(node, 'POST', '/concordat/ldap/test', { token: plain.getToken(), json: {} })).status, 403);
        assert.equal((await raw(node, 'POST', '/concordat/ldap/test', { json: {} })).status, 401);
    });

    test('an administrator says how somebody signs in', async () => {
        const user = await admin.client.createUser({ username: 'dora', email: 'dora@example.org', password: admin.password });
        const set = (json, token = admin.token) => raw(node, 'PUT', `/users/${user.id}/auth`, { token, json });
        const linked = await set({ auth_service: 'ldap', auth_data: 'an id of nobody' });
        assert.equal(linked.status, 200, JSON.stringify(linked.json));
        assert.deepEqual(linked.json, { auth_service: 'ldap', auth_data: 'an id of nobody' });
        assert.equal((await admin.client.getUser(user.id)).auth_service, 'ldap');
        await refused(newClient(node).login('dora', admin.password), 401);
        assert.equal((await set({ auth_service: 'smoke', auth_data: 'x' })).status, 400);
        assert.equal((await set({ auth_service: 'ldap' })).status, 400);
        assert.equal((await set({ auth_service: '' })).status, 200);
        assert.equal((await admin.client.getUser(user.id)).auth_service, '');
    });

    test('takes sessions from whoever leaves it', async () => {
        const client = newClient(node);
        const bob = await client.login('bob', directory_password);
        slapd.remove('bob');
        await eventually(
            () => client.getMe().then(() => false, (error) => error.status_code === 401),
            'the session of somebody who left has ended',
        );
        assert.ok((await admin.client.getUser(bob.id)).delete_at > 0);
        await refused(newClient(node).login('bob', directory_password), 401, masked);
    });

    test('takes the certificate that the node shows to it', async () => {
        const blob = (text) => new Blob([text]);
        const pair = keyPair(dir, 'node');
        const { client } = admin;
        const value = async (name) => (await client.getConfig()).LdapSettings[name];
        await client.uploadPrivateLdapCertificate(blob(pair.key));
        assert.equal(await value('PrivateKeyFile'), '');
        await client.uploadPublicLdapCertificate(blob(pair.cert));
        assert.ok((await value('PrivateKeyFile')).startsWith(path.join(node.data, 'certificates')));
        assert.equal(fs.readFileSync(await value('PublicCertificateFile'), 'utf8'), pair.cert);
        await client.deletePublicLdapCertificate();
        assert.equal(await value('PublicCertificateFile'), '');
        assert.equal(await value('PrivateKeyFile'), '');
        await client.uploadPublicLdapCertificate(blob(pair.cert));
        assert.notEqual(await value('PrivateKeyFile'), '', 'the key waited for its certificate');
        await client.deletePrivateLdapCertificate();
    });

    test('can have its people known by another attribute', async () => {
        const migrate = (toAttribute, token = admin.token) => raw(node, 'POST', '/ldap/migrateid', { token, json: { toAttribute } });
        const client = newClient(node);
        const ada = await client.login('ada', directory_password);
        assert.equal((await migrate('uid', client.getToken())).status, 403);
        const wrong = await migrate('two words');
        assert.deepEqual([wrong.status, wrong.json.id], [400, 'ldap.change_ids.attribute']);
        const missing = await migrate('employeeNumber');
        assert.deepEqual([missing.status, missing.json.id], [409, 'ldap.change_ids.incomplete']);
        assert.equal((await admin.client.getConfig()).LdapSettings.IdAttribute, 'entryUUID');

        const done = await migrate('uid');
        assert.equal(done.status, 200, JSON.stringify(done.json));
        assert.ok(done.json.changed >= 1);
        assert.equal((await admin.client.getConfig()).LdapSettings.IdAttribute, 'uid');
        assert.equal((await client.getMe()).id, ada.id, 'nobody is signed out');
        assert.equal((await newClient(node).login('ada', directory_password)).id, ada.id);
        const sync = await raw(node, 'GET', '/concordat/ldap/sync?provider=', { token: admin.token });
        assert.ok(!sync.json.changes.some((one) => one.action === 'deactivate'), JSON.stringify(sync.json));
        assert.equal((await migrate('uid')).json.changed, 0);
        assert.equal((await migrate('entryUUID')).status, 200);
        assert.equal((await newClient(node).login('ada', directory_password)).id, ada.id);
    });

    test('takes over accounts that had a password here', async () => {
        const move = (json, token = admin.token) => raw(node, 'POST', '/users/migrate_auth/ldap', { token, json });
        slapd.add('erin', 'frank');
        slapd.change(`dn: uid=frank,dc=example,dc=test\nchangetype: modify\nreplace: mail\nmail: erin@example.test\n`);
        const make = (username, email) => admin.client.createUser({ username, email, password: admin.password });
        const erin = await make('erin.here', 'erin@example.test');
        const other = await make('other', 'other@example.org');
        assert.equal((await move({ from: 'smoke', match_field: 'email', force: false })).json.id, 'ldap.move.from');
        assert.equal((await move({ from: 'email', match_field: 'shoe', force: false })).json.id, 'ldap.move.match_field');
        const ambiguous = await move({ from: 'email', match_field: 'email', force: false });
        assert.deepEqual([ambiguous.status, ambiguous.json.id], [409, 'ldap.move.ambiguous']);
        const forced = await move({ from: 'email', match_field: 'email', force: true });
        assert.equal(forced.status, 200, JSON.stringify(forced.json));
        assert.equal(forced.json.moved, 0);
        slapd.change(`dn: uid=frank,dc=example,dc=test\nchangetype: modify\nreplace: mail\nmail: frank@example.test\n`);
        const done = await move({ from: 'email', match_field: 'email', force: false });
        assert.equal(done.json.moved, 1, JSON.stringify(done.json));
        assert.ok(done.json.left >= 1);
        assert.equal((await newClient(node).login('erin', directory_password)).id, erin.id);
        await refused(newClient(node).login('erin.here', admin.password), 401, masked);
        assert.equal((await newClient(node).login('other', admin.password)).id, other.id);
        assert.equal((await admin.client.getMe()).auth_service, '', 'who asks stays as they are');
    });
});
