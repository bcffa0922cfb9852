// Three organisations, each a node with its own PostgreSQL, share a channel while nodes and databases are killed and the
// network between them is cut, stopped and slow.
// What was acknowledged at one of them is at all of them, once, and says the same; the checker below knows only
// what clients were answered and what clients are shown.
//
// CONCORDAT_FEDERATION_SEED replays the order of faults, CONCORDAT_FEDERATION_ROUNDS makes it longer.
import {
    Load,
    Node,
    administrator,
    after,
    answer,
    assert,
    before,
    channel,
    describe,
    eventually,
    freePort,
    pause,
    people,
    team,
    test,
    verify,
    wholeChannel,
} from './support.mjs';
import { Wire } from './wire.mjs';

const rounds = Number(process.env.CONCORDAT_FEDERATION_ROUNDS ?? 8);
const seed = Number(process.env.CONCORDAT_FEDERATION_SEED ?? Date.now() % 1_000_000);
const writes = Number(process.env.CONCORDAT_FEDERATION_WRITES ?? 40);
const catch_up_limit = 180_000;

// Numbers from 0 to 1, the same for the same seed (mulberry32).
function numbersFrom(state) {
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}
const random = numbersFrom(seed);

class Organisation {
    constructor(name) {
        this.name = name;
    }
    // Partners reach it by its wire.
    async start(listens) {
        const env = {
            CONCORDAT_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS: 'true',
            CONCORDAT_CONCORDATSETTINGS_ORGANISATIONNAME: this.name,
        };
        if (listens) {
            const [port, public_port] = [await freePort(), await freePort()];
            this.wire = await Wire.to(port, public_port);
            env.CONCORDAT_CONCORDATSETTINGS_FEDERATIONLISTENADDRESS = `127.0.0.1:${port}`;
            env.CONCORDAT_CONCORDATSETTINGS_FEDERATIONPUBLICADDRESS = `127.0.0.1:${public_port}`;
        }
        this.node = await Node.start({ tolerant: true, env });
        await administrator(this.node);
        this.writers = Object.values(await people(this.node, `${this.name}-one`, `${this.name}-two`));
        this.team = await team(this.writers[0], this.writers[1]);
        return this;
    }
    federation(command, options = {}) {
        const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
        return answer(this.node, ['federation', command, ...words]);
    }
    async numberOf(partner) {
        const shown = await this.federation('show');
        return shown.partners.find((each) => each.name === partner)?.check_number;
    }
    async kill() {
        await this.node.kill();
    }
    killDatabase() {
        process.kill(this.node.postmaster().pid, 'SIGKILL');
    }
    // Stopped, and not dead: connections stay open and nothing answers.
    async freeze(ms) {
        this.node.child.kill('SIGSTOP');
        await pause(ms);
        this.node.child.kill('SIGCONT');
    }
}

async function pair(inviter, accepter) {
    const word = await inviter.federation('invite', { name: accepter.name });
    await accepter.federation('accept', { name: inviter.name, invitation: word });
    const number = await eventually(() => inviter.numberOf(accepter.name), 'the partner to come');
    assert.equal(await accepter.numberOf(inviter.name), number, 'both sides show one check number');
    await inviter.federation('confirm', { name: accepter.name, number });
    await accepter.federation('confirm', { name: inviter.name, number });
}

