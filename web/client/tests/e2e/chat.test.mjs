// The chat as people use it: signing in, reading, writing, threads, finding, files.
import { after, before, test } from 'node:test';
import { assert, composer, password, post, Stage, until } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open();
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

test('a wrong password is refused in plain words, a right one leads to the chat', async () => {
    const { context, page } = await stage.window();
    await page.goto(stage.url);
    await stage.picture(page, 'sign-in');
    await page.fill('input[autocomplete^=username]', 'rita');
    await page.fill('input[autocomplete=current-password]', 'wrong');
    await page.click('button.primary');
    await page.getByText('do not match').waitFor();
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
    await composer(page).waitFor();
    assert.match(page.url(), /\/northern\/channels\/town-square$/);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => /token/i.test(key))), []);
    await context.close();
});

test('the page fetches and runs nothing but its own, and the policy is strict', async () => {
    const { context, page } = await stage.window();
    const reply = await page.goto(stage.url);
    const policy = reply.headers()['content-security-policy'];
    assert.match(policy, /^default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|http:|https:|\*/);
    const blocked = await page.evaluate(() => {
        const tries = [
            () => {
                document.body.innerHTML = '<b>x</b>';
            },
            () => document.createElement('script').text = 'globalThis.ran = 1',
        ];
        return tries.map((attempt) => {
            try {
                attempt();
                return 'allowed';
            } catch (error) {
                return error.name;
            }
        });
    });
    assert.deepEqual(blocked.map((each) => each !== 'allowed'), [true, true], String(blocked));
    await until('the refusals to be told', () => stage.complaints.length >= 2);
    stage.complaints = stage.complaints.filter((line) => !/requires 'Trusted(HTML|Script)'/.test(line));
    await context.close();
});

test('what one writes the other reads at once, with Markdown', async () => {
    const rita = await stage.signedIn('rita', '/northern/channels/incident');
    const ada = await stage.signedIn('ada', '/northern/channels/incident');
    await composer(rita.page).fill('**Hello** @ada, see `log` :tada:');
    await composer(rita.page).press('Enter');
    const seen = post(ada.page, 'Hello');
    await seen.waitFor();
    assert.equal(await seen.locator('strong').innerText(), 'Hello');
    assert.equal(await seen.locator('.mention.me').innerText(), '@ada');
    assert.equal(await seen.locator('.emoji').innerText(), '🎉');
    await until('typing to be told', async () => {
        await composer(ada.page).pressSequentially('a');
        return (await rita.page.locator('.foot .hint').innerText()).includes('typing');
    });
    await rita.context.close();
    await ada.context.close();
});

test('a message is edited, reacted to, pinned, saved, linked and deleted', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await composer(page).fill('first wording');
    await composer(page).press('Enter');
    await post(page, 'first wording').waitFor();
    await composer(page).press('ArrowUp');
    await page.locator('article textarea').fill('second wording');
    await page.locator('article textarea').press('Enter');
    const row = post(page, 'second wording');
    await row.getByText('edited').waitFor();
    const act = async (name) => {
        await row.hover();
        await row.getByRole('button', { name: 'Actions for this message' }).click();
        await page.getByRole('menuitem', { name }).click();
    };
    await act('Pin to channel');
    await row.getByText('Pinned').waitFor();
    await act('Save for later');
    await row.getByText('Saved').waitFor();
    await row.hover();
    await row.getByRole('button', { name: 'Add reaction' }).click();
    await page.getByRole('combobox', { name: 'Search emoji' }).fill('rocket');
    await page.getByRole('option', { name: 'rocket', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await row.locator('.reactions', { hasText: '🚀' }).waitFor();
    await act('Copy link');
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /\/northern\/pl\/[a-z0-9]{26}$/);
    await page.goto(link);
    await page.locator('article.target', { hasText: 'second wording' }).waitFor();
    await row.getByText('edited').click();
    await page.getByRole('dialog').getByText('first wording').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Saved messages' }).click();
    await page.locator('.pane article', { hasText: 'second wording' }).waitFor();
    await page.locator('.pane').getByRole('button', { name: 'Close' }).click();
    await row.focus();
    await page.keyboard.press('d');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await until('the message to go', async () => (await row.count()) === 0);
    await context.close();
});

