// SimpleSAMLphp as an identity provider on a free port, as its package installs it: a stack that nobody here wrote. Where it is
// not installed, where() is undefined and tests that need it are skipped. SIMPLESAMLPHP_ROOT names a directory into which the
// packages simplesamlphp, php-cli, php-xml and php-mbstring were unpacked.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from './expect.mjs';
import { freePort, freshDirectory } from './node.mjs';
import { keyPair } from './saml.mjs';

export function where() {
    const root = process.env.SIMPLESAMLPHP_ROOT ?? '';
    const home = `${root}/usr/share/simplesamlphp`;
    const php = ['php', 'php8.2'].map((name) => `${root}/usr/bin/${name}`).find((file) => fs.existsSync(file));
    return php && fs.existsSync(`${home}/www`) ? { root, home, php } : undefined;
}

// Options of PHP: no warnings of an old program in its pages, and its modules when it was not installed.
const modules = ['xml', 'dom', 'xmlreader', 'xmlwriter', 'simplexml', 'mbstring', 'posix', 'ctype', 'tokenizer'];
const loaded = (root) => [
    ...(root ? ['-n', ...modules.flatMap((name) => ['-d', `extension=${root}/usr/lib/php/20220829/${name}.so`])] : []),
    ...['-d', 'error_reporting=8191', '-d', 'display_errors=0'],
];

const quoted = (text) => `'${String(text).replace(/[\\']/g, '\\$&')}'`;
const php = (value) => {
    if (Array.isArray(value)) return `[${value.map(php).join(', ')}]`;
    if (value && typeof value === 'object')
        return `[${Object.entries(value)
            .map(([key, one]) => `${quoted(key)} => ${php(one)}`)
            .join(', ')}]`;
    return typeof value === 'string' ? quoted(value) : String(value);
};

export class SimpleSaml {
    // `people`: { name: password }; their attributes are uid, mail.
    static async start(people) {
        const one = new SimpleSaml();
        const { root, home, php: program } = where();
        one.dir = freshDirectory();
        const at = (name) => path.join(one.dir, name);
        for (const name of ['config', 'metadata', 'cert', 'log', 'data', 'tmp']) fs.mkdirSync(at(name));
        const port = await freePort();
        one.url = `http://127.0.0.1:${port}`;
        one.entity_id = `${one.url}/saml2/idp/metadata.php`;
        keyPair(at('cert'), 'idp');
        fs.writeFileSync(
            at('config/config.php'),
            `<?php $config = ${php({
                baseurlpath: `${one.url}/`,
                certdir: `${at('cert')}/`,
                loggingdir: `${at('log')}/`,
                datadir: `${at('data')}/`,
                tempdir: at('tmp'),
                metadatadir: `${at('metadata')}/`,
                secretsalt: 'a salt for tests only',
                'auth.adminpassword': 'not used',
                timezone: 'UTC',
                'enable.saml20-idp': true,
                'module.enable': { exampleauth: true, core: true, saml: true },
                'session.cookie.secure': false,
                'session.cookie.samesite': null,
                'store.type': 'phpsession',
                'session.phpsession.savepath': at('tmp'),
                'metadata.sources': [{ type: 'flatfile' }],
                'logging.handler': 'file',
                'logging.level': 7,
            })};`,
        );
        const users = Object.fromEntries(Object.entries(people).map(([name, word]) => [`${name}:${word}`, { uid: [name], mail: [`${name}@example.test`] }]));
        fs.writeFileSync(at('config/authsources.php'), `<?php $config = ['users' => array_merge(['exampleauth:UserPass'], ${php(users)})];`);
        fs.writeFileSync(
            at('metadata/saml20-idp-hosted.php'),
            `<?php $metadata[${quoted(one.entity_id)}] = ${php({
                host: '__DEFAULT__',
                privatekey: 'idp.key.pem',
                certificate: 'idp.cert.pem',
                auth: 'users',
                'signature.algorithm': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
                'redirect.sign': true,
                'redirect.validate': true,
                'sign.logout': true,
                'validate.logout': true,
            })};`,
        );
        fs.writeFileSync(at('metadata/saml20-sp-remote.php'), '<?php');
        one.process = spawn(program, [...loaded(root), '-d', `session.save_path=${at('tmp')}`, '-S', `127.0.0.1:${port}`, '-t', `${home}/www`], {
            env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: at('config') },
            stdio: ['ignore', 'ignore', fs.openSync(at('log/php'), 'w')],
        });
        await eventually(async () => (await fetch(one.entity_id).catch(() => undefined))?.status === 200, 'SimpleSAMLphp serves its metadata');
        return one;
    }

    metadata() {
        return fetch(this.entity_id).then((answer) => answer.text());
    }

    // Takes the service's metadata as it is, by SimpleSAMLphp's own reader of metadata, with what its operator adds.
    async join(metadata_xml, more = {}) {
        const { root, home, php: program } = where();
        fs.writeFileSync(path.join(this.dir, 'sp.xml'), metadata_xml);
        const script = `require ${quoted(`${home}/lib/_autoload.php`)};
            $all = \\SimpleSAML\\Metadata\\SAMLParser::parseFile(${quoted(path.join(this.dir, 'sp.xml'))})->getMetadata20SP();
            $all = array_merge($all, ${php(more)});
            file_put_contents(${quoted(path.join(this.dir, 'metadata/saml20-sp-remote.php'))}, '<?php $metadata[' . var_export($all['entityid'], true) . '] = ' . var_export($all, true) . ';');
            echo json_encode($all);`;
        const child = spawn(program, [...loaded(root), '-r', script], {
            env: {
                ...process.env,
                SIMPLESAMLPHP_CONFIG_DIR: path.join(this.dir, 'config'),
            },
        });
        let out = '';
        let wrong = '';
        child.stdout.on('data', (part) => (out += part));
        child.stderr.on('data', (part) => (wrong += part));
        const code = await new Promise((done) => child.on('close', done));
        if (code !== 0) throw new Error(`SimpleSAMLphp does not take the metadata: ${wrong}${out}`);
        return JSON.parse(out.slice(out.indexOf('{')));
    }

    log() {
        return fs.readFileSync(path.join(this.dir, 'log/simplesamlphp.log'), 'utf8');
    }

    async stop() {
        const ended = new Promise((done) => this.process.on('exit', done));
        this.process.kill('SIGTERM');
        await ended;
        fs.rmSync(this.dir, { recursive: true, force: true });
    }
}

