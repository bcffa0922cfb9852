// concordatctl: every command, on a running node and on a stopped one, for people and as JSON; what it refuses and
// how; and what becomes of the keys.
import fs from 'node:fs';
import path from 'node:path';
import {
    Load,
    Node,
    Person,
    administrator,
    after,
    answer,
    assert,
    before,
    channel,
    ctl,
    describe,
    eventually,
    freshDirectory,
    newClient,
    password,
    people,
    raw,
    refused,
    say,
    team,
    test,
    verify,
    walk,
} from './support.mjs';

async function refusal(node, words, id, options) {
    const [text, json] = [await ctl(node, words, options), await ctl(node, ['--json', ...words], options)];
    assert.deepEqual([text.code, json.code], [1, 1]);
    assert.equal(text.out, '');
    assert.match(text.err, /^concordatctl: \S.*\n/);
    assert.equal(json.json.error.id, id, json.out);
    assert.ok(text.err.includes(json.json.error.text));
    return json.json.error;
}
const logIn = (node, username, secret = password) => newClient(node).login(username, secret);

// The same commands for a running and for a stopped node.
function everyCommand(node, label) {
    const ann = { username: `ann.${label}`, email: `ann.${label}@example.org` };
    const town = `town-${label}`;

    test('status tells what runs and what is kept', async () => {
        const status = await answer(node, ['status']);
        assert.match(status.version, /^\d+\.\d+\.\d+/);
        assert.equal(status.data, node.data);
        assert.equal(status.database.state, 'running');
        assert.ok(status.schema > 0 && status.files.free_bytes > 0);
        assert.equal('url' in status, node.isRunning);
        const shown = await ctl(node, ['status']);
        assert.match(shown.out, new RegExp(`^version: ${status.version.replaceAll('.', '\\.')}$`, 'm'));
        assert.match(shown.out, /^database:\n {2}state: running$/m);
    });

    test('user create, list, password, admin, deactivate and activate', async () => {
        const made = await answer(node, ['user', 'create', '--username', ann.username, '--email', ann.email, '--first-name', 'Ann'], {
            input: `${password}\n`,
        });
        assert.equal(made.username, ann.username);
        assert.deepEqual((await answer(node, ['user', 'list'])).filter((each) => each.id === made.id), [made]);
        assert.match((await ctl(node, ['user', 'list'])).out, new RegExp(`^id +username .*\\n(.*\\n)*.*${ann.username}`));
        assert.equal((await answer(node, ['user', 'admin', '--user', ann.username])).roles, 'system_admin system_user');
        assert.equal((await answer(node, ['user', 'admin', '--user', ann.email, '--revoke'])).roles, 'system_user');
        assert.equal((await answer(node, ['user', 'deactivate', '--user', ann.username])).is_active, false);
        assert.equal((await answer(node, ['user', 'activate', '--user', ann.username])).is_active, true);
        await answer(node, ['user', 'password', '--user', ann.username, '--password', 'another long password']);
        await refusal(node, ['user', 'create', '--username', ann.username, '--email', `x${ann.email}`, '--password', password], 'app.user.save.username_exists.app_error');
        await refusal(node, ['user', 'password', '--user', ann.username, '--password', 'short'], 'model.user.is_valid.pwd.app_error');
        await refusal(node, ['user', 'deactivate', '--user', 'nobody.at.all'], 'operator.user');
    });

    test('team create, add and list, channel list and archive', async () => {
        const made = await answer(node, ['team', 'create', '--name', town, '--owner', ann.username, '--display-name', 'Our town']);
        assert.equal(made.name, town);
        assert.ok((await answer(node, ['team', 'list'])).some((each) => each.id === made.id && each.display_name === 'Our town'));
        await refusal(node, ['team', 'create', '--name', town, '--owner', ann.username], 'app.team.save.existing.app_error');
        await answer(node, ['user', 'create', '--username', `ben.${label}`, '--email', `ben.${label}@example.org`, '--password', password]);
        assert.deepEqual(await answer(node, ['team', 'add', '--team', town, '--user', `ben.${label}`]), { team: town, user: `ben.${label}` });
        const names = async () => (await answer(node, ['channel', 'list', '--team', town])).map((each) => each.name);
        assert.deepEqual((await names()).sort(), ['off-topic', 'town-square']);
        assert.deepEqual(await answer(node, ['channel', 'archive', '--team', town, '--channel', 'off-topic']), { archived: 'off-topic' });
        assert.deepEqual(await names(), ['town-square']);
        assert.equal((await ctl(node, ['channel', 'list', '--team', 'no-such-team'])).code, 1);
    });

    test('session list and revoke', async () => {
        assert.ok(Array.isArray(await answer(node, ['session', 'list', '--user', ann.username])));
        assert.ok((await answer(node, ['session', 'revoke', '--user', ann.username])).revoked >= 0);
        assert.equal((await ctl(node, ['session', 'list', '--user', ann.username])).out, 'none\n');
    });

    test('keys status and rotate', async () => {
        const earlier = await answer(node, ['keys', 'status']);
        assert.ok(earlier.buckets.length > 0);
        const rotated = await answer(node, ['keys', 'rotate']);
        assert.deepEqual(rotated, { is_master_key_new: true, generation: earlier.generation + 1, outdated_buckets: 0 });
        const now = await answer(node, ['keys', 'status']);
        assert.equal(now.generation, earlier.generation + 1);
        const live = now.buckets.filter((each) => each.state === 'live');
        assert.ok(live.every((each) => each.generation === now.generation));
        assert.ok(now.buckets.every((each) => each.state === 'live' || each.data_keys === 0));
        assert.match((await ctl(node, ['keys', 'status'])).out, /^buckets:\n {2}id +data_class +/m);
    });
}

