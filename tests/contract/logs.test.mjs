// The operator's log, as the official console and mmctl read it.
import { Node, administrator, after, assert, before, describe, person, raw, test } from './harness.mjs';

describe('the log', () => {
    let node, admin, bob;
    before(
        async () => {
            node = await Node.start();
            admin = await administrator(node);
            bob = await person(node, 'bob');
        },
        { timeout: 600_000 },
    );
    after(() => node?.dispose(), { timeout: 600_000 });
    const ask = (method, path, json, who = admin) => raw(node, method, path, { token: who.token, json });

    test('is read by pages, the newest first', async () => {
        const lines = await admin.client.getPlainLogs(0, 10_000);
        assert.ok(lines.length > 3);
        const times = lines.map((line) => JSON.parse(line).time);
        assert.deepEqual(times, [...times].sort());
        const pages = [await admin.client.getPlainLogs(0, 2), await admin.client.getPlainLogs(1, 2)];
        assert.deepEqual(pages[0].length, 2);
        assert.ok(JSON.parse(pages[1].at(-1)).time <= JSON.parse(pages[0][0]).time);
        assert.deepEqual(await admin.client.getPlainLogs(5000, 10), []);
    });

    test('is searched by level and time', async () => {
        const all = (await admin.client.getLogs({ server_names: [], log_levels: [], date_from: '', date_to: '' })).default;
        assert.ok(all.length > 3);
        assert.ok(all[0].timestamp && all[0].msg && all[0].level);
        const errors = (await ask('POST', '/logs/query', { log_levels: ['error'] })).json.default;
        assert.ok(errors.every((entry) => entry.level === 'error'));
        const infos = (await ask('POST', '/logs/query', { log_levels: ['info'] })).json.default;
        assert.ok(infos.length > 0 && infos.every((entry) => entry.level === 'info'));
        assert.deepEqual((await ask('POST', '/logs/query', { date_from: '2100-01-01 00:00:00.000 +01:00' })).json.default, []);
        const at = new Date(all[1].timestamp);
        const local = new Date(at.getTime() + 3_600_000).toISOString().replace('T', ' ').replace('Z', ' +01:00');
        const until = (await ask('POST', '/logs/query', { date_to: local })).json.default;
        assert.ok(until.length >= 2 && until.every((entry) => new Date(entry.timestamp) <= at));
        assert.equal((await ask('POST', '/logs/query', { date_from: 'yesterday' })).status, 400);
    });

    test('is fetched whole', async () => {
        const whole = await fetch(`${node.url}/api/v4/logs/download`, { headers: { Authorization: `Bearer ${admin.token}` } });
        assert.match(whole.headers.get('content-type'), /^text\/plain/);
        assert.match(whole.headers.get('content-disposition'), /concordat\.log/);
        const lines = (await whole.text()).trim().split('\n');
        lines.forEach((line) => JSON.parse(line));
        assert.ok(!lines.some((line) => line.includes(bob.token) || line.includes(admin.token)));
    });

    test('is nobody else\'s business', async () => {
        for (const [method, path, json] of [
            ['GET', '/logs'],
            ['POST', '/logs/query', {}],
            ['GET', '/logs/download'],
        ])
            assert.equal((await ask(method, path, json, bob)).status, 403, path);
    });
});
