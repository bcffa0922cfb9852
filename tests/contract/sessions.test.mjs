// Sessions: logging in and out, cookies and the CSRF header, the Authorization header, lists of sessions.
import {
    BareSocket,
    Jar,
    Node,
    Person,
    administrator,
    assert,
    describe,
    like,
    newClient,
    parsedCookie,
    password,
    people,
    raw,
    refused,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const session_expired = 'api.context.session_expired.app_error';
const invalid_credentials = 'api.user.login.invalid_credentials_email_username';
const login = (fields, options = {}) => raw(node, 'POST', '/users/login', { json: fields, ...options });

describe('logging in', () => {
    test('gives the whole own account and a token', async () => {
        const { alice } = await people(node, 'alice');
        like.user(alice.user);
        assert.match(alice.token, /^[a-z0-9]{26}$/);
        for (const key of [
            'email',
            'desktop',
            'push',
            'mention_keys',
            'channel',
            'first_name',
            'comments',
            'desktop_sound',
            'push_status',
        ]) {
            assert.equal(typeof alice.user.notify_props[key], 'string', key);
        }
        assert.equal(alice.user.notify_props.channel, 'true');
        assert.equal(alice.user.notify_props.push, 'mention');
        assert.ok(!('password' in alice.user) && !('mfa_secret' in alice.user));
    });

    test('answers 200 with the header Token and without cookies when not asked by a browser', async () => {
        const { alice } = await people(node, 'alice');
        const reply = await login({ login_id: alice.username, password });
        assert.equal(reply.status, 200);
        assert.match(reply.headers.get('token'), /^[a-z0-9]{26}$/);
        assert.deepEqual(reply.cookies, []);
        assert.notEqual(reply.headers.get('token'), alice.token, 'another session has another token');
    });

    test('works by address, by id and whatever the case of the name', async () => {
        const { alice } = await people(node, 'alice');
        for (const fields of [
            { login_id: alice.email },
            { id: alice.id },
            { login_id: alice.username.toUpperCase() },
        ]) {
            const reply = await login({ ...fields, password, ldap_only: 'false', token: '', deviceId: '' });
            assert.equal(reply.status, 200, JSON.stringify(fields));
            assert.equal(reply.json.id, alice.id);
        }
    });

    test('booleans that travel as booleans are read as well', async () => {
        const { alice } = await people(node, 'alice');
        assert.equal((await login({ login_id: alice.username, password, ldap_only: false })).status, 200);
    });

    test('a wrong password and an unknown name are refused alike', async () => {
        const { alice } = await people(node, 'alice');
        const wrong = await refused(
            newClient(node).login(alice.username, 'not my password'),
            401,
            invalid_credentials,
        );
        const unknown = await refused(
            newClient(node).login('nobody-at-all', password),
            401,
            invalid_credentials,
        );
        assert.equal(wrong.message, unknown.message);
    });

    test('what was tried is in the history that the person sees', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        await refused(newClient(node).login(alice.username, 'not my password'), 401);
        const audits = await alice.client.getUserAudits(alice.id, 0, 2);
        assert.equal(audits.length, 2);
        assert.equal(audits[0].action, '/api/v4/users/login');
        assert.equal(audits[0].ip_address, '127.0.0.1');
        assert.match(audits[0].extra_info, /^fail /);
        assert.match(audits[1].extra_info, /^success /);
        await refused(bob.client.getUserAudits(alice.id), 403);
    });

    test('after ten failures the right password is refused as well', async () => {
        const { alice } = await people(node, 'alice');
        for (let attempt = 0; attempt < 10; ++attempt)
            await refused(newClient(node).login(alice.username, 'not my password'), 401);
        // Nobody learns from outside that there is such an account, and that it waits.
        await refused(newClient(node).login(alice.username, password), 401, invalid_credentials);
    });

    test('a success resets the count of failures', async () => {
        const { alice } = await people(node, 'alice');
        for (let round = 0; round < 2; ++round) {
            for (let attempt = 0; attempt < 6; ++attempt)
                await refused(newClient(node).login(alice.username, 'not my password'), 401);
            await newClient(node).login(alice.username, password);
        }
    });

    test('an inactive account cannot log in and loses its sessions', async () => {
        const admin = await administrator(node);
        const { alice } = await people(node, 'alice');
        await admin.client.updateUserActive(alice.id, false);
        await refused(alice.client.getMe(), 401, session_expired);
        await refused(newClient(node).login(alice.username, password), 401, invalid_credentials);
        await admin.client.updateUserActive(alice.id, true);
        await newClient(node).login(alice.username, password);
    });

    test('the type of log-in is a 404 without a body', async () => {
        const reply = await raw(node, 'POST', '/users/login/type', { json: { login_id: 'anybody' } });
        assert.equal(reply.status, 404);
        assert.equal(reply.text, '');
    });

    test('with the same device again ends the earlier session of that device', async () => {
        const { alice } = await people(node, 'alice');
        const one = await login({ login_id: alice.username, password, device_id: 'android:phone-1' });
        const two = await login({ login_id: alice.username, password, device_id: 'android:phone-1' });
        assert.equal((await raw(node, 'GET', '/users/me', { token: one.headers.get('token') })).status, 401);
        assert.equal((await raw(node, 'GET', '/users/me', { token: two.headers.get('token') })).status, 200);
        assert.equal(
            (await raw(node, 'GET', '/users/me', alice)).status,
            200,
            'sessions of other devices stay',
        );
    });
});

