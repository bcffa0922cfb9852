// People change how they sign in: to the directory and back, to a provider; without the proof nothing changes.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { Liar } from '../../../../tests/contract/support/oidc_liar.mjs';
import { Slapd, directory_password } from '../../../../tests/contract/support/slapd.mjs';
import { assertAccessible } from './console_pages.mjs';
import { assert, password, Stage, until } from './support.mjs';

let stage, slapd, provider, dir;
before(async () => {
    dir = freshDirectory();
    slapd = await Slapd.start('carl');
    provider = await Liar.start();
    const port = await freePort();
    const file = path.join(dir, 'config.json');
    fs.writeFileSync(
        file,
        JSON.stringify({
            ServiceSettings: { SiteURL: `http://127.0.0.1:${port}` },
            LdapSettings: slapd.settings(),
            GitLabSettings: { Enable: true, Id: 'concordat', DiscoveryEndpoint: provider.discovery, ButtonText: 'the office' },
        }),
    );
    stage = await Stage.open({ port, args: ['--config', file] });
    stage.allowed.push(provider.url);
    await stage.organisation();
}, { timeout: 120_000 });
after(async () => {
    await stage?.close();
    await slapd?.stop();
    await provider?.stop();
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
}, { timeout: 60_000 });

const method = async (page) => {
    await page.locator('button[aria-label^="Your account"]').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Security' }).click();
    return page.getByRole('form', { name: 'How you sign in' });
};
const serviceOf = async (person) => (await stage.ask(stage.root, 'GET', `/users/${person.id}`)).auth_service;
const signIn = async (page, name, secret) => {
    await page.fill('input[autocomplete^=username]', name);
    await page.fill('input[autocomplete=current-password]', secret);
    await page.click('button.primary');
};

test('from a password to the directory, and back', { timeout: 180_000 }, async () => {
    const { page } = await stage.signedIn('rita');
    let form = await method(page);
    await form.getByLabel('Change it to').selectOption({ label: 'with the directory of your organisation' });
    await form.getByLabel('Current password').fill(password);
    await form.getByLabel('Your name in the directory').fill('carl');
    await form.getByLabel('Your password in the directory').fill('wrong');
    await assertAccessible(page, 'how one signs in');
    await stage.picture(page, 'settings-method');
    await form.getByRole('button', { name: 'Change how I sign in' }).click();
    await form.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
    assert.equal(await serviceOf(stage.rita), '');
    await form.getByLabel('Your password in the directory').fill(directory_password);
    await form.getByRole('button', { name: 'Change how I sign in' }).click();
    await page.locator('input[autocomplete^=username]').waitFor();
    assert.equal(await serviceOf(stage.rita), 'ldap');
    await signIn(page, 'carl', directory_password);
    await page.waitForSelector('.foot textarea, .inbox');

    form = await method(page);
    await page.getByText('Now: with the directory of your organisation.').waitFor();
    await form.getByLabel('Change it to').selectOption({ label: 'with a password of this server' });
    await form.getByLabel('Your password in the directory').fill(directory_password);
    await form.getByLabel('New password').fill('another long password');
    await form.getByRole('button', { name: 'Change how I sign in' }).click();
    await page.locator('input[autocomplete^=username]').waitFor();
    assert.equal(await serviceOf(stage.rita), '');
    await signIn(page, 'carl', 'another long password');
    await page.waitForSelector('.foot textarea, .inbox');
});

test('from a password to a provider, by a sign-in there', { timeout: 120_000 }, async () => {
    const { page } = await stage.signedIn('hugo');
    const form = await method(page);
    await form.getByLabel('Change it to').selectOption({ label: 'the office' });
    await form.getByLabel('Current password').fill(password);
    await form.getByRole('button', { name: 'Change how I sign in' }).click();
    await until('the provider has said who it is', async () => (await serviceOf(stage.hugo)) === 'gitlab');
    await page.waitForSelector('.foot textarea, .inbox');
    assert.equal(await page.evaluate(async () => (await (await fetch('/api/v4/users/me')).json()).auth_service), 'gitlab');
});
