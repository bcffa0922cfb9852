// A wire between nodes that a test can cut, stop and slow down: it passes on what comes to one port of 127.0.0.1 to
// another. What is stopped is not lost, as with TCP on a bad network; who sends too much has to wait.
import net from 'node:net';

export class Wire {
    static async to(port, own_port) {
        const wire = new Wire(port);
        wire.server.listen(own_port, '127.0.0.1');
        await new Promise((done, fail) => wire.server.once('listening', done).once('error', fail));
        return wire;
    }
    constructor(port) {
        this.port = port;
        this.pairs = new Set();
        this.heal();
        this.server = net.createServer({ allowHalfOpen: true }, (near) => this.#join(near));
    }
    // As good as new.
    heal() {
        Object.assign(this, { stopped: { there: false, back: false }, delay_ms: 0, bytes_per_second: Infinity });
        for (const pair of this.pairs ?? []) for (const lane of pair.lanes) lane.go();
    }
    // Nothing passes in these directions: 'there' is towards the node that listens.
    stop(...directions) {
        for (const direction of directions) this.stopped[direction] = true;
    }
    slow({ delay_ms = 0, bytes_per_second = Infinity }) {
        Object.assign(this, { delay_ms, bytes_per_second });
    }
    // Ends all connections: in order, or with a reset.
    cut({ by_reset = false } = {}) {
        for (const { near, far } of this.pairs)
            for (const socket of [near, far]) by_reset ? socket.resetAndDestroy() : socket.destroy();
    }
    async close() {
        this.cut();
        await new Promise((done) => this.server.close(done));
    }

    #join(near) {
        const far = net.connect({ port: this.port, host: '127.0.0.1', allowHalfOpen: true });
        const pair = { near, far, lanes: [this.#lane(near, far, 'there'), this.#lane(far, near, 'back')] };
        this.pairs.add(pair);
        for (const [socket, other] of [
            [near, far],
            [far, near],
        ]) {
            socket.setNoDelay(true);
            socket.on('error', () => other.destroy());
            socket.on('close', () => {
                other.destroy();
                this.pairs.delete(pair);
            });
        }
    }
    // Chunks go on in their order, each at its time.
    #lane(from, to, direction) {
        const waiting = [];
        let is_busy = false;
        const go = async () => {
            if (is_busy) return;
            is_busy = true;
            while (waiting.length && !this.stopped[direction] && !to.destroyed) {
                const { chunk, at } = waiting[0];
                const due = at + this.delay_ms - Date.now();
                if (due > 0) await new Promise((done) => setTimeout(done, due));
                if (this.stopped[direction] || to.destroyed) break;
                waiting.shift();
                if (chunk) to.write(chunk);
                else to.end();
                if (chunk && this.bytes_per_second !== Infinity)
                    await new Promise((done) => setTimeout(done, (1000 * chunk.length) / this.bytes_per_second));
            }
            is_busy = false;
            if (waiting.length < 64) from.resume();
        };
        const take = (chunk) => {
            waiting.push({ chunk, at: Date.now() });
            if (waiting.length >= 64) from.pause();
            go();
        };
        from.on('data', take);
        from.on('end', () => take(null));
        return { go };
    }
}
