// SAML 2.0 from the outside: a provider (the samlp package, an XML stack of its own), a forger that signs whatever it
// is told to, and a browser that keeps cookies and follows nothing by itself.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import samlp from 'samlp';
import SessionParticipants from 'samlp/lib/sessionParticipants/index.js';
import { SignedXml } from 'xml-crypto';
import xmlenc from 'xml-encryption';

const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const redirect_binding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
export const post_binding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

// An RSA key and a certificate that it signed itself.
export function keyPair(dir, name, days = 30) {
    const at = (kind) => path.join(dir, `${name}.${kind}.pem`);
    execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('key'), '-out', at('cert'), '-days', `${days}`, '-subj', `/CN=${name}`],
        { stdio: 'ignore' },
    );
    const [key, cert] = [at('key'), at('cert')].map((file) => fs.readFileSync(file, 'utf8'));
    return { key, cert, key_file: at('key'), cert_file: at('cert') };
}

// An HTTP client with a cookie jar. Answers are { status, headers, body }.
export class Browser {
    constructor(origin) {
        this.origin = origin;
        this.cookies = new Map();
    }

    async ask(method, address, { form, headers = {} } = {}) {
        const url = new URL(address, this.origin);
        const body = form && new URLSearchParams(form).toString();
        const sent = { ...headers };
        if (body !== undefined) sent['Content-Type'] = 'application/x-www-form-urlencoded';
        if (url.origin === this.origin && this.cookies.size)
            sent.Cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const answer = await new Promise((done, failed) => {
            const request = http.request(url, { method, headers: sent }, (response) => {
                const parts = [];
                response.on('data', (part) => parts.push(part));
                response.on('end', () =>
                    done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }),
                );
            });
            request.on('error', failed);
            request.end(body);
        });
        for (const line of answer.headers['set-cookie'] ?? []) {
            const [name, value] = line.split(';')[0].split('=');
            if (value) this.cookies.set(name, value);
            else this.cookies.delete(name);
        }
        return answer;
    }
    get(address, options) {
        return this.ask('GET', address, options);
    }
    post(address, form, options) {
        return this.ask('POST', address, { form, ...options });
    }

    // The request to sign in that this browser is sent to the provider with.
    async begin(query = '') {
        const answer = await this.get(`/login/sso/saml${query}`);
        if (answer.status !== 302) throw new Error(`no redirect: ${answer.status} ${answer.body}`);
        const location = new URL(answer.headers.location);
        const xml = zlib.inflateRawSync(Buffer.from(location.searchParams.get('SAMLRequest'), 'base64')).toString();
        return {
            location,
            xml,
            id: /\bID="([^"]+)"/.exec(xml)[1],
            relay_state: location.searchParams.get('RelayState'),
        };
    }
    arrive(response, relay_state, more = {}) {
        return this.post('/login/sso/saml', { SAMLResponse: response, RelayState: relay_state, ...more });
    }
}

// A provider that signs in whoever is named in `person`.
export class SamlProvider {
    static async start(keys) {
        const provider = new SamlProvider();
        provider.keys = keys;
        provider.person = null; // { id, attributes }
        provider.options = {};
        provider.files = {}; // by path: what else is answered
        Object.assign(provider, { participants: [], logout_state: {}, logout_binding: redirect_binding, cleared: 0 });
        provider.server = http.createServer((request, response) => provider.#answer(request, response));
        await new Promise((done) => provider.server.listen(0, '127.0.0.1', done));
        provider.url = `http://127.0.0.1:${provider.server.address().port}`;
        provider.entity_id = `${provider.url}/metadata`;
        return provider;
    }

    // One who is signed in by us: its index, by which it is signed out.
    #participant() {
        const sessionIndex = `_${crypto.randomUUID()}`;
        this.participants.push({
            serviceProviderId: this.audience,
            nameId: this.person?.id,
            nameIdFormat: persistent,
            sessionIndex,
            serviceProviderLogoutURL: this.logout_url,
            cert: this.service_cert,
            binding: this.logout_binding,
        });
        return sessionIndex;
    }

