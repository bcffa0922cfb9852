// Exports: asked for over the API and at the machine, read by parsers that are not ours.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { administrator, assert, describe, eventually, newClient, person, program, raw, refused, sharedNode, test } from './harness.mjs';

// Unpacks a package and the batches in it, checks every member, and gives what csv and XML parsers see.
const reader = `
import csv, email, email.policy, io, json, sys, zipfile, hashlib
from xml.dom import minidom
package = zipfile.ZipFile(sys.argv[1])
assert package.testzip() is None
manifest = json.loads(package.read('manifest.json'))
out = {'manifest': manifest, 'names': package.namelist(), 'rows': [], 'messages': [], 'mails': [], 'files': {}}
for member in manifest['members']:
    body = package.read(member['path'])
    assert len(body) == member['size'] and hashlib.sha256(body).hexdigest() == member['sha256'], member
    batch = zipfile.ZipFile(io.BytesIO(body))
    assert batch.testzip() is None
    for name in batch.namelist():
        text = batch.read(name)
        if name == 'posts.csv':
            out['rows'] += list(csv.DictReader(io.StringIO(text.decode('utf-8'), newline='')))
        elif name == 'actiance_export.xml':
            for message in minidom.parseString(text).getElementsByTagName('Message'):
                content = message.getElementsByTagName('Content')
                out['messages'].append(content[0].firstChild.data if content else '')
        elif name.endswith('.eml'):
            mail = email.message_from_bytes(text, policy=email.policy.default)
            assert not mail.defects and not [part for part in mail.walk() if part.defects]
            out['mails'].append({
                'head': {key: str(value) for key, value in mail.items()},
                'text': mail.get_body(('plain',)).get_content(),
                'html': mail.get_body(('html',)).get_content(),
                'files': {part.get_filename(): part.get_content().decode('utf-8') for part in mail.iter_attachments()},
            })
        elif name == 'events.jsonl':
            out['events'] = [json.loads(line) for line in text.decode('utf-8').splitlines()]
        elif name.startswith('files/') and not name.endswith('/'):
            out['files'][name] = text.decode('utf-8')
json.dump(out, sys.stdout)
`;

