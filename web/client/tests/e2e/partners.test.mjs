// Two organisations are paired in two browsers, compare the number, and one is suspended.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { freePort, program } from '../../../../tests/contract/support/node.mjs';
import { assert, composer, password, post, Stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let alpha, beta;
async function organisation(name) {
    const address = `127.0.0.1:${await freePort()}`;
    const stage = await Stage.open({
        env: {
            MM_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS: 'true',
            CONCORDAT_CONCORDATSETTINGS_ORGANISATIONNAME: name,
            CONCORDAT_CONCORDATSETTINGS_FEDERATIONLISTENADDRESS: address,
            CONCORDAT_CONCORDATSETTINGS_FEDERATIONPUBLICADDRESS: address,
        },
    });
    await stage.organisation();
    return stage;
}
before(async () => {
    alpha = await organisation('Alpha Hospital');
    beta = await organisation('Beta Clinic');
}, { timeout: 240_000 });
after(async () => {
    await alpha?.close();
    await beta?.close();
}, { timeout: 120_000 });

async function partnersOf(stage, theme = 'light') {
    const { page } = await stage.window({ colorScheme: theme });
    await page.goto(`${stage.url}/console/partners`);
    await page.fill('input[autocomplete^=username]', 'root');
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
    await page.getByRole('button', { name: 'Invite a partner' }).waitFor();
    return page;
}
async function assertAccessible(page, where) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160))}`), [], where);
}
const compare = async (page) => {
    await page.getByRole('button', { name: 'Compare the check number' }).click();
    return (await page.locator('.check-number').textContent()).trim();
};

test('two organisations are paired, and see each other', { timeout: 180_000 }, async () => {
    const [here, there] = [await partnersOf(alpha), await partnersOf(beta, 'dark')];
    await here.getByText('No partners yet').waitFor();
    await here.getByText('Alpha Hospital').waitFor();
    await here.getByRole('button', { name: 'Invite a partner' }).click();
    await here.fill('input[name=label]', 'Our clinic');
    await here.fill('input[name=name]', 'beta');
    await here.fill('input[name=password]', 'a long enough secret');
    await assertAccessible(here, 'invite');
    await here.getByRole('button', { name: 'Make the invitation' }).click();
    const word = await here.locator('textarea[readonly]').inputValue();
    assert.match(word, /^concordat-/);
    await here.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await here.locator('.partner', { hasText: 'Invited' }).waitFor();

    await there.getByRole('button', { name: 'Accept an invitation' }).click();
    await there.fill('textarea[name=invite]', word);
    await there.fill('input[name=label]', 'The hospital');
    await there.fill('input[name=name]', 'alpha');
    await there.fill('input[name=password]', 'not the right secret');
    await there.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await there.getByRole('dialog').locator('[role=alert]:not(:empty)').waitFor();
    await there.fill('input[name=password]', 'a long enough secret');
    await there.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();

    const numbers = [await compare(there), await compare(here)];
    assert.match(numbers[0], /^(\d{5} ?){8}$/);
    assert.equal(numbers[0], numbers[1]);
    await assertAccessible(there, 'compare');
    await alpha.picture(here, 'console-partners-compare');
    for (const page of [here, there]) {
        await page.getByRole('button', { name: 'It is the same number' }).click();
        await page.locator('.partner', { hasText: 'Active' }).waitFor();
    }
    for (const page of [here, there]) {
        await page.getByText('Connected since').waitFor();
        await page.getByText('Everything has arrived there').waitFor();
    }
    await assertAccessible(here, 'partners');
    await alpha.picture(here, 'console-partners');

    const [partner] = await alpha.ask(alpha.root, 'GET', '/concordat/federation/partners').then((list) => Object.values(list));
    await alpha.ask(alpha.root, 'POST', `/remotecluster/${partner.id}/channels/${alpha.incident.id}/invite`);
    await here.getByText('Major incident (ours)').waitFor();
    await there.getByText('Major incident (theirs)').waitFor();

    // Which files pass is decided here; what is typed is asked of the node again.
    await here.getByRole('button', { name: 'Which files pass' }).click();
    const files = here.getByRole('form', { name: 'Files' });
    await files.getByLabel('The largest, in MiB').fill('5');
    await files.getByLabel('Not these endings').fill('.EXE, js');
    await assertAccessible(here, 'which files pass');
    await files.getByRole('button', { name: 'Save' }).click();
    await files.waitFor({ state: 'detached' });
    const { policy } = await alpha.ask(alpha.root, 'GET', `/concordat/federation/partners/${partner.id}`);
    assert.deepEqual([policy.files, policy.largest_file, policy.refused_file_types], [true, 5 * 2 ** 20, ['exe', 'js']]);
    await here.getByRole('button', { name: 'Files', exact: true }).click();
    await here.getByText('No file has passed yet.').waitFor();

    // What they learn besides: the difference is seen before it is saved.
    await here.getByRole('button', { name: 'What they learn' }).click();
    const learned = here.getByRole('form', { name: 'What they learn' });
    const keep = learned.getByRole('button', { name: 'Save' });
    assert.equal(await keep.isDisabled(), true);
    await learned.getByLabel('History of a channel').selectOption('days');
    await learned.getByLabel('Days', { exact: true }).fill('7');
    await learned.getByLabel('What somebody’s position is').check();
    await learned.getByLabel('Pictures of custom emoji').uncheck();
    assert.deepEqual(await learned.getByRole('listitem').allTextContents(), [
        'History of a channel: none of it, then the last 7 days',
        'They will no longer learn: Pictures of custom emoji',
        'They will learn: What somebody’s position is',
    ]);
    await assertAccessible(here, 'what they learn');
    await alpha.picture(here, 'console-partners-shared');
    await keep.click();
    await learned.waitFor({ state: 'detached' });
    const { policy: now } = await alpha.ask(alpha.root, 'GET', `/concordat/federation/partners/${partner.id}`);
    assert.deepEqual([now.history_days, now.emoji, now.positions], [7, false, true]);

    await here.getByRole('button', { name: 'Suspend' }).click();
    await here.fill('input[name=reason]', 'a question first');
    await here.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await here.locator('.partner', { hasText: 'a question first' }).waitFor();
    await here.getByRole('button', { name: 'Resume' }).click();
    await here.locator('.partner', { hasText: 'Active' }).waitFor();
    await here.getByRole('button', { name: 'What they did not show' }).click();
    await here.getByText('They have shown everything.').waitFor();
});

test('their people write to each other directly, and see what has arrived', { timeout: 180_000 }, async () => {
    const [here, there] = [await partnersOf(alpha), await partnersOf(beta)];
    const control = (stage, ...words) => execFileSync(program('concordatctl'), ['--data', stage.node.data, 'federation', ...words]);
    const direct = (page) => page.getByRole('checkbox', { name: /^People of both may write to each other directly/ });
    await direct(here).click(); // it is checked once the node has said so
    await here.getByText('(the partner does not allow it yet)').waitFor();
    await direct(there).click();
    await here.getByText('(the partner does not allow it yet)').waitFor({ state: 'detached' });

    // People are found once they have been in a shared channel.
    control(beta, 'join', '--id', alpha.incident.id, '--team', 'northern', '--name', 'incident-of-alpha');
    await beta.ask(beta.root, 'POST', `/channels/${alpha.incident.id}/members`, { user_id: beta.hugo.id });
    await until('hugo is known at alpha', () => alpha.ask(alpha.rita, 'GET', `/users/${beta.hugo.id}`).then(() => true, () => false));
    const talk = await alpha.ask(alpha.rita, 'POST', '/channels/direct', [alpha.rita.id, beta.hugo.id]);

    const { page } = await alpha.signedIn('rita', `/northern/messages/${talk.id}`);
    const { page: other } = await beta.signedIn('hugo', '/northern/channels/town-square');
    await page.locator('h2', { hasText: 'Hugo Marchand (beta)' }).waitFor();
    await composer(page).fill('across the street');
    await composer(page).press('Enter');
    await post(page, 'across the street').getByText('Delivered to beta').waitFor({ state: 'attached' });
    await assertAccessible(page, 'a conversation');
    await alpha.picture(page, 'conversation-with-partner');
    await other.locator('.hot .row', { hasText: 'Rita Sorel (alpha)' }).click();
    await post(other, 'across the street').waitFor();
    await composer(other).fill('and back');
    await composer(other).press('Enter');
    await post(page, 'and back').waitFor();
});

test('whoever may not pair does not see the page', { timeout: 120_000 }, async () => {
    const { page } = await alpha.window();
    await page.goto(`${alpha.url}/console/partners`);
    await page.fill('input[autocomplete^=username]', 'rita');
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
    await page.getByRole('heading', { name: 'There is nothing here for you' }).waitFor();
});
