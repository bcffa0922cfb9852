// Lost connections, a node that restarts, two windows: nothing lost, nothing doubled, one calm line.
import { after, before, test } from 'node:test';
import { Line } from './line.mjs';
import { assert, composer, post, Stage, until } from './support.mjs';

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

const texts = (page) => page.locator('.posts article .md').allInnerTexts();

test('after a drop everything is there once, in order, and the draft is kept', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await stage.say(stage.ada, stage.incident, 'before the drop');
    await post(page, 'before the drop').waitFor();
    await composer(page).fill('I was writing');
    line.cut();
    await page.locator('.connection', { hasText: 'Connection lost' }).waitFor();
    assert.equal(await page.locator('.connection').count(), 1);
    for (const n of [1, 2, 3]) await stage.say(stage.ada, stage.incident, `missed ${n}`);
    await composer(page).press('Enter');
    await page.locator('.failed').waitFor();
    line.mend();
    await page.getByRole('button', { name: 'Try now' }).click({ timeout: 2000 }).catch(() => undefined);
    await until('the line to go', async () => (await page.locator('.connection').innerText()) === '');
    await until('the message to be sent', async () => (await page.locator('.failed').count()) === 0);
    await post(page, 'missed 3').waitFor();
    const seen = (await texts(page)).filter((each) => /missed|writing/.test(each));
    assert.deepEqual([...seen].sort(), ['I was writing', 'missed 1', 'missed 2', 'missed 3']);
    assert.deepEqual(seen.filter((each) => /missed/.test(each)), ['missed 1', 'missed 2', 'missed 3']);
    await context.close();
});

test('a drop is resumed without loading anything again', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await stage.say(stage.ada, stage.incident, 'quiet before');
    await post(page, 'quiet before').waitFor();
    const calls = [];
    page.on('request', (request) => /posts|channels/.test(request.url()) && request.method() === 'GET' && calls.push(request.url()));
    line.cut();
    await page.locator('.connection', { hasText: 'Connection lost' }).waitFor();
    await stage.say(stage.ada, stage.incident, 'said meanwhile');
    line.mend();
    await post(page, 'said meanwhile').waitFor();
    assert.deepEqual(calls, []);
    await context.close();
});

test('two windows of one person show the same', async () => {
    const first = await stage.signedIn('rita', '/northern/channels/incident');
    const second = await stage.page(first.context);
    await second.goto(`${stage.url}/northern/channels/incident`);
    await composer(second).waitFor();
    await composer(first.page).fill('from the first window');
    await composer(first.page).press('Enter');
    await post(second, 'from the first window').waitFor();
    await composer(second).fill('from the second window');
    await composer(second).press('Enter');
    await post(first.page, 'from the second window').waitFor();
    for (const page of [first.page, second]) {
        const own = (await texts(page)).filter((each) => each.startsWith('from the'));
        assert.deepEqual(own, ['from the first window', 'from the second window']);
    }
    await first.context.close();
});

test('a session that was ended leads to signing in', async () => {
    const { context, page } = await stage.signedIn('hugo', '/northern/channels/incident');
    await stage.ask(stage.hugo, 'POST', `/users/${stage.hugo.id}/sessions/revoke/all`);
    await composer(page).fill('still here?');
    await composer(page).press('Enter');
    await page.getByText('Your session has ended').waitFor();
    await context.close();
});
