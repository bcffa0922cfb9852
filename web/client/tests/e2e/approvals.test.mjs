// The console: an export that another person has to approve.
import { after, before, test } from 'node:test';
import { openConsole, assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open({
        env: {
            MM_MESSAGEEXPORTSETTINGS_ENABLEEXPORT: 'true',
            MM_MESSAGEEXPORTSETTINGS_DAILYRUNTIME: '23:59',
            MM_MESSAGEEXPORTSETTINGS_DOWNLOADEXPORTRESULTS: 'true',
            MM_CONCORDATSETTINGS_EXPORTAPPROVALS: '1',
        },
    });
    await stage.organisation();
    await stage.say(stage.ada, stage.incident, 'for the archive');
    // Hugo has both roles, and is still no second person.
    await stage.ask(stage.root, 'PUT', `/users/${stage.hugo.id}/roles`, { roles: 'system_user compliance_officer export_approver' });
    await stage.ask(stage.root, 'PUT', `/users/${stage.rita.id}/roles`, { roles: 'system_user export_approver' });
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('one person asks and says why, another approves, and only then there is something to fetch', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'hugo', '/console/exports');
    await page.getByText('1 other person has to approve it first.').waitFor();
    await page.selectOption('select[name=format]', 'csv');
    await page.fill('input[name=reason]', 'case 7');
    await page.getByRole('button', { name: 'Ask for approval' }).click();
    const own = page.getByRole('region', { name: 'Approvals' });
    await own.getByText('You cannot approve your own.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Download' }).count(), 0);

    const other = await openConsole(stage, 'rita', '/console/exports');
    assert.deepEqual(await other.locator('.console > nav > a').allTextContents(), ['Exports']);
    await other.getByText('case 7').waitFor();
    await assertAccessible(other, 'approvals');
    await stage.picture(other, 'console-approvals');
    await other.getByRole('button', { name: 'Approve' }).click();
    await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await other.getByText(/^Approved by @rita/).waitFor();
    assert.equal(await other.getByRole('button', { name: 'Download' }).count(), 0);

    await page.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.match(download.suggestedFilename(), /^compliance-export-.*\.zip$/);
});

test('a refusal says why', { timeout: 120_000 }, async () => {
    const page = await openConsole(stage, 'hugo', '/console/exports');
    await page.fill('input[name=reason]', 'out of curiosity');
    await page.getByRole('button', { name: 'Ask for approval' }).click();
    const other = await openConsole(stage, 'rita', '/console/exports');
    await other.getByRole('button', { name: 'Refuse' }).click();
    await other.getByRole('dialog').locator('textarea').fill('that is no reason');
    await other.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await other.getByText(/Refused by @rita.*: that is no reason/).waitFor();
    await page.reload();
    await page.getByText(/Refused by @rita.*: that is no reason/).waitFor();
});

test('whoever makes rules about content tries them, switches them on, and sees where they struck', { timeout: 180_000 }, async () => {
    await stage.ask(stage.root, 'PUT', `/users/${stage.ada.id}/roles`, { roles: 'system_user content_officer' });
    const page = await openConsole(stage, 'ada', '/console');
    assert.deepEqual(await page.locator('.console > nav > a').allTextContents(), ['Rules about content']);
    const rule = page.getByRole('form', { name: 'New rule' });
    await rule.locator('input[name=name]').fill('code names');
    await rule.locator('textarea[name=content]').fill('falcon');
    await rule.locator('select[name=action]').selectOption('block');
    await rule.locator('input[name=message]').fill('No code names, please.');
    await rule.locator('input[name=sample]').fill('about Falcon');
    await rule.getByRole('button', { name: 'Make rule' }).click();
    await rule.getByText('It strikes 1 time.').waitFor();
    await rule.getByRole('button', { name: 'Make rule' }).click();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('On', { exact: true }).waitFor();
    await assertAccessible(page, 'content');
    await stage.picture(page, 'console-content');
    await assert.rejects(stage.say(stage.ada, stage.incident, 'about Falcon'));
    await page.reload();
    await page.getByRole('region', { name: 'Where they struck' }).getByText('Blocked', { exact: true }).first().waitFor();
});