    // Single logout, begun here or there; a query is that of the address, a form the body's.
    async #logout(request, response) {
        const parts = [];
        for await (const part of request) parts.push(part);
        request.body = Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()));
        request.session = this.logout_state;
        request.originalUrl = request.url;
        response.set = (name, value) => response.setHeader(name, value);
        response.send = (text) => response.end(typeof text === 'number' ? `done ${text}` : text);
        response.redirect = (location) => response.writeHead(302, { Location: location }).end();
        const act = samlp.logout({
            issuer: this.entity_id,
            cert: this.keys.cert,
            key: this.keys.key,
            deflate: true,
            signatureAlgorithm: 'rsa-sha256',
            digestAlgorithm: 'sha256',
            protocolBinding: this.logout_binding,
            destination: this.logout_url,
            sessionParticipants: new SessionParticipants(this.participants),
            clearIdPSession: (done) => ((this.cleared += 1), done()),
        });
        act(request, response, (error) => {
            response.statusCode = 500;
            response.end(String(error));
        });
    }

    #answer(request, response) {
        const url = new URL(request.url, this.url);
        request.query = Object.fromEntries(url.searchParams);
        if (this.files[url.pathname] !== undefined) return response.end(this.files[url.pathname]);
        if (url.pathname === '/slo') return this.#logout(request, response);
        const act = samlp.auth({
            issuer: this.entity_id,
            cert: this.keys.cert,
            key: this.keys.key,
            recipient: this.consumer_url,
            destination: this.consumer_url,
            lifetimeInSeconds: 300,
            sessionIndex: this.#participant(),
            getPostURL: (audience, dom, req, done) => done(null, this.consumer_url),
            getUserFromRequest: () => this.person,
            responseHandler: (message, options, req, res) => res.end(message.toString('base64')),
            profileMapper: (person) => ({
                getClaims: () => person.attributes,
                getNameIdentifier: () => ({ nameIdentifier: person.id, nameIdentifierFormat: persistent }),
            }),
            ...this.options,
        });
        act(request, response, (error) => {
            response.statusCode = 500;
            response.end(String(error));
        });
    }

    // The whole way of one browser; the answer of the node.
    async signIn(browser, query = '') {
        const { location, relay_state } = await browser.begin(query);
        const { body } = await browser.get(location.href);
        return browser.arrive(body, relay_state);
    }

    async stop() {
        this.server.closeAllConnections?.();
        await new Promise((done) => this.server.close(done));
    }
}

const iso = (from_now_s) => new Date(Date.now() + from_now_s * 1000).toISOString();

// Makes messages as a provider would, and as one never would. Everything can be overruled: see the defaults of
// `assertion` and `response`.
export class Forger {
    constructor({ entity_id, consumer_url, audience, keys }) {
        Object.assign(this, { entity_id, consumer_url, audience, keys });
    }

