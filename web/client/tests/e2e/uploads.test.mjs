// Large files: paused and resumed, interrupted and going on by themselves, kept with the draft, refused and tried again.
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { Line } from './line.mjs';
import { assert, composer, post, Stage, until } from './support.mjs';

const MiB = 1024 * 1024;
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

let stage;
let line;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
    line = await Line.to(Number(new URL(stage.url).port));
    stage.url = line.url; // requests of the test itself go past it
}, { timeout: 120_000 });
after(async () => {
    line?.close();
    await stage?.close();
}, { timeout: 60_000 });

const choose = (page, name, buffer) =>
    page.setInputFiles('.foot input[type=file]', { name, mimeType: 'application/octet-stream', buffer });
const row = (page, name) => page.locator('.uploads li', { hasText: name });
const isDone = (page, name) => until(`${name} to have arrived`, async () => (await row(page, name).locator('progress').count()) === 0);
const watch = (page) => {
    const seen = { opened: 0, pieces: 0 };
    page.on('request', (each) => {
        if (each.method() !== 'POST') return;
        if (/\/uploads$/.test(each.url())) ++seen.opened;
        if (/\/uploads\/\w+$/.test(each.url())) ++seen.pieces;
    });
    return seen;
};
// What the others get.
async function arrived(page, text) {
    await composer(page).fill(text);
    await composer(page).press('Enter');
    await post(page, text).locator('.file').waitFor();
    const href = await post(page, text).locator('.file a').getAttribute('href');
    const reply = await fetch(stage.direct + href, { headers: { Authorization: `Bearer ${stage.ada.token}` } });
    assert.equal(reply.status, 200);
    return Buffer.from(await reply.arrayBuffer());
}

test('an upload is paused and goes on from where it was', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const seen = watch(page);
    const bytes = randomBytes(12 * MiB);
    line.stallsAt = 3 * MiB;
    await choose(page, 'scan.bin', bytes);
    await row(page, 'scan.bin').locator('progress').waitFor();
    await until('some of it to have gone', async () => (await row(page, 'scan.bin').locator('progress').evaluate((each) => each.value)) > 2 * MiB);
    await page.getByRole('button', { name: 'Pause uploading scan.bin' }).focus();
    await page.keyboard.press('Enter');
    await row(page, 'scan.bin').getByText('Paused').waitFor();
    assert.equal(await page.locator('button.send').isDisabled(), true);
    await assertAccessible(page, 'a paused upload');
    await stage.picture(page, 'upload-paused');
    line.mend();
    const pieces = seen.pieces;
    await page.waitForTimeout(1500);
    assert.equal(seen.pieces, pieces, 'nothing goes while it is paused');
    const before = line.sent;
    await page.keyboard.press('Enter');
    await isDone(page, 'scan.bin');
    const again = line.sent - before;
    assert.ok(again > 8 * MiB && again < 11 * MiB, `${again} bytes were sent after the pause`);
    assert.equal(seen.opened, 1);
    assert.equal(digest(await arrived(page, 'the scan')), digest(bytes));
    await context.close();
});

test('an upload whose connection is lost goes on by itself', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const seen = watch(page);
    const bytes = randomBytes(20 * MiB);
    const before = line.sent;
    line.cutsAt = 11 * MiB; // in the second piece
    await choose(page, 'film.bin', bytes);
    await row(page, 'film.bin').getByText('Waits for the connection').waitFor();
    await stage.picture(page, 'upload-waiting');
    line.mend();
    await isDone(page, 'film.bin');
    assert.equal(seen.opened, 1, 'the same upload');
    const sent = line.sent - before;
    assert.ok(sent < 28 * MiB, `${sent} bytes for 20 MiB`);
    assert.equal(digest(await arrived(page, 'the film')), digest(bytes));
    await context.close();
});

test('what has arrived belongs to the draft: other channels, a reload, and the end of the session', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await choose(page, 'kept.bin', randomBytes(2 * MiB));
    await isDone(page, 'kept.bin');
    await page.locator('.row[data-channel=town-square]').click();
    await page.waitForURL(/town-square/);
    assert.equal(await page.locator('.uploads li').count(), 0);
    await page.locator('.row[data-channel=incident] .pencil').waitFor();
    await page.reload();
    await page.locator('.row[data-channel=incident]').click();
    await row(page, 'kept.bin').waitFor();
    assert.equal((await arrived(page, 'after the reload')).length, 2 * MiB);
    assert.equal(await page.locator('.uploads li').count(), 0);
    await choose(page, 'secret-plan.bin', randomBytes(2 * MiB));
    await isDone(page, 'secret-plan.bin');
    await page.waitForTimeout(500);
    assert.ok((await page.evaluate(() => JSON.stringify(localStorage))).includes('secret-plan'));
    await page.getByRole('button', { name: /Your account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: /Sign in/ }).waitFor();
    assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes('secret-plan'));
    await context.close();
});

test('a refusal is told and can be tried again; an upload is thrown away', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await page.route(/\/api\/v4\/uploads$/, (route) =>
        route.fulfill({ status: 403, body: JSON.stringify({ id: 'api.context.permissions.app_error', message: '' }) }),
    );
    await choose(page, 'no.bin', randomBytes(2 * MiB));
    await row(page, 'no.bin').getByText('not allowed').waitFor();
    await assertAccessible(page, 'a refused upload');
    await page.unroute(/\/api\/v4\/uploads$/);
    await page.getByRole('button', { name: 'Try again to upload no.bin' }).click();
    await isDone(page, 'no.bin');
    await page.getByRole('button', { name: 'Remove no.bin' }).click();
    await until('it to be gone', async () => (await page.locator('.uploads li').count()) === 0);
    line.stallsAt = MiB;
    await choose(page, 'away.bin', randomBytes(9 * MiB));
    await page.getByRole('button', { name: 'Remove away.bin' }).click();
    await until('it to be gone', async () => (await page.locator('.uploads li').count()) === 0);
    line.mend();
    await composer(page).fill('nothing with it');
    await composer(page).press('Enter');
    await post(page, 'nothing with it').waitFor();
    assert.equal(await post(page, 'nothing with it').locator('.file').count(), 0);
    await context.close();
});