describe(`three organisations share a channel (CONCORDAT_FEDERATION_SEED=${seed})`, { timeout: 900_000 }, () => {
    const [alpha, beta, gamma] = ['alpha', 'beta', 'gamma'].map((name) => new Organisation(name));
    const all = [alpha, beta, gamma];
    let id;
    const loads = [];

    before(async () => {
        for (const each of all) await each.start(each === alpha);
    }, { timeout: 600_000 });
    after(async () => {
        await alpha.wire?.close();
        for (const each of all) await each.node?.dispose();
    }, { timeout: 600_000 });

    test('they pair, share and join', async () => {
        for (const partner of [beta, gamma]) await pair(alpha, partner);
        const room = await channel(alpha.writers[0], alpha.team.id, 'P', alpha.writers[1]);
        id = room.id;
        for (const partner of [beta, gamma]) {
            await alpha.federation('share', { team: alpha.team.name, channel: room.name, partner: partner.name });
            await eventually(async () => (await partner.federation('channels')).some((c) => c.id === id), 'the offer');
            await partner.federation('join', { id, team: partner.team.name });
            const admin = await administrator(partner.node);
            for (const writer of partner.writers) await admin.client.addToChannel(writer.id, id);
        }
        for (const each of all)
            await eventually(
                async () => (await each.writers[0].client.getChannelMembers(id, 0, 100)).length >= 6,
                `six members at ${each.name}`,
            );
    });

    // One of these at a time, at one of the nodes.
    const faults = {
        'kill the node': async (where) => {
            await where.kill();
            await pause(random() * 500);
            await where.node.launch();
        },
        'kill its database': async (where) => where.killDatabase(),
        'kill both': async (where) => {
            where.killDatabase();
            await where.kill();
            await where.node.launch();
        },
        'stop the process for a while': async (where) => where.freeze(500 + random() * 2000),
        'stop it in order': async (where) => {
            await where.node.stop();
            await where.node.launch();
        },
        // Of the network; where makes no difference.
        'end all connections': async () => alpha.wire.cut(),
        'reset all connections': async () => alpha.wire.cut({ by_reset: true }),
        'a partition': () => stopped('there', 'back'),
        'nothing reaches the home': () => stopped('there'),
        'nothing comes from the home': () => stopped('back'),
        'a slow and distant partner': async () => {
            alpha.wire.slow({ delay_ms: 100, bytes_per_second: 256 * 1024 });
            await pause(1000 + random() * 2000);
            alpha.wire.heal();
        },
    };
    async function stopped(...directions) {
        alpha.wire.stop(...directions);
        await pause(500 + random() * 2500);
        if (random() < 0.5) alpha.wire.cut();
        alpha.wire.heal();
    }

    test('everybody writes while nodes are killed', { timeout: 600_000 }, async () => {
        for (const each of all) {
            const load = new Load(each.writers, id);
            load.where = each;
            loads.push(load);
            load.start();
        }
        try {
            for (let round = 0; round < rounds; ++round) {
                const names = Object.keys(faults);
                const fault = names[Math.floor(random() * names.length)];
                const where = all[Math.floor(random() * all.length)];
                await Promise.all(loads.map((load) => load.progress(writes)));
                console.log(`# round ${round}: ${fault}, at ${where.name}`);
                await faults[fault](where);
            }
            await Promise.all(loads.map((load) => load.progress(writes)));
        } finally {
            await Promise.all(loads.map((load) => load.stop()));
        }
    });

    const digests = async (each) =>
        (await each.federation('digest', { id })).map(({ origin, events, digest, trouble }) => ({ origin, events, digest, trouble }));

    test('all have the same streams, and have shown them', { timeout: 300_000 }, async () => {
        await eventually(
            async () => {
                const told = await Promise.all(all.map(digests));
                const shown = await Promise.all(all.map((each) => each.federation('digest', { id })));
                return (
                    told.every((one) => JSON.stringify(one) === JSON.stringify(told[0])) &&
                    told[0].length === 3 &&
                    shown.flat().every((one) => one.shown === one.events)
                );
            },
            'the streams to be the same',
            catch_up_limit,
        );
        assert.ok((await digests(alpha)).every((one) => one.trouble === ''));
    });

    test('nobody lost anything of their own', { timeout: 300_000 }, async () => {
        for (const load of loads) await verify(load, load.where.writers[0]);
    });

    test('all show the same posts, by the same people, once', { timeout: 300_000 }, async () => {
        // Names differ: a person is called by their organisation elsewhere.
        const nameAt = (each) => {
            const known = new Map();
            return async (user) => {
                if (!known.has(user)) known.set(user, (await each.writers[0].client.getUser(user)).username);
                const name = known.get(user);
                return name.includes(':') ? name : `${name}:${each.name}`;
            };
        };
        const plain = (name) => name.split(':')[0];
        const shown = [];
        for (const each of all) {
            const name = nameAt(each);
            const posts = (await wholeChannel(each.writers[0], id)).filter((post) => !post.type.startsWith('system_'));
            assert.equal(new Set(posts.map((post) => post.id)).size, posts.length, `a post is twice at ${each.name}`);
            const lines = [];
            for (const post of posts) lines.push(`${post.id} ${post.create_at} ${plain(await name(post.user_id))} ${post.message}`);
            shown.push(lines.sort());
        }
        assert.ok(shown[0].length >= writes);
        for (const other of shown.slice(1)) assert.deepEqual(other, shown[0]);
        for (const load of loads)
            for (const [post, { message, deleted }] of load.posts) {
                if (load.unsure.has(post)) continue;
                const line = shown[0].find((each) => each.startsWith(post));
                assert.equal(line?.endsWith(` ${message}`) ?? false, !deleted, `post ${post} of ${load.where.name}`);
            }
    });

    test('nothing was refused, and nobody saw two histories', async () => {
        for (const partner of [beta, gamma]) {
            assert.deepEqual(await alpha.federation('refusals', { name: partner.name }), []);
            assert.deepEqual(await partner.federation('refusals', { name: 'alpha' }), []);
        }
        for (const each of all) assert.deepEqual(await each.federation('evidence'), []);
        const { partners } = await alpha.federation('show');
        assert.deepEqual(partners.map((each) => [each.name, each.state, each.on_the_way]), [['beta', 'active', 0], ['gamma', 'active', 0]]);
        assert.ok(partners.every((each) => each.connection.startsWith('up')));
    });

    test('who is revoked hears nothing more', async () => {
        await alpha.federation('revoke', { name: 'gamma', reason: 'the tender is over' });
        const post = await beta.writers[0].client.createPost({ channel_id: id, message: 'between two' });
        await eventually(() => alpha.writers[0].client.getPost(post.id).catch(() => false), 'the post at alpha');
        await pause(500);
        await assert.rejects(() => gamma.writers[0].client.getPost(post.id));
    });
});
