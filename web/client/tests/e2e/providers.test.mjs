// Sign-in through a provider, in a browser and for the desktop application.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { Liar } from '../../../../tests/contract/support/oidc_liar.mjs';
import { assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage, provider, dir;
before(async () => {
    provider = await Liar.start();
    dir = freshDirectory();
    const port = await freePort();
    const file = path.join(dir, 'config.json');
    fs.writeFileSync(
        file,
        JSON.stringify({
            ServiceSettings: { SiteURL: `http://127.0.0.1:${port}` },
            GitLabSettings: { Enable: true, Id: 'concordat', DiscoveryEndpoint: provider.discovery, ButtonText: 'the office' },
        }),
    );
    stage = await Stage.open({ port, args: ['--config', file] });
    stage.allowed.push(provider.url);
    await stage.organisation();
}, { timeout: 120_000 });
after(async () => {
    await stage?.close();
    await provider?.stop();
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
}, { timeout: 60_000 });

test('a browser goes to the provider and comes back signed in', { timeout: 120_000 }, async () => {
    const { page } = await stage.window();
    await page.goto(stage.url);
    await page.getByRole('link', { name: 'Sign in with the office' }).waitFor();
    await assertAccessible(page, 'sign-in');
    await stage.picture(page, 'sign-in-providers');
    await page.getByRole('link', { name: 'Sign in with the office' }).click();
    await page.getByRole('heading', { name: 'You are in no team yet' }).waitFor();
    assert.equal(await page.evaluate(async () => (await (await fetch('/api/v4/users/me')).json()).auth_service), 'gitlab');
});

test('the desktop application opens a browser and gets the session', { timeout: 120_000 }, async () => {
    const { page } = await stage.window({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Mattermost/5.12.0 Chrome/132.0.0.0 Electron/34.0.0 Safari/537.36' });
    await page.goto(stage.url);
    const [asked] = await Promise.all([
        page.context().waitForEvent('request', (request) => request.url().includes('desktop_token=')),
        page.getByRole('link', { name: 'Sign in with the office' }).click(),
    ]);
    const [, token] = /desktop_token=([0-9a-f]{64})/.exec(asked.url());
    const { page: browser } = await stage.window();
    await browser.goto(`${stage.url}/oauth/gitlab/login?desktop_token=${token}`);
    await browser.getByRole('heading', { name: 'You are signed in' }).waitFor();
    await assertAccessible(browser, 'hand-over');
    const link = await browser.getByRole('link', { name: 'Open the application' }).getAttribute('href');
    assert.match(link, /^mattermost:\/\/127\.0\.0\.1:\d+\/login\/desktop\?client_token=/);
    // What was handed to one application is nothing to another.
    const { page: stranger } = await stage.window({ userAgent: 'Mozilla/5.0 Chrome/132.0.0.0 Electron/34.0.0' });
    await stranger.goto(link.replace('mattermost://', 'http://'));
    await stranger.getByText('This sign-in was begun somewhere else.').waitFor();
    await page.goto(link.replace('mattermost://', 'http://'));
    await page.getByRole('heading', { name: 'You are in no team yet' }).waitFor();
    assert.equal(new URL(page.url()).search, '');
});
