// How an account signs in is changed by its person: both ends are proven, sessions end, and nobody is taken over.
import fs from 'node:fs';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    describe,
    freePort,
    freshDirectory,
    newClient,
    password,
    person,
    raw,
    refused,
    test,
} from './harness.mjs';
import { RealProvider, Walker } from './support/oidc.mjs';
import { Browser, SamlProvider, keyPair } from './support/saml.mjs';
import { Slapd, directory_password } from './support/slapd.mjs';
import { totp } from './support/totp.mjs';

const masked = 'api.user.login.invalid_credentials_email_username';
const done = '/login?extra=signin_change';

describe('changing how one signs in', () => {
    let dir, node, admin, slapd, oidc, saml;
    before(
        async () => {
            dir = freshDirectory();
            const port = await freePort();
            const site = `http://127.0.0.1:${port}`;
            slapd = await Slapd.start('ada', 'bob', 'carl');
            oidc = await RealProvider.start(`${site}/signup/openid/complete`);
            const [keys, ours] = ['provider', 'ours'].map((name) => keyPair(dir, name));
            saml = await SamlProvider.start(keys);
            saml.consumer_url = `${site}/login/sso/saml`;
            const settings = {
                ServiceSettings: { SiteURL: site, EnableMultifactorAuthentication: true },
                LdapSettings: slapd.settings(),
                OpenIdSettings: {
                    Enable: true,
                    Id: 'concordat',
                    Secret: oidc.secret,
                    DiscoveryEndpoint: oidc.discovery,
                    UsePreferredUsername: true,
                },
                SamlSettings: {
                    Enable: true,
                    SignRequest: true,
                    IdpURL: `${saml.url}/sso`,
                    IdpDescriptorURL: saml.entity_id,
                    IdpCertificateFile: keys.cert_file,
                    PublicCertificateFile: ours.cert_file,
                    PrivateKeyFile: ours.key_file,
                    EmailAttribute: 'email',
                    UsernameAttribute: 'username',
                },
            };
            node = new Node({ dir, port, settings });
            await node.launch();
            admin = await administrator(node);
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            for (const each of [oidc, saml, slapd]) await each?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    const isOut = (client) => refused(client.getMe(), 401);
    const login = (name, secret) => newClient(node).login(name, secret);
    const at_oidc = (name) => {
        oidc.people.set(`id-${name}`, {
            email: `${name}@example.test`,
            email_verified: true,
            preferred_username: name,
            given_name: 'Ada',
            family_name: 'Byron',
        });
        return `id-${name}`;
    };
    // What the page of a browser does: asks, keeps the cookies, and is told where to go.
    const ask = async (cookies, body) => {
        const answer = await fetch(`${node.url}/api/v4/users/login/switch`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest' },
            body: JSON.stringify(body),
        });
        for (const line of answer.headers.getSetCookie()) {
            const [name, value] = line.split(';')[0].split('=');
            cookies.set(name, value);
        }
        return { status: answer.status, json: await answer.json() };
    };
    const sessionOf = (cookies) => {
        const client = newClient(node);
        client.setToken(cookies.get('MMAUTHTOKEN'));
        return client;
    };

    test('from a password to the directory, and back', async () => {
        const alice = await person(node, 'alice');
        const switched = await newClient(node).switchEmailToLdap(alice.email, password, 'ada', directory_password);
        assert.equal(switched.follow_link, done);
        await isOut(alice.client);
        await refused(login(alice.username, password), 401, masked);
        const client = newClient(node);
        const me = await client.login('ada', directory_password);
        assert.deepEqual([me.id, me.auth_service], [alice.id, 'ldap']);
        await refused(newClient(node).switchLdapToEmail('wrong', me.email, 'a new password'), 401, masked);
        await refused(newClient(node).switchLdapToEmail(directory_password, me.email, 'short'), 400);
        const back = await newClient(node).switchLdapToEmail(directory_password, me.email, 'a new password');
        assert.equal(back.follow_link, done);
        await isOut(client);
        const again = await login(me.username, 'a new password');
        assert.deepEqual([again.id, again.auth_service], [alice.id, '']);
        const { json } = await raw(node, 'GET', '/concordat/identity/decisions?act=account', { token: admin.token });
        assert.equal(json.filter((each) => each.user_id === alice.id && each.rule === 'account.switched').length, 2);
    });

    test('is refused without the proof of either end, and for who has an account already', async () => {
        const alice = await person(node, 'alice');
        const bob = await login('bob', directory_password);
        const to = (...args) => newClient(node).switchEmailToLdap(alice.email, ...args);
        await refused(to('wrong', 'carl', directory_password), 401, masked);
        await refused(to(password, 'carl', 'wrong'), 401, 'identity.switch.directory');
        await refused(to(password, 'bob', directory_password), 401, 'identity.switch.directory');
        assert.equal((await login('bob', directory_password)).id, bob.id);
        assert.equal((await login(alice.username, password)).auth_service, '');
        for (const body of [{}, { current_service: 'email' }, { current_service: 'ldap', new_service: 'saml' }])
            assert.equal((await raw(node, 'POST', '/users/login/switch', { json: body })).status, 400);
        const anonymous = { current_service: 'openid', new_service: 'email', email: alice.email, new_password: 'a new password' };
        assert.equal((await raw(node, 'POST', '/users/login/switch', { json: anonymous })).status, 401);
        // An account with a password does not leave a provider, whoever asks.
        await refused(alice.client.switchOAuthToEmail('openid', alice.email, 'a new password'), 401);
        assert.equal((await login(alice.username, password)).id, alice.id);
    });

    test('from a password to OpenID Connect by a sign-in there, and back', async () => {
        const alice = await person(node, 'alice');
        const walker = new Walker(node.url);
        const wish = { current_service: 'email', new_service: 'openid', email: alice.email, password };
        assert.equal((await ask(walker.cookies, { ...wish, password: 'wrong' })).json.id, masked);
        const { json } = await ask(walker.cookies, wish);
        assert.ok(json.follow_link.startsWith(oidc.url));
        assert.equal((await login(alice.username, password)).auth_service, '', 'nothing changed yet');
        const home = await oidc.signIn(walker, json.follow_link, at_oidc('lady'));
        // The address alone, in another browser, is worth nothing.
        assert.equal((await new Walker(node.url).get(home)).status, 401);
        const arrived = await walker.get(home);
        assert.equal(arrived.status, 302, arrived.body);
        const client = sessionOf(walker.cookies);
        const me = await client.getMe();
        assert.deepEqual([me.id, me.auth_service, me.username], [alice.id, 'openid', 'lady']);
        await isOut(alice.client);
        await refused(login('lady', password), 401, masked);
        const back = await client.switchOAuthToEmail('openid', me.email, 'a new password');
        assert.equal(back.follow_link, done);
        await isOut(client);
        assert.equal((await login('lady', 'a new password')).id, alice.id);
    });

    test('not to a person of the provider who has an account', async () => {
        const first = new Walker(node.url);
        const begun = await first.get('/oauth/openid/login');
        await first.get(await oidc.signIn(first, begun.location, at_oidc('owner')));
        const owner = await sessionOf(first.cookies).getMe();
        const alice = await person(node, 'alice');
        const walker = new Walker(node.url);
        const { json } = await ask(walker.cookies, {
            current_service: 'email',
            new_service: 'openid',
            email: alice.email,
            password,
        });
        const answer = await walker.get(await oidc.signIn(walker, json.follow_link, 'id-owner'));
        assert.equal(answer.status, 401);
        assert.equal((await login(alice.username, password)).auth_service, '');
        assert.equal((await sessionOf(first.cookies).getMe()).id, owner.id);
    });

    test('from a password with a second factor to SAML, and back', async () => {
        const alice = await person(node, 'alice');
        const { secret } = await alice.client.generateMfaSecret(alice.id);
        await alice.client.updateUserMfa(alice.id, true, totp(secret));
        const browser = new Browser(node.url);
        const wish = { current_service: 'email', new_service: 'saml', email: alice.email, password };
        assert.equal((await ask(browser.cookies, wish)).json.id, 'mfa.validate_token.authenticate.app_error');
        const { json, status } = await ask(browser.cookies, { ...wish, mfa_code: totp(secret, 1) });
        assert.equal(status, 200, JSON.stringify(json));
        saml.person = { id: 'id-alice', attributes: { email: alice.email, username: alice.username } };
        const { body } = await browser.get(json.follow_link);
        const relay_state = new URL(json.follow_link).searchParams.get('RelayState');
        const page = await browser.arrive(body, relay_state);
        assert.equal(page.status, 401, 'asks for a code of the second factor');
        const recovery = await admin.client.updateUserMfa(alice.id, false, '');
        assert.ok(recovery);
        const arrived = await browser.arrive(body, relay_state);
        assert.equal(arrived.status, 302, arrived.body);
        const client = sessionOf(browser.cookies);
        const me = await client.getMe();
        assert.deepEqual([me.id, me.auth_service], [alice.id, 'saml']);
        await client.switchOAuthToEmail('saml', me.email, 'a new password');
        assert.equal((await login(me.username, 'a new password')).id, alice.id);
    });
});
