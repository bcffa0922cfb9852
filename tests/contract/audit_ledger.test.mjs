// The signed tree of audit records: what auditors read of it, proved here by other code than the node's, and by
// concordat-verify; and a bundle in which anything was changed is refused.
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
    likeNow,
    newClient,
    people,
    program,
    raw,
    refused,
    shaped,
    test,
} from './harness.mjs';
import { openBundle, openNote } from './support/ledger.mjs';

describe('the ledger of audit records', () => {
    let node, admin, dir, witness, keys, pem;
    const run = (...words) => promisify(execFile)(program('concordatctl'), ['--data', node.data, ...words]);
    const ctl = async (...words) => JSON.parse((await run('--json', ...words)).stdout);
    const get = async (address, token = admin.getToken()) => (await raw(node, 'GET', `/concordat/audit/${address}`, { token }));
    const read = async (address) => {
        const reply = await get(address);
        assert.equal(reply.status, 200, JSON.stringify(reply.json));
        return reply.json;
    };
    // Ends with its exit code, whatever that is.
    const verify = async (...words) => {
        const done = await promisify(execFile)(program('concordat-verify'), ['--json', '--key', keys, ...words]).catch(
            (error) => error,
        );
        return { ...JSON.parse(done.stdout), exit: done.code ?? 0 };
    };
    const save = (name, bundle) => {
        const file = path.join(dir, name);
        fs.writeFileSync(file, typeof bundle === 'string' ? bundle : JSON.stringify(bundle));
        return file;
    };
    before(
        async () => {
            dir = freshDirectory();
            witness = path.join(dir, 'witness.txt');
            keys = path.join(dir, 'keys.pem');
            node = new Node({ dir, settings: { ConcordatSettings: { AuditWitnessFile: witness } } });
            await node.launch();
            admin = (await administrator(node)).client;
            pem = JSON.parse((await run('--json', 'export', 'key')).stdout);
            fs.writeFileSync(keys, pem);
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    test('what happens becomes a signed leaf by itself', async () => {
        const { alice } = await people(node, 'alice');
        await refused(newClient(node).login(alice.username, 'not my password'), 401);
        const [{ id }] = (await admin.getAudits(0, 50)).filter((each) => each.extra_info === 'fail password.matches');
        let proof;
        await eventually(async () => (proof = await get(`records/${id}/proof`)).status === 200, 'it is signed');
        const [decision] = openBundle(proof.json, pem);
        assert.equal(decision.id, id);
        assert.equal(decision.act, 'sign_in');
        assert.equal(decision.user_id, alice.id);
        assert.equal(decision.is_admitted, false);
        likeNow(decision.create_at, 600_000);
        const checked = await verify('--audit', save('proof.json', proof.json));
        assert.equal(checked.exit, 0, JSON.stringify(checked));
        assert.equal(checked.is_signature_checked, true);
        assert.equal(checked.bundles[0].records, 1);
    });

    test('checkpoints are signed notes, and a witness has each of them', async () => {
        const shown = await read('checkpoint');
        shaped(shown, 'origin:s size:n root:s create_at:n note:s');
        const note = openNote(shown.note, pem);
        assert.equal(note.origin, shown.origin);
        assert.equal(note.size, shown.size);
        assert.equal(note.root.toString('base64'), shown.root);
        assert.deepEqual(await read(`checkpoint?size=${shown.size}`), shown);
        const notes = fs.readFileSync(witness, 'utf8');
        assert.ok(notes.includes(`${shown.note}\n`));
        assert.equal((await get('checkpoint?size=1000000')).status, 404);
        assert.equal((await get('checkpoint?size=x')).status, 400);
    });

    test('all records are proved, without a gap, and that the tree has only grown', async () => {
        const early = await read('checkpoint');
        await people(node, 'bob');
        await eventually(async () => (await read('checkpoint')).size > early.size, 'it has grown');
        const whole = await read(`records?limit=1000&since=${early.size}`);
        const decisions = openBundle(whole, pem);
        assert.deepEqual(decisions.map((each) => each.leaf), [...decisions.keys()]);
        const { size } = openNote(whole.checkpoint, pem);
        assert.equal(decisions.length, Math.min(size, 1000));
        assert.ok(decisions.some((each) => each.act === 'account' || each.act === 'sign_in'));
        const growth = await read(`consistency?from=${early.size}&to=${size}`);
        assert.deepEqual(openBundle(growth, pem), []);
        const page = openBundle(await read('records?from=2&limit=3'), pem);
        assert.deepEqual(page.map((each) => each.leaf), [2, 3, 4]);
        const files = ['--audit', save('whole.json', whole), save('growth.json', growth), '--witness', witness];
        const checked = await verify(...files);
        assert.equal(checked.exit, 0, JSON.stringify(checked));
        assert.equal(checked.bundles[1].earlier.size, early.size);
        assert.ok(checked.witnessed >= 2);
        assert.equal((await get(`consistency?from=${size}&to=${early.size}`)).status, 400);
        assert.equal((await get('consistency')).status, 400);
    });

    test('a bundle in which anything was changed is refused', async () => {
        const early = await read('checkpoint');
        await people(node, 'carol');
        await eventually(async () => (await read('checkpoint')).size > early.size, 'it has grown');
        const good = await read(`records?from=1&limit=6&since=${early.size}`);
        assert.equal((await verify('--audit', save('good.json', good))).exit, 0);
        const other = (text) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
        const middle = (text) => {
            const at = Math.floor(text.length / 2);
            return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
        };
        const changes = {
            'the format': [3, (b) => (b.format = 'concordat-audit/2')],
            'the origin': [4, (b) => (b.checkpoint = other(b.checkpoint))],
            'the size': [4, (b) => (b.checkpoint = b.checkpoint.replace(/\n(\d+)\n/, (all, n) => `\n${Number(n) + 1}\n`))],
            'the root': [4, (b) => (b.checkpoint = b.checkpoint.replace(/\n(\S{40})(\S+=)\n\n/, (all, a, z) => `\n${middle(a)}${z}\n\n`))],
            'the signature': [4, (b) => (b.checkpoint = b.checkpoint.slice(0, -20) + other(b.checkpoint.slice(-20)))],
            'no signature': [4, (b) => (b.checkpoint = b.checkpoint.slice(0, b.checkpoint.indexOf('\n\n') + 2))],
            'the earlier checkpoint': [4, (b) => (b.earlier = other(b.earlier))],
            'another earlier checkpoint': [1, (b) => (b.earlier = b.checkpoint)],
            'the proof of growth': [1, (b) => (b.consistency[0] = middle(b.consistency[0]))],
            'a step of growth less': [1, (b) => b.consistency.pop()],
            'the number of a leaf': [1, (b) => (b.records[0].leaf -= 1)],
            'the number of the last leaf': [2, (b) => (b.records[5].leaf += 1)],
            'the number of a record': [1, (b) => (b.records[2].entry = b.records[2].entry.replace(/\n(\d+)\n/, '\n9$1\n'))],
            'the time of a record': [1, (b) => (b.records[2].entry = b.records[2].entry.replace(/\n1(\d{12})\n/, '\n2$1\n'))],
            'a digest of a record': [1, (b) => (b.records[2].entry = b.records[2].entry.replace(/\n(\S{42}[A-Za-z0-9+/])=\n/, `\n${'A'.repeat(43)}=\n`))],
            'the kind of entry': [3, (b) => (b.records[2].entry = `x${b.records[2].entry}`)],
            'what a record says': [1, (b) => (b.records[2].record = b.records[2].record.replace(/"is_admitted":(true|false)/, (all, is) => `"is_admitted":${is === 'false'}`))],
            'a name in a record': [1, (b) => (b.records[2].record = b.records[2].record.replace('"rule":"', '"rule":"x'))],
            'a proof': [1, (b) => (b.records[3].proof[0] = middle(b.records[3].proof[0]))],
            'a step of a proof less': [1, (b) => b.records[3].proof.pop()],
            'a record less in the middle': [2, (b) => b.records.splice(2, 1)],
            'two records swapped': [2, (b) => ([b.records[2], b.records[3]] = [b.records[3], b.records[2]])],
            'the texts of two records swapped': [1, (b) => ([b.records[2].record, b.records[3].record] = [b.records[3].record, b.records[2].record])],
            'a record twice': [1, (b) => b.records.splice(2, 0, b.records[2])],
        };
        for (const [what, [code, change]] of Object.entries(changes)) {
            const bundle = structuredClone(good);
            change(bundle);
            assert.notDeepEqual(bundle, good, what);
            const checked = await verify('--audit', save('changed.json', bundle));
            assert.equal(checked.exit, code, `${what}: ${JSON.stringify(checked)}`);
            assert.ok(checked.bundles[0].findings.length > 0, what);
            if (code === 1 || code === 4) assert.throws(() => openBundle(bundle, pem), undefined, what);
        }
        const cut = save('cut.json', JSON.stringify(good).slice(0, -10));
        assert.equal((await verify('--audit', cut)).exit, 3);
        // A key that did not sign.
        const foreign = path.join(dir, 'foreign.pem');
        const { publicKey } = (await import('node:crypto')).generateKeyPairSync('ed25519');
        fs.writeFileSync(foreign, publicKey.export({ type: 'spki', format: 'pem' }));
        const done = await promisify(execFile)(program('concordat-verify'), [
            '--key', foreign, '--audit', save('good.json', good),
        ]).catch((error) => error);
        assert.equal(done.code, 4);
        assert.match(done.stdout, /NOT GOOD[^]*The checkpoint is not signed by the key\./);
        // A witness that saw another tree.
        const notes = fs.readFileSync(witness, 'utf8');
        const root = openNote(good.earlier, pem).root.toString('base64');
        const lied = save('lied.txt', notes.replaceAll(root, middle(root)));
        const told = await promisify(execFile)(program('concordat-verify'), [
            '--witness', lied, '--audit', save('good.json', good),
        ]).catch((error) => error);
        assert.equal(told.code, 1);
        assert.match(told.stdout, /The tree was forked/);
    });

    test('reading is itself recorded, and becomes a leaf', async () => {
        const { size } = await read('checkpoint');
        await admin.getAudits(0, 5);
        await raw(node, 'GET', '/concordat/identity/decisions?act=sign_in', { token: admin.getToken() });
        await run('identity', 'list');
        // Looking whether they are signed is a reading, too, so the size alone says nothing.
        const wanted = [`the checkpoint of ${size} leaves`, 'a page of audits', 'decisions, act sign_in', 'the newest decisions'];
        const said = await eventually(async () => {
            const decisions = openBundle(await read(`records?from=${size}&limit=1000`), pem);
            const found = decisions.filter((each) => each.rule === 'audit.read');
            const details = found.map((each) => each.steps.at(-1).detail);
            return wanted.every((what) => details.includes(`Read: ${what}.`)) && found;
        }, 'the readings are signed');
        const me = await admin.getMe();
        for (const each of said) {
            assert.equal(each.act, 'audit');
            if (each.steps.length === 1) assert.equal(each.actor_id, me.id);
            else assert.equal(each.steps[0].rule, 'audit.operator');
        }
    });

    test('roles that are given are recorded', async () => {
        const { dave } = await people(node, 'dave');
        await admin.updateUserRoles(dave.id, 'system_user system_manager');
        const { json } = await raw(node, 'GET', '/concordat/identity/decisions?rule=account.roles', { token: admin.getToken() });
        assert.equal(json[0].user_id, dave.id);
        assert.equal(json[0].actor_id, (await admin.getMe()).id);
        assert.match(json[0].steps.at(-1).detail, /"system_user system_manager"; they were "system_user"/);
    });

    test('settings that change while the node runs are recorded, by name', async () => {
        const settings = { TeamSettings: { SiteName: 'Renamed' }, ConcordatSettings: { AuditWitnessFile: witness } };
        fs.writeFileSync(node.settings_file, JSON.stringify(settings));
        const asked = () =>
            raw(node, 'GET', '/concordat/identity/decisions?rule=settings.changed', { token: admin.getToken() });
        const [decision] = await eventually(async () => {
            const { json } = await asked();
            return json.length > 0 && json;
        }, 'it is recorded');
        assert.equal(decision.steps.at(-1).detail, 'Read from the file: TeamSettings.SiteName.');
    });

    test('nobody else may read it', async () => {
        const { eve } = await people(node, 'eve');
        for (const address of ['checkpoint', 'records', 'consistency?from=1', `records/${eve.id}/proof`]) {
            assert.equal((await get(address, eve.token)).status, 403, address);
            assert.equal((await get(address, '')).status, 401, address);
        }
        assert.equal((await get(`records/${eve.id}/proof`)).status, 404);
        assert.equal((await get('records/x/proof')).status, 400);
        assert.equal((await get('records?limit=1&from=-1')).status, 400);
    });

    test('operators do the same at the machine', async () => {
        const checkpoint = await ctl('audit', 'checkpoint');
        assert.ok(openNote(checkpoint.note, pem));
        const file = path.join(dir, 'export.json');
        const made = await ctl('audit', 'export', '--file', file, '--since', String(checkpoint.size));
        assert.equal(made.first_leaf, 0);
        assert.equal(made.records, made.size);
        assert.equal(fs.statSync(file).mode & 0o777, 0o600);
        const decisions = openBundle(JSON.parse(fs.readFileSync(file, 'utf8')), pem);
        assert.equal((await verify('--audit', file)).exit, 0);
        const again = await run('audit', 'export', '--file', file).catch((error) => error);
        assert.match(again.stderr, /exists already/);
        const proof = await ctl('audit', 'proof', decisions[3].id);
        assert.equal(openBundle(proof, pem)[0].leaf, 3);
        const whole = await ctl('audit', 'verify');
        assert.equal(whole.is_whole, true);
        assert.ok(whole.leaves >= made.size);
        const status = await ctl('audit', 'ledger');
        assert.equal(status.state, 'working');
        assert.equal(status.witness_error, '');
        for (const command of ['checkpoint', 'proof', 'export', 'verify', 'renew', 'ledger'])
            assert.match((await run('audit', command, '--help')).stdout, /Usage|OPTIONS|Options/i, command);
    });

    test('a restart goes on with the same tree; a lost checkpoint is a refusal until it is begun anew', async () => {
        const early = await ctl('audit', 'checkpoint');
        await node.restart();
        const later = await ctl('audit', 'checkpoint');
        assert.equal(later.origin, early.origin);
        assert.deepEqual(openBundle(await read(`consistency?from=${early.size}&to=${later.size}`), pem), []);
        const file = path.join(node.data, 'audit-checkpoint');
        assert.ok(openNote(fs.readFileSync(file, 'utf8'), pem));
        fs.rmSync(file);
        const asked = await run('audit', 'checkpoint').catch((error) => error);
        assert.match(asked.stderr, /is not the one that was signed last/);
        await eventually(async () => (await ctl('audit', 'ledger')).state === 'refusing', 'it refuses');
        assert.match(node.log, /the audit's tree is not the one that was signed last/);
        const renewed = await ctl('audit', 'renew', '--reason', 'The file was removed by a test.');
        assert.notEqual(renewed.origin, early.origin);
        const anew = await ctl('audit', 'checkpoint');
        assert.equal(anew.origin, renewed.origin);
        assert.ok(openBundle(await read('records?limit=1000'), pem).some((each) => each.rule === 'audit.begin_anew'));
    });
});