test('a thread is answered, followed and found in the inbox', async () => {
    const head = await stage.say(stage.ada, stage.incident, 'Who takes the night shift?');
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    const row = post(page, 'Who takes the night shift?');
    await row.hover();
    await row.getByRole('button', { name: 'Reply in thread' }).click();
    const field = page.locator('.pane textarea');
    await field.fill('I do.');
    await field.press('Enter');
    await page.locator('.pane article', { hasText: 'I do.' }).waitFor();
    await row.getByText('1 reply').waitFor();
    assert.equal(await page.locator('.posts article', { hasText: 'I do.' }).count(), 0);
    await page.keyboard.press('Escape');
    await stage.say(stage.hugo, stage.incident, 'Thank you', { root_id: head.id });
    await page.locator('.row.threads.unread').waitFor();
    await page.locator('.row.threads').click();
    await page.locator('.thread-card', { hasText: 'Who takes the night shift?' }).click();
    await page.locator('.pane article', { hasText: 'Thank you' }).waitFor();
    await stage.picture(page, 'threads');
    await until('the thread to be read', async () => (await page.locator('.row.threads.unread').count()) === 0);
    await context.close();
});

test('unread channels, the new line and marking as unread', async () => {
    const room = await stage.channel('radiology', 'Radiology');
    await stage.say(stage.ada, room, 'read this');
    const { context, page } = await stage.signedIn('rita', '/northern/channels/town-square');
    const row = page.locator('.row[data-channel=radiology]');
    await page.locator('.hot .row[data-channel=radiology]').waitFor();
    await row.click();
    await page.locator('.rule.new').waitFor();
    await until('the channel to be read', async () => !(await row.getAttribute('class')).includes('unread'));
    await page.locator('.row[data-channel=town-square]').click();
    await stage.say(stage.ada, room, '@rita and this');
    await page.locator('.row[data-channel=radiology] .hits').waitFor();
    await until('the title to tell', async () => (await page.title()).startsWith('('));
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await post(page, 'and this').waitFor();
    await until('reading to be known', async () => !(await row.getAttribute('class')).includes('unread'));
    await post(page, 'read this').focus();
    await page.keyboard.press('u');
    await until('the channel to be unread', async () => (await row.getAttribute('class')).includes('unread'));
    await context.close();
});

test('channels are made, browsed, joined, filled and left; people are written to', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/town-square');
    const add = (name) => page.getByRole('button', { name: 'Add a channel or conversation' }).click().then(() => page.getByRole('menuitem', { name }).click());
    await add('New channel');
    await page.getByLabel('Name', { exact: true }).fill('Öffentliche Übung');
    await page.getByRole('button', { name: 'Create channel' }).click();
    await page.waitForURL(/channels\/o/);
    await page.locator('h2', { hasText: 'Öffentliche Übung' }).waitFor();
    await page.getByRole('button', { name: 'Options of this channel' }).click();
    await page.getByRole('menuitem', { name: 'Add people' }).click();
    await page.getByLabel('Type a name').fill('hugo');
    await page.getByRole('checkbox', { name: /Hugo/ }).check();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('2 members').waitFor();
    const other = await stage.signedIn('ada', '/northern/channels/town-square');
    await other.page.getByRole('button', { name: 'Add a channel or conversation' }).click();
    await other.page.getByRole('menuitem', { name: 'Browse channels' }).click();
    await other.page.getByRole('button', { name: 'Join Öffentliche Übung' }).click();
    await other.page.locator('h2', { hasText: 'Öffentliche Übung' }).waitFor();
    await page.getByText('3 members').waitFor();
    await other.page.getByRole('button', { name: 'Options of this channel' }).click();
    await other.page.getByRole('menuitem', { name: 'Leave channel' }).click();
    await other.page.waitForURL(/town-square/);
    await add('New message');
    await page.getByLabel('Type a name').fill('ada');
    await page.getByRole('checkbox', { name: /Ada/ }).check();
    await page.getByLabel('Type a name').fill('hugo');
    await page.getByRole('checkbox', { name: /Hugo/ }).check();
    await page.getByRole('button', { name: 'Start conversation' }).click();
    await page.waitForURL(/messages\//);
    await page.locator('h2', { hasText: /hugo/i }).waitFor(); // until then one writes in the channel before
    await composer(page).fill('a word among three');
    await composer(page).press('Enter');
    // By its name: other channels may be unread, too, and this one's event may come later.
    await other.page.locator('.hot .row', { hasText: /rita/i }).click();
    await post(other.page, 'a word among three').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Type a channel' }).fill('hugo');
    await page.getByRole('option', { name: /@hugo/ }).click();
    await page.waitForURL(/messages\/@hugo/);
    await context.close();
    await other.context.close();
});