describe('a running node', () => {
    const node = sharedNodeOf();
    before(() => administrator(node));
    everyCommand(node, 'on');

    test('says when a command is longer than it takes', async () => {
        const word = 'x'.repeat(100_000);
        await refusal(node, ['federation', 'accept', '--name', 'beta', '--invitation', word], 'operator.too_long');
    });

    test('obeys at once: sessions end, people are shut out and let in again', async () => {
        const { eve } = await people(node, 'eve');
        const [session] = await answer(node, ['session', 'list', '--user', eve.username]);
        assert.ok(session.id && session.create_at > 0);
        assert.equal((await answer(node, ['session', 'revoke', '--user', eve.username, '--session', session.id])).revoked, 1);
        await refused(eve.client.getMe(), 401);
        await eve.logIn();
        await answer(node, ['user', 'deactivate', '--user', eve.username]);
        await refused(eve.client.getMe(), 401);
        await refused(logIn(node, eve.username), 401);
        await answer(node, ['user', 'activate', '--user', eve.username]);
        await logIn(node, eve.username);
        await answer(node, ['user', 'password', '--user', eve.username], { input: 'a new and long password\n' });
        await refused(logIn(node, eve.username), 401);
        await logIn(node, eve.username, 'a new and long password');
    });

    test('rotates its keys under load, and nothing becomes unreadable', { timeout: 600_000 }, async () => {
        const { reader, w1, w2 } = await people(node, 'reader', 'w1', 'w2');
        const room = await channel(reader, (await team(reader, w1, w2)).id, 'O', w1, w2);
        const load = new Load([w1, w2], room.id);
        load.start();
        for (let round = 0; round < 3; ++round) {
            await load.progress(15);
            const rotated = await answer(node, ['keys', 'rotate']);
            assert.equal(rotated.outdated_buckets, 0);
        }
        await load.progress(15);
        await load.stop();
        assert.deepEqual(load.failures, [], 'no call failed because of it');
        await verify(load, reader);
        await node.restart({ gracefully: false });
        await verify(load, reader);
        await say(w1, room.id, 'and goes on');
    });
});

describe('a stopped node', () => {
    const node = sharedNodeOf();
    before(async () => {
        await administrator(node);
        await node.stop();
    });
    everyCommand(node, 'off');

    test('shows all of it when it runs again', async () => {
        await node.launch();
        const ann = await logIn(node, 'ann.off', 'another long password');
        assert.equal(ann.first_name, 'Ann');
        await node.stop();
        assert.deepEqual(await answer(node, ['session', 'revoke', '--user', 'ann.off']), { revoked: 1 });
    });

    test('is left as it was: no server runs, no file is open to others', async () => {
        assert.equal(node.postmaster(), undefined);
        for (const file of walk(node.data)) assert.equal(fs.statSync(file).mode & 0o077, 0, file);
        await node.launch(); // for the end of the tests
    });
});

