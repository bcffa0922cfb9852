// The page of people: found, looked at, switched off, given an office.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { assert, password, Stage } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

async function assertAccessible(page, where) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160))}`), [], where);
}

test('an administrator finds a person, gives an office and switches the account off', { timeout: 120_000 }, async () => {
    const { page } = await stage.window({ colorScheme: 'dark' });
    await page.goto(`${stage.url}/console/people`);
    await page.fill('input[autocomplete^=username]', 'root');
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
    await page.locator('tbody tr').nth(3).waitFor();
    await assertAccessible(page, 'people');
    await stage.picture(page, 'console-people');
    await page.fill('input[name=term]', 'hugo');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('tbody tr', { hasText: 'hugo' }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.getByRole('button', { name: 'Hugo Marchand' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('hugo@example.org').waitFor();
    await dialog.getByRole('button', { name: 'End all sessions' }).waitFor();
    await assertAccessible(page, 'a person');
    await dialog.getByLabel('Compliance officer').check();
    await dialog.getByRole('button', { name: 'Save the roles' }).click();
    await page.locator('tbody tr', { hasText: 'compliance_officer' }).waitFor();
    const hugo = await stage.ask(stage.root, 'GET', `/users/${stage.hugo.id}`);
    assert.deepEqual(hugo.roles.split(' ').sort(), ['compliance_officer', 'system_user']);
    await dialog.getByRole('button', { name: 'Deactivate' }).click();
    await page.locator('tbody tr', { hasText: 'deactivated' }).waitFor();
    const refused = await fetch(`${stage.direct}/api/v4/users/me`, { headers: { Authorization: `Bearer ${stage.hugo.token}` } });
    assert.equal(refused.status, 401);
    await dialog.getByRole('button', { name: 'Activate', exact: true }).click();
    await page.locator('tbody tr', { hasText: 'active' }).waitFor();
    await page.keyboard.press('Escape');
    await page.selectOption('select[name=kind]', 'administrators');
    await page.fill('input[name=term]', '');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('tbody tr', { hasText: 'root' }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.getByRole('button', { name: 'Grace Lindqvist' }).click();
    await page.getByText('This is you').waitFor();
});
