// Sign-in by OpenID Connect: a real provider signs people in; one that lies does not.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { Node, administrator, after, assert, before, describe, freePort, freshDirectory, newClient, password, raw, test } from './harness.mjs';
import { Liar, RealProvider, Walker } from './support/oidc.mjs';
import { totp } from './support/totp.mjs';

describe('sign-in by OpenID Connect', () => {
    let dir, node, admin, provider, liar;
    before(
        async () => {
            dir = freshDirectory();
            const port = await freePort();
            const site = `http://127.0.0.1:${port}`;
            provider = await RealProvider.start(`${site}/signup/openid/complete`);
            liar = await Liar.start();
            const settings = {
                ServiceSettings: { SiteURL: site, EnableMultifactorAuthentication: true },
                OpenIdSettings: {
                    Enable: true,
                    Id: 'concordat',
                    Secret: provider.secret,
                    DiscoveryEndpoint: provider.discovery,
                    ButtonText: 'The office',
                    UsePreferredUsername: true,
                },
                GitLabSettings: { Enable: true, Id: 'concordat', Secret: 'a secret', DiscoveryEndpoint: liar.discovery },
                Office365Settings: { Enable: true, Id: 'concordat', DiscoveryEndpoint: 'http://127.0.0.1:1/.well-known/openid-configuration' },
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
            await provider?.stop();
            await liar?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    const person = (name, more = {}) => {
        provider.people.set(`id-${name}`, {
            email: `${name}@example.test`,
            email_verified: true,
            preferred_username: name,
            given_name: 'Ada',
            family_name: 'Byron',
            ...more,
        });
        return `id-${name}`;
    };
    const clientOf = (from) => {
        const client = newClient(node);
        client.setToken(from.cookies.get('MMAUTHTOKEN'));
        return client;
    };
    const begin = async (walker, query = '', way = 'login') => {
        const answer = await walker.get(`/oauth/openid/${way}${query}`);
        assert.equal(answer.status, 302, answer.body);
        return answer.location;
    };
    const signIn = async (walker, name, query = '', way = 'login') =>
        walker.get(await provider.signIn(walker, await begin(walker, query, way), name));

    const ruleOf = async (answer) => {
        const attempt = /<code>([a-z0-9]{26})<\/code>/.exec(answer.body)?.[1];
        assert.ok(attempt, `the page shows the number of the attempt: ${answer.body.slice(0, 400)}`);
        const { json } = await raw(node, 'GET', `/concordat/identity/decisions?attempt=${attempt}`, { token: admin.token });
        assert.equal(json.length, 1, 'one decision');
        return json[0].rule;
    };
    const refusedFor = async (answer, rule) => {
        assert.equal(answer.status, 401, answer.body.slice(-600));
        assert.ok(!answer.cookies.some((line) => line.startsWith('MMAUTHTOKEN')), 'no session');
        assert.equal(await ruleOf(answer), rule);
    };
    // One sign-in at the liar, which is called gitlab.
    const lie = async (walker = new Walker(node.url), more = {}) => {
        const begun = await walker.get('/oauth/gitlab/login');
        assert.equal(begun.status, 302, begun.body);
        const asked = new URL(begun.location).searchParams;
        liar.nonce = asked.get('nonce');
        const query = new URLSearchParams({ code: 'a-code', state: asked.get('state'), ...more });
        return { asked, again: () => walker.get(`/signup/gitlab/complete?${query}`), answer: await walker.get(`/signup/gitlab/complete?${query}`) };
    };

    test('is announced to clients', async () => {
        const config = await newClient(node).getClientConfig();
        assert.equal(config.EnableSignUpWithOpenId, 'true');
        assert.equal(config.OpenIdButtonText, 'The office');
        assert.equal(config.EnableSignUpWithGitLab, 'true');
        assert.equal(config.EnableSignUpWithGoogle, 'false');
        assert.equal((await newClient(node).getClientLicenseOld()).OpenId, 'true');
    });

    test('is asked what it says of itself without being used', async () => {
        const look = (service, address, token = admin.token) => raw(node, 'POST', `/concordat/oidc/${service}/look`, { token, json: { address } });
        const seen = await look('google', liar.discovery);
        assert.equal(seen.status, 200, JSON.stringify(seen.json));
        assert.equal(seen.json.description.issuer, liar.url);
        assert.equal(seen.json.keys, 1);
        assert.equal(seen.json.redirect_uri, `${node.url}/signup/google/complete`);
        for (const bad of ['', 'nonsense', `${liar.url}/elsewhere`, 'http://127.0.0.1:1/.well-known/openid-configuration', 'http://id.example.test/.well-known/openid-configuration']) {
            const answer = await look('google', bad);
            assert.deepEqual([answer.status, answer.json.id], [400, 'oidc.look'], bad);
        }
        liar.description = { issuer: 'https://other.example.test' };
        assert.equal((await look('google', liar.discovery)).json.id, 'oidc.look');
        liar.honest();
        assert.equal((await look('smoke', liar.discovery)).status, 404);
        assert.equal((await look('google', liar.discovery, '')).status, 401);
        assert.equal((await raw(node, 'GET', '/config', { token: admin.token })).json.GoogleSettings.Enable, false);
    });

    test('asks by the code flow, with a proof key', async () => {
        const asked = new URL(await begin(new Walker(node.url), '?login_hint=ada%40example.test')).searchParams;
        assert.equal(asked.get('response_type'), 'code');
        assert.equal(asked.get('code_challenge_method'), 'S256');
        assert.equal(asked.get('redirect_uri'), `${node.url}/signup/openid/complete`);
        assert.equal(asked.get('scope'), 'openid profile email');
        assert.equal(asked.get('login_hint'), 'ada@example.test');
        for (const name of ['state', 'nonce', 'code_challenge']) assert.ok(asked.get(name).length >= 43, name);
    });

    test('signs a person in, and knows them by their id', async () => {
        const walker = new Walker(node.url);
        const answer = await signIn(walker, person('ada'), '?redirect_to=%2Fteam%2Fchannels%2Fx');
        assert.equal(answer.status, 302, answer.status === 302 ? '' : await ruleOf(answer));
        assert.equal(new URL(answer.location).pathname, '/team/channels/x');
        const me = await clientOf(walker).getMe();
        assert.equal(me.username, 'ada');
        assert.equal(me.email, 'ada@example.test');
        assert.equal(me.first_name, 'Ada');
        assert.equal(me.auth_service, 'openid');
        provider.people.get('id-ada').email = 'countess@example.test';
        const again = new Walker(node.url);
        assert.equal((await signIn(again, 'id-ada')).status, 302);
        const same = await clientOf(again).getMe();
        assert.equal(same.id, me.id);
        assert.equal(same.email, 'countess@example.test');
    });

    test('takes no account over', async () => {
        await refusedFor(await signIn(new Walker(node.url), person('another', { email: 'countess@example.test' })), 'account.email_taken');
    });

    test('lets a mobile application redeem a code', async () => {
        const walker = new Walker(node.url);
        const verifier = crypto.randomBytes(32).toString('base64url');
        const challenge = crypto.createHash('sha256').update(verifier).digest('base64url');
        const page = await signIn(
            walker,
            person('mobile'),
            `?redirect_to=${encodeURIComponent('mmauth://callback')}&state=s1&code_challenge=${challenge}&code_challenge_method=S256`,
            'mobile_login',
        );
        assert.equal(page.status, 200, page.body);
        const code = /login_code=([A-Za-z0-9]+)/.exec(page.body)[1];
        const { status, json } = await raw(node, 'POST', '/api/v4/users/login/sso/code-exchange', {
            body: JSON.stringify({ login_code: code, code_verifier: verifier, state: 's1' }),
        });
        assert.equal(status, 200, JSON.stringify(json));
        const client = newClient(node);
        client.setToken(json.token);
        assert.equal((await client.getMe()).username, 'mobile');
    });

    test('hands the session over to a desktop application', async () => {
        const walker = new Walker(node.url);
        const answer = await signIn(walker, person('desktop'), '?desktop_token=desk1');
        assert.equal(answer.status, 302);
        const to = new URL(answer.location);
        assert.equal(to.pathname, '/login/desktop');
        assert.equal(to.searchParams.get('client_token'), 'desk1');
        const { status, json } = await raw(node, 'POST', '/api/v4/users/login/desktop_token', {
            body: JSON.stringify({ token: to.searchParams.get('server_token'), deviceId: '' }),
        });
        assert.equal(status, 200, JSON.stringify(json));
        assert.equal(json.username, 'desktop');
    });

    test('asks for the second factor, and goes on with it', async () => {
        const walker = new Walker(node.url);
        assert.equal((await signIn(walker, person('careful'))).status, 302);
        const client = clientOf(walker);
        const me = await client.getMe();
        const { secret } = await client.generateMfaSecret(me.id);
        await client.updateUserMfa(me.id, true, totp(secret));
        const other = new Walker(node.url);
        const page = await signIn(other, 'id-careful');
        assert.equal(page.status, 401);
        assert.ok(page.body.includes('name="factor"') && !other.cookies.has('MMAUTHTOKEN'), page.body);
        const state = /name="state" value="([^"]*)"/.exec(page.body)[1];
        const wrong = await other.post('/signup/openid/complete', { state, factor: '000000' });
        assert.equal(wrong.status, 401);
        assert.ok(wrong.body.includes('name="factor"'));
        // Nobody else goes on with it.
        const stranger = await new Walker(node.url).post('/signup/openid/complete', { state, factor: totp(secret, 1) });
        await refusedFor(stranger, 'oidc.browser');
        const right = await other.post('/signup/openid/complete', { state, factor: totp(secret, 1) });
        assert.equal(right.status, 302, right.body);
        assert.equal((await clientOf(other).getMe()).id, me.id);
        await refusedFor(await other.post('/signup/openid/complete', { state, factor: totp(secret, 1) }), 'oidc.request');
    });

    test('sends the secret and the proof, and takes an honest token', async () => {
        liar.honest();
        const walker = new Walker(node.url);
        const { answer, asked, again } = await lie(walker);
        assert.equal(answer.status, 302, answer.body);
        assert.equal(liar.asked.authorization, `Basic ${Buffer.from('concordat:a%20secret').toString('base64')}`);
        assert.equal(crypto.createHash('sha256').update(liar.asked.form.code_verifier).digest('base64url'), asked.get('code_challenge'));
        assert.equal((await clientOf(walker).getMe()).auth_service, 'gitlab');
        await refusedFor(await again(), 'oidc.request');
    });

    test('takes a new key of the provider without a restart', async () => {
        liar.honest();
        liar.rotate('second');
        const { answer } = await lie();
        assert.equal(answer.status, 302, answer.body);
    });

    const now = () => Math.floor(Date.now() / 1000);
    const other = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const [what, rule, tell] of [
        ['no signature', 'oidc.form', () => ({ head: { alg: 'none' }, sign: () => '' })],
        ['"none" with a signature', 'oidc.signature', () => ({ head: { alg: 'none' } })],
        ['the client secret as a key', 'oidc.signature', () => ({ head: { alg: 'HS256' }, sign: (text) => crypto.createHmac('sha256', 'a secret').update(text).digest() })],
        ['the public key as a shared one', 'oidc.signature', () => ({ head: { alg: 'HS256' }, sign: (text) => crypto.createHmac('sha256', liar.keys.publicKey.export({ type: 'spki', format: 'pem' })).update(text).digest() })],
        ["a stranger's key", 'oidc.signature', () => ({ sign: (text) => crypto.sign('sha256', Buffer.from(text), other.privateKey) })],
        ["a stranger's key that the token brings", 'oidc.signature', () => ({ head: { jwk: other.publicKey.export({ format: 'jwk' }) }, sign: (text) => crypto.sign('sha256', Buffer.from(text), other.privateKey) })],
        ['a key that is not known', 'oidc.signature', () => ({ head: { kid: 'nobody' } })],
        ['an extension that must be understood', 'oidc.form', () => ({ head: { crit: ['b64'], b64: false } })],
        ['another issuer', 'oidc.issuer', () => ({ claims: { iss: 'https://accounts.example.test' } })],
        ['another client', 'oidc.audience', () => ({ claims: { aud: 'somebody' } })],
        ['many clients without saying which', 'oidc.audience', () => ({ claims: { aud: ['concordat', 'somebody'] } })],
        ['another authorised party', 'oidc.audience', () => ({ claims: { azp: 'somebody' } })],
        ['a token that ended', 'oidc.time', () => ({ claims: { exp: now() - 120 } })],
        ['a token without an end', 'oidc.time', () => ({ without: ['exp'] })],
        ['a token of the future', 'oidc.time', () => ({ claims: { iat: now() + 600, exp: now() + 900 } })],
        ['a token that was issued long ago', 'oidc.time', () => ({ claims: { iat: now() - 3600 } })],
        ['the nonce of another sign-in', 'oidc.nonce', () => ({ claims: { nonce: 'x'.repeat(43) } })],
        ['no nonce', 'oidc.nonce', () => ({ without: ['nonce'] })],
        ['nobody', 'oidc.subject', () => ({ without: ['sub'] })],
        ['no address', 'oidc.email', () => ({ without: ['email'] })],
        ['an address that is not verified', 'oidc.email', () => ({ claims: { email_verified: false } })],
        ["another person's details", 'oidc.userinfo', () => ({ without: ['email'], userinfo: { sub: 'subject-2', email: 'x@example.test' } })],
        ['a code that the provider does not take back', 'oidc.code', () => ({ token_status: 400 })],
    ])
        test(`refuses ${what}`, async () => {
            liar.honest();
            Object.assign(liar, tell());
            await refusedFor((await lie()).answer, rule);
        });

    test('refuses what another browser began, and what nobody began', async () => {
        liar.honest();
        const begun = await new Walker(node.url).get('/oauth/gitlab/login');
        const state = new URL(begun.location).searchParams.get('state');
        await refusedFor(await new Walker(node.url).get(`/signup/gitlab/complete?code=c&state=${state}`), 'oidc.browser');
        await refusedFor(await new Walker(node.url).get(`/signup/gitlab/complete?code=c&state=${'x'.repeat(52)}`), 'oidc.request');
        // One provider's answer is not another's.
        await refusedFor(await new Walker(node.url).get(`/signup/openid/complete?code=c&state=${state}`), 'oidc.request');
    });

    test("shows a page when the provider refuses, with its word in the record only", async () => {
        const walker = new Walker(node.url);
        const begun = await walker.get('/oauth/gitlab/login');
        const state = new URL(begun.location).searchParams.get('state');
        const answer = await walker.get(`/signup/gitlab/complete?error=access_denied&state=${state}`);
        assert.ok(!answer.body.includes('access_denied'));
        await refusedFor(answer, 'oidc.code');
    });

    test('a provider that says nothing holds up nobody who has a password', async () => {
        liar.honest();
        const walkers = Array.from({ length: 8 }, () => new Walker(node.url));
        const states = [];
        for (const walker of walkers)
            states.push(new URL((await walker.get('/oauth/gitlab/login')).location).searchParams.get('state'));
        liar.silent = true;
        let isAnswered = false;
        const answers = Promise.all(
            walkers.map((walker, i) => walker.get(`/signup/gitlab/complete?code=c&state=${states[i]}`)),
        ).finally(() => (isAnswered = true));
        await new Promise((done) => setTimeout(done, 300));
        await newClient(node).login('root', password);
        assert.ok(!isAnswered, 'the password did not wait for the provider');
        for (const answer of await answers) {
            assert.equal(answer.status, 503);
            assert.equal(await ruleOf(answer), 'oidc.provider');
        }
        liar.honest();
    });

    test('says so when the provider does not answer, or is not switched on', async () => {
        const down = await new Walker(node.url).get('/oauth/office365/login');
        assert.equal(down.status, 503);
        assert.ok(down.body.includes('does not answer'), down.body);
        const started = Date.now();
        assert.equal((await new Walker(node.url).get('/oauth/office365/login')).status, 503);
        assert.ok(Date.now() - started < 2000, 'everybody else hears so at once');
        assert.equal((await new Walker(node.url).get('/oauth/google/login')).status, 501);
        assert.equal((await new Walker(node.url).get('/oauth/openid/login?provider=nowhere')).status, 404);
        const away = await new Walker(node.url).get('/oauth/openid/login?redirect_to=https%3A%2F%2Felsewhere.test%2F');
        assert.equal(away.status, 400);
        const app = await new Walker(node.url).get('/oauth/openid/mobile_login?redirect_to=https%3A%2F%2Felsewhere.test%2F');
        assert.equal(app.status, 400);
    });
});
