// The console's overview, its settings, and the audit log that the browser proves by itself.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openConsole, assertAccessible } from './console_pages.mjs';
import { assert, password, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
    await stage.ask(stage.root, 'PUT', `/users/${stage.hugo.id}/roles`, { roles: 'system_user system_manager' });
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('an administrator sees whether all is well, finds a setting, and changes it', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console');
    await page.getByText(/^Node Version .* running since/).waitFor();
    await page.getByText(/records; signed/).waitFor();
    await page.getByText(/Somebody came in last on/).waitFor();
    await page.getByText('All that is written is in force.').waitFor();
    assert.equal(await page.locator('.overview .state.error').count(), 0);
    await assertAccessible(page, 'overview');
    await stage.picture(page, 'console-overview');

    await page.getByRole('link', { name: 'Open: Settings' }).click();
    await page.getByRole('searchbox').fill('service');
    await page.getByRole('button', { name: 'Change ServiceSettings.MaximumLoginAttempts' }).click();
    const form = page.getByRole('form', { name: 'Change ServiceSettings.MaximumLoginAttempts' });
    const field = form.getByLabel('New value');
    await field.fill('5');
    await form.getByText('10 → 5').waitFor();
    await assertAccessible(page, 'a changed setting');
    await stage.picture(page, 'console-settings');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('ServiceSettings.MaximumLoginAttempts is changed.').waitFor();
    const file = path.join(stage.node.data, 'config.json');
    const kept = () => JSON.parse(fs.readFileSync(file)).ServiceSettings.MaximumLoginAttempts;
    assert.equal(kept(), 5);

    // It is about signing in, so it is on trial first: kept when somebody has signed in since.
    const band = page.getByRole('region', { name: 'Settings on trial' });
    await band.getByText('an administrator, in another session').waitFor();
    assert.ok(await band.getByRole('button', { name: 'Keep them' }).isDisabled());
    await assertAccessible(page, 'settings on trial');
    await stage.picture(page, 'console-trial');
    await new Promise((done) => setTimeout(done, 2_000));
    await stage.ask(undefined, 'POST', '/users/login', { login_id: 'root', password });
    await band.getByText('Somebody has signed in since: they can stay.').waitFor();
    await band.getByRole('button', { name: 'Keep them' }).click();
    await band.waitFor({ state: 'detached' });
    assert.equal(kept(), 5);
    // And back, by rolling another one back.
    await page.getByRole('button', { name: 'Change ServiceSettings.MaximumLoginAttempts' }).click();
    await field.fill('7');
    await form.getByRole('button', { name: 'Save' }).click();
    await band.waitFor();
    assert.equal(kept(), 7);
    await band.getByRole('button', { name: 'Roll back' }).click();
    await band.waitFor({ state: 'detached' });
    assert.equal(kept(), 5);
    // Without a trial, as anything else.
    await page.getByRole('button', { name: 'Change ServiceSettings.MaximumLoginAttempts' }).click();
    await field.fill('6');
    await form.getByRole('checkbox', { name: /^Try it for 10 minutes/ }).uncheck();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('ServiceSettings.MaximumLoginAttempts is changed.').waitFor();
    await band.waitFor({ state: 'detached' });

    // What the node refuses is said where it was tried, and is not kept.
    await page.getByRole('searchbox').fill('EmailSettings.SendEmailNotifications');
    await page.getByRole('button', { name: 'Change EmailSettings.SendEmailNotifications' }).click();
    await page.getByRole('form').getByRole('checkbox').check();
    await page.getByRole('form').getByRole('button', { name: 'Save' }).click();
    await page.getByText(/needs SMTPServer/).waitFor();
    await page.getByRole('searchbox').fill('');

    // One that waits for a restart says so here and on the overview.
    await page.getByRole('searchbox').fill('ConcordatSettings.Workers');
    await page.getByRole('button', { name: 'Change ConcordatSettings.Workers' }).click();
    await page.getByRole('form').getByLabel('New value').fill('3');
    await page.getByText('It will be in force when the node is started again.').waitFor();
    await page.getByRole('form').getByRole('button', { name: 'Save' }).click();
    await page.getByText('1 setting waits for a restart:').waitFor();
    await page.goto(`${stage.url}/console`);
    await page.getByText('1 setting waits for a restart: ConcordatSettings.Workers').waitFor();
});

test('who manages the system without being its administrator changes what their role opens', { timeout: 120_000 }, async () => {
    const page = await openConsole(stage, 'hugo', '/console/settings', 'dark');
    await page.getByRole('searchbox').fill('ServiceSettings.MaximumLoginAttempts');
    await page.getByText('MaximumLoginAttempts', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Change ServiceSettings.MaximumLoginAttempts' }).count(), 0);
    await page.getByRole('searchbox').fill('FeedbackName');
    await page.getByRole('button', { name: 'Change EmailSettings.FeedbackName' }).click();
    await assertAccessible(page, 'settings in the dark');
    await page.getByRole('searchbox').fill('ConcordatSettings');
    await page.getByText('No setting fits.').waitFor();
});

test('an auditor proves the log in the browser, and sees when it is not the one of before', { timeout: 240_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/audit');
    await page.getByText('This browser sees it for the first time.').waitFor();
    const records = page.getByRole('region', { name: 'Records' }).first();
    await records.getByRole('row').nth(1).waitFor();
    await assertAccessible(page, 'audit');
    await stage.picture(page, 'console-audit');
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        records.getByRole('button', { name: /^Save the proof of record/ }).first().click(),
    ]);
    const saved = await download.path();
    await page.getByRole('button', { name: 'Check all records' }).click();
    await page.getByText(/records lead to what was signed; 0 of them without their text/).waitFor();

    // A file that somebody has, and the same with one letter changed.
    const file = page.getByLabel('A proof or a bundle that was saved earlier');
    await file.setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: fs.readFileSync(saved) });
    await page.getByText(/^proved Signed by this organisation, with 1 records/).waitFor();
    const bundle = JSON.parse(fs.readFileSync(saved));
    bundle.records[0].record = bundle.records[0].record.replace('"is_admitted":true', '"is_admitted":false');
    await file.setInputFiles({ name: 'b.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(bundle)) });
    await page.getByText('The text is not what was recorded.').waitFor();

    // Looking again proves that it has only grown since.
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText(/^It has only grown since this browser looked at it on/).waitFor();

    // What this browser remembers cannot be argued away: a log with another past is not proved.
    const forged = await page.evaluate(() => {
        const place = Object.keys(localStorage).find((key) => key.startsWith('concordat.audit.'));
        const kept = JSON.parse(localStorage.getItem(place));
        const lines = kept.note.split('\n');
        lines[2] = btoa(String.fromCharCode(...new Uint8Array(32)));
        localStorage.setItem(place, JSON.stringify({ ...kept, note: lines.join('\n') }));
        return true;
    });
    assert.ok(forged);
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('The log did not only grow: something before was changed or taken out.').waitFor();
    await assertAccessible(page, 'audit that is not proved');
    assert.equal(await page.getByRole('region', { name: 'Records' }).count(), 0);
});

test('an administrator reads the log', { timeout: 120_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/log');
    const lines = page.getByRole('list', { name: 'Log' }).getByRole('listitem');
    await lines.first().waitFor();
    await assertAccessible(page, 'the log');
    await stage.picture(page, 'console-log');
    await page.getByRole('searchbox').fill('no line has this');
    await page.getByText('There is no such line.').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Which').selectOption('errors');
    await page.getByText('There is no such line.').waitFor();
});
