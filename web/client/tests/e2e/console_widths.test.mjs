// Every page of the console on a phone, enlarged, in the dark and in forced colours: readable, and by the keyboard alone.
import { after, before, test } from 'node:test';
import { assertAccessible, openConsole } from './console_pages.mjs';
import { assert, Stage, until } from './support.mjs';

let stage, page, paths;
before(async () => {
    stage = await Stage.open({
        env: {
            MM_MESSAGEEXPORTSETTINGS_ENABLEEXPORT: 'true',
            MM_MESSAGEEXPORTSETTINGS_DAILYRUNTIME: '23:59',
            MM_COMPLIANCESETTINGS_ENABLE: 'true',
            MM_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS: 'true',
        },
    });
    await stage.organisation();
    await stage.ask(stage.root, 'PUT', `/users/${stage.root.id}/roles`, {
        roles: 'system_user system_admin compliance_officer legal content_officer export_approver',
    });
    page = await openConsole(stage, 'root', '/console');
    paths = await page.locator('.console > nav > a').evaluateAll((links) => links.map((each) => new URL(each.href).pathname));
    assert.ok(paths.length >= 18, String(paths));
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

async function eachPage(name, look) {
    for (const path of paths) {
        await page.goto(stage.url + path);
        await page.locator('.console main h1').first().waitFor();
        await until(`${path} to be loaded`, async () => (await page.locator('main [aria-busy=true]').count()) === 0);
        await look(path);
        await stage.picture(page, `${name}-${path.split('/').pop()}`);
    }
}
const isTooWide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
/** Nothing is cut off but in what scrolls by itself. */
const cutOff = () =>
    page.evaluate(() => {
        const main = document.querySelector('.console main');
        return [...main.querySelectorAll('button, input, select, textarea, h1, h2, p')]
            .filter((each) => each.checkVisibility() && !each.closest('.table, pre, .log'))
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
            .map((each) => each.outerHTML.slice(0, 120));
    });

test('each fits a phone', { timeout: 240_000 }, async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await eachPage('narrow', async (path) => {
        assert.ok((await isTooWide()) <= 0, `${path} is ${await isTooWide()} too wide`);
        assert.deepEqual(await cutOff(), [], path);
        assert.equal(await page.locator('main h1').count(), 1, path);
        await assertAccessible(page, path);
    });
});

test('on a phone the pages are listed when asked for', { timeout: 60_000 }, async () => {
    const link = page.getByRole('link', { name: 'Keys', exact: true });
    assert.equal(await link.isVisible(), false);
    await page.getByRole('button', { name: 'Pages' }).press('Enter');
    await assertAccessible(page, 'the list of pages');
    await link.press('Enter');
    await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor();
    assert.equal(await link.isVisible(), false);
});

test('each is whole at 200 %, in the dark', { timeout: 240_000 }, async () => {
    await page.setViewportSize({ width: 720, height: 450 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await eachPage('enlarged', async (path) => {
        assert.ok((await isTooWide()) <= 0, `${path} is ${await isTooWide()} too wide`);
        assert.deepEqual(await cutOff(), [], path);
        await assertAccessible(page, path);
    });
});

test('each shows where the focus is, in forced colours, too', { timeout: 240_000 }, async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
    await eachPage('forced', async (path) => {
        await page.locator('.console > nav > a').last().focus();
        const seen = new Set();
        for (let n = 0; n < 12; ++n) {
            await page.keyboard.press('Tab');
            const { is, where, outline } = await page.evaluate(() => {
                const at = document.activeElement;
                const style = getComputedStyle(at);
                return { is: at !== document.body, where: at.outerHTML.slice(0, 80), outline: `${style.outlineStyle} ${style.outlineWidth}` };
            });
            if (!is) break;
            seen.add(where);
            assert.doesNotMatch(outline, /^none|0px$/, `${path}: ${where}`);
        }
        assert.ok(seen.size >= 2, `${path}: ${[...seen]}`);
    });
});
