// Formulas: drawn where the node wants them, under the strict policy; hostile ones stay the text they are.
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, composer, post, Stage, until } from './support.mjs';

let stage;
const set = (EnableLatex, EnableInlineLatex) =>
    stage.ask(stage.root, 'PUT', '/config/patch', { ServiceSettings: { EnableLatex, EnableInlineLatex } });
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
    const { ada, incident } = stage;
    await stage.say(ada, incident, 'block $$\\frac{a}{b} = \\sqrt{x^2 + y^2}$$ end');
    await stage.say(ada, incident, 'line $e^{i\\pi}$ costs $5 and $6');
    await stage.say(ada, incident, 'fence\n```latex\n\\begin{pmatrix}1 & 2\\\\3 & 4\\end{pmatrix}\n```');
    await stage.say(ada, incident, 'colour $$\\color{red}{x} \\hspace{2em} y$$');
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('without the setting dollars are dollars, and nothing more is loaded', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await post(page, 'block').waitFor();
    assert.match(await post(page, 'block').innerText(), /\$\$\\frac\{a\}\{b\}/);
    assert.equal(await page.locator('math').count(), 0);
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map((each) => each.name));
    assert.ok(!loaded.some((name) => name.includes('mathematics')), String(loaded));
    await context.close();
});

test('formulas are drawn: in lines only where that is wanted', async () => {
    await set(true, false);
    const first = await stage.signedIn('rita', '/northern/channels/incident');
    await post(first.page, 'block').locator('math mfrac').waitFor();
    assert.equal(await post(first.page, 'line').locator('math').count(), 0);
    await first.context.close();

    await set(true, true);
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const fraction = post(page, 'block').locator('math mfrac');
    await fraction.waitFor();
    const [above, below] = await fraction.evaluate((each) => [...each.children].map((part) => part.getBoundingClientRect().top));
    assert.ok(below > above, 'the browser draws a fraction as one');
    await post(page, 'line').locator('math msup').waitFor();
    assert.match(await post(page, 'line').innerText(), /costs \$5 and \$6/);
    await post(page, 'fence').locator('math mtable').waitFor();
    assert.equal(await post(page, 'fence').locator('figure').count(), 0);
    assert.equal(
        await post(page, 'colour').locator('math mi').first().evaluate((each) => getComputedStyle(each).color),
        'rgb(255, 0, 0)',
    );
    await assertAccessible(page, 'formulas');
    await stage.picture(page, 'formulas');
    await context.close();
});

test('hostile formulas stay text, and the page answers', async () => {
    const { rita, ada, incident } = stage;
    await stage.ask(rita, 'POST', '/channels/members/me/view', { channel_id: incident.id });
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await post(page, 'colour').locator('math').waitFor();
    const shown = async (text, word) => {
        await stage.say(ada, incident, text);
        const row = post(page, word);
        await row.waitFor();
        await composer(page).fill(`after ${word}`);
        assert.equal(await composer(page).inputValue(), `after ${word}`);
        return row;
    };
    const deep = await shown(`deep $$${'\\sqrt{'.repeat(900)}x${'}'.repeat(900)}$$`, 'deep');
    assert.equal(await deep.locator('math').count(), 0);
    const wide = await shown(`wide $$${'x'.repeat(16_000)}$$`, 'wide');
    assert.equal(await wide.locator('math').count(), 0);
    const many = await shown('many ' + '$a$ '.repeat(3000), 'many');
    await many.locator('math').first().waitFor();
    await until('at most 200 to be drawn', async () => (await many.locator('math').count()) === 200);
    const bomb = await shown('bomb $$\\def\\a{xxxxxxxx}\\def\\b{\\a\\a\\a\\a}\\b$$', 'bomb');
    assert.ok((await bomb.innerText()).includes('\\def'));
    const link = await shown(
        'link $$\\href{javascript:globalThis.ran=1}{x}$$ $$\\text{<img src=x onerror="globalThis.ran=1">}$$',
        'link',
    );
    await link.locator('math').first().waitFor();
    assert.equal(await link.locator('.md :is(a, img, [href], [onerror])').count(), 0);
    const broken = await shown('broken $$\\frac{a$$ and', 'broken');
    assert.ok((await broken.innerText()).includes('$$\\frac{a$$'));
    const large = await shown('large $$\\rule{9999em}{9999em}$$', 'large');
    await large.locator('math').waitFor();
    assert.equal(await page.evaluate(() => globalThis.ran), undefined);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await context.close();
});
