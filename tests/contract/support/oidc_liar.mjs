// An OpenID Connect provider that signs in whom it is told, and lies as it is told.
import crypto from 'node:crypto';
import http from 'node:http';

export const listening = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
export const closed = (server) =>
    new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
    });

const coded = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

// Says what `claims`, `head`, `key` and the others tell it to.
export class Liar {
    static async start() {
        const it = new Liar();
        it.server = http.createServer((request, response) => it.answer(request, response));
        it.url = `http://127.0.0.1:${await listening(it.server)}`;
        it.rotate('first');
        it.honest();
        return it;
    }
    rotate(kid) {
        this.kid = kid;
        this.keys = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    }
    honest() {
        Object.assign(this, { head: {}, claims: {}, without: [], userinfo: null, sign: null, description: {}, silent: false, token_status: 200 });
    }
    get discovery() {
        return `${this.url}/.well-known/openid-configuration`;
    }
    token() {
        const now = Math.floor(Date.now() / 1000);
        const claims = {
            iss: this.url,
            aud: 'concordat',
            sub: 'subject-1',
            iat: now,
            exp: now + 300,
            nonce: this.nonce,
            email: 'liar@example.test',
            email_verified: true,
            ...this.claims,
        };
        for (const name of this.without) delete claims[name];
        const text = `${coded({ alg: 'RS256', kid: this.kid, ...this.head })}.${coded(claims)}`;
        const signature = this.sign ? this.sign(text) : crypto.sign('sha256', Buffer.from(text), this.keys.privateKey);
        return `${text}.${Buffer.from(signature).toString('base64url')}`;
    }
    async answer(request, response) {
        if (this.silent) return;
        const url = new URL(request.url, this.url);
        let body = '';
        for await (const part of request) body += part;
        const send = (value, status = 200) => {
            response.writeHead(status, { 'Content-Type': 'application/json' });
            response.end(JSON.stringify(value));
        };
        if (url.pathname === '/.well-known/openid-configuration')
            return send({
                issuer: this.url,
                authorization_endpoint: `${this.url}/authorize`,
                token_endpoint: `${this.url}/token`,
                userinfo_endpoint: `${this.url}/userinfo`,
                jwks_uri: `${this.url}/keys`,
                ...this.description,
            });
        if (url.pathname === '/keys')
            return send({ keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), use: 'sig', kid: this.kid }] });
        if (url.pathname === '/authorize') {
            this.nonce = url.searchParams.get('nonce');
            const back = new URLSearchParams({ code: 'a-code', state: url.searchParams.get('state') });
            response.writeHead(302, { Location: `${url.searchParams.get('redirect_uri')}?${back}` });
            return response.end();
        }
        if (url.pathname === '/token') {
            this.asked = { form: Object.fromEntries(new URLSearchParams(body)), authorization: request.headers.authorization };
            return this.token_status === 200
                ? send({ access_token: 'access', token_type: 'Bearer', id_token: this.token() })
                : send({ error: 'invalid_grant' }, this.token_status);
        }
        if (url.pathname === '/userinfo') return send(this.userinfo ?? { sub: this.claims.sub ?? 'subject-1' });
        send({}, 404);
    }
    stop() {
        return closed(this.server);
    }
}