describe('cookies', () => {
    const browserLogin = async (who) => login({ login_id: who.username, password }, { ajax: true });
    const cookieLine = (reply) => reply.cookies.map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
    const value = (reply, name) => reply.cookies.find((cookie) => cookie.name === name)?.value;

    test('are set for a browser, the token hidden from script', async () => {
        const { alice } = await people(node, 'alice');
        const reply = await browserLogin(alice);
        const byName = Object.fromEntries(reply.cookies.map((cookie) => [cookie.name, cookie]));
        assert.deepEqual(Object.keys(byName).sort(), ['MMAUTHTOKEN', 'MMCSRF', 'MMUSERID']);
        assert.equal(byName.MMUSERID.value, alice.id);
        assert.equal(byName.MMAUTHTOKEN.value, reply.headers.get('token'));
        for (const [name, { attributes }] of Object.entries(byName)) {
            assert.equal('httponly' in attributes, name === 'MMAUTHTOKEN', `${name} HttpOnly`);
            assert.equal(attributes.path, '/', name);
            assert.ok(!('secure' in attributes), `${name} is Secure on plain HTTP`);
            assert.ok(!('domain' in attributes), `${name} has a domain`);
            assert.notEqual(String(attributes.samesite).toLowerCase(), 'none', name);
            const days = Number(attributes['max-age']) / 86_400;
            assert.ok(days > 29 && days < 31, `${name} lives ${days} days`);
        }
    });

    test('are Secure when a proxy says that the request came by https', async () => {
        const { alice } = await people(node, 'alice');
        const reply = await login(
            { login_id: alice.username, password },
            { ajax: true, headers: { 'X-Forwarded-Proto': 'https' } },
        );
        for (const cookie of reply.cookies) assert.ok('secure' in cookie.attributes, cookie.name);
    });

    test('authenticate, and writing needs the CSRF header', async () => {
        const { alice } = await people(node, 'alice');
        const reply = await browserLogin(alice);
        const cookie = cookieLine(reply);
        const patch = { method: 'PUT', json: { nickname: 'al' } };
        assert.equal((await raw(node, 'GET', '/users/me', { cookie })).status, 200);
        assert.equal(
            (
                await raw(node, 'PUT', '/users/me/patch', {
                    cookie,
                    csrf: value(reply, 'MMCSRF'),
                    json: patch.json,
                })
            ).status,
            200,
        );
        assert.equal(
            (
                await raw(node, 'PUT', '/users/me/patch', {
                    cookie,
                    ajax: true,
                    csrf: 'wrong',
                    json: patch.json,
                })
            ).status,
            200,
            'a script of our own origin is trusted by X-Requested-With',
        );
        for (const options of [{}, { csrf: 'wrong' }, { csrf: alice.token }]) {
            const refusal = await raw(node, 'PUT', '/users/me/patch', {
                cookie,
                json: patch.json,
                ...options,
            });
            assert.equal(refusal.status, 401);
            assert.equal(refusal.json.id, session_expired);
            assert.ok(
                refusal.cookies.some((each) => each.name === 'MMAUTHTOKEN' && each.gone),
                'the cookies are cleared',
            );
        }
    });

    test('of the MMCSRF kind are worth nothing by themselves', async () => {
        const { alice } = await people(node, 'alice');
        const reply = await browserLogin(alice);
        const cookie = `MMCSRF=${value(reply, 'MMCSRF')}; MMUSERID=${alice.id}`;
        assert.equal((await raw(node, 'GET', '/users/me', { cookie })).status, 401);
    });

    test('win over the Authorization header', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const cookie = cookieLine(await browserLogin(alice));
        assert.equal((await raw(node, 'GET', '/users/me', { cookie, token: bob.token })).json.id, alice.id);
    });

    test('a beacon without the CSRF header does not end the session', async () => {
        const { alice } = await people(node, 'alice');
        const cookie = cookieLine(await browserLogin(alice));
        const beacon = await raw(node, 'POST', '/client_perf', {
            cookie,
            headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
            body: JSON.stringify({
                version: '0.1.0',
                labels: { platform: 'linux', agent: 'chrome' },
                start: Date.now() - 5,
                end: Date.now(),
                counters: [],
                histograms: [],
            }),
        });
        assert.notEqual(beacon.status, 401);
        assert.equal((await raw(node, 'GET', '/users/me', { cookie })).status, 200);
    });

    test('carry the web client through a session', async () => {
        const { alice } = await people(node, 'alice');
        const { client, jar } = await alice.browser();
        assert.equal((await client.getMe()).id, alice.id);
        await client.patchMe({ nickname: 'from the web' });
        await client.logout();
        assert.equal(jar.get('MMAUTHTOKEN'), undefined);
        assert.equal(jar.get('MMUSERID'), undefined, 'the web client looks for this one');
        await refused(client.getMe(), 401, session_expired);
    });
});

