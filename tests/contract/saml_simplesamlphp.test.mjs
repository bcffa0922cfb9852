// SAML with SimpleSAMLphp: it takes our metadata as it is, people sign in and out from either side, and what it publishes is
// fetched from its address. Skipped where SimpleSAMLphp is not installed: see support/simplesamlphp.mjs.
import fs from 'node:fs';
import { Node, administrator, after, assert, before, describe, eventually, freePort, freshDirectory, newClient, raw, test } from './harness.mjs';
import { Browser, keyPair } from './support/saml.mjs';
import { SimpleSaml, Visitor, where } from './support/simplesamlphp.mjs';

describe('SAML with SimpleSAMLphp', { skip: where() ? false : 'SimpleSAMLphp is not installed' }, () => {
    let dir, node, admin, provider, site;
    const word = 'a password of the provider';
    before(
        async () => {
            dir = freshDirectory();
            const ours = keyPair(dir, 'ours');
            provider = await SimpleSaml.start({ ada: word, bob: word, carl: word });
            const port = await freePort();
            site = `http://127.0.0.1:${port}`;
            const settings = {
                ServiceSettings: {
                    SiteURL: site,
                    AllowedUntrustedInternalConnections: '127.0.0.1',
                },
                SamlSettings: {
                    Enable: true,
                    SignRequest: true,
                    IdpMetadataURL: provider.entity_id,
                    PublicCertificateFile: ours.cert_file,
                    PrivateKeyFile: ours.key_file,
                    EmailAttribute: 'mail',
                    UsernameAttribute: 'uid',
                },
            };
            node = new Node({ dir, port, settings });
            await node.launch();
            admin = await administrator(node);
            const metadata = await eventually(async () => {
                const answer = await new Browser(node.url).get('/api/v4/saml/metadata');
                return answer.status === 200 && answer.body;
            }, 'the metadata of the provider was fetched');
            const taken = await provider.join(metadata, {
                'simplesaml.nameidattribute': 'uid',
                'saml20.sign.response': true,
                'validate.authnrequest': true,
            });
            assert.equal(taken.SingleLogoutService.length, 2, 'both addresses for signing out were imported');
            assert.equal(taken.SingleLogoutService[0].Location, `${site}/login/sso/saml/logout`);
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

    // What a visitor of the provider carries here, with the cookies of here.
    const arrive = (browser, { method, address, form }) => browser.ask(method, address, { form });
    const signIn = async (name, visitor = new Visitor()) => {
        const browser = new Browser(node.url);
        const { location } = await browser.begin();
        let there = await visitor.go('GET', location.href, undefined, site);
        if (there.body) there = await visitor.signIn(there, name, word, site);
        const answer = await arrive(browser, there);
        assert.equal(answer.status, 302, answer.body);
        const client = newClient(node);
        client.setToken(browser.cookies.get('MMAUTHTOKEN'));
        assert.equal((await client.getMe()).username, name);
        return { browser, visitor, client };
    };
    const isIn = ({ client }) =>
        client.getMe().then(
            () => true,
            (error) => {
                assert.equal(error.status_code, 401);
                return false;
            },
        );

    test('signs in and, begun here, out on both sides', async () => {
        const ada = await signIn('ada');
        const left = await ada.browser.ask('POST', '/api/v4/users/logout', {
            headers: {
                'X-CSRF-Token': ada.browser.cookies.get('MMCSRF'),
                'X-Requested-With': 'XMLHttpRequest',
            },
        });
        const { sign_out_url } = JSON.parse(left.body);
        assert.equal(await isIn(ada), false);
        const request = await ada.browser.get(sign_out_url);
        const there = await ada.visitor.go('GET', request.headers.location, undefined, site);
        assert.ok(there.form ?? there.address.includes('SAMLResponse='), provider.log().slice(-2000));
        const back = await arrive(ada.browser, there);
        assert.equal(back.status, 302, back.body);
        assert.equal(back.headers.location, '/login');
        // There, too: it asks for the password again.
        const { location } = await ada.browser.begin();
        assert.ok((await ada.visitor.go('GET', location.href, undefined, site)).body.includes('name="password"'));
    });

    test('begun at the provider, signs out here and tells it so', async () => {
        const bob = await signIn('bob');
        const there = await bob.visitor.go(
            'GET',
            `${provider.url}/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${provider.url}/done`)}`,
            undefined,
            site,
        );
        assert.ok(there.address.startsWith(`${site}/login/sso/saml/logout`), JSON.stringify(there).slice(0, 600));
        const answer = await arrive(bob.browser, there);
        assert.equal(await isIn(bob), false);
        assert.equal(answer.status, 302, answer.body);
        const end = await bob.visitor.go('GET', answer.headers.location, undefined, `${provider.url}/done`);
        assert.ok(end.address.startsWith(`${provider.url}/done`), `${JSON.stringify(end).slice(0, 600)} ${provider.log().slice(-1500)}`);
    });

    test('begun at the provider, signs in only where that is allowed', async () => {
        const begin = async (browser) => {
            const visitor = new Visitor();
            const address = `${provider.url}/saml2/idp/SSOService.php?spentityid=${encodeURIComponent(`${site}/api/v4/saml/metadata`)}`;
            const page = await visitor.go('GET', address, undefined, site);
            return arrive(browser, await visitor.signIn(page, 'carl', word, site));
        };
        const refused = await begin(new Browser(node.url));
        assert.equal(refused.status, 401, refused.body);
        const attempt = /<code>([a-z0-9]{26})<\/code>/.exec(refused.body)[1];
        const { json } = await raw(node, 'GET', `/concordat/identity/decisions?attempt=${attempt}`, { token: admin.token });
        assert.equal(json[0].rule, 'saml.request');
        await admin.client.patchConfig({
            SamlSettings: { AllowIdpInitiated: true },
        });
        const browser = new Browser(node.url);
        assert.equal((await begin(browser)).status, 302);
        const client = newClient(node);
        client.setToken(browser.cookies.get('MMAUTHTOKEN'));
        assert.equal((await client.getMe()).username, 'carl');
        await admin.client.patchConfig({
            SamlSettings: { AllowIdpInitiated: false },
        });
        assert.equal((await begin(new Browser(node.url))).status, 401);
    });

    test('is looked at before it is used', async () => {
        const { json, status } = await raw(node, 'POST', '/saml/metadatafromidp', { token: admin.token, json: { saml_metadata_url: provider.entity_id } });
        assert.equal(status, 200);
        assert.equal(json.idp_descriptor_url, provider.entity_id);
        assert.equal(json.idp_url, `${provider.url}/saml2/idp/SSOService.php`);
        assert.equal(json.idp_logout_url, `${provider.url}/saml2/idp/SingleLogoutService.php`);
        assert.ok(json.idp_public_certificate.startsWith('-----BEGIN CERTIFICATE-----\n'));
    });
});