// A node of a describe block, launched before its tests.
function sharedNodeOf() {
    const node = new Node();
    before(() => node.launch(), { timeout: 600_000 });
    after(() => node.dispose(), { timeout: 600_000 });
    return node;
}

describe('a fresh node', () => {
    const node = sharedNodeOf();

    test('forgets its set-up code once there is an account, and takes the demo only while there is none', async () => {
        const ready = () => JSON.parse(fs.readFileSync(path.join(node.data, 'run', 'ready.json'), 'utf8'));
        assert.match(ready().setup_code, /^[a-z0-9]{12}$/);
        const demo = await ctl(node, ['demo']);
        assert.equal(demo.code, 0, demo.err);
        assert.match(demo.err, /ada\.keller/);
        assert.match(demo.out, /^administrator: ada\.keller$/m);
        await eventually(() => !('setup_code' in ready()), 'the set-up code to go');
        const client = newClient(node);
        const user = await client.login('ada.keller', 'concordat-demo');
        const [home] = await client.getMyTeams();
        const rooms = await client.getMyChannels(home.id);
        assert.ok(rooms.length >= 4);
        let posts = 0;
        for (const room of rooms) posts += Object.values((await client.getPosts(room.id)).posts).filter((post) => post.type === '').length;
        assert.ok(posts >= 12, `${posts} posts`);
        const found = await client.searchFiles(home.id, 'change', false);
        assert.equal(Object.values(found.file_infos)[0]?.name, 'change-log-2026-03.csv');
        await new Person(node, user, 'concordat-demo').logIn();
        await refusal(node, ['demo'], 'demo.not_empty');
    });
});

describe('concordatctl itself', () => {
    const empty = { data: path.join(freshDirectory(), 'data') };
    after(() => fs.rmSync(path.dirname(empty.data), { recursive: true, force: true, maxRetries: 50 }));

    test('explains itself', async () => {
        const help = await ctl(empty, ['--help']);
        assert.equal(help.code, 0);
        for (const word of ['status', 'user', 'session', 'team', 'channel', 'keys', 'config', 'routes', 'demo']) assert.match(help.out, new RegExp(`^ +${word} `, 'm'));
        assert.match((await ctl(empty, ['--version'])).out, /^\d+\.\d+\.\d+\n$/);
        for (const words of [[], ['user'], ['config'], ['user', 'create'], ['no-such-command'], ['status', '--no-such-option']]) {
            const run = await ctl(empty, words);
            assert.ok(run.code > 1 && run.err && !run.out, `${words.join(' ')}: ${run.code}`);
        }
    });

    test('names a command that it does not have', async () => {
        assert.equal((await ctl(empty, ['no-such-command'])).err, 'There is no command "no-such-command".\n');
        assert.equal((await ctl(empty, ['user', 'destroy'])).err, 'There is no command "destroy".\n');
    });

    test('makes nothing where there is no node', async () => {
        await refusal(empty, ['status'], 'operator.data');
        fs.mkdirSync(empty.data);
        await refusal(empty, ['status'], 'operator.database');
        assert.deepEqual(fs.readdirSync(empty.data), []);
    });

    test('lists the routes', async () => {
        const [text, tsv, json] = [await ctl(empty, ['routes']), await ctl(empty, ['routes', '--tsv']), await ctl(empty, ['--json', 'routes'])];
        assert.ok(json.json.length > 150);
        assert.equal(tsv.out.trim().split('\n').length, json.json.length);
        assert.deepEqual(tsv.out.split('\n')[0].split('\t'), Object.values(json.json[0]));
        assert.match(text.out, /^POST +\/api\/v4\/posts +\[/m);
    });

    test('checks settings, names every problem and quotes no secret', async () => {
        const file = path.join(path.dirname(empty.data), 'config.json');
        const check = async (settings, ...words) => {
            fs.writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings), { mode: 0o600 });
            return ctl(empty, [...words, 'config', 'validate', file]);
        };
        const good = await check({ TeamSettings: { SiteName: 'Example' } });
        assert.deepEqual([good.code, good.out, good.err], [0, `${file} is valid.\n`, '']);
        assert.deepEqual((await check({}, '--json')).json, { valid: true, file });
        const odd = await check({ TeamSettings: { SiteNane: 'Example' } });
        assert.equal(odd.code, 0);
        assert.match(odd.err, /^warning: TeamSettings: .*SiteNane$/m);
        const bad = await check({
            ServiceSettings: { ListenAddress: '80x', MaximumURLLength: -1 },
            SqlSettings: { DataSource: 'host=db password=s3cret-word', QueryTimeout: 'soon' },
        });
        assert.equal(bad.code, 1);
        for (const key of ['ServiceSettings.ListenAddress', 'SqlSettings.QueryTimeout']) assert.ok(bad.err.includes(key), bad.err);
        assert.ok(!bad.err.includes('s3cret'));
        const broken = await check('{"ServiceSettings": {"SiteURL": "http');
        assert.equal(broken.code, 1);
        assert.match(broken.err, /config\.json/);
        fs.rmSync(file);
        assert.equal((await ctl(empty, ['config', 'validate', file])).code, 1);
    });
});

