// A directory of one's own: OpenLDAP's slapd on a free port, in a temporary directory.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { eventually } from './expect.mjs';
import { freshDirectory } from './node.mjs';

export const directory_password = 'a password of the directory';
const base = 'dc=example,dc=test';
const root = `cn=root,${base}`;

const freePort = () =>
    new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });

const person = (uid) => `dn: uid=${uid},${base}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid}
sn: Last-${uid}
givenName: First-${uid}
mail: ${uid}@example.test
userPassword: ${directory_password}
`;

export class Slapd {
    static async start(...people) {
        const slapd = new Slapd();
        slapd.dir = freshDirectory();
        slapd.port = await freePort();
        const at = (name) => path.join(slapd.dir, name);
        fs.mkdirSync(at('db'));
        const schemas = ['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`);
        fs.writeFileSync(
            at('slapd.conf'),
            [
                ...schemas,
                'modulepath /usr/lib/ldap',
                'moduleload back_mdb',
                `pidfile ${at('pid')}`,
                'database mdb',
                `suffix "${base}"`,
                `rootdn "${root}"`,
                'rootpw rootpw',
                'maxsize 67108864',
                'dbnosync',
                `directory ${at('db')}`,
                'access to attrs=userPassword by anonymous auth by * none',
                'access to * by users read by anonymous auth by * none',
                '',
            ].join('\n'),
        );
        const top = `dn: ${base}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`;
        fs.writeFileSync(at('seed.ldif'), [top, ...people.map(person)].join('\n'));
        execFileSync('/usr/sbin/slapadd', ['-q', '-f', at('slapd.conf'), '-l', at('seed.ldif')]);
        slapd.child = spawn('/usr/sbin/slapd', ['-d', '0', '-f', at('slapd.conf'), '-h', `ldap://127.0.0.1:${slapd.port}`], {
            stdio: 'ignore',
        });
        await eventually(() => slapd.#answers(), 'the directory answers');
        return slapd;
    }

    #answers() {
        return new Promise((done) => {
            const socket = net.connect(this.port, '127.0.0.1');
            socket.on('connect', () => (socket.destroy(), done(true)));
            socket.on('error', () => done(false));
        });
    }

    change(ldif) {
        execFileSync('ldapmodify', ['-x', '-H', `ldap://127.0.0.1:${this.port}`, '-D', root, '-w', 'rootpw'], {
            input: ldif,
            env: { ...process.env, LDAPNOINIT: '1' },
        });
    }

    add(...uids) {
        for (const uid of uids) this.change(person(uid).replace('\n', '\nchangetype: add\n'));
    }

    remove(uid) {
        this.change(`dn: uid=${uid},${base}\nchangetype: delete\n`);
    }

    // What a node has to know.
    settings(more = {}) {
        return {
            Enable: true,
            LdapServer: '127.0.0.1',
            LdapPort: this.port,
            ConnectionSecurity: '',
            BaseDN: base,
            BindUsername: root,
            BindPassword: 'rootpw',
            UserFilter: '(objectClass=inetOrgPerson)',
            IdAttribute: 'entryUUID',
            LoginIdAttribute: 'uid',
            UsernameAttribute: 'uid',
            EmailAttribute: 'mail',
            FirstNameAttribute: 'givenName',
            LastNameAttribute: 'sn',
            QueryTimeout: 30,
            ProbeSeconds: 1,
            ...more,
        };
    }

    async stop() {
        const gone = new Promise((done) => this.child.on('close', done));
        this.child.kill('SIGKILL');
        await gone;
        fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 50 });
    }
}