describe('the Authorization header', () => {
    test('is read with either scheme in any case', async () => {
        const { alice } = await people(node, 'alice');
        for (const scheme of ['Bearer', 'BEARER', 'bearer', 'token', 'Token']) {
            const reply = await raw(node, 'GET', '/users/me', {
                headers: { Authorization: `${scheme} ${alice.token}` },
            });
            assert.equal(reply.status, 200, scheme);
        }
    });

    test('with a token nobody has is a session that expired', async () => {
        for (const token of ['y'.repeat(26), 'x', 'z'.repeat(5000)]) {
            const reply = await raw(node, 'GET', '/users/me', { token });
            assert.equal(reply.status, 401);
            assert.equal(reply.json.id, session_expired);
        }
    });

    test('cannot be replaced by a query parameter', async () => {
        const { alice } = await people(node, 'alice');
        assert.equal((await raw(node, 'GET', `/users/me?access_token=${alice.token}`)).status, 401);
    });

    test('exempts from the CSRF header', async () => {
        const { alice } = await people(node, 'alice');
        assert.equal(
            (await raw(node, 'PUT', '/users/me/patch', { token: alice.token, json: { nickname: 'x' } }))
                .status,
            200,
        );
    });
});

describe('sessions', () => {
    test('are listed without their tokens', async () => {
        const { alice } = await people(node, 'alice');
        await login({ login_id: alice.username, password, device_id: 'ios:tablet' });
        const sessions = await alice.client.getSessions(alice.id);
        assert.equal(sessions.length, 2);
        for (const session of sessions) {
            like.session(session);
            assert.equal(session.token, '');
            assert.equal(session.user_id, alice.id);
            assert.ok(session.expires_at > Date.now() + 29 * 86_400_000);
        }
        assert.ok(sessions.some((session) => session.device_id === 'ios:tablet'));
        assert.ok(!JSON.stringify(sessions).includes(alice.token));
    });

    test('end one by one', async () => {
        const { alice } = await people(node, 'alice');
        const other = await login({ login_id: alice.username, password, device_id: 'ios:other' });
        const victim = (await alice.client.getSessions('me')).find(
            (session) => session.device_id === 'ios:other',
        );
        await alice.client.revokeSession('me', victim.id);
        assert.equal(
            (await raw(node, 'GET', '/users/me', { token: other.headers.get('token') })).status,
            401,
        );
        await alice.client.getMe();
    });

    test('end all at once', async () => {
        const { alice } = await people(node, 'alice');
        const other = await login({ login_id: alice.username, password });
        await alice.client.revokeAllSessionsForUser(alice.id);
        for (const token of [alice.token, other.headers.get('token')]) {
            assert.equal((await raw(node, 'GET', '/users/me', { token })).status, 401);
        }
    });

    test("of others are nobody's business", async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const [session] = await alice.client.getSessions(alice.id);
        await refused(bob.client.getSessions(alice.id), 403);
        await refused(bob.client.revokeSession(alice.id, session.id), 403);
        await refused(bob.client.revokeAllSessionsForUser(alice.id), 403);
        await refused(bob.client.revokeSession('me', session.id), [400, 403, 404]);
        await alice.client.getMe();
    });

    test('end with logging out, and only the one', async () => {
        const { alice } = await people(node, 'alice');
        const other = await new Person(node, alice.user).logIn();
        const reply = await raw(node, 'POST', '/users/logout', { token: other.token });
        assert.equal(reply.status, 200);
        assert.deepEqual(reply.json, { status: 'OK' });
        await refused(other.client.getMe(), 401, session_expired);
        await alice.client.getMe();
    });

    test('can be given a device', async () => {
        const { alice } = await people(node, 'alice');
        const reply = await raw(node, 'PUT', '/users/sessions/device', {
            token: alice.token,
            json: { device_id: 'android:later' },
        });
        assert.equal(reply.status, 200);
        assert.equal((await alice.client.getSessions('me'))[0].device_id, 'android:later');
    });
});

