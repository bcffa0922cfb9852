// Every HTTP exchange of a test program passes here: the client library calls the global fetch, and
// this module puts a deadline on it, keeps cookies like a browser, and looks at each reply for what
// must hold for all of them (headers, error bodies). What is wrong is kept as a complaint of the
// node and fails the test program when the node is stopped.
import { id_pattern, short } from './expect.mjs';

const bare_fetch = globalThis.fetch;
const call_limit = Number(process.env.CONCORDAT_CALL_LIMIT_MS ?? 120_000);
const jar_header = 'x-test-jar';
const jars = new Map(); // name -> Jar
const complaints = new Map(); // origin -> [text]

export function complaintsOf(origin) {
    if (!complaints.has(origin)) complaints.set(origin, []);
    return complaints.get(origin);
}

// A browser's cookies for one site.
export class Jar {
    constructor() {
        this.name = `jar-${jars.size}`;
        this.cookies = new Map();
        this.last_set = [];
        jars.set(this.name, this);
    }
    get header() {
        return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    }
    get(name) {
        return this.cookies.get(name);
    }
    take(response) {
        const lines = response.headers.getSetCookie();
        if (lines.length) this.last_set = lines.map(parsedCookie);
        for (const cookie of lines.map(parsedCookie)) {
            if (cookie.gone) this.cookies.delete(cookie.name);
            else this.cookies.set(cookie.name, cookie.value);
        }
    }
    // Makes a Client4 use this jar.
    serve(client) {
        client.setHeader(jar_header, this.name);
    }
}

export function parsedCookie(line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: {} };
    for (const attribute of attributes) {
        const [name, value = true] = attribute.split('=');
        cookie.attributes[name.toLowerCase()] = value;
    }
    const { 'max-age': age, expires } = cookie.attributes;
    cookie.gone =
        cookie.value === '' ||
        Number(age) <= 0 ||
        (age === undefined && expires && Date.parse(expires) < Date.now());
    return cookie;
}

globalThis.fetch = async (input, options = {}) => {
    const url = new URL(input);
    const headers = new Headers(options.headers);
    const jar = jars.get(headers.get(jar_header));
    headers.delete(jar_header);
    if (jar?.header) headers.set('Cookie', jar.header);
    const signal = options.signal ?? AbortSignal.timeout(call_limit);
    const response = await bare_fetch(url, {
        ...options,
        headers,
        signal,
        redirect: options.redirect ?? 'manual',
    });
    jar?.take(response);
    const method = (options.method ?? 'get').toUpperCase();
    for (const text of await whatIsWrong(url, method, response)) {
        complaintsOf(url.origin).push(
            `${method} ${url.pathname}${url.search} -> ${response.status}: ${text}`,
        );
    }
    return response;
};

async function whatIsWrong(url, method, response) {
    if (!url.pathname.startsWith('/api/v4/')) return [];
    const header = (name) => response.headers.get(name);
    const wrong = [];
    const check = (ok, text) => ok || wrong.push(text);
    const type = header('content-type') ?? '';
    check(id_pattern.test(header('x-request-id') ?? ''), `X-Request-Id is ${header('x-request-id')}`);
    check(
        /^\d+\.\d+\.\d+\.[^.]+.*\.(true|false)$/.test(header('x-version-id') ?? ''),
        `X-Version-Id is ${header('x-version-id')}`,
    );
    check(header('x-content-type-options') === 'nosniff', 'X-Content-Type-Options is not nosniff');
    check(header('referrer-policy') === 'no-referrer', 'Referrer-Policy is not no-referrer');
    check(
        header('permissions-policy') === '',
        `Permissions-Policy is ${header('permissions-policy')}, not empty`,
    );
    check(response.status < 500 || response.status === 501, 'the node failed');
    if (response.status === 429) return wrong;
    if (type.includes('json')) {
        check(type === 'application/json' || type === 'application/x-ndjson', `Content-Type is ${type}`);
        check(header('cache-control') === null, `Cache-Control on JSON: ${header('cache-control')}`);
        if (method === 'GET') check(header('expires') === '0', `Expires is ${header('expires')}`);
    }
    if (response.status >= 400 && type === 'application/json' && method !== 'HEAD') {
        wrong.push(...(await wrongError(response.clone())));
    }
    return wrong;
}

async function wrongError(response) {
    const text = await response.text();
    try {
        const error = JSON.parse(text);
        const wrong = [];
        const check = (ok, why) => ok || wrong.push(`${why}: ${short(text)}`);
        check(/^[a-z0-9_.-]+$/i.test(error.id ?? ''), 'the error has no id');
        check(typeof error.message === 'string' && error.message !== '', 'the error has no message');
        check(error.detailed_error === '', 'the error tells details');
        check(error.request_id === response.headers.get('x-request-id'), 'the error has another request id');
        check(error.status_code === response.status, 'status_code is not the status');
        return wrong;
    } catch {
        return [`the error is not JSON: ${short(text)}`];
    }
}

// A call without the client library. `path` starts with "/"; it is put below /api/v4 unless it
// begins with /api/ or /hooks/, or is the public link of a file. Sends nothing that is not asked for.
export async function raw(
    node,
    method,
    path,
    { token, cookie, csrf, ajax, headers = {}, json, body, limit } = {},
) {
    const all = { ...headers };
    if (token) all.Authorization = `Bearer ${token}`;
    if (cookie) all.Cookie = cookie;
    if (csrf) all['X-CSRF-Token'] = csrf;
    if (ajax) all['X-Requested-With'] = 'XMLHttpRequest';
    if (json !== undefined) all['Content-Type'] ??= 'application/json';
    const url = node.url + (/^\/(api|hooks)\/|^\/files\/[^/]+\/public/.test(path) ? path : `/api/v4${path}`);
    const options = { method, headers: all, body: json !== undefined ? JSON.stringify(json) : body };
    if (limit) options.signal = AbortSignal.timeout(limit);
    const response = await fetch(url, options);
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    const type = response.headers.get('content-type') ?? '';
    return {
        status: response.status,
        headers: response.headers,
        type,
        bytes,
        text,
        json: type === 'application/json' && text ? JSON.parse(text) : undefined,
        cookies: response.headers.getSetCookie().map(parsedCookie),
    };
}
