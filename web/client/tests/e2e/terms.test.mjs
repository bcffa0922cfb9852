// What an organisation asks of people and tells of them: terms, attributes; and applications that act for them.
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { assertAccessible } from './console_pages.mjs';
import { assert, password, Stage, until } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open({ env: { MM_SUPPORTSETTINGS_CUSTOMTERMSOFSERVICEENABLED: 'true' } });
    await stage.organisation();
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

const signIn = async (page, name) => {
    await page.fill('input[autocomplete^=username]', name);
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
};

test('attributes are filled in and seen', { timeout: 180_000 }, async () => {
    const make = (body) => stage.ask(stage.root, 'POST', '/custom_profile_attributes/fields', body);
    await make({ name: 'Direct line', type: 'text', attrs: { value_type: 'phone', sort_order: 1 } });
    await make({ name: 'Languages', type: 'multiselect', attrs: { sort_order: 2, options: [{ name: 'English' }, { name: 'Français' }] } });
    await make({ name: 'Since', type: 'date', attrs: { sort_order: 3 } });
    const grade = await make({ name: 'Grade', type: 'text', attrs: { managed: 'admin', sort_order: 4 } });
    await stage.ask(stage.root, 'PATCH', `/users/${stage.rita.id}/custom_profile_attributes`, { [grade.id]: 'B2' });

    const { page } = await stage.signedIn();
    await page.locator('button[aria-label^="Your account"]').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    const form = page.getByRole('form', { name: 'About you' });
    await form.getByText('B2').waitFor();
    await form.getByLabel('Direct line').fill('call me');
    await form.getByRole('button', { name: 'Save' }).click();
    await until('what does not fit is refused', async () => (await form.getByRole('alert').textContent()) !== '');
    await form.getByLabel('Direct line').fill('+49 30 1234');
    await form.getByLabel('Français').check();
    await form.getByLabel('Since').fill('2024-02-29');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await assertAccessible(page, 'attributes in the settings');
    await stage.picture(page, 'settings-attributes');

    await stage.say(stage.rita, stage.incident, 'who is on call?');
    const other = await stage.signedIn('ada', '/northern/channels/incident');
    await other.page.locator('.posts article', { hasText: 'who is on call?' }).getByRole('button', { name: /^Profile of/ }).first().click();
    const card = other.page.locator('.card');
    await card.getByRole('link', { name: '+49 30 1234' }).waitFor();
    assert.match(await card.textContent(), /LanguagesFrançais\s*Since29 February 2024/);
    await assertAccessible(other.page, 'a card with attributes');
    await stage.picture(other.page, 'chat-card-attributes');
});

test('an application is allowed on the way in, listed, and stopped', { timeout: 180_000 }, async () => {
    const came = [];
    const application = createServer((request, reply) => {
        came.push(new URL(request.url, 'http://127.0.0.1'));
        reply.setHeader('Content-Type', 'text/html');
        reply.end('<title>app</title>back at the application');
    });
    await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
    const back = `http://127.0.0.1:${application.address().port}/back`;
    try {
        const app = await stage.ask(stage.root, 'POST', '/oauth/apps', {
            name: 'Timetable <b>',
            description: 'Shows when',
            homepage: 'https://time.example',
            callback_urls: [back],
        });
        stage.allowed.push(new URL(back).origin);
        const { page } = await stage.window();
        await page.goto(`${stage.url}/oauth/authorize?response_type=code&client_id=${app.id}&redirect_uri=${encodeURIComponent(back)}&state=s1`);
        await page.waitForURL(/\/login\?redirect_to=/);
        await signIn(page, 'hugo');
        await page.getByRole('heading', { name: 'Timetable <b> would like to act for you' }).waitFor();
        await assertAccessible(page, 'an application asks');
        await stage.picture(page, 'application-asks');
        await page.getByRole('button', { name: 'Allow', exact: true }).click();
        await page.getByText('back at the application').waitFor();
        const brought = came.find((each) => each.pathname === '/back').searchParams;
        assert.equal(brought.get('state'), 's1');
        const answer = await fetch(`${stage.direct}/oauth/access_token`, {
            method: 'POST',
            body: new URLSearchParams({ grant_type: 'authorization_code', client_id: app.id, client_secret: app.client_secret, redirect_uri: back, code: brought.get('code') }),
        });
        const token = (await answer.json()).access_token;
        const me = () => fetch(`${stage.direct}/api/v4/users/me`, { headers: { Authorization: `Bearer ${token}` } });
        assert.equal((await (await me()).json()).username, 'hugo');

        const { page: own } = await stage.signedIn('hugo');
        await own.locator('button[aria-label^="Your account"]').click();
        await own.getByRole('menuitem', { name: 'Settings' }).click();
        await own.getByRole('button', { name: 'Security' }).click();
        await own.getByText('The application Timetable <b>').waitFor();
        await assertAccessible(own, 'applications in the settings');
        await stage.picture(own, 'settings-applications');
        await own.getByRole('button', { name: 'Take back what Timetable <b> may do' }).click();
        await own.getByText('Timetable <b> does not act for you any more.').waitFor();
        assert.equal((await me()).status, 401);
    } finally {
        application.close();
    }
});

test('terms are accepted before anything else, and declined', { timeout: 180_000 }, async () => {
    await stage.ask(stage.root, 'POST', '/terms_of_service', { text: '# House rules\n\nBe **kind**.' });
    const { page } = await stage.window();
    await page.goto(stage.url);
    await signIn(page, 'rita');
    await page.getByRole('heading', { name: /^Terms of service of/ }).waitFor();
    await page.locator('strong', { hasText: 'kind' }).waitFor();
    await assertAccessible(page, 'terms');
    await stage.picture(page, 'terms');
    await page.getByRole('button', { name: 'I do not accept' }).click();
    await page.locator('input[autocomplete=current-password]').waitFor();
    await signIn(page, 'rita');
    await page.getByRole('button', { name: 'I accept' }).click();
    await page.waitForSelector('.foot textarea, .inbox');
    await page.reload();
    await page.waitForSelector('.foot textarea, .inbox');
    // Newer ones are asked for again.
    await stage.ask(stage.root, 'POST', '/terms_of_service', { text: 'Be kinder.' });
    await page.reload();
    await page.getByText('Be kinder.').waitFor();
});
