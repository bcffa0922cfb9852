// Sign-in by SAML 2.0: a provider with an XML stack of its own signs people in; a forger does not.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Jar, Node, administrator, after, assert, before, describe, eventually, freePort, freshDirectory, newClient, raw, refused, test } from './harness.mjs';
import { Browser, Forger, SamlProvider, base64, keyPair } from './support/saml.mjs';
import { totp } from './support/totp.mjs';

describe('sign-in by SAML', () => {
    let dir, node, admin, provider, keys, ours, strangers, forger, audience;
    before(
        async () => {
            dir = freshDirectory();
            [keys, ours, strangers] = ['provider', 'ours', 'strangers'].map((name) => keyPair(dir, name));
            provider = await SamlProvider.start(keys);
            const port = await freePort();
            const site = `http://127.0.0.1:${port}`;
            audience = `${site}/api/v4/saml/metadata`;
            provider.consumer_url = `${site}/login/sso/saml`;
            const settings = {
                ServiceSettings: { SiteURL: site, EnableMultifactorAuthentication: true },
                GuestAccountsSettings: { Enable: true },
                SamlSettings: {
                    Enable: true,
                    SignRequest: true,
                    IdpURL: `${provider.url}/sso`,
                    IdpDescriptorURL: provider.entity_id,
                    IdpCertificateFile: keys.cert_file,
                    PublicCertificateFile: ours.cert_file,
                    PrivateKeyFile: ours.key_file,
                    EmailAttribute: 'email',
                    UsernameAttribute: 'username',
                    FirstNameAttribute: 'first',
                    LoginButtonText: 'The office',
                },
            };
            node = new Node({ dir, port, settings });
            await node.launch();
            admin = await administrator(node);
            forger = new Forger({ entity_id: provider.entity_id, consumer_url: provider.consumer_url, audience, keys });
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            await provider?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    const browser = () => new Browser(node.url);
    const somebody = (name) => ({ id: `id-${name}`, attributes: { email: `${name}@example.test`, username: name, first: 'First & <last>' } });
    const clientOf = (from) => {
        const client = newClient(node);
        client.setToken(from.cookies.get('MMAUTHTOKEN'));
        return client;
    };
    // The rule that refused an attempt, from the page that the person saw.
    const ruleOf = async (answer) => {
        const attempt = /<code>([a-z0-9]{26})<\/code>/.exec(answer.body)?.[1];
        assert.ok(attempt, `the page shows the number of the attempt: ${answer.body.slice(0, 400)}`);
        const { json } = await raw(node, 'GET', `/concordat/identity/decisions?attempt=${attempt}`, { token: admin.token });
        assert.equal(json.length, 1, 'one decision');
        return json[0].rule;
    };
    const refusedFor = async (answer, ...rules) => {
        assert.equal(answer.status, 401, answer.body.slice(-600));
        assert.ok(!answer.headers['set-cookie']?.some((line) => line.startsWith('MMAUTHTOKEN')), 'no session');
        const rule = await ruleOf(answer);
        assert.ok(rules.includes(rule), `refused by ${rule}, not by ${rules}`);
    };

    test('is announced to clients', async () => {
        const config = await newClient(node).getClientConfig();
        assert.equal(config.EnableSaml, 'true');
        assert.equal(config.SamlLoginButtonText, 'The office');
        assert.equal((await newClient(node).getClientLicenseOld()).SAML, 'true');
    });

    test('describes itself in metadata', async () => {
        const answer = await browser().get('/api/v4/saml/metadata');
        assert.equal(answer.status, 200);
        assert.match(answer.headers['content-type'], /xml/);
        assert.ok(answer.body.includes(`entityID="${audience}"`));
        assert.ok(answer.body.includes(`Location="${provider.consumer_url}"`));
    });

    test('asks by a signed redirect', async () => {
        const { location, xml } = await browser().begin();
        assert.ok(location.href.startsWith(`${provider.url}/sso?SAMLRequest=`));
        assert.ok(xml.includes(`AssertionConsumerServiceURL="${provider.consumer_url}"`));
        const [query, signature] = location.search.slice(1).split('&Signature=');
        assert.ok(
            crypto.verify('sha256', Buffer.from(query), ours.cert, Buffer.from(decodeURIComponent(signature), 'base64')),
            'the request is signed with our key',
        );
    });

    for (const [what, options] of [
        ['a signed assertion', {}],
        ['a signed response', { signResponse: true, signAssertion: false }],
        ['both signed', { signResponse: true }],
        ['an encrypted assertion', { encrypted: true }],
        ['an encrypted assertion in a signed response', { encrypted: true, signResponse: true }],
        ['an encrypted assertion without signature in a signed response', { encrypted: true, signResponse: true, signAssertion: false }],
    ])
        test(`takes ${what}`, async () => {
            const { encrypted, ...more } = options;
            provider.options = encrypted
                ? { ...more, encryptionCert: ours.cert, encryptionPublicKey: crypto.createPublicKey(ours.cert).export({ type: 'spki', format: 'pem' }) }
                : more;
            const name = `person${what.length}`;
            provider.person = somebody(name);
            const here = browser();
            const answer = await provider.signIn(here, '?redirect_to=%2Fteam%2Fchannels%2Fx');
            assert.equal(answer.status, 302, answer.status === 302 ? '' : await ruleOf(answer));
            assert.equal(answer.headers.location, '/team/channels/x');
            const me = await clientOf(here).getMe();
            assert.equal(me.username, name);
            assert.equal(me.email, `${name}@example.test`);
            assert.equal(me.first_name, 'First & <last>');
            assert.equal(me.auth_service, 'saml');
            assert.ok(here.cookies.get('MMUSERID') && here.cookies.get('MMCSRF'));
            provider.options = {};
        });

    test('knows a person by their id, and takes no account over', async () => {
        provider.person = somebody('ada');
        const first = browser();
        await provider.signIn(first);
        const { id } = await clientOf(first).getMe();
        provider.person = { ...somebody('ada'), attributes: { ...somebody('ada').attributes, username: 'countess' } };
        const second = browser();
        await provider.signIn(second);
        const again = await clientOf(second).getMe();
        assert.equal(again.id, id);
        assert.equal(again.username, 'countess');
        provider.person = { id: 'another', attributes: { email: admin.email, username: 'other' } };
        await refusedFor(await provider.signIn(browser()), 'account.email_taken');
        provider.person = { id: 'another', attributes: { email: 'new@example.test', username: admin.username } };
        await refusedFor(await provider.signIn(browser()), 'account.username_taken');
    });

    test('signs the desktop application in', async () => {
        provider.person = somebody('desk');
        const there = browser();
        const answer = await provider.signIn(there, '?desktop_token=of-the-application');
        const location = new URL(answer.headers.location, node.url);
        assert.equal(location.pathname, '/login/desktop');
        assert.equal(location.searchParams.get('client_token'), 'of-the-application');
        assert.ok(!there.cookies.has('MMAUTHTOKEN'), 'the browser has no session');
        const client = newClient(node);
        const jar = new Jar();
        jar.serve(client);
        client.setAuthHeader = false;
        const token = location.searchParams.get('server_token');
        assert.equal((await client.loginWithDesktopToken(token)).username, 'desk');
        assert.equal((await client.getMe()).username, 'desk');
        await refused(newClient(node).loginWithDesktopToken(token), 401, 'api.user.login.desktop_token.app_error');
    });

    test('signs a mobile application in', async () => {
        provider.person = somebody('phone');
        const answer = await provider.signIn(browser(), '?action=mobile&redirect_to=mmauth%3A%2F%2Fcallback');
        assert.equal(answer.status, 200);
        const link = new URL(/url=([^"]+)"/.exec(answer.body)[1].replaceAll('&amp;', '&'));
        assert.equal(`${link.protocol}//${link.host}`, 'mmauth://callback');
        assert.equal(link.searchParams.get('srv'), node.url);
        assert.ok(link.searchParams.get('MMCSRF'));
        const client = newClient(node);
        client.setToken(link.searchParams.get('MMAUTHTOKEN'));
        assert.equal((await client.getMe()).username, 'phone');
        const elsewhere = await browser().get('/login/sso/saml?action=mobile&redirect_to=evil%3A%2F%2Fcallback');
        assert.equal(elsewhere.status, 400);
    });

    test('gives a mobile application its session for a code', async () => {
        provider.person = somebody('phone');
        const verifier = crypto.randomBytes(32).toString('base64url');
        const challenge = crypto.createHash('sha256').update(verifier).digest('base64url');
        const query = `?action=mobile&redirect_to=mmauth%3A%2F%2Fcallback&state=s1&code_challenge=${challenge}&code_challenge_method=S256`;
        const code = async () => {
            const { body } = await provider.signIn(browser(), query);
            assert.ok(!body.includes('MMAUTHTOKEN'));
            return new URL(/url=([^"]+)"/.exec(body)[1].replaceAll('&amp;', '&')).searchParams.get('login_code');
        };
        const exchange = (body) => raw(node, 'POST', '/users/login/sso/code-exchange', { json: body });
        const good = { login_code: await code(), code_verifier: verifier, state: 's1' };
        const answer = await exchange(good);
        assert.equal(answer.status, 200);
        assert.ok(answer.json.csrf);
        const client = newClient(node);
        client.setToken(answer.json.token);
        assert.equal((await client.getMe()).username, 'phone');
        assert.equal((await exchange(good)).status, 401, 'once');
        const stolen = await code();
        assert.equal((await exchange({ login_code: stolen, code_verifier: `${verifier}x`, state: 's1' })).status, 401);
        assert.equal((await exchange({ login_code: stolen, code_verifier: verifier, state: 's1' })).status, 401, 'burned');
        assert.equal((await exchange({ login_code: await code(), code_verifier: verifier, state: 's2' })).status, 401);
    });

    test('goes nowhere else afterwards', async () => {
        for (const target of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/x\r\nSet-Cookie: a=b'])
            assert.equal((await browser().get(`/login/sso/saml?redirect_to=${encodeURIComponent(target)}`)).status, 400, target);
    });

    // One try: a browser begins, the forger answers.
    const attempt = async (make, { here = browser() } = {}) => {
        const { id, relay_state } = await here.begin();
        return here.arrive(base64(await make(id)), relay_state);
    };

    test('lets the forger in when it forges nothing', async () => {
        const here = browser();
        const answer = await attempt((id) => forger.good(id, { name_id: 'plain', attributes: { email: 'plain@example.test', username: 'plain' } }), { here });
        assert.equal(answer.status, 302, answer.body);
        assert.equal((await clientOf(here).getMe()).username, 'plain');
    });

    const in_s = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
    const evil = { name_id: 'plain', attributes: { email: 'evil@example.test', username: 'evil' } };
    for (const [what, rules, make] of [
        ['no signature', ['saml.signature'], (id) => {
            const a = forger.assertion({ in_response_to: id });
            return forger.response(a.xml, { in_response_to: id }).xml;
        }],
        ['another key', ['saml.signature'], (id) => forger.good(id, {}, {}, { keys: strangers })],
        ['another key, which the message brings along', ['saml.signature'], (id) => forger.good(id, {}, {}, { keys: strangers, key_info: true })],
        ['a changed name', ['saml.signature'], (id) => forger.good(id, { name_id: 'somebody-else' }).replace('somebody-else', 'admin')],
        ['SHA-1', ['saml.algorithm'], (id) => forger.good(id, {}, {}, { hash: 'sha1' })],
        ['a SHA-1 digest', ['saml.algorithm'], (id) => forger.good(id, {}, {}, { digest: 'sha1' })],
        ['another audience', ['saml.audience'], (id) => forger.good(id, { audience: 'https://other.example' })],
        ['no audience', ['saml.audience'], (id) => forger.good(id, { audience: '' })],
        ['no conditions', ['saml.conditions'], (id) => forger.good(id, { conditions: '' })],
        ['another recipient', ['saml.recipient'], (id) => forger.good(id, { recipient: 'https://other.example/acs' })],
        ['another destination', ['saml.destination'], (id) => forger.good(id, {}, { destination: 'https://other.example/acs' })],
        ['another issuer', ['saml.issuer'], (id) => forger.good(id, { issuer: 'https://other.example' }, { issuer: 'https://other.example' })],
        ['another issuer of the assertion', ['saml.issuer'], (id) => forger.good(id, { issuer: 'https://other.example' })],
        ['another method', ['saml.subject'], (id) => forger.good(id, { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' })],
        ['a failure of the provider', ['saml.status'], (id) => forger.good(id, {}, { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' })],
        ['an assertion that is too old', ['saml.time'], (id) => forger.good(id, { until: in_s(-62) })],
        ['a confirmation that is too old', ['saml.time'], (id) => forger.good(id, { confirmed_until: in_s(-62) })],
        ['an assertion of the future', ['saml.time'], (id) => forger.good(id, { from: in_s(75) })],
        ['a session that has ended', ['saml.time'], (id) => forger.good(id, { session_until: in_s(-1) })],
        ['another request', ['saml.in_response_to'], () => forger.good('_other')],
        ['another request in the assertion', ['saml.in_response_to'], (id) => forger.good(id, { in_response_to: '_other' })],
        ['a transient name', ['saml.subject'], (id) => forger.good(id, { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' })],
        ['a comment in the name', ['saml.form'], (id) => forger.good(id, { name_id: 'admin<!-- -->.evil' })],
        ['a comment that was put in later', ['saml.form'], (id) => forger.good(id, { name_id: 'adminevil' }).replace('adminevil', 'admin<!-- -->evil')],
        ['a processing instruction', ['saml.form'], (id) => forger.good(id).replace('<samlp:Status>', '<?x y?><samlp:Status>')],
        ['a document type', ['saml.form'], (id) => forger.good(id, {}, { before: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' })],
        ['an entity bomb', ['saml.form'], (id) => forger.good(id, {}, { before: `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${[...'bcdefgh'].map((c, i) => `<!ENTITY ${c} "${`&${'abcdefgh'[i]};`.repeat(10)}">`).join('')}]>` })],
        ['two assertions', ['saml.form'], (id) => {
            const [a, b] = [forger.assertion({ in_response_to: id }), forger.assertion({ in_response_to: id, ...evil })];
            return forger.response(forger.signed(a.xml, a.id) + forger.signed(b.xml, b.id), { in_response_to: id }).xml;
        }],
        ['no XML', ['saml.form'], () => 'hello'],
        ['10,000 elements', ['saml.form'], (id) => forger.good(id).replace('<samlp:Status>', `${'<a></a>'.repeat(10_000)}<samlp:Status>`)],
        ['something that was added afterwards', ['saml.signature', 'saml.form'], (id) => forger.good(id).replace('</saml:Assertion>', '<saml:Advice/></saml:Assertion>')],
    ])
        test(`refuses ${what}`, async () => refusedFor(await attempt(make), ...rules));

    // Signature wrapping: the genuine, signed assertion is kept somewhere, a forged one is put where it is read.
    const wrappings = {
        'the forged one first': (id, genuine, forged) => forger.response(forged + genuine, { in_response_to: id }).xml,
        'the forged one last': (id, genuine, forged) => forger.response(genuine + forged, { in_response_to: id }).xml,
        'the genuine one inside the forged one': (id, genuine, forged) =>
            forger.response(forged.replace('</saml:Assertion>', `${genuine}</saml:Assertion>`), { in_response_to: id }).xml,
        'the genuine one inside the signature of the forged one': (id, genuine, forged) => {
            const signature = /<ds:Signature.*<\/ds:Signature>/s.exec(genuine)[0];
            const bare = genuine.replace(signature, '');
            const wrapped = signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`);
            return forger.response(forged.replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`), { in_response_to: id }).xml;
        },
        'the genuine one among the extensions': (id, genuine, forged) =>
            forger.response(forged, { in_response_to: id, extensions: `<samlp:Extensions>${genuine}</samlp:Extensions>` }).xml,
        'the forged one among the extensions': (id, genuine, forged) =>
            forger.response(genuine, { in_response_to: id, extensions: `<samlp:Extensions>${forged}</samlp:Extensions>` }).xml,
        'the same id twice': (id, genuine, forged) => {
            const own = /ID="([^"]+)"/.exec(genuine)[1];
            return forger.response(forged.replace(/ID="[^"]+"/, `ID="${own}"`) + genuine, { in_response_to: id }).xml;
        },
        'the signature of the genuine one in the forged one': (id, genuine, forged) => {
            const signature = /<ds:Signature.*<\/ds:Signature>/s.exec(genuine)[0];
            return forger.response(forged.replace('</saml:Issuer>', `</saml:Issuer>${signature}`), { in_response_to: id }).xml;
        },
        'a signed response around a response': (id, genuine, forged) => {
            const r = forger.response(genuine, { in_response_to: id });
            const signed = forger.signed(r.xml, r.id);
            return forger.response(forged, { in_response_to: id, extensions: `<samlp:Extensions>${signed}</samlp:Extensions>` }).xml;
        },
    };
    for (const [what, wrap] of Object.entries(wrappings))
        test(`refuses wrapping: ${what}`, async () => {
            const answer = await attempt((id) => {
                const [genuine, forged] = [forger.assertion({ in_response_to: id }), forger.assertion({ in_response_to: id, ...evil })];
                return wrap(id, forger.signed(genuine.xml, genuine.id), forged.xml);
            });
            await refusedFor(answer, 'saml.form', 'saml.signature');
        });

    test('allows clocks that differ by a minute', async () => {
        for (const more of [{ until: in_s(-50), confirmed_until: in_s(-50) }, { from: in_s(50) }])
            assert.equal((await attempt((id) => forger.good(id, { name_id: 'skew', attributes: { email: 'skew@example.test', username: 'skew' }, ...more }))).status, 302);
    });

    test('takes a response once', async () => {
        const here = browser();
        const { id, relay_state } = await here.begin();
        const response = base64(forger.good(id, { name_id: 'once', attributes: { email: 'once@example.test', username: 'once' } }));
        assert.equal((await here.arrive(response, relay_state)).status, 302);
        await refusedFor(await here.arrive(response, relay_state), 'saml.request');
        // The same assertion as the answer to another request.
        const assertion = forger.assertion({ name_id: 'once', attributes: { email: 'once@example.test', username: 'once' } });
        const answers = [];
        for (let i = 0; i < 2; ++i)
            answers.push(
                await attempt((other) => {
                    const r = forger.response(forger.signed(assertion.xml, assertion.id), { in_response_to: other });
                    return forger.signed(r.xml, r.id);
                }),
            );
        assert.equal(answers[0].status, 302);
        await refusedFor(answers[1], 'saml.replay');
    });

    test('lets one of many at the same time in', async () => {
        const here = browser();
        const { id, relay_state } = await here.begin();
        const response = base64(forger.good(id, { name_id: 'race', attributes: { email: 'race@example.test', username: 'race' } }));
        const answers = await Promise.all(Array.from({ length: 6 }, () => here.arrive(response, relay_state)));
        assert.equal(answers.filter((answer) => answer.status === 302).length, 1);
    });

    test('refuses the answer to another browser', async () => {
        const victim = browser();
        const attacker = browser();
        await victim.begin();
        const { id, relay_state } = await attacker.begin();
        const response = base64(forger.good(id));
        await refusedFor(await victim.arrive(response, relay_state), 'saml.browser');
        await refusedFor(await browser().arrive(response, relay_state), 'saml.browser');
    });

    test('refuses what nobody asked for', async () => {
        await refusedFor(await browser().arrive(base64(forger.good('')), 'x'), 'saml.request');
        await refusedFor(await browser().arrive('', ''), 'saml.request');
    });

    test('refuses what is too long, at once', async () => {
        const here = browser();
        const { id, relay_state } = await here.begin();
        const long = base64(forger.good(id, { attributes: { email: 'x'.repeat(300_000) } }));
        const answer = await here.arrive(long, relay_state);
        assert.equal(answer.status, 413);
        const longer = await here.arrive('A'.repeat(3_000_000), relay_state);
        assert.equal(longer.status, 413);
    });

    test('asks for the second factor of whoever has one', async () => {
        provider.person = somebody('factor');
        const here = browser();
        await provider.signIn(here);
        const client = clientOf(here);
        const me = await client.getMe();
        const { secret } = await client.generateMfaSecret(me.id);
        const code = (later = 0) => totp(secret, later);
        await client.updateUserMfa(me.id, true, code());
        const other = browser();
        const page = await provider.signIn(other);
        assert.equal(page.status, 401);
        assert.ok(page.body.includes('name="factor"') && !other.cookies.has('MMAUTHTOKEN'));
        const field = (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)[1];
        const wrong = await other.arrive(field('SAMLResponse'), field('RelayState'), { factor: '000000' });
        assert.equal(wrong.status, 401);
        const right = await other.arrive(field('SAMLResponse'), field('RelayState'), { factor: code(1) });
        assert.equal(right.status, 302, right.body);
        assert.equal((await clientOf(other).getMe()).id, me.id);
    });

    test('ends the session when the provider says so', async () => {
        const here = browser();
        const answer = await attempt((id) => forger.good(id, { name_id: 'short', session_until: in_s(12), attributes: { email: 'short@example.test', username: 'short' } }), { here });
        assert.equal(answer.status, 302);
        await eventually(
            () => clientOf(here).getMe().then(() => false, (error) => error.server_error_id === 'api.context.session_expired.app_error'),
            'the session has ended',
        );
    });

    // Last: the node has another key, and for a while another provider's certificate, from here on.
    test('takes certificates and keys over the API, in force together or not at all', async () => {
        const blob = (text) => new Blob([text], { type: 'application/x-pem-file' });
        const next = keyPair(dir, 'next');
        const bare = (pem) => pem.replace(/-----[A-Z ]+-----|\s/g, '');
        const metadata = async () => (await raw(node, 'GET', '/concordat/saml/ours', { token: admin.token })).json.metadata;
        const { client } = admin;

        await refused(client.uploadPublicSamlCertificate(blob('no certificate')), 400, 'identity.certificate.unreadable');
        await refused(client.uploadPrivateSamlCertificate(blob(next.cert)), 400, 'identity.certificate.key');
        await refused(client.uploadIdpSamlCertificate(blob('x'.repeat(70_000))), 413, 'api.admin.add_certificate.too_large.app_error');
        const stranger = await admin.client.createUser({ username: 'stranger', email: 'stranger@example.test', password: admin.password });
        const other = newClient(node);
        await other.login(stranger.username, admin.password);
        await refused(other.uploadPublicSamlCertificate(blob(next.cert)), 403);
        await refused(other.deletePrivateSamlCertificate(), 403);

        await client.uploadPublicSamlCertificate(blob(next.cert));
        assert.ok(bare(await metadata()).includes(bare(ours.cert)), 'half a pair waits');
        await client.uploadPrivateSamlCertificate(blob(next.key));
        assert.ok(bare(await metadata()).includes(bare(next.cert)));
        assert.ok(fs.existsSync(ours.key_file), 'files of the administrator stay');
        const status = (await raw(node, 'GET', '/saml/certificate/status', { token: admin.token })).json;
        assert.ok(status.private_key_file && status.public_certificate_file && status.idp_certificate_file);
        provider.person = somebody('rolled');
        const here = browser();
        await provider.signIn(here);
        assert.equal((await clientOf(here).getMe()).username, 'rolled');

        // Requests are signed: the pair cannot go.
        await refused(client.deletePublicSamlCertificate(), 400, 'config.invalid');
        assert.ok(bare(await metadata()).includes(bare(next.cert)));

        await client.uploadIdpSamlCertificate(blob(strangers.cert));
        assert.equal((await attempt((id) => forger.good(id))).status, 401, 'the provider has another certificate now');
        await client.uploadIdpSamlCertificate(blob(strangers.cert));
        await client.uploadIdpSamlCertificate(blob(keys.cert));
        assert.equal((await attempt((id) => forger.good(id))).status, 302);
        await refused(client.deleteIdpSamlCertificate(), 400, 'config.invalid');

        const files = fs.readdirSync(path.join(node.data, 'certificates'));
        assert.deepEqual(files.map((name) => name.replace(/-[0-9a-f]{16}/, '')).sort(), ['saml-certificate.pem', 'saml-key.pem', 'saml-provider.pem']);
        for (const name of files) assert.equal(fs.statSync(path.join(node.data, 'certificates', name)).mode & 0o777, 0o600, name);
        const decisions = await raw(node, 'GET', '/concordat/identity/decisions?act=settings', { token: admin.token });
        assert.ok(decisions.json.some((one) => one.actor_id === admin.id && one.steps.some((step) => step.detail.includes('PrivateKeyFile'))));
        assert.ok(!JSON.stringify(decisions.json).includes(bare(next.key).slice(40, 80)));
    });
});
