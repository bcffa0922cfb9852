// Active Directory: people sign in by either of their names, keep their account when they are renamed, are out when they are
// disabled, and follow groups in groups. Against Samba's domain controller, in a network namespace of its own.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
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
    team,
    test,
} from './harness.mjs';
import { Samba, ad_password, inNamespace, isAlone, lacking, realm } from './support/samba.mjs';

const masked = 'api.user.login.invalid_credentials_email_username';

// As administrators read it: the first three parts are little endian.
function guidText(base64) {
    const hex = Buffer.from(base64, 'base64').toString('hex');
    const turned = (from, to) => hex.slice(from, to).match(/../g).reverse().join('');
    return [turned(0, 8), turned(8, 12), turned(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

if (!isAlone()) {
    test('Active Directory', { skip: lacking(), timeout: 600_000 }, () => inNamespace(fileURLToPath(import.meta.url)));
} else {
    describe('Active Directory', () => {
        let samba, node, admin, dir;
        before(
            async () => {
                samba = await Samba.start(['concordat', 'ada', 'bob', 'carl', 'dora'], {
                    engineers: ['ada'],
                    staff: ['engineers', 'bob'],
                    everybody: ['staff'],
                });
                dir = freshDirectory();
                node = new Node({ dir, settings: { LdapSettings: samba.settings() } });
                await node.launch();
                admin = await administrator(node);
            },
            { timeout: 600_000 },
        );
        after(
            async () => {
                await node?.dispose();
                await samba?.stop();
                fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
            },
            { timeout: 600_000 },
        );
        const diagnose = (json) => raw(node, 'POST', '/ldap/test_connection', { token: admin.token, json });
        const dn = (name) => `CN=${name},CN=Users,{base}`;
        const renamed = (from, to) =>
            `dn: ${dn(from)}\nchangetype: modify\nreplace: sAMAccountName\nsAMAccountName: ${to}\n-\nreplace: userPrincipalName\nuserPrincipalName: ${to}@${realm}\n`;
        const explained = async (login_id, secret) => {
            const answer = await raw(node, 'POST', '/users/login', { json: { login_id, password: secret } });
            assert.equal(answer.status, 401);
            assert.equal(answer.json.id, masked);
            const attempt = answer.json.request_id;
            return (await raw(node, 'GET', `/concordat/identity/decisions?attempt=${attempt}`, { token: admin.token })).json[0];
        };

        test('is reached by TLS and by StartTLS, and not without', async () => {
            assert.equal((await diagnose({})).status, 200);
            const upgraded = await diagnose({ LdapPort: 389, ConnectionSecurity: 'STARTTLS', BindPassword: ad_password });
            assert.equal(upgraded.status, 200, JSON.stringify(upgraded.json));
            // The controller refuses a password over a plain connection.
            const plain = await diagnose({ LdapPort: 389, ConnectionSecurity: '', BindPassword: ad_password });
            assert.equal(plain.status, 400);
            assert.equal(plain.json.id, 'ent.ldap.connect.app_error');
            const catalogue = await diagnose({ LdapPort: 3269, BindPassword: ad_password });
            assert.equal(catalogue.status, 200, JSON.stringify(catalogue.json));
        });

        test('signs people in, known by their objectGUID', async () => {
            const ada = await newClient(node).login('ada', ad_password);
            assert.equal(ada.auth_service, 'ldap');
            assert.equal(ada.email, 'ada@example.test');
            assert.equal(ada.first_name, 'First-ada');
            await refused(newClient(node).login('ada', 'wrong'), 401, masked);
            assert.match(JSON.stringify(await explained('ada', 'wrong')), /ldap\.bind/);
            await refused(newClient(node).login('Administrator)(objectClass=*', ad_password), 401, masked);
        });

        test('a rename keeps the account, and the old name takes none over', async () => {
            const bob = await newClient(node).login('bob', ad_password);
            samba.change(renamed('bob', 'robert'));
            const dry = await raw(node, 'GET', '/concordat/ldap/sync', { token: admin.token });
            const change = dry.json.changes.find((each) => each.username === 'bob');
            assert.equal(change.subject, guidText(samba.value('(sAMAccountName=robert)', 'objectGUID').text));
            assert.deepEqual(change.changes, [{ field: 'username', before: 'bob', after: 'robert' }]);
            samba.change(renamed('carl', 'bob'));
            const robert = await newClient(node).login('robert', ad_password);
            assert.equal(robert.id, bob.id);
            assert.equal(robert.username, 'robert');
            assert.notEqual((await newClient(node).login('bob', ad_password)).id, bob.id);
        });

        test('groups in groups bring people into a team', async () => {
            const place = await team(admin);
            const listed = await admin.client.getLdapGroups(0, 60, { q: 'everybody' });
            assert.equal(listed.groups.length, 1);
            const group = await admin.client.linkLdapGroup(listed.groups[0].primary_key);
            assert.equal(group.remote_id ?? listed.groups[0].primary_key, guidText(samba.value('(cn=everybody)', 'objectGUID').text));
            await admin.client.linkGroupSyncable(group.id, place.id, 'team', { auto_add: true });
            await raw(node, 'POST', '/ldap/sync', { token: admin.token });
            await eventually(async () => (await admin.client.getTeamMembers(place.id)).length === 3, 'ada and robert have joined');
            const dry = await raw(node, 'GET', '/concordat/ldap/sync', { token: admin.token });
            assert.deepEqual([dry.status, dry.json.changes, dry.json.places], [200, [], []]);
        });

        test('whoever is disabled or deleted there is out', async () => {
            const clients = {};
            for (const name of ['ada', 'dora']) await (clients[name] = newClient(node)).login(name, ad_password);
            const disabled = (value) => `dn: ${dn('dora')}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: ${value}\n`;
            samba.change(disabled(514));
            const isOut = (client) => client.getMe().then(() => false, (error) => error.status_code === 401);
            await eventually(() => isOut(clients.dora), 'the session of somebody who was disabled has ended');
            const steps = (await explained('dora', ad_password)).steps.map((step) => step.rule);
            assert.ok(steps.includes('ldap.disabled'), steps.join());
            samba.change(disabled(512));
            await (clients.dora = newClient(node)).login('dora', ad_password);
            samba.change(`dn: ${dn('ada')}\nchangetype: delete\n`);
            await eventually(() => isOut(clients.ada), 'the session of somebody who was deleted has ended');
            await clients.dora.getMe();
        });

        test('tells why a password is refused', async () => {
            samba.change(`dn: ${dn('dora')}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: 0\n`);
            const { steps } = await explained('dora', ad_password);
            assert.match(steps.find((step) => step.rule === 'ldap.bind').detail, /must be changed first/);
        });

        test('people may sign in by their principal name', async () => {
            await admin.client.patchConfig({ LdapSettings: { LoginIdAttribute: 'userPrincipalName' } });
            const robert = await newClient(node).login(`robert@${realm}`, ad_password);
            assert.equal(robert.username, 'robert');
            await admin.client.patchConfig({ LdapSettings: { LoginIdAttribute: 'sAMAccountName' } });
        });

        test('its attributes can be looked at', async () => {
            const seen = await raw(node, 'POST', '/ldap/test_diagnostics?test=attributes', { token: admin.token, json: {} });
            assert.equal(seen.status, 200, JSON.stringify(seen.json));
            const id = seen.json.find((each) => each.test_name === 'IdAttribute');
            assert.equal(id.total_count, id.entries_with_value);
            assert.ok(id.total_count >= 4);
            assert.ok(!/unicodePwd|pwdLastSet/i.test(JSON.stringify(seen.json)));
        });
    });
}
