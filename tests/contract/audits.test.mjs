// Records of decisions: what people and auditors see of them, and how they leave the node.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    describe,
    eventually,
    freshDirectory,
    likeId,
    likeNow,
    newClient,
    password,
    people,
    program,
    raw,
    refused,
    shaped,
    test,
} from './harness.mjs';
import { SyslogReceiver } from './support/syslog.mjs';

describe('records of decisions', () => {
    let receiver, node, admin, dir, file;
    // Not the blocking kind: the receiver is in this process.
    const run = (...words) => promisify(execFile)(program('concordatctl'), ['--data', node.data, ...words]);
    const ctl = async (...words) => JSON.parse((await run('--json', ...words)).stdout);
    const lines = () => fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    const sink = async (name) => (await ctl('audit', 'status')).find((each) => each.sink === name);
    before(
        async () => {
            receiver = await SyslogReceiver.start();
            dir = freshDirectory();
            file = path.join(dir, 'audit.jsonl');
            const settings = {
                ExperimentalAuditSettings: { FileEnabled: true, FileName: file },
                ConcordatSettings: {
                    AuditSyslogAddress: `127.0.0.1:${receiver.port}`,
                    AuditSyslogAuthorityFile: receiver.authority_file,
                },
            };
            node = new Node({ dir, settings });
            await node.launch();
            admin = (await administrator(node)).client;
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            await receiver?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    test('auditors see all, in pages, newest first', async () => {
        const { alice } = await people(node, 'alice');
        for (let i = 0; i < 5; ++i) await refused(newClient(node).login(alice.username, 'not my password'), 401);
        const all = await admin.getAudits(0, 200);
        for (const audit of all) {
            shaped(audit, 'id:s create_at:n user_id:s action:s extra_info:s ip_address:s session_id:s');
            likeId(audit.id);
            likeNow(audit.create_at, 600_000);
        }
        assert.ok(all.length > 5);
        for (let i = 1; i < all.length; ++i) assert.ok(all[i - 1].create_at >= all[i].create_at);
        assert.equal(all[0].action, '/api/v4/users/login');
        assert.match(all[0].extra_info, /^fail /);
        // Reading is recorded, too, so pages move on while they are read.
        const others = (audits) => audits.filter(({ action }) => action !== 'audit' && action !== 'export');
        const pages = [...(await admin.getAudits(0, 4)), ...(await admin.getAudits(1, 4))];
        assert.equal(pages[0].action, 'audit');
        assert.equal(pages[0].extra_info, 'success audit.read');
        const once = others([...new Map(pages.map((each) => [each.id, each])).values()]);
        assert.ok(once.length >= 4);
        assert.deepEqual(once, others(all).slice(0, once.length));
        assert.deepEqual(await admin.getAudits(900, 200), []);
        const usual = await raw(node, 'GET', '/audits', { token: admin.getToken() });
        assert.ok(usual.json.length >= Math.min(60, all.length) && usual.json.length <= 60);
        await refused(alice.client.getAudits(), 403, 'api.context.permissions.app_error');
        await refused(newClient(node).getAudits(), 401);
    });

    test('people see what is about them, and nobody else does but administrators of people', async () => {
        const { bob, eve } = await people(node, 'bob', 'eve');
        await refused(newClient(node).login(bob.username, 'not my password'), 401);
        const own = await bob.client.getUserAudits(bob.id);
        assert.match(own[0].extra_info, /^fail /);
        assert.ok(own.every((audit) => audit.user_id === bob.id));
        assert.deepEqual(await bob.client.getUserAudits('me', 0, 1), own.slice(0, 1));
        assert.deepEqual(await admin.getUserAudits(bob.id), own);
        await refused(eve.client.getUserAudits(bob.id), 403);
        await refused(bob.client.getUserAudits('not-an-id'), 400);
    });

    test('every record arrives at the receiver and in the file, without secrets', async () => {
        const { carol } = await people(node, 'carol');
        await refused(newClient(node).login(carol.username, 'a secret that is wrong'), 401);
        const [newest] = await admin.getAudits(0, 1);
        await eventually(() => lines().some((line) => line.id === newest.id), 'the record in the file');
        await eventually(
            () => receiver.messages.some((each) => SyslogReceiver.fields(each).id === newest.id),
            'the record at the receiver',
        );
        const line = lines().find((each) => each.id === newest.id);
        assert.equal(line.act, 'sign_in');
        assert.equal(line.outcome, 'refused');
        assert.equal(line.rule, 'password.matches');
        assert.equal(line.user_id, carol.id);
        assert.equal(line.user, carol.username);
        assert.equal(line.address, '127.0.0.1');
        const fields = SyslogReceiver.fields(receiver.messages.find((each) => each.includes(newest.id)));
        for (const key of Object.keys(fields)) if (key !== 'seq') assert.equal(fields[key], line[key], key);
        assert.equal(Number(fields.seq), line.seq);
        const everything = receiver.messages.join('\n') + fs.readFileSync(file, 'utf8');
        assert.ok(!everything.includes('a secret that is wrong') && !everything.includes(password));
        assert.ok(!everything.includes(carol.token));
        assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    });

    test('each record names the one before it', async () => {
        await eventually(async () => (await ctl('audit', 'status')).every((each) => each.waiting === 0), 'nothing waits');
        for (const records of [lines(), receiver.messages.map(SyslogReceiver.fields)]) {
            let digest;
            for (const record of records) {
                assert.equal(record.previous, digest);
                digest = record.digest;
            }
        }
    });

    test('operators see how far each is, and try it', async () => {
        for (const each of await ctl('audit', 'status')) {
            assert.equal(each.state, 'working');
            assert.equal(each.record, lines().at(-1).seq);
            assert.equal(each.last_error, '');
            likeNow(each.sent_at, 600_000);
        }
        assert.deepEqual(await ctl('audit', 'test'), [
            { sink: 'syslog', arrived: true },
            { sink: 'file', arrived: true },
        ]);
        assert.equal(lines().at(-1).rule, 'audit.test');
        assert.equal(SyslogReceiver.fields(receiver.messages.at(-1)).rule, 'audit.test');
    });

    test('an outage hinders nobody and loses nothing, a restart neither', async () => {
        const { port } = receiver;
        await receiver.close();
        const { dave } = await people(node, 'dave');
        await eventually(async () => (await sink('syslog')).state === 'failing', 'the outage is noticed');
        const { last_error, waiting } = await sink('syslog');
        assert.equal(last_error, 'compliance.siem.unreachable');
        assert.ok(waiting > 0);
        assert.equal((await sink('file')).state, 'working');
        const tried = await run('audit', 'test').catch((error) => error);
        assert.equal(tried.code, 1);
        assert.match(tried.stderr, /syslog: No connection to the receiver\. .*refused/);
        assert.match(tried.stderr, /file: the test record arrived/);
        await dave.client.getMe();
        assert.equal(node.log.match(/records of decisions cannot be sent/g).length, 1);
        await node.restart();
        await eventually(async () => (await sink('syslog')).state === 'failing', 'the outage is noticed again');
        await receiver.listen(port);
        await eventually(async () => (await sink('syslog')).waiting === 0, 'what waited has arrived', 120_000);
        assert.match(node.log, /records of decisions are sent again/);
        const numbers = receiver.messages.map((each) => Number(SyslogReceiver.fields(each).seq)).filter(Boolean);
        const written = lines().map((line) => line.seq).filter(Boolean);
        assert.deepEqual([...new Set(numbers)], [...new Set(written)]);
    });

    test('what was sent is sent again when an operator asks for it, which is recorded', async () => {
        const before_it = lines().length;
        const [, second] = lines();
        await ctl('audit', 'resend', '--sink', 'file', '--after', String(second.seq));
        await eventually(() => lines().some((line) => line.rule === 'audit.resend'), 'it is recorded');
        assert.ok(lines().length > before_it + 3);
        assert.equal(lines()[before_it].seq, lines().filter((line) => line.seq > 0)[2].seq);
    });
});
