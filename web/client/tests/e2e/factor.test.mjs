// Second factors and access tokens: set up in the settings, wanted at sign-in, demanded by the node.
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assert, password, Stage, until } from './support.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// RFC 6238 with SHA-1, 30 seconds and six digits.
function codeOf(secret, at = Date.now()) {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...secret.replaceAll(' ', '')].map((each) => letters.indexOf(each).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
    const mac = createHmac('sha1', key).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function assertAccessible(page, where) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160))}`), [], where);
}

async function setUp(page) {
    await page.locator('img.qr').waitFor();
    assert.ok((await page.locator('img.qr').evaluate((image) => image.naturalWidth)) > 20);
    await page.locator('details summary').click();
    const secret = await page.locator('.secret').textContent();
    await page.fill('input.code', '000000');
    await page.locator('.factor button.primary').click();
    await until('a wrong code is refused', async () => (await page.locator('.factor [role=alert]').textContent()) !== '');
    await page.fill('input.code', codeOf(secret).replace(/(...)/, '$1 '));
    await page.locator('.factor button.primary').click();
    await page.locator('.recovery li').nth(9).waitFor();
    const codes = await page.locator('.recovery code').allTextContents();
    assert.equal(new Set(codes).size, 10);
    return { secret, codes };
}

const signIn = async (page, name) => {
    await page.fill('input[autocomplete^=username]', name);
    await page.fill('input[autocomplete=current-password]', password);
    await page.click('button.primary');
};

async function openSecurity(page) {
    await page.locator('button[aria-label^="Your account"]').click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Security' }).click();
}

test('a person sets one up, uses it and takes it away', { timeout: 180_000 }, async () => {
    const stage = await Stage.open({
        env: { MM_SERVICESETTINGS_ENABLEMULTIFACTORAUTHENTICATION: 'true', MM_SERVICESETTINGS_ENABLEUSERACCESSTOKENS: 'true' },
    });
    try {
        await stage.organisation();
        await stage.ask(stage.root, 'PUT', `/users/${stage.rita.id}/roles`, { roles: 'system_user system_user_access_token' });
        const { page } = await stage.signedIn();
        await openSecurity(page);
        await page.getByRole('button', { name: 'Set up a second factor' }).click();
        await page.locator('img.qr').waitFor();
        await assertAccessible(page, 'setting up');
        await stage.picture(page, 'factor-set-up');
        const { codes } = await setUp(page);
        await assertAccessible(page, 'recovery codes');
        await stage.picture(page, 'factor-recovery-codes');
        await page.getByRole('button', { name: 'I have kept them' }).click();
        await page.getByText('10 recovery codes are left.').waitFor();

        // Another window needs it: a wrong code, then a recovery code.
        const other = await stage.window();
        await other.page.goto(stage.url);
        await signIn(other.page, 'rita');
        await other.page.fill('input[autocomplete=one-time-code]', '123456');
        await other.page.click('button.primary');
        await until('a wrong code is refused', async () => (await other.page.locator('[role=alert]').textContent()) !== '');
        await other.page.fill('input[autocomplete=one-time-code]', codes[0]);
        await other.page.click('button.primary');
        await other.page.waitForSelector('.foot textarea, .inbox');

        // A wrong code in the settings is no end of the session.
        await page.getByRole('button', { name: 'Remove second factor' }).click();
        await page.fill('input.code', '654321');
        await page.locator('button.primary.danger').click();
        await page.getByText('That code is not right.').waitFor();
        await page.fill('input.code', codes[1]);
        await page.locator('button.primary.danger').click();
        await page.getByRole('button', { name: 'Set up a second factor' }).waitFor();

        // A token for a program: shown once, works, is switched off and revoked.
        await page.fill('input[name=name]', 'build server');
        await page.getByRole('button', { name: 'Make a token' }).click();
        const token = await page.locator('.note .secret').textContent();
        await assertAccessible(page, 'tokens');
        await stage.picture(page, 'settings-tokens');
        const me = () => fetch(`${stage.direct}/api/v4/users/me`, { headers: { Authorization: `Bearer ${token}` } });
        assert.equal((await (await me()).json()).username, 'rita');
        await page.getByRole('button', { name: 'Switch off' }).click();
        await page.getByRole('button', { name: 'Switch on' }).waitFor();
        assert.equal((await me()).status, 401);
        await page.getByRole('button', { name: 'Revoke build server' }).click();
        await page.locator('li', { hasText: 'build server' }).waitFor({ state: 'detached' });
    } finally {
        await stage.close();
    }
});

test('who has to have one sets it up before anything else', { timeout: 180_000 }, async () => {
    const stage = await Stage.open({ env: { MM_SERVICESETTINGS_ENABLEMULTIFACTORAUTHENTICATION: 'true' } });
    try {
        await stage.organisation();
        await stage.node.stop();
        stage.node.options.env = { ...stage.node.options.env, MM_SERVICESETTINGS_ENFORCEMULTIFACTORAUTHENTICATION: 'true' };
        await stage.node.launch();
        stage.url = stage.direct = stage.node.url;
        const { page } = await stage.window();
        await page.goto(stage.url);
        await signIn(page, 'rita');
        await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
        await page.locator('img.qr').waitFor();
        await assertAccessible(page, 'a factor is wanted');
        await stage.picture(page, 'factor-wanted');
        // The same after a reload.
        await page.reload();
        await page.getByRole('heading', { name: 'Set up a second factor' }).waitFor();
        await setUp(page);
        await page.getByRole('button', { name: 'I have kept them' }).click();
        await page.waitForSelector('.foot textarea, .inbox');
    } finally {
        await stage.close();
    }
});