test('search finds words and shows the place', async () => {
    await stage.say(stage.ada, stage.incident, 'the xylophone is out of tune');
    const { context, page } = await stage.signedIn('rita', '/northern/channels/town-square');
    await page.keyboard.press('Control+Shift+f');
    await page.getByRole('searchbox').fill('xylophone');
    await page.keyboard.press('Enter');
    const hit = page.locator('.pane article', { hasText: 'xylophone' });
    await hit.waitFor();
    await hit.getByRole('button', { name: 'Go to message' }).click();
    await page.locator('article.target', { hasText: 'xylophone' }).waitFor();
    assert.ok((await page.locator('.pane mark').allTextContents()).some((each) => each.toLowerCase() === 'xylophone'));
    await stage.picture(page, 'search');
    await context.close();
});

test('files are chosen, pasted and shown; a draft survives', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await page.setInputFiles('input[type=file]', { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('night shift') });
    await page.locator('.uploads li', { hasText: 'plan.txt' }).waitFor();
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';
    await page.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], 'dot.png', { type: 'image/png' }));
        const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
        document.querySelector('.foot textarea').dispatchEvent(event);
    }, png);
    await page.locator('.uploads li', { hasText: 'dot.png' }).waitFor();
    await until('both to be sent', async () => (await page.locator('.uploads progress').count()) === 0);
    await composer(page).fill('two files');
    await composer(page).press('Enter');
    const row = post(page, 'two files');
    await row.locator('.file', { hasText: 'plan.txt' }).waitFor();
    await row.locator('.picture').click();
    await page.locator('.viewer img').waitFor();
    await until('the picture to be drawn', () => page.evaluate(() => document.querySelector('.viewer img').naturalWidth > 0));
    await page.keyboard.press('Escape');
    await composer(page).fill('half a thought');
    await page.locator('.row[data-channel=town-square]').click();
    await page.locator('.row[data-channel=incident] .pencil').waitFor();
    await page.waitForTimeout(400);
    await page.reload();
    await page.locator('.row[data-channel=incident]').click();
    await until('the draft to be back', async () => (await composer(page).inputValue()) === 'half a thought');
    await context.close();
});

test('hostile text stays text', async () => {
    const nasty = '<img src=x onerror="globalThis.ran=1"><script>globalThis.ran=1</script> [x](javascript:globalThis.ran=1) \u202Egnp.exe';
    await stage.say(stage.ada, stage.incident, `${'> '.repeat(3000)}deep`);
    await stage.say(stage.ada, stage.incident, nasty);
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    await post(page, 'onerror').waitFor();
    assert.equal(await page.evaluate(() => globalThis.ran), undefined);
    assert.equal(await post(page, 'onerror').locator('img, script, a').count(), 0);
    await context.close();
});

test('signing out leaves nothing behind', async () => {
    const { context, page } = await stage.signedIn('hugo', '/northern/channels/incident');
    await composer(page).fill('secret draft');
    await page.getByRole('button', { name: /Your account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: /Sign in/ }).waitFor();
    assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes('secret draft'));
    assert.equal((await context.cookies()).filter((each) => each.name === 'MMAUTHTOKEN').length, 0);
    await context.close();
});
