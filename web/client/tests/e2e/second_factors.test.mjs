// The page of second factors: what a rule does is seen before it does it, and people are told before they are asked.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { MailServer } from '../../../../tests/contract/support/smtp.mjs';
import { assertAccessible, openConsole } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage, mail, dir, file;
before(async () => {
    mail = await MailServer.start();
    dir = freshDirectory();
    file = path.join(dir, 'config.json');
    const port = await freePort();
    fs.writeFileSync(
        file,
        JSON.stringify({ ServiceSettings: { SiteURL: `http://127.0.0.1:${port}` }, EmailSettings: mail.settings() }),
    );
    stage = await Stage.open({ port, args: ['--config', file] });
    await stage.organisation();
}, { timeout: 120_000 });
after(async () => {
    await stage?.close();
    await mail?.stop();
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
}, { timeout: 60_000 });

const settings = () => JSON.parse(fs.readFileSync(file, 'utf8'));

test('a rule is previewed, announced by letters, and holds later', { timeout: 240_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/second-factors');
    await page.getByText('0 of 4 people have a second factor.').waitFor();
    const see = page.getByRole('button', { name: 'See what it does' });
    assert.equal(await see.isDisabled(), true);
    await page.getByLabel('People can set up second factors').check();
    await page.getByLabel('Everybody has to have one').check();
    await see.click();
    await page.getByText('4 people have to have a second factor and have none.').waitFor();
    assert.deepEqual(await page.locator('.outcome tbody th').allTextContents(), ['ada', 'hugo', 'rita', 'root']);
    const save = page.getByRole('button', { name: 'Save', exact: true });
    // Whoever would hold up themselves has to say that they know.
    assert.equal(await save.isDisabled(), true);
    assert.equal(await page.getByRole('button', { name: 'Try it for 10 minutes' }).isDisabled(), true);
    await page.getByLabel('You are one of them').check();
    assert.equal(await save.isDisabled(), false);
    await assertAccessible(page, 'a rule at once');
    await stage.picture(page, 'console-second-factors');
    assert.equal(settings().ServiceSettings.EnforceMultifactorAuthentication, undefined);

    // What was shown is no more what would be saved.
    await page.getByLabel('From when on').selectOption({ index: 1 });
    assert.equal(await page.locator('.outcome').count(), 0);
    await see.click();
    await page.getByText('Each of them gets a letter with the date.').waitFor();
    assert.equal(await page.getByLabel('You are one of them').count(), 0);
    await assertAccessible(page, 'a rule later');
    await page.locator('.outcome').scrollIntoViewIfNeeded();
    await stage.picture(page, 'console-second-factors-later');
    await save.click();
    await page.getByText(/The rules hold from .* on; 4 people have no factor yet\./).waitFor();
    const { MfaEnforcedFrom } = settings().ConcordatSettings;
    assert.ok(MfaEnforcedFrom > Date.now() + 6 * 86_400_000);
    assert.equal(settings().ServiceSettings.EnforceMultifactorAuthentication, true);
    const letter = await mail.letter('rita@example.org', 'A second factor will be needed');
    assert.match(JSON.stringify(letter), new RegExp(new Date(MfaEnforcedFrom).toISOString().slice(0, 10)));

    const { context, page: chat } = await stage.signedIn('rita', '/northern/channels/incident');
    await chat.getByText('this account needs a second factor').waitFor();
    await stage.picture(chat, 'factor-announced');
    await chat.getByRole('button', { name: 'Set it up now' }).click();
    await chat.getByRole('dialog').getByText('New password').waitFor();
    await context.close();
});

test('what the node refuses is said, and the page fits a phone', { timeout: 120_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/second-factors', 'dark');
    await page.getByLabel('Who does not come from one of these networks').fill('nowhere');
    await page.getByRole('button', { name: 'See what it does' }).click();
    await page.getByText(/ConcordatSettings\.MfaOutsideNetworks/).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await assertAccessible(page, 'on a phone');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await stage.picture(page, 'phone-second-factors');
});

test('who may not change settings is not shown the page', { timeout: 60_000 }, async () => {
    const page = await openConsole(stage, 'hugo', '/console/second-factors');
    await page.getByText('not open to you').or(page.getByRole('heading')).first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'See what it does' }).count(), 0);
    assert.equal(await page.locator('.console > nav > a', { hasText: 'Second factors' }).count(), 0);
});
