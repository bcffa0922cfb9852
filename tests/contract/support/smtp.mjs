// A real mail server on a free port: aiosmtpd, which keeps what it is given in a directory.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { eventually } from './expect.mjs';
import { freePort, freshDirectory } from './node.mjs';

export class MailServer {
    static async start() {
        const server = new MailServer();
        server.dir = freshDirectory();
        server.port = await freePort();
        server.read = new Set();
        await server.launch();
        return server;
    }

    async launch() {
        const box = path.join(this.dir, 'box');
        const args = ['-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${this.port}`, '-c', 'aiosmtpd.handlers.Mailbox', box];
        this.child = spawn('/usr/bin/python3', args, { stdio: 'ignore' });
        await eventually(() => this.#answers(), 'the mail server answers');
    }

    end() {
        const ended = new Promise((done) => this.child.on('exit', done));
        this.child.kill('SIGKILL');
        return ended;
    }

    #answers() {
        return new Promise((done) => {
            const socket = net.connect(this.port, '127.0.0.1');
            socket.on('connect', () => (socket.destroy(), done(true)));
            socket.on('error', () => done(false));
        });
    }

    settings(more = {}) {
        return { SMTPServer: '127.0.0.1', SMTPPort: String(this.port), ConnectionSecurity: '', ...more };
    }

    #all() {
        const box = path.join(this.dir, 'box', 'new');
        return fs.existsSync(box) ? fs.readdirSync(box).map((name) => path.join(box, name)) : [];
    }

    // The next letter to this address whose text has the word; each is given once.
    letter(to, word) {
        let found;
        return eventually(() => {
            for (const file of this.#all()) {
                if (this.read.has(file)) continue;
                const text = fs.readFileSync(file, 'utf8').replace(/=\r?\n/g, '').replaceAll('=3D', '=');
                if (!text.includes(`To: ${to}`) || !text.includes(word)) continue;
                this.read.add(file);
                found = text;
                return true;
            }
            return false;
        }, `a letter to ${to} with "${word}"`).then(() => found);
    }

    count() {
        return this.#all().length;
    }

    async stop() {
        await this.end();
        fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 50 });
    }
}

export const tokenIn = (letter) => /(?:token|[?&]t)=([a-z0-9]{52})/.exec(letter)?.[1];
