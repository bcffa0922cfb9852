// Reports for an auditor, with the official client; their table is read by a parser that is not ours.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { administrator, assert, before, channel, describe, eventually, person, raw, refused, say, sharedNode, team, test } from './harness.mjs';

const reader = `
import csv, io, json, sys, zipfile
package = zipfile.ZipFile(sys.argv[1])
assert package.testzip() is None
table = package.read('posts.csv').decode('utf-8')
print(json.dumps({'meta': json.loads(package.read('meta.json')), 'rows': list(csv.DictReader(io.StringIO(table, newline='')))}))
`;

describe('a report', () => {
    const node = sharedNode({ env: { MM_COMPLIANCESETTINGS_ENABLE: 'true' } });
    let admin, officer, ana, room;
    before(async () => {
        admin = await administrator(node);
        [ana, officer] = [await person(node, 'ana'), await person(node, 'olive')];
        await admin.client.updateUserRoles(officer.id, 'system_user compliance_officer');
        const place = await team(admin, ana);
        room = await channel(admin, place.id, 'O', ana);
    }, { timeout: 600_000 });

    test('is announced', async () => {
        assert.equal((await ana.client.getClientConfig()).EnableCompliance, 'true');
        assert.equal((await ana.client.getClientLicenseOld()).Compliance, 'true');
    });

    test('is asked for, made, and fetched', async () => {
        const deal = await say(ana, room.id, '=1+1 "deal", signed\nin two lines');
        await say(ana, room.id, 'the weather');
        const wanted = { desc: 'the deal', start_at: deal.create_at - 1000, end_at: deal.create_at + 60_000, keywords: 'Deal', emails: '' };
        const asked = await officer.client.createComplianceReport(wanted);
        assert.deepEqual([asked.status, asked.type, asked.keywords, asked.user_id], ['created', 'adhoc', 'deal', officer.id]);
        const done = await eventually(async () => {
            const [latest] = await officer.client.getComplianceReports(0, 10);
            return latest.id === asked.id && latest.status === 'finished' && latest;
        }, 'the report');
        assert.equal(done.count, 1);
        assert.deepEqual(await officer.client.getComplianceReport(asked.id), done);
        const reply = await raw(node, 'GET', `/compliance/reports/${asked.id}/download`, { token: officer.token, binary: true });
        assert.equal(reply.status, 200);
        assert.match(reply.headers.get('content-disposition'), new RegExp(`adhoc-${asked.id}\\.zip`));
        const file = path.join(node.dir, 'report.zip');
        fs.writeFileSync(file, Buffer.from(reply.bytes));
        const { meta, rows } = JSON.parse(execFileSync('python3', ['-c', reader, file], { encoding: 'utf8' }));
        assert.equal(meta.id, asked.id);
        assert.equal(rows.length, 1);
        assert.equal(rows[0].PostMessage, `'=1+1 "deal", signed\nin two lines`);
        assert.deepEqual([rows[0].UserUsername, rows[0].ChannelName, rows[0].PostId, rows[0].UserType], [ana.username, room.name, deal.id, 'user']);
        assert.equal(Date.parse(rows[0].PostCreateAt), Math.floor(deal.create_at / 1000) * 1000);
    });

    test('is for the role, not for administrators', async () => {
        for (const who of [admin, ana]) {
            await refused(who.client.getComplianceReports(0, 10), 403, 'api.context.permissions.app_error');
            await refused(who.client.createComplianceReport({ desc: 'x', start_at: 1, end_at: 2 }), 403, 'api.context.permissions.app_error');
        }
        await refused(officer.client.createComplianceReport({ desc: 'x', start_at: 2, end_at: 1 }), 400, 'model.compliance.is_valid.start_end_at.app_error');
        await refused(officer.client.getComplianceReport(room.id), 404, 'ent.compliance.report.not_found');
    });
});
