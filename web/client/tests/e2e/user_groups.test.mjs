// Groups of people: made, filled, mentioned, and seen by whom that is about.
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, composer, post, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('somebody makes a group, mentions it, and its people are told', { timeout: 180_000 }, async () => {
    const { page } = await stage.signedIn('rita', '/northern/channels/incident');
    const { page: other } = await stage.signedIn('ada', '/northern/channels/town-square');
    const open = async () => {
        await page.locator('.rail button.me').click();
        await page.getByRole('menuitem', { name: 'Groups' }).click();
    };
    await open();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('There is no group yet.').waitFor();
    await dialog.getByText('New group').click();
    await dialog.getByLabel('Name of the group').fill('On call');
    await dialog.getByLabel('Mentioned as').fill('ada');
    await dialog.getByRole('button', { name: 'Create group' }).click();
    await dialog.getByRole('alert').filter({ hasText: /\S/ }).waitFor(); // a person has that name
    await dialog.getByLabel('Mentioned as').fill('on-call');
    await dialog.getByRole('button', { name: 'Create group' }).click();
    await dialog.getByText('Add people').click();
    await dialog.getByLabel('Type a name').fill('ada');
    await dialog.getByRole('checkbox', { name: /Ada/ }).check();
    await stage.picture(page, 'user-group');
    await assertAccessible(page, 'a group');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByRole('status').filter({ hasText: '1 person' }).waitFor();
    await page.keyboard.press('Escape');

    // Completion offers it; who is in it hears of the mention.
    await composer(page).pressSequentially('look @on-c');
    await page.getByRole('option', { name: /on-call/ }).waitFor();
    await composer(page).press('Enter');
    await composer(page).pressSequentially('please');
    await composer(page).press('Enter');
    await post(page, 'look @on-call please').waitFor();
    await other.locator('.hot .row', { hasText: 'Major incident' }).click();
    await post(other, 'look @on-call please').waitFor();

    // A click says who is meant.
    await post(page, 'look @on-call please').getByText('@on-call').click();
    await dialog.getByText('Ada Okafor').waitFor();
    await page.keyboard.press('Escape');

    await open();
    await dialog.getByRole('button', { name: 'Open On call' }).click();
    await dialog.getByText('Change', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Delete group' }).click();
    await dialog.waitFor({ state: 'detached' });
    const left = await stage.ask(stage.rita, 'GET', '/groups?filter_allow_reference=true');
    assert.ok(!JSON.stringify(left).includes('on-call'));
});
