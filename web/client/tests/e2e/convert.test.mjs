// A message to a group becomes a private channel, with its people and its history.
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, post, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('who is in a group makes a private channel of it', { timeout: 120_000 }, async () => {
    const group = await stage.ask(stage.rita, 'POST', '/channels/group', [stage.rita.id, stage.ada.id, stage.hugo.id]);
    await stage.say(stage.ada, group, 'This needs a place of its own');
    const { page } = await stage.signedIn('rita', `/northern/messages/${group.id}`);
    await page.getByText('This needs a place of its own').first().waitFor();
    const { page: other } = await stage.signedIn('ada');
    await page.getByRole('button', { name: 'Options of this channel' }).click();
    await page.getByRole('menuitem', { name: 'Make it a private channel' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('Incident');
    await dialog.getByRole('button', { name: 'Make the channel' }).click();
    await dialog.getByRole('alert').filter({ hasText: /\S/ }).waitFor(); // its address is taken
    await assertAccessible(page, 'make it a channel');
    await stage.picture(page, 'convert');
    await dialog.getByLabel('Name', { exact: true }).fill('Incident room');
    await dialog.getByRole('button', { name: 'Make the channel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Incident room' }).waitFor();
    await post(page, 'This needs a place of its own').waitFor();
    // For the others, too, at once.
    await other.getByText('Incident room').first().waitFor();
    const channel = await stage.ask(stage.ada, 'GET', `/channels/${group.id}`);
    assert.deepEqual([channel.type, channel.team_id, channel.display_name], ['P', stage.team.id, 'Incident room']);
});
