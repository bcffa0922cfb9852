// A real OpenID Connect provider (the npm package oidc-provider), and a browser that walks through its pages.
import crypto from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';
import { closed, listening } from './oidc_liar.mjs';

export { Liar } from './oidc_liar.mjs';

// A browser that keeps cookies for each place it goes to, and follows what it is told.
export class Walker {
    constructor(origin) {
        this.origin = origin;
        this.jars = new Map();
    }
    // Those of the node.
    get cookies() {
        return this.jar(this.origin);
    }
    jar(origin) {
        if (!this.jars.has(origin)) this.jars.set(origin, new Map());
        return this.jars.get(origin);
    }
    async ask(method, address, form) {
        const url = new URL(address, this.origin);
        const jar = this.jar(url.origin);
        const headers = { Connection: 'close' };
        if (jar.size) headers.Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const answer = await fetch(url, { method, headers, body: form && new URLSearchParams(form), redirect: 'manual' });
        for (const line of answer.headers.getSetCookie?.() ?? []) {
            const [name, value] = line.split(';')[0].split('=');
            if (value) jar.set(name, value);
            else jar.delete(name);
        }
        return {
            url,
            status: answer.status,
            location: answer.headers.get('location') && new URL(answer.headers.get('location'), url).href,
            cookies: answer.headers.getSetCookie?.() ?? [],
            body: await answer.text(),
        };
    }
    get(address) {
        return this.ask('GET', address);
    }
    post(address, form) {
        return this.ask('POST', address, form);
    }
}

// oidc-provider with its own pages; signs in whoever types a name, with any password.
export class RealProvider {
    static async start(redirect_uri) {
        const it = new RealProvider();
        it.secret = crypto.randomBytes(16).toString('hex');
        it.server = http.createServer();
        it.url = `http://127.0.0.1:${await listening(it.server)}`;
        it.people = new Map();
        const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const provider = new Provider(it.url, {
            clients: [
                {
                    client_id: 'concordat',
                    client_secret: it.secret,
                    redirect_uris: [redirect_uri],
                    response_types: ['code'],
                    grant_types: ['authorization_code'],
                    id_token_signed_response_alg: 'ES256',
                },
            ],
            pkce: { methods: ['S256'], required: () => true },
            claims: {
                openid: ['sub'],
                email: ['email', 'email_verified'],
                profile: ['preferred_username', 'given_name', 'family_name', 'locale'],
            },
            findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...it.people.get(id) }) }),
            jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'one' }] },
            cookies: { keys: [crypto.randomBytes(16).toString('hex')] },
            features: { devInteractions: { enabled: true } },
        });
        it.server.on('request', provider.callback());
        return it;
    }
    get discovery() {
        return `${this.url}/.well-known/openid-configuration`;
    }
    // Walks from the provider's first page to the address that leads back to the node.
    async signIn(walker, location, name) {
        let at = await walker.get(location);
        for (let step = 0; step < 20; ++step) {
            if (at.location) {
                if (!at.location.startsWith(this.url)) return at.location;
                at = await walker.get(at.location);
                continue;
            }
            if (at.status !== 200) throw new Error(`the provider answered ${at.status}: ${at.body.slice(0, 500)}`);
            const prompt = /name="prompt" value="(\w+)"/.exec(at.body)[1];
            at = await walker.post(at.url.href, prompt === 'login' ? { prompt, login: name, password: 'any' } : { prompt });
        }
        throw new Error('the provider leads in circles');
    }
    stop() {
        return closed(this.server);
    }
}
