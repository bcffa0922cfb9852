// Rules about content, and the malware scanner, as clients meet them.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { administrator, after, assert, describe, eventually, newClient, person, program, raw, refused, sharedNode, test } from './harness.mjs';

const account = 'DE89 3704 0044 0532 0130 00';

describe('rules about content', () => {
    const node = sharedNode();
    const ctl = (...args) => JSON.parse(execFileSync(program('concordatctl'), ['--data', node.data, '--json', ...args], { encoding: 'utf8' }));
    const call = (who, verb, where, body) => raw(node, verb, `/concordat/content/${where}`, { token: who.token, json: body });
    const rule = (more) => ({ name: 'a rule', kind: 'words', content: '', where: 'all', action: 'block', message: 'Not here.', is_on: true, ...more });
    let admin, alice, conny, channel, first;

    test('are for the role alone', async () => {
        admin = await administrator(node);
        alice = await person(node, 'alice');
        conny = await person(node, 'conny');
        await admin.client.updateUserRoles(conny.id, 'system_user content_officer');
        const team = await admin.client.createTeam({ name: 'desk', display_name: 'Desk', type: 'O' });
        channel = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'O' });
        await admin.client.addToTeam(team.id, alice.id);
        await admin.client.addToChannel(alice.id, channel.id);
        for (const who of [admin, alice]) {
            assert.equal((await call(who, 'GET', 'rules')).status, 403);
            assert.equal((await call(who, 'POST', 'rules', rule({ kind: 'card' }))).status, 403);
            assert.equal((await call(who, 'GET', 'hits')).status, 403);
        }
        assert.equal((await call(conny, 'POST', 'rules', rule({ kind: 'pattern', content: '(' }))).json.id, 'content.rule.pattern');
        const made = await call(conny, 'POST', 'rules', rule({ kind: 'iban' }));
        assert.equal(made.status, 201);
        first = made.json;
        assert.deepEqual((await call(conny, 'POST', 'rules/try', { rule: first, text: `to ${account}` })).json, [{ start: 3, length: account.length }]);
    });

    test('block posts, edits, webhooks, scheduled posts and uploads before they are there', async () => {
        const blocked = (what) => refused(what, 400, 'content.blocked');
        const say = (message, more) => alice.client.createPost({ channel_id: channel.id, message, ...more });
        await blocked(say(`pay to ${account}`));
        const post = await say('pay to nobody');
        await blocked(alice.client.patchPost({ id: post.id, message: account }));
        await blocked(say('see below', { props: { attachments: [{ text: account }] } }));
        const hook = await admin.client.createIncomingWebhook({ channel_id: channel.id, display_name: 'h' });
        const hooked = await fetch(`${node.url}/hooks/${hook.id}`, { method: 'POST', body: JSON.stringify({ text: account }) });
        assert.equal(hooked.status, 400);
        await call(conny, 'POST', 'rules', rule({ kind: 'file', content: '*.exe' }));
        const form = new FormData();
        form.append('channel_id', channel.id);
        form.append('files', new Blob(['MZ']), 'setup.EXE');
        await blocked(alice.client.uploadFile(form));
        const posts = await alice.client.getPosts(channel.id, 0, 60);
        assert.ok(!JSON.stringify(posts).includes('3704'));
        const hits = (await call(conny, 'GET', 'hits')).json;
        assert.deepEqual(hits.map((each) => each.place), ['file', 'message', 'attachment', 'message', 'message']);
        assert.ok(hits.every((each) => each.outcome === 'blocked'));
        assert.equal((await call(conny, 'GET', `hits?rule_id=${first.id}`)).json.length, 4);
    });

    test('warn once, and stay after a crash', async () => {
        await call(conny, 'POST', 'rules', rule({ content: 'falcon', action: 'warn', message: 'That has a code name.' }));
        const say = () => alice.client.createPost({ channel_id: channel.id, message: 'about Falcon' });
        await assert.rejects(say(), (error) => error.server_error_id === 'content.warned' && /^That has a code name\. Send it again within 5 minutes/.test(error.message));
        assert.ok((await say()).id);
        assert.equal((await call(conny, 'GET', 'hits')).json[0].outcome, 'sent');
        await node.restart({ gracefully: false });
        await refused(alice.client.createPost({ channel_id: channel.id, message: account }), 400, 'content.blocked');
    });

    test('hold messages until an officer has decided, also over a crash', async () => {
        await call(conny, 'POST', 'rules', rule({ content: 'osprey', action: 'hold', message: 'Birds are looked at first.' }));
        const say = (message) => alice.client.createPost({ channel_id: channel.id, message });
        await refused(say('the osprey flies'), 400, 'content.held');
        await refused(say('the osprey is gone'), 400, 'content.held');
        await node.restart({ gracefully: false });
        const waiting = (await call(conny, 'GET', 'held?state=waiting')).json;
        assert.equal(waiting.length, 2);
        assert.ok(!JSON.stringify(waiting).includes('osprey'));
        assert.equal((await call(conny, 'GET', 'held/count')).json.waiting, 2);
        assert.equal((await call(alice, 'GET', 'held/own')).json.length, 2);
        assert.equal((await call(alice, 'GET', `held/${waiting[0].id}`)).status, 403);
        assert.equal((await call(conny, 'GET', `held/${waiting[0].id}`)).json.post.message, 'the osprey flies');
        assert.ok(!JSON.stringify(await alice.client.getPosts(channel.id, 0, 60)).includes('osprey'));
        const released = (await call(conny, 'POST', `held/${waiting[0].id}/release`, {})).json;
        assert.equal(released.state, 'released');
        assert.equal((await alice.client.getPost(released.post_id)).message, 'the osprey flies');
        assert.equal((await call(conny, 'POST', `held/${waiting[0].id}/release`, {})).json.id, 'content.held.decided');
        assert.equal(ctl('content', 'refuse', waiting[1].id).state, 'refused');
        assert.equal((await call(conny, 'GET', `held/${waiting[1].id}`)).json.post, undefined);
    });

    test('are made, switched and removed at the machine', async () => {
        const made = ctl('content', 'make', '--name', 'eagles', '--kind', 'words', '--content', 'eagle,golden eagle', '--action', 'block', '--message', 'No birds.');
        assert.equal(made.is_on, false);
        const say = () => alice.client.createPost({ channel_id: channel.id, message: 'a golden eagle' });
        await say();
        ctl('content', 'on', made.id);
        await refused(say(), 400, 'content.blocked');
        assert.ok(ctl('content', 'hits').some((each) => each.rule_id === made.id));
        ctl('content', 'remove', made.id);
        await say();
        assert.ok(!ctl('content', 'list').some((each) => each.id === made.id));
        const records = await raw(node, 'GET', '/concordat/identity/decisions?act=content&per_page=200', { token: admin.token });
        for (const each of ['content.rule_made', 'content.rule_changed', 'content.rule_removed', 'content.blocked', 'content.sent_after_warning'])
            assert.ok(records.json.some((one) => one.rule === each), each);
        assert.ok(!/eagle|3704/.test(JSON.stringify(records.json)));
    });
});

