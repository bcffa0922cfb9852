// A PostgreSQL that is none of the node's business: made, frozen, killed and promoted by a test. It listens on a
// unix socket in its own directory, runs as the user `postgres` when the tests run as root, and ends with
// dispose(). Processes are ended by their numbers only.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { assert, eventually, freshDirectory, isAlive } from './support.mjs';

const programs = process.env.CONCORDAT_POSTGRES ?? '/usr/lib/postgresql/15/bin';
const settings = {
    listen_addresses: '',
    fsync: 'off',
    autovacuum: 'off',
    shared_buffers: '32MB',
    max_connections: '100',
    wal_keep_size: '64MB',
    log_min_messages: 'log',
};
const running = new Set();
process.on('exit', () => running.forEach((server) => server.kill()));

// Makes `words` run as whom a server may run as.
function asServer(words) {
    if (process.getuid() !== 0) return words;
    return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...words];
}
function run(...words) {
    const [program, ...rest] = asServer(words);
    return execFileSync(program, rest, { encoding: 'utf8', cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
}

function signal(pids, name) {
    for (const pid of pids) {
        try {
            process.kill(pid, name);
        } catch (error) {
            if (error.code !== 'ESRCH') throw error; // a session may have ended meanwhile
        }
    }
}

export class Server {
    constructor() {
        this.dir = freshDirectory();
        if (process.getuid() === 0) {
            const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])));
            fs.chownSync(this.dir, uid, gid);
        }
        this.data = path.join(this.dir, 'cluster');
        this.frozen = [];
        this.killed = [];
    }
    // A new server with an empty database `concordat`.
    static async make() {
        const server = new Server();
        run(`${programs}/initdb`, '-D', server.data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync');
        await server.start();
        server.psql('create database concordat', 'postgres');
        return server;
    }
    // A standby that follows `primary`; what is acknowledged there is here from now on.
    static async follow(primary) {
        const server = new Server();
        run(`${programs}/pg_basebackup`, '-h', primary.dir, '-U', 'postgres', '-D', server.data, '-c', 'fast', '-R', '--no-sync');
        await server.start();
        primary.psql(`alter system set synchronous_standby_names = '*'`);
        primary.psql('select pg_reload_conf()');
        await eventually(
            () => primary.psql('select sync_state from pg_stat_replication') === 'sync',
            'the standby to follow',
        );
        return server;
    }

    async start() {
        fs.rmSync(path.join(this.data, 'postmaster.pid'), { force: true }); // of a killed one whose number lives on
        const words = Object.entries({ ...settings, unix_socket_directories: this.dir }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
        const [program, ...rest] = asServer([`${programs}/postgres`, '-D', this.data, ...words]);
        const log = fs.openSync(path.join(this.dir, 'log'), 'a');
        this.child = spawn(program, rest, { cwd: '/', stdio: ['ignore', log, log] });
        this.exited = new Promise((done) => this.child.on('exit', done));
        fs.closeSync(log);
        running.add(this);
        await eventually(() => this.psql('select 1', 'postgres'), 'PostgreSQL to start');
    }
    get dsn() {
        return `host=${this.dir} user=postgres dbname=concordat`;
    }
    psql(sql, database = 'concordat') {
        return execFileSync(`${programs}/psql`, ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-h', this.dir, '-U', 'postgres', '-d', database, '-c', sql], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe'],
        }).trim();
    }
    promote() {
        assert.equal(this.psql('select pg_promote(true, 30)'), 't');
    }

    // The server's processes: the postmaster and its children.
    family() {
        const all = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
        const parent = (pid) => {
            try {
                return Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S /s, '').split(' ')[0]);
            } catch {
                return 0; // it has ended meanwhile
            }
        };
        return [this.child.pid, ...all.filter((pid) => parent(pid) === this.child.pid)];
    }
    // Nothing answers any more, and nothing is closed either.
    freeze() {
        process.kill(this.child.pid, 'SIGSTOP'); // first, so that it gets no more children
        this.frozen = this.family();
        signal(this.frozen, 'SIGSTOP');
    }
    thaw() {
        signal(this.frozen.splice(0), 'SIGCONT');
    }
    // As in a crash.
    kill() {
        running.delete(this);
        if (!isAlive(this.child.pid)) return;
        signal([this.child.pid], 'SIGSTOP'); // first, so that it gets no more children
        this.killed = this.family();
        signal(this.killed, 'SIGKILL');
    }
    async stop(signal = 'SIGINT') {
        this.thaw();
        this.child.kill(signal);
        await this.exited;
        running.delete(this);
    }
    async dispose() {
        this.kill();
        await this.exited;
        await eventually(() => !this.killed.some(isAlive), 'the end of all of its processes');
        fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 50 });
    }
}