describe('an export', () => {
    const node = sharedNode({
        env: {
            MM_MESSAGEEXPORTSETTINGS_ENABLEEXPORT: 'true',
            MM_MESSAGEEXPORTSETTINGS_EXPORTFORMAT: 'csv',
            MM_MESSAGEEXPORTSETTINGS_DAILYRUNTIME: '23:59',
            MM_MESSAGEEXPORTSETTINGS_BATCHSIZE: '5',
            MM_MESSAGEEXPORTSETTINGS_DOWNLOADEXPORTRESULTS: 'true',
        },
    });
    const open = (bytes, name) => {
        const file = path.join(node.dir, name);
        fs.writeFileSync(file, bytes);
        return JSON.parse(execFileSync('python3', ['-c', reader, file], { encoding: 'utf8', maxBuffer: 1 << 28 }));
    };
    const ended = async (who, id) => {
        let job;
        await eventually(async () => {
            job = await who.client.getJob(id);
            return !['pending', 'in_progress', 'cancel_requested'].includes(job.status);
        }, 'the export has ended');
        return job;
    };
    const fetched = async (who, job) => {
        const answer = await raw(node, 'GET', `/jobs/${job.id}/download`, { token: who.token });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.match(answer.headers.get('content-disposition'), /filename="compliance-export-[0-9-]+h[0-9]+m-\d+-\d+\.zip"/);
        return open(answer.bytes, `${job.id}.zip`);
    };
    let admin, alice, officer, channel;

    test('is promised to clients, and not to administrators as such', async () => {
        admin = await administrator(node);
        alice = await person(node, 'alice');
        officer = await person(node, 'olive');
        assert.equal((await newClient(node).getClientLicenseOld()).MessageExport, 'true');
        await refused(admin.client.createJob({ type: 'message_export' }), 403, 'api.context.permissions.app_error');
        await refused(officer.client.createJob({ type: 'message_export' }), 403, 'api.context.permissions.app_error');
        await admin.client.updateUserRoles(officer.id, 'system_user compliance_officer');
        const refusals = await raw(node, 'GET', '/concordat/identity/decisions?act=export', { token: admin.token });
        assert.equal(refusals.json.length, 2);
        assert.ok(refusals.json.every((one) => one.is_admitted === false && one.rule === 'export.role'));
    });

    test('holds what was said, changed and deleted, with files', async () => {
        const team = await admin.client.createTeam({ name: 'desk', display_name: 'Desk', type: 'O' });
        channel = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'P' });
        await admin.client.addToTeam(team.id, alice.id);
        await admin.client.addToChannel(alice.id, channel.id);
        const form = new FormData();
        form.append('channel_id', channel.id);
        form.append('files', new Blob(['the bytes of the file']), 'notes, final.txt');
        const { file_infos } = await alice.client.uploadFile(form);
        await alice.client.createPost({ channel_id: channel.id, message: 'with a file', file_ids: [file_infos[0].id] });
        const edited = await alice.client.createPost({ channel_id: channel.id, message: 'say "one", two\nthree' });
        await alice.client.patchPost({ id: edited.id, message: 'Größe ✓ 😀' });
        const deleted = await alice.client.createPost({ channel_id: channel.id, message: 'regretted' });
        await alice.client.deletePost(deleted.id);
        for (let i = 0; i < 12; ++i) await alice.client.createPost({ channel_id: channel.id, message: `line ${i}` });

        const job = await officer.client.createJob({ type: 'message_export', data: { initiated_by: 'mmctl', export_type: 'csv' } });
        const done = await ended(officer, job.id);
        assert.equal(done.status, 'success');
        assert.equal(done.data.messages_exported, '15');
        const seen = await fetched(officer, done);
        assert.ok(seen.names.length > 3);
        assert.equal(seen.manifest.counts.messages, 15);
        const texts = seen.rows.filter((row) => row['Post Type'] === 'message').map((row) => row['Post Message']);
        for (const text of ['say "one", two\nthree', 'Größe ✓ 😀', 'regretted', 'delete regretted', 'line 11'])
            assert.ok(texts.includes(text), text);
        assert.deepEqual(Object.values(seen.files), ['the bytes of the file']);
        assert.ok(seen.rows.every((row) => Object.keys(row).length === 20 && !Object.values(row).includes(undefined)));

        const all = await raw(node, 'GET', '/jobs/type/message_export?per_page=5', { token: officer.token });
        assert.equal(all.json[0].id, job.id);
        const others = await raw(node, 'GET', '/jobs?job_type=ldap_sync', { token: officer.token });
        assert.deepEqual(others.json, []);
        // An administrator's page of another kind of job is no matter of exports.
        assert.deepEqual((await raw(node, 'GET', '/jobs/type/ldap_sync', { token: admin.token })).json, []);
        assert.equal((await raw(node, 'GET', '/jobs/type/message_export', { token: admin.token })).status, 403);
    });

    test('is a file to tools of the command line, with the same rights', async () => {
        const call = (who, verb, where, json) => raw(node, verb, where, { token: who.token, json });
        const names = (await call(officer, 'GET', '/exports')).json;
        assert.equal(names.length, 1);
        assert.match(names[0], /^compliance-export-.*\.zip$/);
        for (const who of [admin, alice])
            for (const [verb, where] of [['GET', '/exports'], ['GET', `/exports/${names[0]}`], ['DELETE', `/exports/${names[0]}`], ['POST', `/exports/${names[0]}/presign-url`]])
                assert.equal((await call(who, verb, where, verb === 'POST' ? {} : undefined)).status, 403, `${verb} ${where}`);
        const file = await call(officer, 'GET', `/exports/${names[0]}`);
        assert.equal(file.status, 200);
        assert.equal(open(file.bytes, 'named.zip').manifest.counts.messages, 15);
        assert.equal((await call(officer, 'GET', '/exports/none.zip')).json.id, 'app.export.not_found');
        assert.equal((await call(officer, 'POST', `/exports/${names[0]}/presign-url`, {})).status, 501);
        // All kinds of jobs that somebody may see, and a status that clients set.
        assert.ok((await call(officer, 'GET', '/jobs')).json.some((one) => one.type === 'message_export'));
        assert.ok((await call(admin, 'GET', '/jobs')).json.every((one) => one.type === 'data_retention'));
        assert.equal((await call(alice, 'GET', '/jobs')).status, 403);
        const job = (await call(officer, 'GET', '/jobs')).json[0];
        assert.equal((await call(officer, 'PATCH', `/jobs/${job.id}/status`, { status: 'pending' })).json.id, 'api.job.status.invalid');
        assert.equal((await call(officer, 'PATCH', `/jobs/${job.id}/status`, { status: 'canceled' })).json.id, 'app.job.cancel.app_error');
        assert.equal((await call(alice, 'PATCH', `/jobs/${job.id}/status`, { status: 'canceled' })).status, 403);
        assert.equal((await call(officer, 'DELETE', `/exports/${names[0]}`)).status, 200);
        assert.deepEqual((await call(officer, 'GET', '/exports')).json, []);
        assert.equal((await call(officer, 'GET', `/exports/${names[0]}`)).status, 404);
        assert.equal((await call(officer, 'GET', `/jobs/${job.id}/download`)).status, 400);
    });

    test('comes as XML and as everything there is', async () => {
        const xml = await ended(officer, (await officer.client.createJob({ type: 'message_export', data: { initiated_by: 'mmctl', export_type: 'actiance' } })).id);
        const { messages } = await fetched(officer, xml);
        assert.ok(messages.includes('Größe ✓ 😀') && messages.includes('delete regretted'));
        const native = await ended(officer, (await officer.client.createJob({ type: 'message_export', data: { export_type: 'native', channel_ids: channel.id } })).id);
        const { events, manifest } = await fetched(officer, native);
        assert.deepEqual(manifest.filter.channels, [channel.id]);
        assert.ok(events.some((event) => event.kind === 'post_deleted' && event.fact.actor_id === alice.id) || events.length > 0);
    });

    test('comes as mails', async () => {
        const job = await ended(officer, (await officer.client.createJob({ type: 'message_export', data: { export_type: 'globalrelay-zip', channel_ids: channel.id, job_start_time: '1', job_end_time: '99999999999999' } })).id);
        assert.equal(job.status, 'success');
        const { mails } = await fetched(officer, job);
        assert.ok(mails.length > 1); // a batch each
        for (const { head } of mails) {
            assert.equal(head.Subject, 'Mattermost Compliance Export: Deals');
            assert.equal(head['X-Mattermost-ChannelID'], channel.id);
            assert.match(head.From, /@/);
        }
        assert.deepEqual(mails.flatMap((mail) => Object.entries(mail.files)), [['notes, final.txt', 'the bytes of the file']]);
        for (const said of ['Größe ✓ 😀', 'delete regretted', 'line 11'])
            assert.ok(mails.some((mail) => mail.text.includes(said)) && mails.some((mail) => mail.html.includes(said)), said);
    });

    test('goes on after the node was killed, and loses and doubles nothing', async () => {
        for (let i = 0; i < 60; ++i) await alice.client.createPost({ channel_id: channel.id, message: `more ${i}` });
        const job = await officer.client.createJob({ type: 'message_export' });
        await eventually(async () => Number((await officer.client.getJob(job.id)).data.job_batch_number ?? 0) > 0, 'a batch is written');
        await node.restart({ gracefully: false });
        const done = await ended(officer, job.id);
        assert.equal(done.status, 'success');
        const { rows } = await fetched(officer, done);
        const ids = rows.filter((row) => row['Post Type'] === 'message' && row['Post Update Type'] === '').map((row) => row['Post Id']);
        assert.equal(new Set(ids).size, ids.length);
        assert.equal(rows.filter((row) => row['Post Message'].startsWith('more ')).length, 60);
    });

    test('is had at the machine, by the operator', async () => {
        const ctl = (...args) =>
            JSON.parse(execFileSync(program('concordatctl'), ['--data', node.data, '--json', ...args], { encoding: 'utf8' }));
        const done = ctl('export', 'run', '--format', 'csv', '--team', 'desk', '--channels', 'deals', '--from', '2020-01-01');
        assert.equal(done.status, 'success');
        const file = path.join(node.dir, 'fetched.zip');
        const written = ctl('export', 'fetch', done.id, '--file', file);
        assert.equal(written.size, fs.statSync(file).size);
        assert.equal(fs.statSync(file).mode & 0o777, 0o600);
        assert.ok(open(fs.readFileSync(file), 'copy.zip').rows.length > 70);
        assert.throws(() => ctl('export', 'fetch', done.id, '--file', file), (error) => /exists/.test(error.stdout));
        assert.equal(ctl('export', 'list')[0].id, done.id);
    });

    test('is verified without the node, by our program and by openssl', async () => {
        const ctl = (...args) => execFileSync(program('concordatctl'), ['--data', node.data, ...args], { encoding: 'utf8' });
        const keys = path.join(node.dir, 'keys.pem');
        fs.writeFileSync(keys, ctl('export', 'key'));
        const chain = [];
        for (let i = 0; i < 3; ++i) {
            await alice.client.createPost({ channel_id: channel.id, message: `link ${i}` });
            const done = await ended(officer, (await officer.client.createJob({ type: 'message_export' })).id);
            chain.push(path.join(node.dir, `link${i}.zip`));
            ctl('export', 'fetch', done.id, '--file', chain[i]);
        }
        const verify = (...files) => spawnSync(program('concordat-verify'), ['--key', keys, ...files], { encoding: 'utf8' });
        const good = verify(...chain);
        assert.equal(good.status, 0, good.stdout + good.stderr);
        assert.match(good.stdout, /link2\.zip: good/);
        assert.equal(verify(chain[0], chain[2], chain[1]).status, 0);
        assert.equal(verify(chain[0], chain[2]).status, 2);
        assert.equal(verify(keys).status, 3);

        execFileSync('python3', ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], ["manifest.json", "manifest.sig"])', chain[0], node.dir]);
        const at = (name) => path.join(node.dir, name);
        const openssl = (file) =>
            spawnSync('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', keys, '-rawin', '-in', file, '-sigfile', at('manifest.sig')]).status;
        assert.equal(openssl(at('manifest.json')), 0);
        fs.appendFileSync(at('manifest.json'), ' ');
        assert.notEqual(openssl(at('manifest.json')), 0);

        const bytes = fs.readFileSync(chain[1]);
        const place = bytes.indexOf('posts.csv') + 60;
        bytes[place] ^= 1;
        fs.writeFileSync(at('changed.zip'), bytes);
        const changed = verify(at('changed.zip'));
        assert.equal(changed.status, 1, changed.stdout);
        assert.match(changed.stdout, /batch001-\d+-\d+\.zip was changed/);

        ctl('export', 'key', '--renew');
        assert.equal(verify(...chain).status, 0);
        fs.writeFileSync(keys, ctl('export', 'key').split(/(?<=END PUBLIC KEY-----)\n/)[0] + '\n');
        assert.equal(verify(chain[0]).status, 4);
    });

    test('says what is wrong with a request', async () => {
        const bad = 'ent.message_export.bad_request';
        await refused(officer.client.createJob({ type: 'message_export', data: { export_type: 'globalrelay' } }), 400, bad); // nothing is mailed
        await refused(officer.client.createJob({ type: 'message_export', data: { job_start_time: '5', job_end_time: '4' } }), 400, bad);
        await refused(officer.client.createJob({ type: 'ldap_sync' }), 400, 'api.job.unable_to_create_job.incorrect_job_type');
        await refused(officer.client.getJob('x'.repeat(26)), 404, 'app.job.get.app_error');
        const done = (await raw(node, 'GET', '/jobs', { token: officer.token })).json[0];
        await refused(officer.client.cancelJob(done.id), 409, 'app.job.cancel.app_error');
    });
});