describe('a malware scanner', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'clamd-'));
    const socket = path.join(dir, 'clamd.sock');
    const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
    // A scanner that is away is answered with 503.
    const node = sharedNode({ env: { MM_CONCORDATSETTINGS_CLAMDADDRESS: socket }, tolerant: true });
    let clamd, alice, channel;
    const start = async () => {
        clamd = spawn('/usr/sbin/clamd', ['-c', path.join(dir, 'clamd.conf')], { stdio: 'ignore' });
        await eventually(() => fs.existsSync(socket), 'clamd listens');
    };
    const upload = (bytes, name) => {
        const form = new FormData();
        form.append('channel_id', channel.id);
        form.append('files', new Blob([bytes]), name);
        return alice.client.uploadFile(form);
    };
    after(() => {
        clamd?.kill('SIGKILL');
        fs.rmSync(dir, { recursive: true, force: true });
    });

    test('looks at what is uploaded before anybody may fetch it', async () => {
        fs.mkdirSync(path.join(dir, 'db'));
        fs.writeFileSync(path.join(dir, 'db', 'own.hdb'), '44d88612fea8a8f36de82e1278abb02f:68:Test.Eicar\n');
        fs.writeFileSync(path.join(dir, 'clamd.conf'), `DatabaseDirectory ${dir}/db\nLocalSocket ${socket}\nForeground yes\nUser ${os.userInfo().username}\n`);
        await start();
        const admin = await administrator(node);
        alice = await person(node, 'alice');
        const team = await admin.client.createTeam({ name: 'desk', display_name: 'Desk', type: 'O' });
        channel = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'O' });
        await admin.client.addToTeam(team.id, alice.id);
        await admin.client.addToChannel(alice.id, channel.id);
        const { file_infos } = await upload('nothing wrong', 'fine.txt');
        assert.equal(file_infos.length, 1);
        await refused(upload(eicar, 'eicar.com'), 400, 'malware.found');
        const records = await raw(node, 'GET', '/concordat/identity/decisions?act=malware', { token: admin.token });
        assert.equal(records.json.length, 1);
        assert.match(JSON.stringify(records.json), /Test\.Eicar/);
        // In pieces: it is whole with the last one.
        const session = (await raw(node, 'POST', '/uploads', { token: alice.token, json: { channel_id: channel.id, filename: 'eicar.com', file_size: eicar.length } })).json;
        const send = async (text) => fetch(`${node.url}/api/v4/uploads/${session.id}`, { method: 'POST', headers: { Authorization: `Bearer ${alice.token}` }, body: text });
        assert.equal((await send(eicar.slice(0, 20))).status, 204);
        assert.equal((await (await send(eicar.slice(20))).json()).id, 'malware.found');
        assert.equal((await raw(node, 'GET', `/uploads/${session.id}`, { token: alice.token })).status, 404);
    });

    test('that is away lets nothing through, and everything again when it is back', async () => {
        clamd.kill('SIGKILL');
        await new Promise((done) => clamd.once('exit', done));
        await refused(upload('nothing wrong', 'fine.txt'), 503, 'malware.scanner');
        fs.rmSync(socket, { force: true });
        await start();
        assert.equal((await upload('nothing wrong', 'fine.txt')).file_infos.length, 1);
    });
});
