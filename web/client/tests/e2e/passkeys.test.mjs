// Passkeys in Chromium, with a virtual authenticator: made in the settings, a second factor after the password,
// a sign-in without one, shown again, renamed and removed.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { freePort, freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { Liar } from '../../../../tests/contract/support/oidc_liar.mjs';
import { assert, password, Stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function assertAccessible(page, where) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160))}`), [], where);
}

// Browsers have passkeys on https and on localhost, which SiteURL has to say.
async function openStage(env = {}) {
    const port = await freePort();
    const site = `http://localhost:${port}`;
    const stage = await Stage.open({ port, env: { MM_SERVICESETTINGS_SITEURL: site, ...env } });
    stage.url = site;
    await stage.organisation();
    return stage;
}

async function withAuthenticator(context, page) {
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: {
            protocol: 'ctap2',
            transport: 'internal',
            hasResidentKey: true,
            hasUserVerification: true,
            isUserVerified: true,
            automaticPresenceSimulation: true,
        },
    });
    return {
        credentials: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
        verifies: (isUserVerified) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
        // Without, whatever is asked waits, as it does for somebody who has not touched it yet.
        isTouched: (enabled) => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
        forget: () => devtools.send('WebAuthn.clearCredentials', { authenticatorId }),
    };
}

async function openSecurity(page) {
    await page.locator('button[aria-label^="Your account"]').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Security' }).click();
}

async function signOut(page) {
    await page.keyboard.press('Escape');
    await page.locator('button[aria-label^="Your account"]').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.locator('input[autocomplete^=username]').waitFor();
}