// A browser at the provider: keeps its cookies and goes where it is sent, until an address of `stop` comes, or a form for one.
export class Visitor {
    constructor() {
        this.cookies = new Map();
    }
    async go(method, address, form, stop) {
        for (let hops = 0; hops < 20; ++hops) {
            if (stop && address.startsWith(stop)) return { address, method, form };
            const answer = await fetch(address, {
                method,
                redirect: 'manual',
                headers: {
                    Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
                    ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
                },
                body: form && new URLSearchParams(form).toString(),
            });
            for (const line of answer.headers.getSetCookie()) {
                const [name, value] = line.split(';')[0].split('=');
                if (!value || value === 'deleted') this.cookies.delete(name);
                else this.cookies.set(name, value);
            }
            const body = await answer.text();
            if (answer.status >= 300 && answer.status < 400) {
                address = new URL(answer.headers.get('location'), address).href;
                [method, form] = ['GET', undefined];
                continue;
            }
            const fields = Object.fromEntries(
                [...body.matchAll(/<input[^>]*name="(SAML\w+|RelayState)"[^>]*value="([^"]*)"/g)].map(([, name, value]) => [
                    name,
                    value.replaceAll('&amp;', '&').replaceAll('&quot;', '"'),
                ]),
            );
            if (fields.SAMLResponse || fields.SAMLRequest) {
                address = new URL(/<form[^>]*action="([^"]*)"/.exec(body)[1].replaceAll('&amp;', '&'), address).href;
                [method, form] = ['POST', fields];
                continue;
            }
            return { address, body, status: answer.status };
        }
        throw new Error('too many hops');
    }
    // Signs in on the page of exampleauth:UserPass; where it leads.
    async signIn(page, username, password, stop) {
        const state = /name="AuthState" value="([^"]*)"/.exec(page.body)[1].replaceAll('&amp;', '&');
        return this.go('POST', page.address.split('?')[0], { username, password, AuthState: state }, stop);
    }
}
