// Applications that people let act for them: an independent OAuth 2.0 client library, and the official client.
import * as oauth from 'oauth4webapi';
import {
    administrator,
    assert,
    describe,
    freePort,
    newClient,
    person,
    raw,
    refused,
    sharedNode,
    test,
} from './harness.mjs';

const port = await freePort();
const node = sharedNode({
    port,
    env: {
        MM_SERVICESETTINGS_SITEURL: `http://127.0.0.1:${port}`,
        MM_SERVICESETTINGS_ENABLEDYNAMICCLIENTREGISTRATION: 'true',
    },
});
const forbidden = 'api.context.permissions.app_error';
const loose = { [oauth.allowInsecureRequests]: true };
const callback = 'http://127.0.0.1:9/back';

const server = async () => {
    const issuer = new URL(node.url);
    return oauth.processDiscoveryResponse(
        issuer,
        await oauth.discoveryRequest(issuer, { ...loose, algorithm: 'oauth2' }),
    );
};
const made = async (more = {}) => {
    const admin = await administrator(node);
    const app = await admin.client.createOAuthApp({
        name: 'Timetable',
        description: 'Says when',
        homepage: 'https://time.example',
        callback_urls: [callback],
        ...more,
    });
    return { app, admin, known: { client_id: app.id } };
};
// What a browser sees, cookies included.
const browse = async (jar, method, path, form) => {
    const answer = await fetch(`${node.url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
            Cookie: jar ? jar.header : '',
            ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
        },
        body: form ? new URLSearchParams(form) : undefined,
    });
    return { status: answer.status, location: answer.headers.get('location'), headers: answer.headers, body: await answer.text() };
};
const fieldsOf = (html) =>
    Object.fromEntries(
        [...html.matchAll(/<input type="hidden" name="([a-z_]+)" value="([^"]*)">/g)].map(([, name, value]) => [
            name,
            value.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'"),
        ]),
    );
const nextOf = (html) => new URL(/content="0; url=([^"]+)"/.exec(html)[1].replaceAll('&amp;', '&'));

const askFor = async (known, verifier) => {
    const at = new URL((await server()).authorization_endpoint);
    at.search = new URLSearchParams({
        client_id: known.client_id,
        redirect_uri: callback,
        response_type: 'code',
        state: 'the "state" & more',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
    });
    return at.pathname + at.search;
};

describe('an application', () => {
    test('is allowed by a person, acts as them, and refreshes', async () => {
        const { app, known } = await made();
        const bob = await person(node, 'bob');
        const { jar } = await bob.browser();
        const verifier = oauth.generateRandomCodeVerifier();
        const path = await askFor(known, verifier);

        const page = await browse(jar, 'GET', path);
        assert.equal(page.status, 200);
        assert.match(page.headers.get('content-type'), /text\/html/);
        assert.equal(page.headers.get('x-frame-options'), 'DENY');
        assert.ok(page.body.includes('Timetable would like to act for you'));
        const form = fieldsOf(page.body);
        const answered = await browse(jar, 'POST', '/oauth/authorize', { ...form, answer: 'allow' });
        assert.equal(answered.status, 200, answered.body);
        const back = nextOf(answered.body);

        const as = await server();
        const parameters = oauth.validateAuthResponse(as, known, back, 'the "state" & more');
        const auth = oauth.ClientSecretPost(app.client_secret);
        const redeem = () => oauth.authorizationCodeGrantRequest(as, known, auth, parameters, callback, verifier, loose);
        const answer = await redeem();
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        const tokens = await oauth.processAuthorizationCodeResponse(as, known, answer);
        assert.equal(tokens.token_type, 'bearer');
        assert.equal(tokens.expires_in, 720 * 3600);

        const acting = newClient(node);
        acting.setToken(tokens.access_token);
        assert.equal((await acting.getMe()).id, bob.id);
        // What is shown to the person: a session with the application's name.
        const sessions = await bob.client.getSessions(bob.id);
        assert.ok(sessions.some((each) => each.is_oauth && each.props.platform === 'Timetable'));
        assert.deepEqual((await bob.client.getAuthorizedOAuthApps(bob.id)).map((each) => [each.id, each.client_secret]), [[app.id, '']]);
        // Only such a token may stand in an address.
        assert.equal((await raw(node, 'GET', `/users/me?access_token=${tokens.access_token}`)).status, 200);
        assert.equal((await raw(node, 'GET', `/users/me?access_token=${bob.token}`)).status, 401);

        const fresh = await oauth.processRefreshTokenResponse(
            as,
            known,
            await oauth.refreshTokenGrantRequest(as, known, auth, tokens.refresh_token, loose),
        );
        await refused(acting.getMe(), 401, 'api.context.session_expired.app_error');
        acting.setToken(fresh.access_token);
        assert.equal((await acting.getMe()).id, bob.id);

        // The code once more: the library reads the error, and what the code gave is gone.
        const again = await redeem();
        assert.equal(again.status, 400);
        await assert.rejects(oauth.processAuthorizationCodeResponse(as, known, again), { error: 'invalid_grant' });
        await refused(acting.getMe(), 401);
    });

    test('is not asked about twice, and what was allowed is withdrawn', async () => {
        const { app, known } = await made({ name: 'Clock' });
        const carol = await person(node, 'carol');
        const { client, jar } = await carol.browser();
        const verifier = oauth.generateRandomCodeVerifier();
        const path = await askFor(known, verifier);
        const page = await browse(jar, 'GET', path);
        assert.equal((await browse(jar, 'POST', '/oauth/authorize', { ...fieldsOf(page.body), answer: 'allow' })).status, 200);
        const second = await browse(jar, 'GET', path);
        assert.equal(second.status, 302);
        const as = await server();
        const parameters = oauth.validateAuthResponse(as, known, new URL(second.location), 'the "state" & more');
        const tokens = await oauth.processAuthorizationCodeResponse(
            as,
            known,
            await oauth.authorizationCodeGrantRequest(as, known, oauth.ClientSecretBasic(app.client_secret), parameters, callback, verifier, loose),
        );
        await client.deauthorizeOAuthApp(app.id);
        assert.equal((await raw(node, 'GET', '/users/me', { token: tokens.access_token })).status, 401);
        assert.equal((await browse(jar, 'GET', path)).status, 200);
        await refused(client.deauthorizeOAuthApp(app.id), 404);
    });

    test('that is not allowed is told so', async () => {
        const { known } = await made();
        const { jar } = await (await person(node, 'dora')).browser();
        const page = await browse(jar, 'GET', await askFor(known, oauth.generateRandomCodeVerifier()));
        const answered = await browse(jar, 'POST', '/oauth/authorize', { ...fieldsOf(page.body), answer: 'deny' });
        assert.equal(nextOf(answered.body).searchParams.get('error'), 'access_denied');
        assert.equal(nextOf(answered.body).searchParams.get('code'), null);
    });

    test('sends who is signed out to the sign-in page, and back', async () => {
        const { known } = await made();
        const path = await askFor(known, oauth.generateRandomCodeVerifier());
        const answer = await browse(undefined, 'GET', path);
        assert.equal(answer.status, 302);
        const to = new URL(answer.location, node.url);
        assert.equal(to.pathname, '/login');
        assert.equal(to.searchParams.get('redirect_to'), path);
    });

    test('a page elsewhere cannot allow it', async () => {
        const { app, known } = await made();
        const { jar } = await (await person(node, 'eve')).browser();
        const form = { response_type: 'code', client_id: app.id, redirect_uri: callback, answer: 'allow' };
        for (const more of [{}, { csrf: '' }, { csrf: 'x'.repeat(26) }]) {
            const answer = await browse(jar, 'POST', '/oauth/authorize', { ...form, ...more });
            assert.equal(answer.status, 403, answer.body);
        }
        const page = await browse(jar, 'GET', await askFor(known, oauth.generateRandomCodeVerifier()));
        assert.equal(page.status, 200, 'nothing was allowed');
        assert.ok(page.headers.get('content-security-policy').includes("frame-ancestors 'none'"));
        const foreign = await browse(jar, 'GET', `/oauth/authorize?response_type=code&client_id=${app.id}&redirect_uri=${encodeURIComponent('https://thief.example/')}`);
        assert.equal(foreign.status, 400);
        assert.equal(foreign.location, null);
    });

    test('does what its person may, but not what only a person does', async () => {
        const { app } = await made({ is_trusted: true });
        const admin = await administrator(node);
        const as = await server();
        const { jar } = await admin.browser();
        const verifier = oauth.generateRandomCodeVerifier();
        const straight = await browse(jar, 'GET', await askFor({ client_id: app.id }, verifier));
        assert.equal(straight.status, 302, 'an administrator has answered for everybody');
        const known = { client_id: app.id };
        const parameters = oauth.validateAuthResponse(as, known, new URL(straight.location), 'the "state" & more');
        const tokens = await oauth.processAuthorizationCodeResponse(
            as,
            known,
            await oauth.authorizationCodeGrantRequest(as, known, oauth.ClientSecretPost(app.client_secret), parameters, callback, verifier, loose),
        );
        const acting = newClient(node);
        acting.setToken(tokens.access_token);
        const only = 'identity.oauth.not_for_applications';
        await refused(acting.updateUserPassword(admin.id, admin.password, 'another password 1'), 403, only);
        await refused(acting.createUserAccessToken(admin.id, 'mine'), 403, only);
        await refused(acting.generateMfaSecret(admin.id), 403, only);
        await refused(acting.patchConfig({ TeamSettings: { SiteName: 'Mine' } }), 403, only);
        await refused(acting.createOAuthApp({ name: 'x', description: '', homepage: 'https://x.example', callback_urls: [callback] }), 403, only);
        await refused(acting.deauthorizeOAuthApp(app.id), 403, only);
        assert.equal((await raw(node, 'POST', '/users/me/sessions/revoke/all', { token: tokens.access_token })).status, 403);
        // It writes, and its posts say so, whatever it claims.
        const team = await admin.client.createTeam({ name: `t${Date.now().toString(36)}`, display_name: 'T', type: 'O' });
        const channel = await acting.getChannelByName(team.id, 'town-square');
        const post = await acting.createPost({ channel_id: channel.id, message: 'from the application', props: { from_webhook: 'true' } });
        assert.equal(post.props.from_oauth_app, 'true');
        assert.equal(post.props.from_webhook, undefined);
        const plain = await admin.client.createPost({ channel_id: channel.id, message: 'by hand', props: { from_oauth_app: 'true' } });
        assert.equal(plain.props.from_oauth_app, undefined);
    });

    test('is managed with the official client', async () => {
        const { app, admin } = await made({ name: 'Kept' });
        assert.equal(app.client_secret.length, 52);
        assert.equal(app.creator_id, admin.id);
        assert.equal((await admin.client.getOAuthApp(app.id)).client_secret, app.client_secret);
        const fred = await person(node, 'fred');
        const info = await fred.client.getOAuthAppInfo(app.id);
        assert.equal(info.name, 'Kept');
        assert.equal(info.client_secret, '');
        await refused(fred.client.getOAuthApp(app.id), 403, forbidden);
        await refused(fred.client.createOAuthApp({ ...app }), 403, forbidden);
        await refused(fred.client.getOAuthApps(), 403, forbidden);
        await refused(fred.client.deleteOAuthApp(app.id), 403, forbidden);
        assert.ok((await admin.client.getOAuthApps()).some((each) => each.id === app.id));
        const edited = await admin.client.editOAuthApp({ ...app, name: 'Edited' });
        assert.equal(edited.name, 'Edited');
        const renewed = await admin.client.regenOAuthAppSecret(app.id);
        assert.notEqual(renewed.client_secret, app.client_secret);
        // The page of the official client answers with JSON.
        const { client } = await fred.browser();
        const { redirect } = await client.authorizeOAuthApp('code', app.id, callback, 'st', 'user');
        assert.match(redirect, /\?code=[a-z0-9]{52}&state=st$/);
        await admin.client.deleteOAuthApp(app.id);
        await refused(fred.client.getOAuthAppInfo(app.id), 404, 'app.oauth.get_app.find.app_error');
        await refused(admin.client.createOAuthApp({ name: '', description: '', homepage: 'https://x.example', callback_urls: [callback] }), 400, 'model.oauth.is_valid.name.app_error');
    });

    test('registers itself, and proves with a key instead of a secret', async () => {
        const as = await server();
        const registered = await oauth.processDynamicClientRegistrationResponse(
            await oauth.dynamicClientRegistrationRequest(
                as,
                { client_name: 'A tool', redirect_uris: [callback], token_endpoint_auth_method: 'none' },
                loose,
            ),
        );
        assert.equal(registered.client_secret, undefined);
        assert.deepEqual(registered.grant_types, ['authorization_code']);
        const gina = await person(node, 'gina');
        const { jar } = await gina.browser();
        const verifier = oauth.generateRandomCodeVerifier();
        const page = await browse(jar, 'GET', await askFor(registered, verifier));
        const answered = await browse(jar, 'POST', '/oauth/authorize', { ...fieldsOf(page.body), answer: 'allow' });
        const parameters = oauth.validateAuthResponse(as, registered, nextOf(answered.body), 'the "state" & more');
        const tokens = await oauth.processAuthorizationCodeResponse(
            as,
            registered,
            await oauth.authorizationCodeGrantRequest(as, registered, oauth.None(), parameters, callback, verifier, loose),
        );
        assert.equal(tokens.refresh_token, undefined);
        assert.equal((await raw(node, 'GET', '/users/me', { token: tokens.access_token })).json.id, gina.id);
    });

    test('what is decided can be explained', async () => {
        const admin = await administrator(node);
        const { json } = await raw(node, 'GET', '/concordat/identity/decisions?act=oauth&per_page=200', { token: admin.token });
        const rules = new Set(json.map((each) => each.rule));
        for (const rule of ['oauth.app.created', 'oauth.allowed', 'oauth.denied', 'oauth.given', 'oauth.refreshed', 'oauth.code_used', 'oauth.withdrawn', 'oauth.app.registered'])
            assert.ok(rules.has(rule), rule);
        const config = await newClient(node).getClientConfig();
        assert.equal((await admin.client.getClientConfig()).EnableOAuthServiceProvider, 'true');
        assert.ok(config);
    });
});
