// The metadata of a SAML provider from an address: fetched, refreshed, with a new key beside the old one, and refused when it is
// odd, over or not signed as demanded. And two providers side by side, which do not mix.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { promisify } from 'node:util';
import { SignedXml } from 'xml-crypto';
import { Node, administrator, after, assert, before, describe, eventually, freePort, freshDirectory, newClient, person, program, raw, test } from './harness.mjs';
import { Browser, Forger, SamlProvider, base64, keyPair, messageIn, redirect_binding } from './support/saml.mjs';

const bare = (pem) => pem.replace(/-----[A-Z ]+-----|\s/g, '');
const metadataOf = (provider, certs, { until = '', before = '', logout = true } = {}) =>
    `${before}<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="_m" entityID="${provider.entity_id}"${until ? ` validUntil="${until}"` : ''}>` +
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
    certs
        .map(
            (pem) =>
                `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
        )
        .join('') +
    (logout ? `<md:SingleLogoutService Binding="${redirect_binding}" Location="${provider.url}/slo"/>` : '') +
    `<md:SingleSignOnService Binding="${redirect_binding}" Location="${provider.url}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
const signedBy = (keys, xml) => {
    const signer = new SignedXml({
        privateKey: keys.key,
        signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
        canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    });
    signer.addReference({
        xpath: "//*[@ID='_m']",
        transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
        digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    });
    signer.computeSignature(xml, {
        prefix: 'ds',
        location: { reference: "//*[@ID='_m']", action: 'prepend' },
    });
    return signer.getSignedXml();
};
const in_s = (s) => new Date(Date.now() + s * 1000).toISOString();

describe('SAML providers by address, and several of them', () => {
    let dir, node, admin, first, second, site, audience, signer;
    const keys = {};
    before(
        async () => {
            dir = freshDirectory();
            for (const name of ['first', 'newer', 'second', 'ours', 'signer', 'stranger']) keys[name] = keyPair(dir, name);
            signer = keys.signer;
            [first, second] = [await SamlProvider.start(keys.first), await SamlProvider.start(keys.second)];
            const port = await freePort();
            site = `http://127.0.0.1:${port}`;
            audience = `${site}/api/v4/saml/metadata`;
            for (const each of [first, second])
                Object.assign(each, {
                    consumer_url: `${site}/login/sso/saml`,
                    logout_url: `${site}/login/sso/saml/logout`,
                    audience,
                    service_cert: keys.ours.cert,
                });
            first.files['/idp.xml'] = metadataOf(first, [keys.first.cert]);
            fs.writeFileSync(path.join(dir, 'second.xml'), metadataOf(second, [keys.second.cert]));
            const common = {
                Enable: true,
                PublicCertificateFile: keys.ours.cert_file,
                PrivateKeyFile: keys.ours.key_file,
                EmailAttribute: 'email',
                UsernameAttribute: 'username',
            };
            fs.writeFileSync(
                path.join(dir, 'berlin.json'),
                JSON.stringify({
                    ...common,
                    IdpMetadataFile: path.join(dir, 'second.xml'),
                }),
            );
            const settings = {
                ServiceSettings: {
                    SiteURL: site,
                    AllowedUntrustedInternalConnections: '127.0.0.1',
                },
                SamlSettings: {
                    ...common,
                    IdpMetadataURL: `${first.url}/idp.xml`,
                    IdpMetadataRefreshMinutes: 0,
                },
                ConcordatSettings: {
                    SamlProviderFiles: [path.join(dir, 'berlin.json')],
                },
            };
            // Tolerant: an address that cannot be trusted is a 503 here.
            node = new Node({ tolerant: true, dir, port, settings });
            await node.launch();
            admin = await administrator(node);
            await eventually(async () => (await new Browser(node.url).get('/login/sso/saml')).status === 302, 'the metadata was fetched');
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            await first?.stop();
            await second?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    const forgerOf = (provider) =>
        Object.assign(
            new Forger({
                entity_id: provider.entity_id,
                consumer_url: provider.consumer_url,
                audience,
                keys: provider.keys,
            }),
            { logout_url: provider.logout_url },
        );
    const signIn = async (provider, id, name, query = '') => {
        provider.person = {
            id,
            attributes: { email: `${name}@example.test`, username: name },
        };
        const browser = new Browser(node.url);
        const answer = await provider.signIn(browser, query);
        const client = newClient(node);
        client.setToken(browser.cookies.get('MMAUTHTOKEN'));
        return { answer, browser, client };
    };
    const ruleOf = async (answer) => {
        const attempt = /<code>([a-z0-9]{26})<\/code>/.exec(answer.body)[1];
        return (await raw(node, 'GET', `/concordat/identity/decisions?attempt=${attempt}`, { token: admin.token })).json[0].rule;
    };
    const isIn = ({ client }) =>
        client.getMe().then(
            () => true,
            () => false,
        );
    const refresh = async () => JSON.parse((await promisify(execFile)(program('concordatctl'), ['--data', node.data, '--json', 'saml', 'refresh'])).stdout);
    const look = (saml_metadata_url) =>
        raw(node, 'POST', '/saml/metadatafromidp', {
            token: admin.token,
            json: { saml_metadata_url },
        });

    test('a provider is used as its address describes it', async () => {
        assert.equal((await signIn(first, 'id-ada', 'ada')).answer.status, 302);
        const { json } = await raw(node, 'GET', '/saml/certificate/status', {
            token: admin.token,
        });
        assert.deepEqual(json.problems, []);
        assert.deepEqual(
            json.certificates.map(({ provider, subject, is_ours }) => [provider, subject, is_ours]),
            [
                ['', '/CN=first', false],
                ['', '/CN=ours', true],
                ['berlin', '/CN=second', false],
                ['berlin', '/CN=ours', true],
            ],
        );
        assert.ok(json.certificates.every((one) => one.not_after > Date.now() + 29 * 86_400_000 && one.is_strong));
    });

    test('an address is looked at without being used', async () => {
        const { status, json } = await look(`${first.url}/idp.xml`);
        assert.equal(status, 200);
        assert.deepEqual(
            [json.idp_descriptor_url, json.idp_url, json.idp_logout_url, bare(json.idp_public_certificate)],
            [first.entity_id, `${first.url}/sso`, `${first.url}/slo`, bare(keys.first.cert)],
        );
        assert.equal((await look('http://idp.example.test/metadata')).json.id, 'saml.metadata.address');
        assert.deepEqual(
            json.certificates.map(({ subject, is_strong }) => [subject, is_strong]),
            [['/CN=first', true]],
        );
    });

    test('a file is looked at in the same way, and what we have to tell is told', async () => {
        const file = (saml_metadata) => raw(node, 'POST', '/saml/metadatafromidp', { token: admin.token, json: { saml_metadata } });
        const { status, json } = await file(metadataOf(first, [keys.first.cert, 'bm8gY2VydGlmaWNhdGU=']));
        assert.equal(status, 200);
        assert.equal(json.idp_descriptor_url, first.entity_id);
        assert.ok(json.certificates[0].not_after > Date.now());
        assert.deepEqual(json.certificates[1], { subject: '', not_before: 0, not_after: 0, is_strong: false });
        for (const bad of ['hello', '<!DOCTYPE x><x/>', metadataOf(first, []), '\u0000'])
            assert.equal((await file(bad)).json.id, 'saml.metadata.unusable', bad);
        const ours = await raw(node, 'GET', '/concordat/saml/ours', { token: admin.token });
        assert.equal(ours.status, 200);
        assert.equal(ours.json.consumer_url, `${node.url}/login/sso/saml`);
        assert.ok(ours.json.metadata.includes(ours.json.entity_id) && !ours.json.metadata.includes('PRIVATE'));
        assert.equal((await raw(node, 'GET', '/concordat/saml/ours')).status, 401);
    });

    test('odd answers are refused with a reason', async () => {
        const server = http.createServer((request, response) => response.writeHead(302, { Location: 'http://192.0.2.1/' }).end());
        await new Promise((done) => server.listen(0, '127.0.0.1', done));
        first.files['/dtd'] = metadataOf(first, [keys.first.cert], {
            before: '<!DOCTYPE x [<!ENTITY a "b">]>',
        });
        first.files['/over'] = metadataOf(first, [keys.first.cert], {
            until: in_s(-1),
        });
        first.files['/text'] = 'hello';
        first.files['/none'] = metadataOf(first, []);
        first.files['/long'] = ' '.repeat((4 << 20) + 1);
        for (const [address, status, id] of [
            ['file:///etc/passwd', 400, 'saml.metadata.address'],
            [`${first.url}/dtd`, 400, 'saml.metadata.unusable'],
            [`${first.url}/over`, 400, 'saml.metadata.unusable'],
            [`${first.url}/text`, 400, 'saml.metadata.unusable'],
            [`${first.url}/none`, 400, 'saml.metadata.unusable'],
            [`${first.url}/long`, 413, 'web.outbound.too_large'],
            [`http://127.0.0.1:${server.address().port}/`, 403, 'web.outbound.plain'],
            ['https://192.168.1.1/metadata', 403, 'web.outbound.forbidden'],
        ]) {
            const answer = await look(address);
            assert.deepEqual([answer.status, answer.json.id], [status, id], `${address}: ${answer.text}`);
        }
        server.close();
        // A certificate that nobody vouches for, though other outgoing connections may have one.
        const self_signed = https.createServer({ key: keys.stranger.key, cert: keys.stranger.cert }, (request, response) => response.end(first.files['/idp.xml']));
        await new Promise((done) => self_signed.listen(0, '127.0.0.1', done));
        const answer = await fetch(`${node.url}/api/v4/saml/metadatafromidp`, {
            method: 'POST',
            headers: { Authorization: `Bearer ${admin.token}` },
            body: JSON.stringify({ saml_metadata_url: `https://127.0.0.1:${self_signed.address().port}/` }),
        });
        assert.deepEqual([answer.status, (await answer.json()).id], [503, 'web.outbound.unreachable']);
        self_signed.close();
        const { status } = await raw(node, 'POST', '/saml/metadatafromidp', {
            json: { saml_metadata_url: `${first.url}/idp.xml` },
        });
        assert.equal(status, 401);
    });

    test('a new key counts beside the old one, and the old one until it is gone', async () => {
        const attempt = async (with_keys) => {
            first.keys = with_keys;
            return (await signIn(first, 'id-roll', 'roll')).answer;
        };
        assert.equal(await ruleOf(await attempt(keys.newer)), 'saml.signature');
        first.files['/idp.xml'] = metadataOf(first, [keys.first.cert, keys.newer.cert]);
        const both = await refresh();
        assert.equal(both.problem, '');
        assert.equal(both.added.length, 1);
        assert.ok(both.added[0].startsWith('/CN=newer (sha256 '));
        assert.equal((await attempt(keys.newer)).status, 302);
        assert.equal((await attempt(keys.first)).status, 302);
        first.files['/idp.xml'] = metadataOf(first, [keys.newer.cert]);
        assert.deepEqual(
            (await refresh()).removed.map((one) => one.split(' ')[0]),
            ['/CN=first'],
        );
        assert.equal(await ruleOf(await attempt(keys.first)), 'saml.signature');
        assert.equal((await attempt(keys.newer)).status, 302);
        const { json } = await raw(node, 'GET', '/concordat/identity/decisions?rule=saml.metadata_changed', { token: admin.token });
        assert.ok(json.length >= 2 && json.every((one) => one.act === 'settings'));
        first.keys = keys.first;
        first.files['/idp.xml'] = metadataOf(first, [keys.first.cert]);
        await refresh();
    });

    test('what cannot be used does not replace what was there, over a restart too', async () => {
        const good = first.files['/idp.xml'];
        for (const bad of ['hello', metadataOf(first, [keys.stranger.cert], { until: in_s(-5) }), undefined]) {
            if (bad === undefined) delete first.files['/idp.xml'];
            else first.files['/idp.xml'] = bad;
            assert.notEqual((await refresh()).problem, '');
            assert.equal((await signIn(first, 'id-ada', 'ada')).answer.status, 302);
        }
        await node.stop();
        await node.launch();
        assert.equal((await signIn(first, 'id-ada', 'ada')).answer.status, 302);
        first.files['/idp.xml'] = good;
        assert.equal((await refresh()).problem, '');
    });

    test('metadata that ends lets nobody in afterwards', async () => {
        first.files['/idp.xml'] = metadataOf(first, [keys.first.cert], {
            until: in_s(4),
        });
        assert.equal((await refresh()).problem, '');
        await eventually(async () => (await new Browser(node.url).get('/login/sso/saml')).status === 503, 'the metadata is over');
        first.files['/idp.xml'] = metadataOf(first, [keys.first.cert]);
        assert.equal((await refresh()).problem, '');
        assert.equal((await signIn(first, 'id-ada', 'ada')).answer.status, 302);
    });

    test('metadata must be signed when a certificate says by whom', async () => {
        await admin.client
            .patchConfig({
                SamlSettings: { IdpMetadataCertificateFile: signer.cert_file },
            })
            .catch(() => undefined);
        const plain = metadataOf(first, [keys.first.cert]);
        const file = node.settings_file;
        const settings = JSON.parse(fs.readFileSync(file, 'utf8'));
        settings.SamlSettings.IdpMetadataCertificateFile = signer.cert_file;
        fs.writeFileSync(file, JSON.stringify(settings));
        await eventually(async () => (await refresh()).problem.includes('not signed'), 'unsigned metadata is refused');
        first.files['/idp.xml'] = signedBy(keys.stranger, plain);
        assert.notEqual((await refresh()).problem, '');
        first.files['/idp.xml'] = signedBy(signer, plain).replace('/sso"', '/evil"');
        assert.notEqual((await refresh()).problem, '');
        first.files['/idp.xml'] = signedBy(signer, plain);
        assert.equal((await refresh()).problem, '');
        assert.equal((await signIn(first, 'id-ada', 'ada')).answer.status, 302);
    });

    describe('two providers', () => {
        test('sign in side by side, and the same subject at both is two people', async () => {
            const here = await signIn(first, 'id-same', 'same');
            const there = await signIn(second, 'id-same', 'other', '?provider=berlin');
            assert.equal(here.answer.status, 302);
            assert.equal(there.answer.status, 302);
            const [one, two] = [await here.client.getMe(), await there.client.getMe()];
            assert.notEqual(one.id, two.id);
            assert.deepEqual([one.username, two.username], ['same', 'other']);
            // Who comes from the other with a name or address that is taken is refused, not let in as somebody else.
            const taken = await signIn(second, 'id-thief', 'same', '?provider=berlin');
            assert.equal(taken.answer.status, 401);
            assert.ok(['account.username_taken', 'account.email_taken'].includes(await ruleOf(taken.answer)));
        });

        test('an answer of one is none to a request to the other', async () => {
            for (const [provider, query] of [
                [first, '?provider=berlin'],
                [second, ''],
            ]) {
                const browser = new Browser(node.url);
                const { id, relay_state } = await browser.begin(query);
                const answer = await browser.arrive(base64(forgerOf(provider).good(id, { name_id: 'id-same' })), relay_state);
                assert.equal(answer.status, 401);
                assert.ok(['saml.signature', 'saml.issuer'].includes(await ruleOf(answer)));
            }
        });

        test('one signs out nobody of the other', async () => {
            const here = await signIn(first, 'id-same', 'same');
            const there = await signIn(second, 'id-same', 'other', '?provider=berlin');
            const request = forgerOf(second).logout({ name_id: 'id-same' });
            const answer = await new Browser(node.url).get(`${second.logout_url}?${forgerOf(second).query(request.xml)}`);
            assert.ok(messageIn(answer, 'SAMLResponse').xml.includes('status:Success'));
            assert.deepEqual([await isIn(here), await isIn(there)], [true, false]);
            // In the name of the first, with the key of the second.
            const forged = forgerOf(first).logout({ name_id: 'id-same' });
            const refusal = await new Browser(node.url).get(`${first.logout_url}?${forgerOf(first).query(forged.xml, { keys: keys.second })}`);
            assert.equal(refusal.status, 401);
            assert.equal(await isIn(here), true);
        });

        test('sign-ins that begin at a provider are taken where that is allowed', async () => {
            const unasked = () =>
                new Browser(node.url).arrive(
                    base64(
                        forgerOf(first).good('', {
                            name_id: 'id-unasked',
                            attributes: {
                                email: 'unasked@example.test',
                                username: 'unasked',
                            },
                        }),
                    ),
                    '',
                );
            assert.equal(await ruleOf(await unasked()), 'saml.request');
            await admin.client.patchConfig({
                SamlSettings: { AllowIdpInitiated: true },
            });
            const taken = await unasked();
            assert.equal(taken.status, 302, taken.body);
            // An answer to something that was not asked, and one of the provider that may not.
            const stray = await new Browser(node.url).arrive(base64(forgerOf(first).good('_never', { name_id: 'id-unasked' })), '');
            assert.equal(await ruleOf(stray), 'saml.in_response_to');
            const other = await new Browser(node.url).arrive(base64(forgerOf(second).good('', { name_id: 'id-unasked' })), '');
            assert.equal(await ruleOf(other), 'saml.request');
            await admin.client.patchConfig({
                SamlSettings: { AllowIdpInitiated: false },
            });
            assert.equal(await ruleOf(await unasked()), 'saml.request');
        });

        test('people of the main provider are recognised by their address from now on, when an administrator says so', async () => {
            const ada = await signIn(first, 'id-ada', 'ada');
            const me = await ada.client.getMe();
            const reset = (more) =>
                raw(node, 'POST', '/saml/reset_auth_data', {
                    token: admin.token,
                    json: {
                        include_deleted: false,
                        dry_run: false,
                        user_ids: [me.id],
                        ...more,
                    },
                });
            assert.deepEqual((await reset({ dry_run: true })).json, {
                num_affected: 1,
            });
            assert.equal(await isIn(ada), true);
            assert.deepEqual((await reset()).json, { num_affected: 1 });
            assert.equal(await isIn(ada), false);
            assert.deepEqual((await reset()).json, { num_affected: 0 });
            const again = await signIn(first, 'ada@example.test', 'ada');
            assert.equal((await again.client.getMe()).id, me.id);
            const { status } = await raw(node, 'POST', '/saml/reset_auth_data', {
                token: again.browser.cookies.get('MMAUTHTOKEN'),
                json: {},
            });
            assert.equal(status, 403);
        });

        test('accounts are moved to the main provider by an administrator', async () => {
            const moved = await person(node, 'moved');
            const move = (json, token = admin.token) => raw(node, 'POST', '/users/migrate_auth/saml', { token, json });
            for (const [json, status, id] of [
                [{ from: 'paper', matches: {}, auto: false }, 400, 'saml.move.from'],
                [{ from: 'email', matches: { 'nobody@example.test': 'id-x' }, auto: false }, 400, 'saml.move.nobody'],
                [{ from: 'email', matches: { [admin.email]: 'id-x' }, auto: false }, 400, 'saml.move.nobody'],
                [{ from: 'ldap', matches: { [moved.email]: 'id-x' }, auto: false }, 400, 'saml.move.nobody'],
                [{ from: 'email', matches: { [moved.email]: 'id-same' }, auto: false }, 409, 'identity.link.taken'],
            ]) {
                const answer = await move(json);
                assert.deepEqual([answer.status, answer.json.id], [status, id], answer.text);
            }
            assert.equal((await move({ from: 'email', matches: { [moved.email]: 'id-moved' }, auto: false }, moved.token)).status, 403);
            assert.ok(await isIn(moved));
            assert.deepEqual((await move({ from: 'email', matches: { [moved.email]: 'id-moved' }, auto: false })).json, { status: 'OK' });
            assert.equal(await isIn(moved), false);
            const back = await signIn(first, 'id-moved', moved.username);
            assert.equal(back.answer.status, 302, back.answer.body);
            assert.equal((await back.client.getMe()).id, moved.id);
            assert.equal((await raw(node, 'POST', '/users/login', { json: { login_id: moved.username, password: moved.password } })).status, 401);
        });
    });
});
