// Second factors, with the official client library and codes computed here (RFC 6238).
import fs from 'node:fs';
import {
    Node,
    administrator,
    assert,
    describe,
    eventually,
    freshDirectory,
    listen,
    newClient,
    password,
    person,
    refused,
    sharedNode,
    test,
} from './harness.mjs';
import { totp as code } from './support/totp.mjs';

const needs_code = 'mfa.validate_token.authenticate.app_error';
const bad_code = 'api.user.check_user_mfa.bad_code.app_error';
const demanded = 'api.context.mfa_required.app_error';
const enabled = { MM_SERVICESETTINGS_ENABLEMULTIFACTORAUTHENTICATION: 'true' };

async function enrolled(who) {
    const { secret, qr_code } = await who.client.generateMfaSecret(who.id);
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.equal(Buffer.from(qr_code, 'base64').subarray(1, 4).toString(), 'PNG');
    await who.client.updateUserMfa(who.id, true, code(secret));
    return secret;
}

describe('a second factor', () => {
    const node = sharedNode({ env: enabled });

    test('is set up, asked for at sign-in, and counts once', async () => {
        await administrator(node);
        const alice = await person(node, 'alice');
        const secret = await enrolled(alice);
        assert.equal((await alice.client.getMe()).mfa_active, true);
        await refused(newClient(node).login(alice.username, password), 401, needs_code);
        await refused(newClient(node).login(alice.username, password, '000000'), 401, bad_code);
        const fresh = code(secret, 1);
        const user = await newClient(node).login(alice.username, password, fresh);
        assert.equal(user.id, alice.id);
        await refused(newClient(node).login(alice.username, password, fresh), 401, bad_code);
        // A wrong password says nothing of a factor.
        await refused(newClient(node).login(alice.username, 'not my password'), 401, 'api.user.login.invalid_credentials_email_username');
    });

    test('is told to clients by the configuration', async () => {
        const config = await newClient(node).getClientConfig();
        assert.equal(config.EnableMultifactorAuthentication, 'true');
        assert.equal(config.EnforceMultifactorAuthentication, 'false');
        assert.equal((await newClient(node).getClientLicenseOld()).MFA, 'true');
    });

    test('is taken away by its owner while it is fresh, or by an administrator', async () => {
        const admin = await administrator(node);
        const bob = await person(node, 'bob');
        await enrolled(bob);
        await bob.client.updateUserMfa(bob.id, false);
        await newClient(node).login(bob.username, password);
        await enrolled(bob);
        await admin.client.updateUserMfa(bob.id, false);
        await newClient(node).login(bob.username, password);
    });
});

describe('a factor that is demanded', () => {
    test('holds up sessions and sockets that were open before, until it is set up', async () => {
        const dir = freshDirectory();
        const node = new Node({ dir, env: enabled, settings: {} });
        await node.launch();
        try {
            const admin = await administrator(node);
            const alice = await person(node, 'alice');
            const ears = await listen(alice);
            await alice.client.getMyTeams();
            fs.writeFileSync(node.settings_file, JSON.stringify({ ServiceSettings: { EnforceMultifactorAuthentication: true } }));
            await eventually(
                () => alice.client.getMyTeams().then(() => false, (error) => error.server_error_id === demanded),
                'the rule is in force',
            );
            assert.equal((await alice.client.getMe()).id, alice.id);
            await refused(alice.client.getUser(admin.id), 403, demanded);
            await enrolled(alice);
            await alice.client.getMyTeams();
            await enrolled(admin);
            await admin.client.createTeam({ name: 'team-' + Date.now().toString(36), display_name: 'A team', type: 'O' });
            ears.close?.();
        } finally {
            await node.dispose();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        }
    });

    test('refuses nobody before its date, and tells from when on it will', async () => {
        const dir = freshDirectory();
        const node = new Node({ dir, env: enabled, settings: {} });
        await node.launch();
        try {
            const admin = await administrator(node);
            const alice = await person(node, 'alice');
            const from = Date.now() + 15_000;
            const rules = (at) => ({
                ServiceSettings: { EnforceMultifactorAuthentication: true },
                ConcordatSettings: { MfaEnforcedFrom: at },
            });
            fs.writeFileSync(node.settings_file, JSON.stringify(rules(from)));
            const told = await eventually(async () => {
                const config = await alice.client.getClientConfig();
                return config.ConcordatFactorsFrom && config;
            }, 'the date is told');
            assert.equal(told.ConcordatFactorsFrom, String(from));
            // Official clients lead whoever lacks a factor away from everything else while this is "true".
            assert.equal(told.EnforceMultifactorAuthentication, 'false');
            if (Date.now() < from - 1000) await alice.client.getMyTeams();
            const ears = await listen(alice);
            await eventually(
                () => alice.client.getMyTeams().then(() => false, (error) => error.server_error_id === demanded),
                'the rule is in force',
            );
            assert.ok(Date.now() >= from);
            const now = await eventually(async () => {
                const config = await alice.client.getClientConfig();
                return config.ConcordatFactorsFrom === undefined && config;
            }, 'the configuration demands it');
            assert.equal(now.EnforceMultifactorAuthentication, 'true');
            await enrolled(alice);
            await alice.client.getMyTeams();
            await enrolled(admin);
            ears.close?.();
        } finally {
            await node.dispose();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        }
    });
});