const byPassword = async (page) => {
    await page.fill('input[autocomplete^=username]', 'rita');
    await page.fill('input[autocomplete=current-password]', password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};

test('a person makes one, signs in with it and removes it', { timeout: 240_000 }, async () => {
    const stage = await openStage();
    try {
        const { context, page } = await stage.signedIn();
        const device = await withAuthenticator(context, page);

        await openSecurity(page);
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        await page.getByLabel('Name of the passkey').fill('Laptop');
        await page.locator('section[aria-labelledby=passkeys-title] input[type=password]').fill(password);
        await assertAccessible(page, 'a new passkey');
        await page.getByRole('button', { name: 'Make the passkey' }).click();
        await page.locator('li', { hasText: 'Laptop' }).getByText('Never used.').waitFor();
        const [credential] = await device.credentials();
        assert.equal(credential.rpId, 'localhost');
        assert.ok(credential.isResidentCredential);
        assert.ok(!Buffer.from(credential.userHandle, 'base64').toString().includes(stage.rita.id));
        await assertAccessible(page, 'the list');
        await stage.picture(page, 'passkeys');

        // Recovery codes, without an authenticator app.
        await page.getByRole('button', { name: 'New recovery codes' }).click();
        await page.locator('.recovery li').nth(9).waitFor();
        const codes = await page.locator('.recovery code').allTextContents();
        await page.getByRole('button', { name: 'I have kept them' }).click();
        await page.getByText('10 recovery codes are left.').waitFor();

        // Alone, by the button while the browser offers it among the names as well.
        await device.isTouched(false);
        await signOut(page);
        assert.equal(await page.locator('input[autocomplete^=username]').getAttribute('autocomplete'), 'username webauthn');
        await assertAccessible(page, 'sign-in');
        await stage.picture(page, 'passkey-sign-in');
        await device.isTouched(true);
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await page.waitForSelector('.foot textarea, .inbox');

        // Chosen from among the names: nothing on the page is clicked.
        await device.isTouched(false);
        await signOut(page);
        await device.isTouched(true);
        await page.reload();
        await page.waitForSelector('.foot textarea, .inbox');

        // After the password; whoever the authenticator does not verify needs it.
        await device.isTouched(false);
        await signOut(page);
        await device.verifies(false);
        await device.isTouched(true);
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await until('an unverified one is refused', async () => (await page.locator('[role=alert]').textContent()) !== '');
        await device.isTouched(false);
        await device.verifies(true);
        await byPassword(page);
        await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
        await assertAccessible(page, 'second factor');
        await stage.picture(page, 'passkey-second-factor');
        await device.isTouched(true);
        await page.getByRole('button', { name: 'Use a passkey' }).click();
        await page.waitForSelector('.foot textarea, .inbox');

        // Without the device, a recovery code.
        const other = await stage.window();
        await other.page.goto(stage.url);
        await byPassword(other.page);
        await other.page.fill('input[autocomplete=one-time-code]', codes[0]);
        await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await other.page.waitForSelector('.foot textarea, .inbox');

        // Another name, a second one refused by the browser, and away.
        await openSecurity(page);
        await page.getByText('9 recovery codes are left.').waitFor();
        await page.getByRole('button', { name: 'Rename Laptop' }).click();
        await page.getByLabel('Name of the passkey').fill('Desk');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.locator('li', { hasText: 'Desk' }).getByText('Last used').waitFor();
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        await page.getByLabel('Name of the passkey').fill('Again');
        await page.getByRole('button', { name: 'Make the passkey' }).click();
        await page.getByText('This passkey is in use already.').waitFor();
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('button', { name: 'Remove Desk' }).click();
        await page.locator('li', { hasText: 'Desk' }).waitFor({ state: 'detached' });
        await signOut(page);
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await page.getByText('This passkey was not accepted.').waitFor();
        await byPassword(page);
        await page.waitForSelector('.foot textarea, .inbox');
    } finally {
        await stage.close();
    }
});

test('one may be the factor that is demanded', { timeout: 240_000 }, async () => {
    const stage = await openStage();
    try {
        await stage.node.stop();
        stage.node.options.env = {
            ...stage.node.options.env,
            MM_SERVICESETTINGS_ENABLEMULTIFACTORAUTHENTICATION: 'true',
            MM_SERVICESETTINGS_ENFORCEMULTIFACTORAUTHENTICATION: 'true',
        };
        await stage.node.launch();
        const { context, page } = await stage.window();
        await withAuthenticator(context, page);
        await page.goto(stage.url);
        await byPassword(page);
        await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        await page.getByLabel('Name of the passkey').fill('Laptop');
        await assertAccessible(page, 'a factor is wanted');
        await page.getByRole('button', { name: 'Make the passkey' }).click();
        await page.waitForSelector('.foot textarea, .inbox');
    } finally {
        await stage.close();
    }
});

test('one is the second factor after a sign-in at a provider', { timeout: 240_000 }, async () => {
    const provider = await Liar.start();
    const dir = freshDirectory();
    const port = await freePort();
    const file = path.join(dir, 'config.json');
    const GitLabSettings = { Enable: true, Id: 'concordat', DiscoveryEndpoint: provider.discovery, ButtonText: 'the office' };
    fs.writeFileSync(file, JSON.stringify({ ServiceSettings: { SiteURL: `http://localhost:${port}` }, GitLabSettings }));
    const stage = await Stage.open({ port, args: ['--config', file] });
    try {
        stage.url = `http://localhost:${port}`;
        stage.allowed.push(provider.url);
        await stage.organisation();
        const { context, page } = await stage.window();
        const device = await withAuthenticator(context, page);
        const begin = async () => {
            await page.goto(stage.url);
            await page.getByRole('link', { name: 'Sign in with the office' }).click();
        };
        await begin();
        await page.getByRole('heading', { name: 'You are in no team yet' }).waitFor();
        const me = await page.evaluate(async () => (await (await fetch('/api/v4/users/me')).json()).id);
        await stage.ask(stage.root, 'POST', `/teams/${stage.team.id}/members`, { team_id: stage.team.id, user_id: me });
        await page.reload();
        await page.waitForSelector('.foot textarea, .inbox');
        await openSecurity(page);
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        await page.getByLabel('Name of the passkey').fill('Laptop');
        await page.getByRole('button', { name: 'Make the passkey' }).click();
        await page.locator('li', { hasText: 'Laptop' }).getByText('Never used.').waitFor();
        await signOut(page);

        // Not alone: the account is the provider's.
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await page.getByText('This passkey was not accepted.').waitFor();

        await begin();
        await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
        await assertAccessible(page, 'second factor after a provider');
        await stage.picture(page, 'passkey-after-provider');
        await page.getByRole('button', { name: 'Use a passkey' }).click();
        await page.waitForSelector('.foot textarea, .inbox');
        assert.equal((await device.credentials()).length, 1);
    } finally {
        await stage.close();
        await provider.stop();
        fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
    }
});
