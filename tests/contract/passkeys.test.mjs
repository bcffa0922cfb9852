// Passkeys over HTTP, and what the official client library meets at an account that has one.
import { administrator, assert, describe, freePort, newClient, password, person, refused, sharedNode, test } from './harness.mjs';
import { Authenticator } from './support/authenticator.mjs';

// Browsers have passkeys on localhost; the node says where it is.
const port = await freePort();
const origin = `http://localhost:${port}`;
const needs_code = 'mfa.validate_token.authenticate.app_error';
const refused_passkey = 'identity.passkey.sign_in_refused';

describe('passkeys', () => {
    const node = sharedNode({ port, env: { MM_SERVICESETTINGS_SITEURL: origin } });
    const ask = async (path, body = {}, token = '', verb = 'POST') => {
        const reply = await fetch(`${node.url}/api/v4${path}`, {
            method: verb,
            headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
            body: verb === 'GET' ? undefined : JSON.stringify(body),
        });
        return { status: reply.status, token: reply.headers.get('Token'), requestId: reply.headers.get('X-Request-Id'), body: await reply.json() };
    };
    const enrolled = async (who) => {
        const token = who.client.getToken();
        const device = new Authenticator(origin);
        const options = await ask('/concordat/users/me/passkeys/begin', {}, token);
        assert.equal(options.status, 200);
        const made = await ask('/concordat/users/me/passkeys', { name: 'Key', answer: device.create(options.body) }, token);
        assert.equal(made.status, 201, JSON.stringify(made.body));
        return { device, token, id: made.body.id };
    };
    const alone = async (device) =>
        ask('/concordat/passkeys/sign_in', { answer: device.get((await ask('/concordat/passkeys/sign_in/begin')).body) });

    test('sign in alone, once for each challenge', async () => {
        await administrator(node);
        const alice = await person(node, 'alice');
        const { device } = await enrolled(alice);
        const options = (await ask('/concordat/passkeys/sign_in/begin')).body;
        assert.equal(options.rpId, 'localhost');
        assert.equal(options.userVerification, 'required');
        assert.deepEqual(options.allowCredentials, []);
        const answer = device.get(options);
        const admitted = await ask('/concordat/passkeys/sign_in', { answer });
        assert.equal(admitted.status, 200, JSON.stringify(admitted.body));
        assert.equal(admitted.body.id, alice.id);
        assert.equal((await ask('/users/me', undefined, admitted.token, 'GET')).body.username, alice.username);
        const again = await ask('/concordat/passkeys/sign_in', { answer });
        assert.deepEqual([again.status, again.body.id], [401, refused_passkey]);
        device.count = 0; // a copy of the key that was made before
        assert.equal((await alone(device)).body.id, refused_passkey);
        device.count = 10;
        device.isVerified = false;
        assert.equal((await alone(device)).body.id, refused_passkey);
        device.isVerified = true;
        device.origin = 'http://localhost:1';
        assert.equal((await alone(device)).body.id, refused_passkey);
    });

    test('say the same of a passkey that nobody has', async () => {
        const stranger = new Authenticator(origin);
        stranger.handle = Buffer.alloc(32).toString('base64url');
        const reply = await alone(stranger);
        assert.deepEqual([reply.status, reply.body.id], [401, refused_passkey]);
        for (const body of [{}, { answer: null }, { answer: [] }, { answer: { id: 7 } }, { answer: { id: 'x'.repeat(70000) } }]) {
            const odd = await ask('/concordat/passkeys/sign_in', body);
            assert.ok([400, 401].includes(odd.status), `${odd.status}`);
            assert.ok(odd.body.id);
        }
    });

    test('ask official clients for a code, which a recovery code is', async () => {
        const bob = await person(node, 'bob');
        const { device, token } = await enrolled(bob);
        assert.equal((await bob.client.getMe()).mfa_active, true);
        const { codes } = (await ask('/concordat/users/me/mfa/recovery_codes', {}, token)).body;
        assert.equal(codes.length, 10);
        await refused(newClient(node).login(bob.username, password), 401, needs_code);
        await newClient(node).login(bob.username, password, codes[0]);
        await refused(newClient(node).login(bob.username, password, codes[0]), 401, 'api.user.check_user_mfa.bad_code.app_error');
        // What Concordat's client sees besides.
        const asked = await ask('/users/login', { login_id: bob.username, password });
        assert.equal(asked.body.id, needs_code);
        assert.equal(asked.body.passkey.allowCredentials.length, 1);
        const passkey = JSON.stringify(device.get(asked.body.passkey));
        assert.equal((await ask('/users/login', { login_id: bob.username, password, passkey })).status, 200);
        await refused(bob.client.updateUserMfa(bob.id, false), 409, 'identity.factor.passkeys');
    });

    test('are taken away by their owner, and all of them by an administrator', async () => {
        const admin = await administrator(node);
        const carol = await person(node, 'carol');
        const { device, token, id } = await enrolled(carol);
        assert.equal((await ask(`/concordat/users/${carol.id}/passkeys`, undefined, admin.client.getToken(), 'GET')).status, 403);
        assert.equal((await ask(`/concordat/users/me/passkeys/${id}`, { name: 'Desk' }, token, 'PUT')).body.name, 'Desk');
        assert.equal((await ask(`/concordat/users/me/passkeys/${id}/remove`, {}, token)).status, 200);
        assert.equal((await ask('/concordat/users/me/passkeys', undefined, token, 'GET')).body.length, 0);
        assert.equal((await alone(device)).body.id, refused_passkey);
        await newClient(node).login(carol.username, password);
        const second = await enrolled(carol);
        await admin.client.updateUserMfa(carol.id, false);
        assert.equal((await alone(second.device)).body.id, refused_passkey);
        await newClient(node).login(carol.username, password);
    });

    test('are told to clients by the configuration', async () => {
        const config = await newClient(node).getClientConfig();
        assert.deepEqual([config.EnablePasskeys, config.EnablePasskeySignIn], ['true', 'true']);
    });
});
