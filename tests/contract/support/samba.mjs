// Active Directory of one's own: Samba as a domain controller, in a temporary directory.
//
// Its ports cannot be chosen, so whoever uses it runs in a network namespace of their own (isAlone()), as root: see
// inNamespace(). It ends with that namespace.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { eventually } from './expect.mjs';
import { freshDirectory } from './node.mjs';

export const base = 'DC=ad,DC=example,DC=test';
export const realm = 'ad.example.test';
export const ad_password = 'Pass-word-of-AD-1';

const inside = 'CONCORDAT_IN_NAMESPACE';
export const isAlone = () => process.env[inside] === '1';

// Why Active Directory cannot be had here; false when it can.
export function lacking() {
    if (spawnSync('samba-tool', ['--version']).status !== 0) return 'Samba is not installed';
    const made = spawnSync('unshare', ['--net', '--pid', '--fork', '--mount-proc', 'ip', 'link', 'set', 'lo', 'up']);
    return made.status === 0 ? false : 'no network namespace can be made here';
}

// Runs a test file by itself in namespaces of its own for the network and for processes; these end with it. Throws
// what it said when a test of it failed.
export function inNamespace(file) {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env; // or it would speak to the runner above
    const command = 'ip link set lo up && exec "$0" --test --test-reporter=tap "$1"';
    const words = ['--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', command, process.execPath, file];
    const ran = spawnSync('unshare', words, { env: { ...env, [inside]: '1' }, encoding: 'utf8', maxBuffer: 64 << 20 });
    if (ran.status !== 0) throw new Error(`in the namespace:\n${ran.stdout}\n${ran.stderr}`);
    if (!/^# pass [1-9]/m.test(ran.stdout)) throw new Error(`no test ran:\n${ran.stdout}`);
}

// People and groups before the server runs; standard input is JSON.
const seed = `
import json, sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
what = json.load(sys.stdin)
lp = LoadParm(); lp.load(what["conf"])
db = SamDB(url=what["db"], session_info=system_session(), lp=lp)
for name in what["people"]:
    db.newuser(name, what["password"], givenname="First-" + name, surname="Last-" + name, mailaddress=name + "@example.test")
for name, members in what["groups"].items():
    db.newgroup(name)
    db.add_remove_group_members(name, members, add_members_operation=True)
`;

export class Samba {
    // groups: { name: [names of members, groups that stand before it included] }
    static async start(people, groups = {}) {
        const samba = new Samba();
        samba.dir = freshDirectory();
        const at = (name) => path.join(samba.dir, name);
        const run = (program, words, options = {}) => execFileSync(program, words, { stdio: ['pipe', 'ignore', 'pipe'], ...options });
        run('samba-tool', [
            'domain',
            'provision',
            `--realm=${realm}`,
            '--domain=ADX',
            '--server-role=dc',
            '--dns-backend=NONE',
            `--adminpass=${ad_password}`,
            '--host-name=dc1',
            '--host-ip=127.0.0.1',
            `--targetdir=${at('d')}`,
            '--option=interfaces = lo',
            '--option=bind interfaces only = yes',
        ]);
        const script = [
            'openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Test authority" -keyout ca.key -out ca.pem',
            'openssl req -newkey rsa:2048 -nodes -subj "/CN=dc1" -keyout dc.key -out dc.csr',
            'echo subjectAltName=IP:127.0.0.1 > san',
            'openssl x509 -req -in dc.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile san -days 30 -out dc.pem',
            'chmod 600 dc.key && chmod 644 ca.pem',
        ];
        run('sh', ['-ec', script.join('\n')], { cwd: samba.dir });
        samba.authority = at('ca.pem');
        const conf = at('d/etc/smb.conf');
        const tls = ['tls enabled = yes', `tls keyfile = ${at('dc.key')}`, `tls certfile = ${at('dc.pem')}`, `tls cafile = ${at('ca.pem')}`];
        const more = ['server services = ldap', `pid directory = ${samba.dir}`, `log file = ${at('log')}`, ...tls];
        const text = fs.readFileSync(conf, 'utf8').replace(/^\s*(server services|log file) = .*$/gm, '');
        fs.writeFileSync(conf, text.replace('[global]', `[global]\n\t${more.join('\n\t')}`));
        const db = at('d/private/sam.ldb');
        run('/usr/bin/python3', ['-c', seed], { input: JSON.stringify({ conf, db, people, groups, password: ad_password }) });
        samba.child = spawn('samba', ['--foreground', '--no-process-group', '-s', conf], { stdio: 'ignore' });
        await eventually(() => samba.#answers(), 'the domain controller answers', 60_000);
        return samba;
    }

    #answers() {
        return new Promise((done) => {
            const socket = net.connect(636, '127.0.0.1');
            socket.on('connect', () => (socket.destroy(), done(true)));
            socket.on('error', () => done(false));
        });
    }

    #tool(program, words, input = '') {
        return execFileSync(program, ['-x', '-H', 'ldaps://127.0.0.1', '-D', `Administrator@${realm}`, '-w', ad_password, ...words], {
            input,
            encoding: 'utf8',
            stdio: ['pipe', 'pipe', 'pipe'],
            env: { ...process.env, LDAPTLS_CACERT: this.authority },
        });
    }

    // LDIF; {base} is the domain.
    change(ldif) {
        this.#tool('ldapmodify', [], ldif.replaceAll('{base}', base));
    }

    // The first value of an attribute; base64 when it is not text.
    value(filter, attribute) {
        const line = new RegExp(`^${attribute}:(:?) (.*)$`, 'm').exec(this.#tool('ldapsearch', ['-LLL', '-o', 'ldif-wrap=no', '-b', base, filter, attribute]));
        return line && { text: line[2], is_base64: line[1] === ':' };
    }

    // What docs/identity/ldap.md says.
    settings(more = {}) {
        return {
            Enable: true,
            LdapServer: '127.0.0.1',
            LdapPort: 636,
            ConnectionSecurity: 'TLS',
            CertificateAuthorityFile: this.authority,
            BaseDN: base,
            BindUsername: `concordat@${realm}`,
            BindPassword: ad_password,
            UserFilter: '(&(objectCategory=person)(objectClass=user))',
            IdAttribute: 'objectGUID',
            LoginIdAttribute: 'sAMAccountName',
            UsernameAttribute: 'sAMAccountName',
            EmailAttribute: 'mail',
            FirstNameAttribute: 'givenName',
            LastNameAttribute: 'sn',
            PictureAttribute: 'thumbnailPhoto',
            GroupFilter: '(objectClass=group)',
            GroupIdAttribute: 'objectGUID',
            GroupDisplayNameAttribute: 'cn',
            QueryTimeout: 30,
            ProbeSeconds: 1,
            ...more,
        };
    }

    async stop() {
        const gone = new Promise((done) => this.child.on('close', done));
        this.child.kill('SIGTERM');
        await gone;
        fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 50 });
    }
}
