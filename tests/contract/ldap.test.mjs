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
import { Slapd, directory_password } from './support/slapd.mjs';

const masked = 'api.user.login.invalid_credentials_email_username';

describe('a directory', () => {
    let slapd, node, admin, dir;
    before(
        async () => {
            slapd = await Slapd.start('ada', 'bob', 'carl');
            dir = freshDirectory();
            const file = path.join(dir, 'config.json');
            fs.writeFileSync(file, JSON.stringify({ LdapSettings: slapd.settings({ MostDeactivations: 5 }) }));
            node = new Node({ dir, args: ['--config', file] });
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
});
