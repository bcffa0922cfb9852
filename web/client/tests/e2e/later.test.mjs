// Messages that are sent later, and bookmarks of channels.
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

const message = (page, text) => page.locator('main .md').filter({ hasText: text }).first();

test('a message is put off, moved, and sent at once after all', { timeout: 180_000 }, async () => {
    const { page } = await stage.signedIn('ada', '/northern/channels/incident');
    const field = page.locator('.foot textarea');
    assert.equal(await page.getByRole('button', { name: 'Send later' }).count(), 0, 'nothing to send yet');
    await field.fill('the report of the night');
    await page.getByRole('button', { name: 'Send later' }).click();
    await assertAccessible(page, 'when to send');
    await page.getByRole('menuitem', { name: /^Tomorrow morning/ }).click();
    await page.getByText(/^It will be sent:/).waitFor();
    assert.equal(await field.inputValue(), '');

    await page.getByRole('button', { name: 'Sent later' }).click();
    const waiting = page.getByRole('listitem', { name: 'To Major incident' });
    await waiting.getByText('the report of the night').waitFor();
    assert.match(await waiting.locator('time').textContent(), /9:00/);
    await assertAccessible(page, 'what waits');
    await stage.picture(page, 'chat-scheduled');

    // Another time, chosen.
    await waiting.getByRole('button', { name: 'Another time' }).click();
    const at = new Date(Date.now() + 3 * 86_400_000);
    const spelled = `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}T14:30`;
    await page.locator('input[name=at]').fill(spelled);
    await page.getByRole('button', { name: 'Send then' }).click();
    await waiting.getByText(/14:30/).waitFor();

    // A second window of the same person is told.
    const { page: other } = await stage.signedIn('ada', '/northern/channels/incident');
    await other.getByRole('button', { name: 'Sent later' }).click();
    await other.getByRole('listitem', { name: 'To Major incident' }).waitFor();

    await waiting.getByRole('button', { name: 'Send now' }).click();
    await waiting.waitFor({ state: 'detached' });
    await message(page, 'the report of the night').waitFor();
    await other.getByRole('listitem', { name: 'To Major incident' }).waitFor({ state: 'detached' });

    // And one that is not sent at all.
    await field.fill('never mind');
    await page.getByRole('button', { name: 'Send later' }).click();
    await page.getByRole('menuitem', { name: 'Choose a time' }).click();
    await page.locator('input[name=at]').fill(spelled);
    await page.getByRole('button', { name: 'Send then' }).click();
    await page.getByText(/^It will be sent:/).waitFor();
    await waiting.getByRole('button', { name: 'Do not send' }).click();
    await page.getByText(/^Nothing waits/).waitFor();
});

test('bookmarks are made, changed and removed, and others see it at once', { timeout: 120_000 }, async () => {
    const { page } = await stage.signedIn('ada', '/northern/channels/incident');
    const { page: rita } = await stage.signedIn('rita', '/northern/channels/incident');
    const add = async (name, link) => {
        await page.getByRole('button', { name: 'Options of this channel' }).click();
        await page.getByRole('menuitem', { name: 'Add a bookmark' }).click();
        await page.locator('input[name=link]').fill(link);
        await page.locator('input[name=name]').fill(name);
        await page.getByRole('button', { name: 'Save', exact: true }).click();
    };
    await add('Runbook', 'https://wiki.example.org/runbook');
    const line = rita.getByRole('navigation', { name: 'Bookmarks' });
    await line.getByRole('link', { name: 'Runbook' }).waitFor();
    assert.equal(await line.getByRole('link', { name: 'Runbook' }).getAttribute('href'), 'https://wiki.example.org/runbook');
    assert.equal(await line.getByRole('link', { name: 'Runbook' }).getAttribute('rel'), 'noopener noreferrer');
    await assertAccessible(page, 'bookmarks');
    await stage.picture(page, 'chat-bookmarks');

    await page.getByRole('button', { name: 'Bookmark Runbook' }).click();
    await page.getByRole('menuitem', { name: 'Change bookmark' }).click();
    await page.locator('input[name=name]').fill('Runbook, second edition');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await line.getByRole('link', { name: 'Runbook, second edition' }).waitFor();
    await page.getByRole('button', { name: 'Bookmark Runbook, second edition' }).click();
    await page.getByRole('menuitem', { name: 'Remove bookmark' }).click();
    await line.waitFor({ state: 'detached' });

    // What is no address of the web is refused by the field.
    await page.getByRole('button', { name: 'Options of this channel' }).click();
    await page.getByRole('menuitem', { name: 'Add a bookmark' }).click();
    await page.locator('input[name=link]').fill('javascript:alert(1)');
    await page.locator('input[name=name]').fill('x');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    assert.ok(await page.locator('input[name=link]').evaluate((field) => !field.checkValidity()));
});