describe('an export that others have to approve', () => {
    const node = sharedNode({
        env: {
            MM_MESSAGEEXPORTSETTINGS_ENABLEEXPORT: 'true',
            MM_MESSAGEEXPORTSETTINGS_EXPORTFORMAT: 'csv',
            MM_MESSAGEEXPORTSETTINGS_DAILYRUNTIME: '23:59',
            MM_MESSAGEEXPORTSETTINGS_DOWNLOADEXPORTRESULTS: 'true',
            MM_COMPLIANCESETTINGS_ENABLE: 'true',
            MM_CONCORDATSETTINGS_EXPORTAPPROVALS: '2',
        },
    });
    const ctl = (...args) => execFileSync(program('concordatctl'), ['--data', node.data, '--json', ...args], { encoding: 'utf8' });
    const call = (who, verb, where, body) => raw(node, verb, `/concordat/exports/${where}`, { token: who.token, json: body });
    const says = async (who, id, what, reason = '') => call(who, 'POST', `${id}/request/${what}`, { reason });
    const state = async (id) => (await call(anna, 'GET', `${id}/request`)).json.request.state;
    let admin, olive, anna, berta, channel;

    test('waits for as many people as are needed, and survives a crash at each step', async () => {
        admin = await administrator(node);
        olive = await person(node, 'olive');
        anna = await person(node, 'anna');
        berta = await person(node, 'berta');
        await admin.client.updateUserRoles(olive.id, 'system_user compliance_officer export_approver');
        for (const who of [anna, berta]) await admin.client.updateUserRoles(who.id, 'system_user export_approver');
        const team = await admin.client.createTeam({ name: 'desk', display_name: 'Desk', type: 'O' });
        channel = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'O' });
        await admin.client.createPost({ channel_id: channel.id, message: 'for four eyes' });

        // As a client does that knows nothing of reasons.
        const job = await olive.client.createJob({ type: 'message_export', data: { initiated_by: 'mmctl', export_type: 'csv' } });
        assert.equal(job.status, 'pending');
        assert.equal((await says(anna, job.id, 'approve')).json.id, 'export.approval.no_reason');
        assert.equal((await call(olive, 'POST', `${job.id}/request`, { reason: 'case 7' })).json.request.reason, 'case 7');
        assert.equal((await says(olive, job.id, 'approve')).json.id, 'export.approval.own');
        assert.equal((await says(admin, job.id, 'approve')).status, 403);
        await node.restart({ gracefully: false });
        assert.equal((await says(anna, job.id, 'approve', 'I know the case')).json.request.state, 'asked');
        assert.equal((await says(anna, job.id, 'approve')).json.id, 'export.approval.voted');
        await node.restart({ gracefully: false });
        assert.equal((await olive.client.getJob(job.id)).status, 'pending');
        assert.equal((await raw(node, 'GET', '/jobs?status=pending', { token: olive.token })).json[0].id, job.id);
        assert.equal((await raw(node, 'GET', `/jobs/${job.id}/download`, { token: olive.token })).status, 400);
        assert.equal((await says(berta, job.id, 'approve')).json.request.state, 'approved');
        await node.restart({ gracefully: false });
        await eventually(async () => (await olive.client.getJob(job.id)).status === 'success', 'the export is made');

        const answer = await raw(node, 'GET', `/jobs/${job.id}/download`, { token: olive.token });
        assert.equal(answer.status, 200);
        const file = path.join(node.dir, 'approved.zip');
        fs.writeFileSync(file, answer.bytes);
        const keys = path.join(node.dir, 'keys.pem');
        fs.writeFileSync(keys, execFileSync(program('concordatctl'), ['--data', node.data, 'export', 'key'], { encoding: 'utf8' }));
        const verified = spawnSync(program('concordat-verify'), ['--key', keys, file], { encoding: 'utf8' });
        assert.equal(verified.status, 0, verified.stdout + verified.stderr);
        assert.match(verified.stdout, new RegExp(`asked for by ${olive.username} ${olive.id}, .*: case 7\n {2}approved by ${anna.username} ${anna.id}, .*\n {2}approved by ${berta.username} ${berta.id}`));

        const records = await raw(node, 'GET', '/concordat/identity/decisions?act=export', { token: admin.token });
        for (const rule of ['export.requested', 'export.approval_asked', 'export.approval_reason', 'export.approved_by', 'export.fetched'])
            assert.ok(records.json.some((one) => one.rule === rule && one.is_admitted), rule);
        assert.ok(records.json.some((one) => one.rule === 'export.two_people' && !one.is_admitted));
        assert.ok(!JSON.stringify(records.json).includes('case 7'));
    });

    test('is refused with a reason, withdrawn by the client of old, and listed to approvers', async () => {
        const ask = () => olive.client.createJob({ type: 'message_export', data: { reason: 'case 8', custodian_ids: anna.id } });
        const one = await ask();
        assert.equal((await says(anna, one.id, 'approve')).json.id, 'export.approval.custodian');
        assert.equal((await says(berta, one.id, 'refuse')).json.id, 'export.approval.reason');
        assert.equal((await says(berta, one.id, 'refuse', 'no such case')).json.request.state, 'refused');
        assert.equal((await olive.client.getJob(one.id)).status, 'canceled');
        const two = await ask();
        await olive.client.cancelJob(two.id);
        assert.equal(await state(two.id), 'withdrawn');
        const seen = (await call(berta, 'GET', 'requests?state=withdrawn')).json;
        assert.equal(seen.needed, 2);
        assert.deepEqual(seen.requests.map((each) => each.job.id), [two.id]);
        assert.equal((await call(admin, 'GET', 'requests')).status, 403);
        assert.equal((await raw(node, 'GET', '/jobs/type/message_export', { token: berta.token })).status, 403);
    });

    test('made by the operator, its package is for others after approval only; reports are off', async () => {
        const done = JSON.parse(ctl('export', 'run', '--format', 'csv', '--from', '2020-01-01'));
        assert.equal(done.status, 'success');
        const fetch = () => raw(node, 'GET', `/jobs/${done.id}/download`, { token: olive.token });
        assert.equal((await fetch()).json.id, 'export.approval.needed');
        assert.equal((await call(olive, 'POST', `${done.id}/request`, { reason: 'case 9' })).json.request.is_release, true);
        for (const who of [anna, berta]) await says(who, done.id, 'approve');
        assert.equal((await fetch()).status, 200);
        const report = { desc: 'alone', start_at: 1, end_at: Date.now(), keywords: '', emails: '' };
        assert.equal((await raw(node, 'POST', '/compliance/reports', { token: olive.token, json: report })).json.id, 'ent.compliance.report.approvals');
        assert.equal((await raw(node, 'PUT', '/config/patch', { token: admin.token, json: { ConcordatSettings: { ExportApprovals: 0 } } })).json.id, 'config.environment');
    });
});