    assertion(more = {}) {
        const a = {
            id: `_${crypto.randomUUID()}`,
            issuer: this.entity_id,
            name_id: 'somebody',
            format: persistent,
            method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
            recipient: this.consumer_url,
            audience: this.audience,
            from: iso(-5),
            until: iso(300),
            confirmed_until: iso(300),
            in_response_to: '',
            session_until: '',
            attributes: { email: 'somebody@example.test', username: 'somebody' },
            ...more,
        };
        const answer = a.in_response_to ? ` InResponseTo="${a.in_response_to}"` : '';
        const attributes = Object.entries(a.attributes).map(
            ([name, values]) =>
                `<saml:Attribute Name="${name}">${[values].flat().map((v) => `<saml:AttributeValue>${v}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
        );
        const conditions =
            a.conditions ??
            `<saml:Conditions NotBefore="${a.from}" NotOnOrAfter="${a.until}">` +
                (a.audience ? `<saml:AudienceRestriction><saml:Audience>${a.audience}</saml:Audience></saml:AudienceRestriction>` : '') +
                '</saml:Conditions>';
        const xml =
            `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${a.id}" Version="2.0" IssueInstant="${iso(0)}">` +
            `<saml:Issuer>${a.issuer}</saml:Issuer>` +
            `<saml:Subject><saml:NameID Format="${a.format}">${a.name_id}</saml:NameID>` +
            `<saml:SubjectConfirmation Method="${a.method}"><saml:SubjectConfirmationData NotOnOrAfter="${a.confirmed_until}" Recipient="${a.recipient}"${answer}/></saml:SubjectConfirmation></saml:Subject>` +
            conditions +
            `<saml:AuthnStatement AuthnInstant="${iso(0)}" SessionIndex="_s"${a.session_until ? ` SessionNotOnOrAfter="${a.session_until}"` : ''}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
            `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion>`;
        return { ...a, xml };
    }

    response(inner, more = {}) {
        const r = {
            id: `_${crypto.randomUUID()}`,
            issuer: this.entity_id,
            destination: this.consumer_url,
            in_response_to: '',
            status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
            extensions: '',
            before: '',
            ...more,
        };
        const answer = r.in_response_to ? ` InResponseTo="${r.in_response_to}"` : '';
        return {
            ...r,
            xml:
                `${r.before}<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${r.id}" Version="2.0" IssueInstant="${iso(0)}" Destination="${r.destination}"${answer}>` +
                `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${r.issuer}</saml:Issuer>${r.extensions}` +
                `<samlp:Status><samlp:StatusCode Value="${r.status}"/></samlp:Status>${inner}</samlp:Response>`,
        };
    }

    // The text with a signature over the element of that id, after its Issuer.
    signed(xml, id, { keys = this.keys, hash = 'sha256', digest = hash, key_info = false } = {}) {
        const signature = {
            sha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
            sha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
            sha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
        }[hash];
        const digests = {
            sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
            sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
            sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
        };
        const signer = new SignedXml({
            privateKey: keys.key,
            publicCert: key_info ? keys.cert : undefined,
            signatureAlgorithm: signature,
            canonicalizationAlgorithm: exclusive,
        });
        const element = `//*[@ID='${id}']`;
        signer.addReference({ xpath: element, transforms: [enveloped, exclusive], digestAlgorithm: digests[digest] });
        signer.computeSignature(xml, {
            prefix: 'ds',
            location: { reference: `${element}/*[local-name(.)='Issuer']`, action: 'after' },
        });
        return signer.getSignedXml();
    }

    // A request to end sessions, as it should be, and what is changed of it.
    logout(more = {}) {
        const r = {
            id: `_${crypto.randomUUID()}`,
            issuer: this.entity_id,
            destination: this.logout_url,
            made: iso(0),
            until: iso(300),
            name_id: 'somebody',
            format: persistent,
            indexes: [],
            before: '',
            more: '',
            ...more,
        };
        const until = r.until ? ` NotOnOrAfter="${r.until}"` : '';
        return {
            ...r,
            xml:
                `${r.before}<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${r.id}" Version="2.0" IssueInstant="${r.made}" Destination="${r.destination}"${until}>` +
                `<saml:Issuer>${r.issuer}</saml:Issuer>${r.more}<saml:NameID Format="${r.format}">${r.name_id}</saml:NameID>` +
                `${r.indexes.map((one) => `<samlp:SessionIndex>${one}</samlp:SessionIndex>`).join('')}</samlp:LogoutRequest>`,
        };
    }

    // The query of a redirect, signed.
    query(xml, { keys = this.keys, parameter = 'SAMLRequest', relay_state = '', hash = 'sha256', algorithm } = {}) {
        const uri = algorithm ?? (hash === 'sha1' ? 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' : 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
        const parts = { [parameter]: zlib.deflateRawSync(Buffer.from(xml)).toString('base64') };
        if (relay_state) parts.RelayState = relay_state;
        parts.SigAlg = uri;
        const text = Object.entries(parts)
            .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
            .join('&');
        const signature = crypto.sign(hash, Buffer.from(text), keys.key).toString('base64');
        return `${text}&Signature=${encodeURIComponent(signature)}`;
    }

    async encrypted(assertion_xml, recipient) {
        const data = await new Promise((done, failed) =>
            xmlenc.encrypt(
                assertion_xml,
                {
                    rsa_pub: crypto.createPublicKey(recipient.cert).export({ type: 'spki', format: 'pem' }),
                    pem: recipient.cert,
                    encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
                    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
                },
                (error, text) => (error ? failed(error) : done(text)),
            ),
        );
        return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${data}</saml:EncryptedAssertion>`;
    }

    // A response as it should be, to the request `id`.
    good(id, assertion_more = {}, response_more = {}, signing = {}) {
        const a = this.assertion({ in_response_to: id, ...assertion_more });
        const r = this.response(this.signed(a.xml, a.id, signing), { in_response_to: id, ...response_more });
        return r.xml;
    }
}

// What a message in an answer says: of a redirect's address, or of a form.
export function messageIn(answer, parameter) {
    if (answer.status === 302) {
        const location = new URL(answer.headers.location);
        const text = location.searchParams.get(parameter);
        return {
            location,
            xml: text && zlib.inflateRawSync(Buffer.from(text, 'base64')).toString(),
            relay_state: location.searchParams.get('RelayState'),
        };
    }
    const field = (name) => new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(answer.body)?.[1].replaceAll('&amp;', '&');
    const text = field(parameter);
    return {
        location: new URL(/action="([^"]*)"/.exec(answer.body)[1]),
        text,
        xml: text && Buffer.from(text, 'base64').toString(),
        relay_state: field('RelayState'),
    };
}

export const base64 = (text) => Buffer.from(text).toString('base64');
