// Sound and film play where they stand, fetched in parts; a document is offered, never opened inside the page.
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, composer, post, Stage, until } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

// Two seconds of a tone, 8 bits at 8 kHz.
function tone() {
    const samples = 16_000;
    const head = Buffer.alloc(44);
    head.write('RIFF', 0);
    head.writeUInt32LE(36 + samples, 4);
    head.write('WAVEfmt ', 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt32LE(8000, 24);
    head.writeUInt32LE(8000, 28);
    head.writeUInt16LE(1, 32);
    head.writeUInt16LE(8, 34);
    head.write('data', 36);
    head.writeUInt32LE(samples, 40);
    return Buffer.concat([head, Buffer.from(Array.from({ length: samples }, (_none, n) => 128 + Math.round(90 * Math.sin(n / 3))))]);
}
async function send(page, text, name, mimeType, buffer) {
    await page.setInputFiles('.foot input[type=file]', { name, mimeType, buffer });
    await until('it to have arrived', async () => (await page.locator('.uploads progress').count()) === 0);
    await composer(page).fill(text);
    await composer(page).press('Enter');
    await post(page, text).locator('.file').waitFor();
    return post(page, text);
}

test('sound plays in the message and in the overlay', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const parts = [];
    page.on('response', (reply) => /\/files\/\w+$/.test(reply.url()) && parts.push(reply.status()));
    const row = await send(page, 'listen', 'tone.wav', 'audio/wav', tone());
    const audio = row.locator('audio');
    await until('the length to be known', async () => Math.round(await audio.evaluate((each) => each.duration)) === 2);
    assert.ok(parts.includes(206), String(parts));
    await assertAccessible(page, 'a player in a message');
    await row.getByRole('button', { name: 'Open tone.wav' }).click();
    await page.locator('.viewer audio').waitFor();
    await assertAccessible(page, 'a player in the overlay');
    await page.keyboard.press('Escape');
    await context.close();
});

test('a film has a player; one that cannot be played can be downloaded', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const row = await send(page, 'watch', 'film.mp4', 'video/mp4', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'));
    const video = row.locator('video');
    await video.waitFor();
    assert.equal(await video.getAttribute('aria-label'), 'film.mp4');
    assert.equal(await video.evaluate((each) => each.controls && !each.autoplay), true);
    await row.getByRole('link', { name: 'Download film.mp4' }).waitFor();
    await context.close();
});

test('a document is offered as a download and opened in no frame', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const row = await send(page, 'read', 'plan.pdf', 'application/pdf', Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n'));
    await row.getByRole('button', { name: 'Open plan.pdf' }).click();
    await page.locator('.viewer').getByText('download it and open it there').waitFor();
    assert.equal(await page.locator('iframe, object, embed').count(), 0);
    await assertAccessible(page, 'a document');
    await stage.picture(page, 'preview-pdf');
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('.viewer').getByRole('link', { name: 'Download plan.pdf' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'plan.pdf');
    await context.close();
});