test("cookies of a stranger's making are harmless", async () => {
    const jar = new Jar();
    jar.cookies.set('MMAUTHTOKEN', '%00"; drop');
    const client = newClient(node);
    jar.serve(client);
    await refused(client.getMe(), 401, session_expired);
    assert.equal(parsedCookie('A=; Max-Age=0').gone, true);
});

// On a node of its own: it ends the sessions of all other tests, too.
test('an administrator puts everybody out at once', async () => {
    const other = await Node.start();
    try {
        const root = await administrator(other);
        const { alice, bob } = await people(other, 'alice', 'bob');
        const socket = await BareSocket.open(other, { headers: { Authorization: `Bearer ${alice.token}` } });
        await refused(bob.client.revokeSessionsForAllUsers(), 403, 'api.context.permissions.app_error');
        await alice.client.getMe();
        await root.client.revokeSessionsForAllUsers();
        for (const each of [alice, bob, root]) await refused(each.client.getMe(), 401, session_expired);
        await socket.closed;
        await bob.logIn();
        await bob.client.getMe();
        await root.logIn();
        const found = await raw(other, 'GET', '/concordat/identity/decisions?act=session', { token: root.token });
        assert.ok(found.json.some((each) => each.rule === 'sessions.all_ended' && each.actor_id === root.id));
    } finally {
        await other.dispose();
    }
});

test('an administrator forgets the failures of a locked account', async () => {
    const root = await administrator(node);
    const { alice, bob } = await people(node, 'alice', 'bob');
    await root.client.patchConfig({ ServiceSettings: { MaximumLoginAttempts: 2 } });
    for (let n = 0; n < 3; ++n) await login({ login_id: alice.username, password: 'not this' });
    assert.equal((await login({ login_id: alice.username, password })).status, 401);
    await refused(bob.client.resetFailedAttempts(alice.id), 403, 'api.context.permissions.app_error');
    await root.client.resetFailedAttempts(alice.id);
    assert.equal((await login({ login_id: alice.username, password })).status, 200);
    await root.client.patchConfig({ ServiceSettings: { MaximumLoginAttempts: 10 } });
});
