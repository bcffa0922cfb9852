// A syslog receiver over TLS on a free port: takes RFC 5424 messages with octet counting, and closes when the sender
// has ended.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { freshDirectory } from './node.mjs';

export class SyslogReceiver {
    static async start() {
        const receiver = new SyslogReceiver();
        receiver.dir = freshDirectory();
        receiver.messages = [];
        const at = (name) => path.join(receiver.dir, name);
        execFileSync('openssl', [
            ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=receiver'.split(' '),
            ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', at('key.pem'), '-out', at('certificate.pem')],
        ], { stdio: 'ignore' });
        receiver.authority_file = at('certificate.pem');
        receiver.server = tls.createServer(
            { key: fs.readFileSync(at('key.pem')), cert: fs.readFileSync(at('certificate.pem')) },
            (socket) => receiver.take(socket),
        );
        await receiver.listen(0);
        return receiver;
    }
    take(socket) {
        let rest = Buffer.alloc(0);
        socket.on('error', () => {});
        socket.on('data', (bytes) => {
            rest = Buffer.concat([rest, bytes]);
            for (;;) {
                const blank = rest.indexOf(' ');
                if (blank < 0) return;
                const end = blank + 1 + Number(rest.subarray(0, blank));
                if (rest.length < end) return;
                this.messages.push(rest.subarray(blank + 1, end).toString('utf8'));
                rest = rest.subarray(end);
            }
        });
    }
    listen(port) {
        return new Promise((done) => {
            this.server.listen(port, '127.0.0.1', () => {
                this.port = this.server.address().port;
                done();
            });
        });
    }
    close() {
        return new Promise((done) => this.server.close(done));
    }
    async stop() {
        if (this.server.listening) await this.close();
        fs.rmSync(this.dir, { recursive: true, force: true });
    }
    // The values of the structured data of a message.
    static fields(message) {
        const data = /\[concordat@32473 ((?:[^\]\\]|\\.)*)\]/.exec(message)?.[1] ?? '';
        const found = [...data.matchAll(/(\w+)="((?:[^"\\\]]|\\.)*)"/g)];
        return Object.fromEntries(found.map(([, name, value]) => [name, value.replace(/\\(.)/g, '$1')]));
    }
}
