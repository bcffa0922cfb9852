// The console's page about groups of a directory, in front of a real one.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { Slapd, directory_password } from '../../../../tests/contract/support/slapd.mjs';
import { openConsole, assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

const base = 'dc=example,dc=test';
let stage, slapd, dir;
before(async () => {
    slapd = await Slapd.start('lena', 'max');
    slapd.change(`dn: cn=engineers,${base}\nchangetype: add\nobjectClass: groupOfNames\ncn: engineers\nmember: uid=lena,${base}\n`);
    dir = freshDirectory();
    const file = path.join(dir, 'config.json');
    const groups = { GroupIdAttribute: 'entryUUID', GroupDisplayNameAttribute: 'cn' };
    fs.writeFileSync(file, JSON.stringify({ LdapSettings: slapd.settings(groups) }));
    stage = await Stage.open({ args: ['--config', file] });
    await stage.organisation();
    await stage.ask(undefined, 'POST', '/users/login', { login_id: 'lena', password: directory_password });
}, { timeout: 120_000 });
after(async () => {
    await stage?.close();
    await slapd?.stop();
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
}, { timeout: 60_000 });

test('an administrator leads a group into a team, and sees beforehand who joins', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/groups');
    await page.getByRole('button', { name: 'Link engineers' }).click();
    await page.getByText('Linked, leads nowhere yet').waitFor();
    await page.getByRole('button', { name: 'Show engineers' }).click();
    const group = page.getByRole('region', { name: 'engineers', exact: true });
    await group.getByText('The group leads into no team yet.').waitFor();
    await group.locator('input[name=admin]').check();
    await group.getByRole('button', { name: 'Lead into this team' }).click();
    const places = page.getByRole('region', { name: 'Where engineers leads' });
    await places.getByText('administrators', { exact: true }).waitFor();
    await places.getByRole('button', { name: 'Make members' }).click();
    await places.getByText('members', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByText(/^People in the directory: 2/).waitFor();
    await assertAccessible(page, 'groups');
    await stage.picture(page, 'console-groups');
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('The sync has begun.').waitFor();
    await places.getByRole('button', { name: 'No longer' }).click();
    await group.getByText('The group leads into no team yet.').waitFor();
    await page.getByRole('button', { name: 'Unlink engineers' }).click();
    await page.getByText('Not linked').waitFor();
    assert.equal(await page.getByRole('region', { name: 'engineers', exact: true }).count(), 0);
});
