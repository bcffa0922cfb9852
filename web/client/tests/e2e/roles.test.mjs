// The console's page about roles, schemes and moderated channels.
import { after, before, test } from 'node:test';
import { openConsole, assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('an administrator changes what members may do, sees the difference first, and moderates a channel', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/roles');
    const channels = page.getByRole('region', { name: 'In channels' }).first();
    const box = channels.getByRole('checkbox', { name: 'Attach files: Members' });
    assert.equal(await box.isChecked(), true);
    await box.click();
    await channels.getByText('Members may no longer: Attach files').waitFor();
    await assertAccessible(page, 'roles with a difference');
    await stage.picture(page, 'console-roles');
    await channels.getByRole('button', { name: 'Save changes' }).click();
    await channels.getByText('not saved yet').waitFor({ state: 'detached' });
    await page.reload();
    await box.waitFor();
    assert.equal(await box.isChecked(), false);
    await box.click();
    await channels.getByRole('button', { name: 'Save changes' }).click();
    await channels.getByText('not saved yet').waitFor({ state: 'detached' });

    await page.getByRole('textbox', { name: 'Name' }).fill('Contractors');
    await page.getByRole('button', { name: 'New scheme' }).click();
    const teams = page.getByRole('region', { name: 'Teams with Contractors' });
    await teams.getByText('No team has this scheme yet.').waitFor();
    await teams.getByRole('button', { name: 'Give to team' }).click();
    await teams.getByRole('button', { name: /^Take away from/ }).first().click();
    await teams.getByText('No team has this scheme yet.').waitFor();
    await page.getByRole('button', { name: 'Delete scheme' }).click();
    await teams.waitFor({ state: 'detached' });

    const moderation = page.getByRole('region', { name: 'Moderated channels' });
    await moderation.getByRole('combobox', { name: 'Channel' }).selectOption({ index: 1 });
    const write = moderation.getByRole('checkbox', { name: 'Write messages: Members' });
    await write.click();
    await moderation.locator('input:not(:checked)[aria-label="Write messages: Members"]').waitFor();
    await assertAccessible(page, 'moderation');
    await write.click();
    await moderation.locator('input:checked[aria-label="Write messages: Members"]').waitFor();
});
