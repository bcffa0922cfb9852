// Emoji of the node itself: added, seen by others at once, chosen, completed, removed; and refused where they must be.
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, composer, post, Stage, until } from './support.mjs';

// Five by five pixels.
const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==',
    'base64',
);

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

async function openDialog(page) {
    await page.locator('.foot').getByRole('button', { name: 'Insert emoji' }).click();
    await page.getByRole('button', { name: 'Add or remove custom emoji' }).click();
    await page.getByRole('heading', { name: 'Custom emoji' }).waitFor();
}
const isDrawn = (image) => until('the picture to be drawn', () => image.evaluate((each) => each.naturalWidth > 0));

test('an emoji is added, refused where it must be, and told to other windows at once', async () => {
    const rita = await stage.signedIn('rita', '/northern/channels/incident');
    const ada = await stage.signedIn('ada', '/northern/channels/incident');
    const asked = [];
    ada.page.on('request', (each) => each.url().endsWith('/emoji/names') && asked.push(each.postDataJSON()));
    // Ada looks at messages that name it before it is there: once asked, and text.
    for (let n = 0; n < 20; ++n) await stage.say(stage.ada, stage.incident, `${n} :night_owl: and :no_such_thing:`);
    await post(ada.page, '19 :night_owl:').waitFor();
    await until('the names to be asked for', () => asked.length > 0);
    assert.ok(asked.length <= 2, JSON.stringify(asked));
    assert.deepEqual(new Set(asked.flat()), new Set(['night_owl', 'no_such_thing']));

    const { page } = rita;
    await openDialog(page);
    await assertAccessible(page, 'custom emoji');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('512').first().waitFor();
    const add = async (name, file) => {
        await dialog.getByLabel('Name').fill(name);
        await dialog.locator('input[type=file]').setInputFiles(file);
        await dialog.getByRole('button', { name: 'Add emoji' }).click();
    };
    const picture = { name: 'owl.png', mimeType: 'image/png', buffer: png };
    await add('rocket', picture);
    await dialog.getByText('Another emoji has that name.').waitFor();
    await add('night_owl', { name: 'owl.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await dialog.getByText('not a picture that can be used').waitFor();
    await add('night owl', picture);
    assert.ok(await dialog.getByLabel('Name').evaluate((field) => !field.checkValidity()));
    await dialog.locator('input[type=file]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.alloc(513 * 1024) });
    await dialog.getByText('at most 512').last().waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Add emoji' }).isDisabled(), true);
    await add('night_owl', picture);
    await dialog.locator('.own-emoji li', { hasText: ':night_owl:' }).waitFor();
    await stage.picture(page, 'custom-emoji');

    const seen = post(ada.page, '19').locator('img.emoji');
    await isDrawn(seen);
    assert.equal(await seen.getAttribute('alt'), 'night owl');
    assert.ok((await post(ada.page, '19').innerText()).includes(':no_such_thing:'));
    assert.ok(asked.length <= 2, 'an event brings it, no request');
    await page.keyboard.press('Escape');
    await rita.context.close();
    await ada.context.close();
});

test('it is completed, searched, chosen and reacted with', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await composer(page).pressSequentially('look :night');
    const suggestion = page.locator('.suggestions li', { hasText: ':night_owl:' });
    await isDrawn(suggestion.locator('img'));
    await suggestion.click();
    assert.equal(await composer(page).inputValue(), 'look :night_owl: ');
    await composer(page).press('Enter');
    const row = post(page, 'look');
    await isDrawn(row.locator('.md img.emoji'));
    await row.hover();
    await row.getByRole('button', { name: 'Add reaction' }).click();
    const own = page.getByRole('group', { name: 'Custom emoji' });
    await own.getByRole('option', { name: 'night owl' }).waitFor();
    await assertAccessible(page, 'the picker');
    await stage.picture(page, 'emoji-picker');
    await page.getByRole('combobox', { name: 'Search emoji' }).fill('owl');
    await page.getByRole('option', { name: 'owl', exact: true }).waitFor();
    await own.getByRole('option', { name: 'night owl' }).waitFor();
    for (let n = 0; n < 40; ++n) {
        if ((await own.locator('[aria-selected=true]').count()) === 1) break;
        await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await isDrawn(row.locator('.reactions img.emoji'));
    await context.close();
});

test('names that JavaScript knows are text', async () => {
    await stage.say(stage.ada, stage.incident, 'odd :constructor: :__proto__: :toString: :hasOwnProperty:');
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const row = post(page, 'odd');
    await row.waitFor();
    await page.locator('.emoji').first().waitFor();
    assert.match(await row.innerText(), /odd :constructor: :__proto__: :toString: :hasOwnProperty:/);
    await context.close();
});

test('one removes their own, not that of others, unless they have the right', async () => {
    const ada = await stage.signedIn('ada', '/northern/channels/incident');
    await openDialog(ada.page);
    await ada.page.locator('.own-emoji li', { hasText: ':night_owl:' }).waitFor();
    assert.equal(await ada.page.getByRole('button', { name: 'Remove :night_owl:' }).count(), 0);
    await ada.context.close();

    const root = await stage.signedIn('root', '/northern/channels/town-square');
    await openDialog(root.page);
    await root.page.getByRole('button', { name: 'Remove :night_owl:' }).waitFor();
    await root.context.close();

    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await isDrawn(post(page, 'look').locator('.md img.emoji'));
    await openDialog(page);
    await page.getByRole('button', { name: 'Remove :night_owl:' }).click();
    await page.getByText('Messages then show its name').waitFor();
    await page.getByRole('dialog').last().locator('.primary').click();
    await page.getByText('There is none yet.').waitFor();
    await page.keyboard.press('Escape');
    await until('the name as text', async () => (await post(page, 'look').locator('.md').innerText()).includes(':night_owl:'));
    await context.close();
});

test('where custom emoji are switched off nothing offers them', async () => {
    await stage.ask(stage.root, 'PUT', '/config/patch', { ServiceSettings: { EnableCustomEmoji: false } });
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const asked = [];
    page.on('request', (each) => /\/emoji\b/.test(each.url()) && asked.push(each.url()));
    await page.locator('.foot').getByRole('button', { name: 'Insert emoji' }).click();
    await page.getByRole('option', { name: 'tada' }).first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Add or remove custom emoji' }).count(), 0);
    assert.deepEqual(asked, []);
    await stage.ask(stage.root, 'PUT', '/config/patch', { ServiceSettings: { EnableCustomEmoji: true } });
    await context.close();
});
