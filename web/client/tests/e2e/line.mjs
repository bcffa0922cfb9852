import net from 'node:net';

// Between browser and node, so that the connection can be cut or stall, and be given back.
export class Line {
    static async to(port) {
        const line = new Line();
        line.isCut = false;
        line.stallsAt = Infinity; // bytes of a connection; what comes after them does not arrive
        line.cutsAt = Infinity;
        line.sent = 0; // bytes that browsers sent
        line.open = new Set();
        line.server = net.createServer((near) => {
            if (line.isCut) return near.destroy();
            const far = net.connect(port, '127.0.0.1');
            for (const each of [near, far]) {
                line.open.add(each);
                each.on('error', () => each.destroy());
                each.on('close', () => {
                    line.open.delete(each);
                    near.destroy();
                    far.destroy();
                });
            }
            near.pipe(far).pipe(near);
            let up = 0;
            near.on('data', ({ length }) => {
                up += length;
                line.sent += length;
                if (up > line.stallsAt) near.unpipe(far).resume(); // read on, to hear when it is closed
                if (up > line.cutsAt) line.cut();
            });
        });
        await new Promise((done) => line.server.listen(0, '127.0.0.1', done));
        line.url = `http://127.0.0.1:${line.server.address().port}`;
        return line;
    }
    cut() {
        this.isCut = true;
        for (const each of this.open) each.destroy();
    }
    mend() {
        this.isCut = false;
        this.stallsAt = this.cutsAt = Infinity;
    }
    close() {
        this.cut();
        this.server.close();
    }
}
