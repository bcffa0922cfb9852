// Single logout by SAML 2.0, both ways: with a provider that has an XML stack of its own, by redirect and by form, and with a
// forger whose messages end nothing.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { Node, administrator, after, assert, before, describe, freePort, freshDirectory, newClient, Person, raw, test, BareSocket } from './harness.mjs';
import { Browser, Forger, SamlProvider, base64, keyPair, messageIn, post_binding, redirect_binding } from './support/saml.mjs';

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success';

for (const binding of [redirect_binding, post_binding]) {
    const by_form = binding === post_binding;
    describe(`single logout ${by_form ? 'by form' : 'by redirect'}`, () => {
        let dir, node, admin, provider, keys, ours, strangers, forger;
        before(
            async () => {
                dir = freshDirectory();
                [keys, ours, strangers] = ['provider', 'ours', 'strangers'].map((name) => keyPair(dir, name));
                provider = await SamlProvider.start(keys);
                const port = await freePort();
                const site = `http://127.0.0.1:${port}`;
                provider.consumer_url = `${site}/login/sso/saml`;
                provider.logout_url = `${site}/login/sso/saml/logout`;
                provider.audience = `${site}/api/v4/saml/metadata`;
                provider.service_cert = ours.cert;
                provider.logout_binding = binding;
                const certificate = keys.cert.replace(/-----[A-Z ]+-----|\s/g, '');
                const metadata = path.join(dir, 'idp.xml');
                fs.writeFileSync(
                    metadata,
                    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${provider.entity_id}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
                        `<KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>` +
                        `<SingleLogoutService Binding="${binding}" Location="${provider.url}/slo"/><SingleSignOnService Binding="${redirect_binding}" Location="${provider.url}/sso"/></IDPSSODescriptor></EntityDescriptor>`,
                );
                const settings = {
                    ServiceSettings: { SiteURL: site },
                    SamlSettings: {
                        Enable: true,
                        IdpMetadataFile: metadata,
                        PublicCertificateFile: ours.cert_file,
                        PrivateKeyFile: ours.key_file,
                        EmailAttribute: 'email',
                        UsernameAttribute: 'username',
                    },
                };
                node = new Node({ dir, port, settings });
                await node.launch();
                admin = await administrator(node);
                forger = new Forger({ entity_id: provider.entity_id, consumer_url: provider.consumer_url, audience: provider.audience, keys });
                forger.logout_url = provider.logout_url;
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

        const signedIn = async (name) => {
            provider.person = { id: `id-${name}`, attributes: { email: `${name}@example.test`, username: name } };
            const browser = new Browser(node.url);
            assert.equal((await provider.signIn(browser)).status, 302);
            const client = newClient(node);
            client.setToken(browser.cookies.get('MMAUTHTOKEN'));
            return { browser, client, index: provider.participants.at(-1).sessionIndex };
        };
        const isIn = ({ client }) => client.getMe().then(
            () => true,
            (error) => {
                assert.equal(error.status_code, 401);
                return false;
            },
        );
        // As the web client does it; the answer.
        const signOut = async ({ browser }) => {
            const answer = await browser.ask('POST', '/api/v4/users/logout', {
                headers: { 'X-CSRF-Token': browser.cookies.get('MMCSRF'), 'X-Requested-With': 'XMLHttpRequest' },
            });
            assert.equal(answer.status, 200, answer.body);
            return JSON.parse(answer.body);
        };
        // A message from the node to the provider, carried; what the provider answers.
        const carried = (browser, answer, parameter) => {
            const { location, text, relay_state } = messageIn(answer, parameter);
            if (!by_form) return browser.get(location.href);
            return browser.post(location.href, { [parameter]: text, ...(relay_state ? { RelayState: relay_state } : {}) });
        };
        const decisionOf = async (answer) => {
            const attempt = /<code>([a-z0-9]{26})<\/code>/.exec(answer.body)?.[1] ?? answer.headers['x-request-id'];
            assert.ok(attempt, 'the answer has the number of the attempt');
            const { json } = await raw(node, 'GET', `/concordat/identity/decisions?attempt=${attempt}`, { token: admin.token });
            assert.equal(json.length, 1, 'one decision');
            assert.equal(json[0].act, 'sign_out');
            return json[0];
        };
        // The message of the forger arrives.
        const arrive = (xml, id, { signing = {}, relay_state = 'state & more', unsigned = false } = {}) => {
            const browser = new Browser(node.url);
            if (by_form)
                return browser.post(provider.logout_url, { SAMLRequest: base64(unsigned ? xml : forger.signed(xml, id, signing)), RelayState: relay_state });
            const query = forger.query(xml, { relay_state, ...signing });
            return browser.get(`${provider.logout_url}?${unsigned ? query.replace(/&SigAlg.*/, '') : query}`);
        };

        test('is offered in metadata', async () => {
            const { body } = await new Browser(node.url).get('/api/v4/saml/metadata');
            for (const one of [redirect_binding, post_binding])
                assert.ok(body.includes(`<md:SingleLogoutService Binding="${one}" Location="${provider.logout_url}"/>`), body);
            assert.ok(body.includes('<md:KeyDescriptor use="signing">'));
        });

        test('begun here: the session ends first, then there, and the browser lands on the sign-in page', async () => {
            const ada = await signedIn('ada');
            const before = provider.cleared;
            const { status, sign_out_url } = await signOut(ada);
            assert.equal(status, 'OK');
            assert.equal(await isIn(ada), false);
            assert.ok(sign_out_url.startsWith('/login/sso/saml/logout?ticket='));
            const request = await ada.browser.get(sign_out_url);
            const { xml } = messageIn(request, 'SAMLRequest');
            assert.ok(xml.includes('>id-ada</saml:NameID>') && xml.includes(`<samlp:SessionIndex>${ada.index}</samlp:SessionIndex>`), xml);
            const answer = await carried(ada.browser, request, 'SAMLRequest');
            assert.ok([200, 302].includes(answer.status), answer.body);
            assert.equal(provider.cleared, before + 1, 'the provider believed the request');
            const { location, text, relay_state } = messageIn(answer, 'SAMLResponse');
            assert.ok(location.href.startsWith(provider.logout_url));
            const back = by_form
                ? await ada.browser.post(location.href, { SAMLResponse: text, RelayState: relay_state ?? '' })
                : await ada.browser.get(location.href);
            assert.equal(back.status, 302, back.body);
            assert.equal(back.headers.location, '/login');
            // Once.
            assert.equal((await ada.browser.get(sign_out_url)).status, 404);
        });

        test('begun here: who does not go on is signed out all the same', async () => {
            const bob = await signedIn('bob');
            await bob.client.logout();
            assert.equal(await isIn(bob), false);
        });

        test('a sign-out without a provider is a decision, too, and leads nowhere', async () => {
            const { token } = await new Person(node, admin.user).logIn();
            assert.deepEqual((await raw(node, 'POST', '/users/logout', { token })).json, { status: 'OK' });
            const { json } = await raw(node, 'GET', `/concordat/identity/decisions?act=sign_out&user_id=${admin.id}`, { token: admin.token });
            assert.ok(json.some((one) => one.rule === 'session.ended' && one.is_admitted));
        });

        test('begun at the provider: sessions and sockets end at once', async () => {
            const carl = await signedIn('carl');
            const other = await signedIn('dora');
            const socket = await BareSocket.open(node, { headers: { Cookie: `MMAUTHTOKEN=${carl.browser.cookies.get('MMAUTHTOKEN')}` } });
            await socket.event('hello');
            provider.participants = provider.participants.filter((one) => one.nameId === 'id-carl');
            const begun = Date.now();
            const request = await carl.browser.get(`${provider.url}/slo`);
            const { location, text, relay_state } = messageIn(request, 'SAMLRequest');
            const answer = by_form
                ? await carl.browser.post(location.href, { SAMLRequest: text, RelayState: relay_state })
                : await carl.browser.get(location.href);
            assert.equal(await isIn(carl), false);
            await socket.closed;
            assert.ok(Date.now() - begun < 3000, `${Date.now() - begun} ms`);
            const { xml } = messageIn(answer, 'SAMLResponse');
            assert.ok(xml.includes(success), xml);
            // The provider verifies our signature.
            const done = await carried(carl.browser, answer, 'SAMLResponse');
            assert.equal(done.body, 'done 200');
            assert.equal(await isIn(other), true);
        });

        test('a request without index ends all sessions of its subject, one with an index only that', async () => {
            const sessions = [await signedIn('emil'), await signedIn('emil'), await signedIn('emil')];
            const one = forger.logout({ name_id: 'id-emil', indexes: [sessions[1].index] });
            const answer = await arrive(one.xml, one.id);
            const { xml, relay_state, location } = messageIn(answer, 'SAMLResponse');
            assert.ok(xml.includes(success) && xml.includes(`InResponseTo="${one.id}"`), xml);
            assert.equal(location.origin + location.pathname, `${provider.url}/slo`);
            assert.equal(relay_state, 'state & more');
            assert.deepEqual(await Promise.all(sessions.map(isIn)), [true, false, true]);
            const all = forger.logout({ name_id: 'id-emil' });
            assert.ok(messageIn(await arrive(all.xml, all.id), 'SAMLResponse').xml.includes(success));
            assert.deepEqual(await Promise.all(sessions.map(isIn)), [false, false, false]);
            // Somebody who is signed out already is no stranger.
            const again = forger.logout({ name_id: 'id-emil' });
            assert.ok(messageIn(await arrive(again.xml, again.id), 'SAMLResponse').xml.includes(success));
        });

        test('what cannot be believed ends nothing and is not answered', async () => {
            const fred = await signedIn('fred');
            const make = (more = {}) => forger.logout({ name_id: 'id-fred', ...more });
            const good = make();
            const ecdsa = { algorithm: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1' };
            const cases = [
                ['unsigned', await arrive(good.xml, good.id, { unsigned: true }), 'saml.signature'],
                ['of another key', await arrive(good.xml, good.id, { signing: { keys: strangers } }), 'saml.signature'],
                ['by SHA-1', await arrive(good.xml, good.id, { signing: { hash: 'sha1' } }), 'saml.algorithm'],
                ['of a stranger', await arrive(make({ issuer: 'https://other.example' }).xml, 'x', { unsigned: true }), 'saml.issuer'],
                ['with a document type', await arrive(make({ before: '<!DOCTYPE x [<!ENTITY a "b">]>' }).xml, good.id, { unsigned: true }), 'saml.form'],
                ['no XML', await arrive('hello', 'x', { unsigned: true }), 'saml.form'],
            ];
            if (by_form) {
                cases.push(['of a key in the message', await arrive(good.xml, good.id, { signing: { keys: strangers, key_info: true } }), 'saml.signature']);
                const signed = forger.signed(good.xml, good.id);
                const post = (xml) => new Browser(node.url).post(provider.logout_url, { SAMLRequest: base64(xml) });
                cases.push(['changed', await post(signed.replace('id-fred<', 'id-gina<')), 'saml.signature']);
                // Wrapping: a genuine request of somebody else is kept somewhere in a forged one.
                const other = forger.logout({ name_id: 'id-other' });
                const genuine = forger.signed(other.xml, other.id);
                const signature = /<ds:Signature.*<\/ds:Signature>/s.exec(genuine)[0];
                cases.push(['wrapped in extensions', await post(make({ more: `<samlp:Extensions>${genuine}</samlp:Extensions>` }).xml), 'saml.form']);
                cases.push(['with the signature of another', await post(make({ more: signature }).xml), 'saml.signature']);
                cases.push(['with the id of another', await post(make({ id: other.id, more: signature }).xml), 'saml.signature']);
                const inside = signature.replace('</ds:Signature>', `<ds:Object>${other.xml}</ds:Object></ds:Signature>`);
                cases.push(['with another in its signature', await post(make({ id: other.id, more: inside }).xml), 'saml.signature']);
            } else {
                cases.push(['by another algorithm', await arrive(good.xml, good.id, { signing: ecdsa }), 'saml.algorithm']);
                const query = forger.query(good.xml, { relay_state: 'a' });
                const get = (text) => new Browser(node.url).get(`${provider.logout_url}?${text}`);
                cases.push(['with another relay state', await get(query.replace('RelayState=a', 'RelayState=b')), 'saml.signature']);
                cases.push(['signed inside', await get(forger.query(forger.signed(good.xml, good.id))), 'saml.form']);
                cases.push(['not compressed', await get(`SAMLRequest=${encodeURIComponent(base64(good.xml))}`), 'saml.form']);
                assert.equal((await get(`${query}&SAMLRequest=x`)).status, 400, 'twice');
                // A genuine one, of somebody else, beside a forged one whose name is spelled otherwise: only the genuine counts.
                const other = forger.logout({ name_id: 'id-other' });
                const forged = encodeURIComponent(zlib.deflateRawSync(Buffer.from(good.xml)).toString('base64'));
                const { xml } = messageIn(await get(`SAML%52equest=${forged}&${forger.query(other.xml)}`), 'SAMLResponse');
                assert.ok(xml.includes(other.id) && xml.includes('UnknownPrincipal'), xml);
            }
            for (const [what, answer, rule] of cases) {
                assert.equal(answer.status, 401, `${what}: ${answer.body}`);
                assert.equal((await decisionOf(answer)).rule, rule, what);
            }
            assert.equal(await isIn(fred), true);
        });

        test('what does not fit ends nothing, and the provider is told', async () => {
            const gina = await signedIn('gina');
            const in_s = (s) => new Date(Date.now() + s * 1000).toISOString();
            for (const [what, more, status] of [
                ['elsewhere', { destination: 'https://elsewhere.example/slo' }, 'RequestDenied'],
                ['over', { made: in_s(-400), until: in_s(-61) }, 'RequestDenied'],
                ['old', { made: in_s(-700), until: '' }, 'RequestDenied'],
                ['of the future', { made: in_s(70), until: in_s(300) }, 'RequestDenied'],
                ['of nobody', { name_id: 'id-nobody' }, 'UnknownPrincipal'],
                ['of another format', { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }, 'UnknownPrincipal'],
            ]) {
                const request = forger.logout({ name_id: 'id-gina', ...more });
                const { xml } = messageIn(await arrive(request.xml, request.id), 'SAMLResponse');
                assert.ok(xml.includes('status:Requester') && xml.includes(`status:${status}`), `${what}: ${xml}`);
            }
            assert.equal(await isIn(gina), true);
            const rules = (await raw(node, 'GET', '/concordat/identity/decisions?act=sign_out&admitted=false', { token: admin.token })).json.map((one) => one.rule);
            for (const rule of ['saml.destination', 'saml.time', 'saml.subject']) assert.ok(rules.includes(rule), `${rule}: ${rules}`);
        });

        test('a request counts once', async () => {
            const hugo = await signedIn('hugo');
            const request = forger.logout({ name_id: 'id-hugo', indexes: [hugo.index] });
            assert.ok(messageIn(await arrive(request.xml, request.id), 'SAMLResponse').xml.includes(success));
            assert.equal(await isIn(hugo), false);
            const again = await signedIn('hugo');
            const whole = forger.logout({ name_id: 'id-hugo', id: request.id });
            assert.ok(messageIn(await arrive(whole.xml, whole.id), 'SAMLResponse').xml.includes('RequestDenied'));
            assert.equal(await isIn(again), true);
        });

        test('an answer that fits no request of ours is refused', async () => {
            const stray = `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_stray" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${provider.logout_url}" InResponseTo="_${crypto.randomUUID()}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${provider.entity_id}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${success}"/></samlp:Status></samlp:LogoutResponse>`;
            const answer = by_form
                ? await new Browser(node.url).post(provider.logout_url, { SAMLResponse: base64(forger.signed(stray, '_stray')) })
                : await new Browser(node.url).get(`${provider.logout_url}?${forger.query(stray, { parameter: 'SAMLResponse' })}`);
            assert.equal(answer.status, 401, answer.body);
            assert.equal((await decisionOf(answer)).rule, 'saml.in_response_to');
        });
    });
}
