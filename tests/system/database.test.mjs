// A database that the node does not run itself: it may freeze, die, come back or be replaced by its standby. Calls
// are refused in time and in words, nothing acknowledged is lost, and the node goes on by itself.
import {
    Load,
    Node,
    after,
    assert,
    before,
    channel,
    describe,
    eventually,
    listen,
    people,
    raw,
    refused,
    say,
    team,
    test,
    unique,
    verify,
} from './support.mjs';
import { Server } from './postgres.mjs';

const deadline_s = 4; // of a call to the database
const slack_ms = 30_000; // connecting anew is given two seconds, and this machine may be busy
const gone = 'storage.database_unavailable';

const nodeOn = (dsn) =>
    new Node({
        tolerant: true,
        args: ['--external-database', dsn],
        env: { CONCORDAT_SQLSETTINGS_QUERYTIMEOUT: String(deadline_s) },
    });

async function stage(node) {
    const { reader, writer } = await people(node, 'reader', 'writer');
    const room = await channel(reader, (await team(reader, writer)).id, 'O', writer);
    return { reader, writer, room };
}

// The refusal of a call, which has to come in time.
async function refusedInTime(call) {
    const started = Date.now();
    const error = await refused(call, 503, gone);
    const took = Date.now() - started;
    assert.ok(took <= deadline_s * 1000 + slack_ms, `the refusal took ${took} ms`);
    return error;
}

describe('a node with a database of somebody else', { timeout: 600_000 }, () => {
    let server, node, stand;
    before(async () => {
        server = await Server.make();
        node = nodeOn(server.dsn);
        await node.launch();
        stand = await stage(node);
    });
    after(async () => {
        await node?.dispose();
        await server?.dispose();
    });

    test('keeps nothing of it in its own directory, and nothing readable in the database', async () => {
        const mark = unique('readable').replaceAll('-', '');
        await say(stand.writer, stand.room.id, mark);
        assert.equal(node.postmaster(), undefined);
        assert.notEqual(server.psql('select count(*) from posts'), '0');
        assert.equal(server.psql(`select count(*) from posts where position(convert_to('${mark}', 'UTF8') in body) > 0`), '0');
    });

    test('refuses in time while the database is frozen, and goes on when it wakes', async () => {
        const ears = await listen(stand.reader);
        server.freeze();
        try {
            await Promise.all([
                refusedInTime(say(stand.writer, stand.room.id, 'into the void')),
                refusedInTime(stand.reader.client.getPosts(stand.room.id)),
                refusedInTime(stand.reader.client.getMe()),
            ]);
            await refusedInTime(say(stand.writer, stand.room.id, 'into the void again'));
            assert.equal((await raw(node, 'GET', '/system/ping')).status, 200, 'the node itself is alive');
        } finally {
            server.thaw();
        }
        const post = await eventually(() => say(stand.writer, stand.room.id, 'awake'), 'writing to work again', 120_000);
        await ears.posted(post.id);
        assert.ok(ears.closes === 0, 'the socket stayed open');
        ears.client.close();
    });

    test('says that it is not ready while the database is stopped, and is again afterwards', async () => {
        await server.stop();
        await refusedInTime(say(stand.writer, stand.room.id, 'nobody is there'));
        const ready = await fetch(`${node.url}/readyz`);
        assert.equal(ready.status, 503);
        assert.equal((await fetch(`${node.url}/healthz`)).status, 200);
        await server.start();
        await eventually(() => say(stand.writer, stand.room.id, 'back'), 'writing to work again', 120_000);
        assert.equal((await fetch(`${node.url}/readyz`)).status, 200);
    });

    test('loses nothing that was acknowledged when the database is killed under load', async () => {
        const load = new Load([stand.writer, stand.reader], stand.room.id);
        load.start();
        await load.progress(40);
        server.kill();
        await server.exited;
        await server.start();
        await load.progress(20);
        await load.stop();
        assert.ok(node.isRunning);
        await verify(load, stand.reader);
    });

    test('ends well while the database is frozen or gone', async () => {
        server.freeze();
        try {
            say(stand.writer, stand.room.id, 'on the way').catch(() => {});
            await node.stop();
        } finally {
            server.thaw();
        }
        await node.launch();
        await server.stop();
        await node.stop();
        await server.start();
        await node.launch();
    });

    test('starts again on the same data', async () => {
        const post = await say(stand.writer, stand.room.id, 'before the restart');
        await node.restart();
        assert.equal((await stand.reader.client.getPost(post.id)).message, 'before the restart');
    });
});

describe('a node that knows a primary and its standby', { timeout: 600_000 }, () => {
    test('goes over to the standby when that is promoted, with all that was acknowledged', async () => {
        const primary = await Server.make();
        const standby = await Server.follow(primary);
        const node = nodeOn(`host=${standby.dir},${primary.dir} user=postgres dbname=concordat target_session_attrs=read-write`);
        try {
            await node.launch();
            const { reader, writer, room } = await stage(node);
            const load = new Load([writer], room.id);
            load.start();
            await load.progress(30);
            primary.kill();
            standby.promote();
            await load.progress(20);
            await load.stop();
            await verify(load, reader);
        } finally {
            await node.dispose();
            await standby.dispose();
            await primary.dispose();
        }
    });

    test('gets past a primary that is frozen', async () => {
        const primary = await Server.make();
        const standby = await Server.follow(primary);
        const node = nodeOn(`host=${primary.dir},${standby.dir} user=postgres dbname=concordat target_session_attrs=read-write`);
        try {
            await node.launch();
            const { reader, writer, room } = await stage(node);
            const kept = await say(writer, room.id, 'on both');
            primary.freeze();
            standby.promote();
            await eventually(() => say(writer, room.id, 'on the new one'), 'writing to work again', 120_000);
            assert.equal((await reader.client.getPost(kept.id)).message, 'on both');
        } finally {
            await node.dispose();
            primary.thaw();
            await standby.dispose();
            await primary.dispose();
        }
    });
});

describe('a node does not start, and says why,', { timeout: 600_000 }, () => {
    const fails = async (dsn, pattern) => {
        const node = nodeOn(dsn);
        await assert.rejects(node.launch());
        assert.match(node.log, pattern);
        assert.ok(!node.log.includes('s3cret'), 'the password is in the log');
        await node.dispose({ quietly: true });
    };
    test('when nobody answers at the address', () =>
        fails('host=/nonexistent user=postgres password=s3cret dbname=concordat', /database cannot be reached/));
    test('when the DSN is none', () => fails('host= = s3cret', /DSN/));
    test('when the way to another machine is not encrypted', () =>
        fails('host=db.example.org user=concordat password=s3cret dbname=concordat', /sslmode=verify-full/));
    test('when the database does not answer', async () => {
        const server = await Server.make();
        try {
            server.freeze();
            await fails(server.dsn, /database cannot be reached/);
        } finally {
            server.thaw();
            await server.dispose();
        }
    });
    test('when the database was written by a newer version', async () => {
        const server = await Server.make();
        try {
            server.psql('create table schema_steps (number integer primary key, name text not null, at timestamptz default now())');
            server.psql(`insert into schema_steps (number, name) values (9999, 'of_tomorrow')`);
            await fails(server.dsn, /newer version/);
        } finally {
            await server.dispose();
        }
    });
});