describe('the keys', { timeout: 600_000 }, () => {
    const node = sharedNodeOf();
    const keys = (name) => path.join(node.data, 'keys', name);
    const startFails = async (pattern) => {
        const mark = node.log.length;
        await assert.rejects(node.launch());
        assert.match(node.log.slice(mark), pattern);
    };

    test('of an earlier master key do not open the store, and nothing is changed by the attempt', async () => {
        const { alice } = await people(node, 'alice');
        const room = await channel(alice, (await team(alice)).id);
        const post = await say(alice, room.id, 'kept');
        const earlier = fs.readFileSync(keys('master.key'));
        await answer(node, ['keys', 'rotate']);
        const current = fs.readFileSync(keys('master.key'));
        assert.ok(!current.equals(earlier));
        await node.stop();
        const store = fs.readFileSync(keys('store.json'));
        fs.writeFileSync(keys('master.key'), earlier);
        await startFails(/storage\.master_key\.wrong/);
        assert.equal((await ctl(node, ['status'])).code, 1);
        assert.ok(fs.readFileSync(keys('store.json')).equals(store));
        fs.rmSync(keys('master.key'));
        await startFails(/storage\.master_key\.missing/);
        assert.ok(!fs.existsSync(keys('master.key')), 'no new key was made');
        fs.writeFileSync(keys('master.key'), current, { mode: 0o600 });
        fs.renameSync(keys('store.json'), `${node.dir}/store.json`);
        await startFails(/appliance\.keys\.missing/);
        fs.renameSync(`${node.dir}/store.json`, keys('store.json'));
        await node.launch();
        assert.equal((await alice.client.getPost(post.id)).message, 'kept');
    });

    test('may come from a passphrase, which is asked for from then on', async () => {
        const locked = new Node({ args: ['--passphrase-file', path.join(freshDirectory(), 'passphrase')] });
        const [, file] = locked.options.args;
        try {
            fs.writeFileSync(file, 'open sesame, slowly\n', { mode: 0o600 });
            await locked.launch();
            const { bob } = await people(locked, 'bob');
            await answer(locked, ['keys', 'rotate']).then((rotated) => assert.equal(rotated.is_master_key_new, false));
            await locked.stop();
            assert.ok(!walk(locked.data).some((each) => each.endsWith('master.key')));
            assert.equal((await ctl(locked, ['status'])).code, 1);
            assert.equal((await answer(locked, ['--passphrase-file', file, 'status'])).users, 2);
            fs.writeFileSync(file, 'open sesame, quickly\n');
            const mark = locked.log.length;
            await assert.rejects(locked.launch());
            assert.match(locked.log.slice(mark), /storage\.master_key\.wrong/);
            assert.ok(!locked.log.includes('sesame'));
            fs.writeFileSync(file, 'open sesame, slowly\n');
            await locked.launch();
            await bob.client.getMe();
        } finally {
            await locked.dispose();
            fs.rmSync(path.dirname(file), { recursive: true, force: true, maxRetries: 50 });
        }
    });

    test('stay those of the user that the node runs as when root works on a stopped node', { skip: process.getuid() !== 0 && 'needs root' }, async () => {
        const served = new Node({ args: ['--user', 'concordat'] });
        try {
            await served.launch();
            await administrator(served);
            await served.stop();
            const owners = () => new Set(walk(served.data).map((file) => fs.statSync(file).uid));
            const [owner] = owners();
            assert.ok(owner !== 0);
            await answer(served, ['keys', 'rotate']);
            assert.deepEqual([...owners()], [owner]);
            await served.launch();
            assert.equal((await raw(served, 'GET', '/users/me', await served.administrator)).status, 200);
        } finally {
            await served.dispose();
        }
    });
});
