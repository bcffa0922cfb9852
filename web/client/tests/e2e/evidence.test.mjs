// The console's pages about evidence: holds that two people release, and what is destroyed on time.
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { openConsole, assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open({
        env: { MM_DATARETENTIONSETTINGS_ENABLEMESSAGEDELETION: 'true', MM_DATARETENTIONSETTINGS_MESSAGERETENTIONHOURS: '24' },
    });
    await stage.organisation();
    await stage.say(stage.ada, stage.incident, 'the deal is done');
    // Whoever administrates may say when it was written.
    await stage.say(stage.root, stage.incident, 'of long ago', { create_at: Date.now() - 1000 * 86_400_000 });
    for (const who of [stage.hugo, stage.rita]) await stage.ask(stage.root, 'PUT', `/users/${who.id}/roles`, { roles: 'system_user legal' });
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('counsel makes a hold after a look at it, and another person releases it', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'hugo', '/console');
    assert.deepEqual(await page.locator('.console > nav > a').allTextContents(), ['Legal holds']);
    await page.getByText('No matters yet.').waitFor();
    const matter = page.getByRole('form', { name: 'New matter' });
    await matter.locator('input[name=name]').fill('Acme against Desk');
    await matter.getByRole('button', { name: 'Open matter' }).click();
    await page.getByRole('heading', { name: 'Acme against Desk' }).waitFor();
    const hold = page.getByRole('form', { name: 'New hold' });
    await hold.locator('input[name=name]').fill('the deal');
    await hold.locator('input[name=people]').fill('@ada, nobody-here');
    await hold.getByRole('button', { name: 'See what it would keep' }).click();
    await hold.getByText('Nobody is called nobody-here.').waitFor();
    await hold.locator('input[name=people]').fill('@ada');
    await hold.getByRole('button', { name: 'See what it would keep' }).click();
    await hold.getByText(/^Keeps [1-9]\d* messages/).waitFor();
    // What was counted is what is put in force: a change counts anew.
    await hold.locator('input[name=public]').check();
    await hold.getByRole('button', { name: 'See what it would keep' }).click();
    await hold.getByRole('button', { name: 'Put in force' }).click();
    await page.getByText('In force', { exact: true }).waitFor();
    await page.getByText('1 hold in force').waitFor();
    await assertAccessible(page, 'holds');
    await stage.picture(page, 'console-holds');
    await page.getByRole('button', { name: 'Ask for release' }).click();
    await page.getByText('Somebody else has to approve it.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve release' }).count(), 0);

    const other = await openConsole(stage, 'rita', '/console/holds');
    await other.getByRole('button', { name: 'Approve release' }).click();
    await other.getByText('Being released').waitFor();
    await other.getByRole('button', { name: 'Keep on' }).click();
    await other.getByText('In force', { exact: true }).waitFor();
});

test('an administrator sees what would be destroyed, destroys it and takes the certificate home', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/retention', 'dark');
    await page.getByText(/^Messages from before/).waitFor();
    await page.getByText('No policies yet.').waitFor();
    const policy = page.getByRole('form', { name: 'New policy' });
    await policy.locator('input[name=name]').fill('a year for all');
    await policy.locator('input[name=channels]').fill(stage.incident.id);
    await policy.getByRole('button', { name: 'Make policy' }).click();
    await page.getByText('365 days').waitFor();
    // What cannot be is said so.
    await policy.locator('input[name=name]').fill('another');
    await policy.locator('input[name=channels]').fill('no-id');
    await policy.getByRole('button', { name: 'Make policy' }).click();
    await policy.locator('[role=alert]:not(:empty)').waitFor();
    await page.getByRole('button', { name: 'Count' }).click();
    await page.getByText('Past their time', { exact: true }).waitFor();
    await page.getByText('1 message', { exact: true }).waitFor();
    await assertAccessible(page, 'retention');
    await stage.picture(page, 'console-retention');
    await page.getByRole('button', { name: 'Destroy now' }).click();
    await page.getByRole('region', { name: 'Runs' }).getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
    const certificates = page.getByRole('region', { name: 'Certificates of destruction' });
    await certificates.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), certificates.getByRole('button', { name: 'Download' }).click()]);
    const certificate = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
    assert.equal(certificate.number, 1);
    assert.ok(certificate.signature && JSON.parse(certificate.text).number === 1);
});
