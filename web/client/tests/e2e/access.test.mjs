// Accessibility: axe finds nothing in either theme, in any language, on any page; keys reach everything.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { assert, composer, post, Stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function assertAccessible(page, where) {
    await page.evaluate(axe);
    const found = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), rules);
    const told = found.violations.map(
        (each) => `${each.id}: ${each.nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join('\n  ')}`,
    );
    assert.deepEqual(told, [], where);
}

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
    const { ada, hugo, rita, incident } = stage;
    const head = await stage.say(ada, incident, 'See `log`, **now**, @rita and ~town-square: https://example.org #tag');
    await stage.say(hugo, incident, '| Node | Lag |\n|---|--:|\n| a | 12 |\n\n```sql\nselect 1 -- why\n```\n> said\n\n- [x] done', { root_id: head.id });
    await stage.ask(hugo, 'POST', '/reactions', { user_id: hugo.id, post_id: head.id, emoji_name: '+1' });
    await stage.ask(rita, 'POST', '/reactions', { user_id: rita.id, post_id: head.id, emoji_name: 'tada' });
    await stage.say(hugo, incident, '```json\n{"a": 1, "b": "x"}\n```');
    await stage.say(ada, await stage.channel('radiology', 'Radiology'), '@rita look');
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

for (const [theme, language] of [['light', 'en'], ['dark', 'fr'], ['light', 'de']]) {
    test(`axe finds nothing: ${theme}, ${language}`, async () => {
        const { context, page } = await stage.window();
        await page.goto(stage.url);
        await page.evaluate(([a, b]) => {
            localStorage.setItem('concordat.theme', a);
            localStorage.setItem('concordat.language', b);
        }, [theme, language]);
        await page.reload();
        await page.locator('form').waitFor();
        assert.equal(await page.getAttribute('html', 'lang'), language);
        await assertAccessible(page, 'sign-in');
        await stage.picture(page, `sign-in-${theme}-${language}`);
        await page.fill('input[autocomplete^=username]', 'rita');
        await page.fill('input[autocomplete=current-password]', 'correct horse battery');
        await page.click('button.primary');
        await page.locator('.row[data-channel=incident]').click();
        await post(page, 'See').waitFor();
        await page.locator('.hljs-attr').first().waitFor();
        await assertAccessible(page, 'a channel');
        await page.locator('.replies').click();
        await page.locator('.pane article').nth(1).waitFor();
        await page.locator('.pane article').nth(1).hover();
        await assertAccessible(page, 'a thread');
        await stage.picture(page, `conversation-${theme}-${language}`);
        const open = async (keys, ready, name) => {
            await page.keyboard.press(keys);
            await page.locator(ready).first().waitFor();
            await assertAccessible(page, name);
            await page.keyboard.press('Escape');
        };
        await open('Control+k', '.go li', 'go to');
        await open('Control+/', '.keys', 'keys');
        await open('Control+Shift+f', '.search', 'search');
        for (const [n, ready] of [[0, '.choices li'], [1, 'input[name=purpose]'], [2, '.choices li']]) {
            await page.locator('.side header .icon').click();
            await page.getByRole('menuitem').nth(n).click();
            await page.locator(`.dialog ${ready}`).first().waitFor();
            await assertAccessible(page, `addition ${n}`);
            await page.keyboard.press('Escape');
        }
        await page.locator('.rail button.me').click();
        await assertAccessible(page, 'the account menu');
        await page.locator('[role=menuitem]').first().click();
        await page.locator('.dialog').waitFor();
        await assertAccessible(page, 'groups');
        await page.keyboard.press('Escape');
        await page.locator('.rail button.me').click();
        await page.locator('[role=menuitem]').nth(1).click();
        for (const n of [0, 1, 2, 3]) {
            await page.locator('.settings nav button').nth(n).click();
            await assertAccessible(page, `settings ${n}`);
        }
        await stage.picture(page, `settings-${theme}-${language}`);
        await page.keyboard.press('Escape');
        await page.locator('.posts .post:not(.system) .face').first().click();
        await page.locator('.profile .card').waitFor();
        await assertAccessible(page, 'a profile');
        await page.keyboard.press('Escape');
        await page.locator('.row.threads').click();
        await page.locator('.inbox').waitFor();
        await assertAccessible(page, 'the inbox');
        await context.close();
    });
}

test('everything is reached by keys alone', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await post(page, 'See').waitFor();
    const here = () => page.evaluate(() => document.activeElement.closest('[data-region]')?.className ?? '');
    const seen = new Set();
    for (let n = 0; n < 5; ++n) {
        await page.keyboard.press('F6');
        seen.add(await here());
    }
    assert.deepEqual([...seen].sort(), ['foot', 'posts', 'rail', 'side']);
    await composer(page).focus();
    await page.keyboard.press('Shift+F6');
    assert.equal(await here(), 'posts');
    await page.keyboard.press('ArrowUp');
    await until('the message above', () => page.evaluate(() => document.activeElement.matches('article') && document.activeElement.textContent.includes('See')));
    await page.keyboard.press('Enter');
    await page.locator('.pane').waitFor();
    await page.keyboard.press('Escape');
    await until('the thread to close', async () => (await page.locator('.pane').count()) === 0);
    await composer(page).fill('hello @ad');
    await page.locator('.suggestions li').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await composer(page).inputValue(), 'hello @ada ');
    await context.close();
});

test('a phone shows one thing at a time and nothing sticks out', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident', {
        viewport: { width: 360, height: 740 },
        isMobile: true,
        hasTouch: true,
    });
    const sticksOut = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    await post(page, 'See').waitFor();
    assert.equal(await page.locator('.side').isVisible(), false);
    assert.equal(await sticksOut(), false);
    await stage.picture(page, 'phone-conversation');
    await assertAccessible(page, 'a channel on a phone');
    await page.locator('.to-list').click();
    await page.locator('.side').waitFor();
    await stage.picture(page, 'phone-list');
    assert.equal(await sticksOut(), false);
    await page.locator('.row[data-channel=radiology]').click();
    await post(page, 'look').waitFor();
    assert.equal(await page.locator('.side').isVisible(), false);
    await context.close();
});
