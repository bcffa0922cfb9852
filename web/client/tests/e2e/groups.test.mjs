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

test('an administrator asks the directory whether it answers, and reads what is wrong when it does not', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/sign-on');
    const directory = page.getByRole('region', { name: 'Directory (LDAP, Active Directory)' });
    await directory.getByRole('button', { name: 'Ask its servers now' }).click();
    await directory.getByText('Every server answers.').waitFor();
    const saml = page.getByRole('region', { name: 'SAML 2.0' });
    await saml.getByText(/^off Still empty:/).waitFor();
    await assertAccessible(page, 'directories and providers');
    await stage.picture(page, 'console-sign-on');

    await directory.getByText(/settings$/).click();
    await directory.getByRole('button', { name: 'Change LdapSettings.BindPassword' }).click();
    const form = page.getByRole('form', { name: 'Change LdapSettings.BindPassword' });
    await form.getByLabel('New value').fill('not the password');
    await assertAccessible(page, 'a secret');
    await form.getByRole('button', { name: 'Save' }).click();
    await directory.getByText('LdapSettings.BindPassword is changed.').waitFor();
    await directory.getByRole('button', { name: 'Ask its servers now' }).click();
    await directory.getByRole('alert').filter({ hasText: /bind/i }).waitFor();
    // What was typed is nowhere on the page.
    assert.ok(!(await page.content()).includes('not the password'));
});
