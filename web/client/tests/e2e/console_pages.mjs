// What tests of the console share.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { assert, password } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A window in which that person is signed in and looks at a page of the console. */
export async function openConsole(stage, name, path, theme = 'light') {
    const { page } = await stage.window({ colorScheme: theme });
    await page.goto(`${stage.url}${path}`);
    await page.fill('input[autocomplete^=username]', name);
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
    await page.locator('.console main h1').waitFor();
    return page;
}

export async function assertAccessible(page, where) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160))}`), [], where);
}
