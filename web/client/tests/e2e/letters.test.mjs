// What letters lead to, in a browser: a new password, an account by invitation.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { MailServer, tokenIn } from '../../../../tests/contract/support/smtp.mjs';
import { assert, Stage } from './support.mjs';

const fresh = 'staple of another kind';
let stage, mail, dir;
before(async () => {
    mail = await MailServer.start();
    dir = freshDirectory();
    const port = await freePort();
    const file = path.join(dir, 'config.json');
    fs.writeFileSync(
        file,
        JSON.stringify({
            ServiceSettings: { SiteURL: `http://127.0.0.1:${port}`, EnableEmailInvitations: true },
            EmailSettings: mail.settings(),
        }),
    );
    stage = await Stage.open({ port, args: ['--config', file] });
    await stage.organisation();
}, { timeout: 120_000 });
after(async () => {
    await stage?.close();
    await mail?.stop();
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
}, { timeout: 60_000 });

test('a forgotten password is chosen anew', { timeout: 120_000 }, async () => {
    const { page } = await stage.window();
    await page.goto(stage.url);
    await page.getByRole('button', { name: 'Forgot your password?' }).click();
    await page.fill('input[type=email]', 'rita@example.org');
    await page.getByRole('button', { name: 'Send the letter' }).click();
    await page.getByText('a letter is on its way').waitFor();
    const token = tokenIn(await mail.letter('rita@example.org', 'Choose a new password'));
    await page.goto(`${stage.url}/reset_password_complete?token=${token}`);
    await page.fill('input[type=password]', 'short');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.locator('[role=alert]:not(:empty)').waitFor();
    assert.equal(new URL(page.url()).search, '');
    await page.fill('input[type=password]', fresh);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('Your password is set').waitFor();
    await page.getByRole('button', { name: 'To the sign-in page' }).click();
    await page.fill('input[autocomplete^=username]', 'rita');
    await page.fill('input[autocomplete=current-password]', fresh);
    await page.click('button.primary');
    await page.waitForSelector('.foot textarea, .inbox');
    const { page: other } = await stage.window();
    await other.goto(`${stage.url}/reset_password_complete?token=${token}`);
    await other.fill('input[type=password]', fresh);
    await other.getByRole('button', { name: 'Set the password' }).click();
    await other.getByText('This link is not good any more').waitFor();
});

test('an invited person makes an account and is in', { timeout: 120_000 }, async () => {
    await stage.ask(stage.root, 'POST', `/teams/${stage.team.id}/invite/email`, ['nora@example.org']);
    const token = tokenIn(await mail.letter('nora@example.org', 'Northern Hospital'));
    const { page } = await stage.window();
    await page.goto(`${stage.url}/signup_user_complete/?t=${token}`);
    await page.fill('input[autocomplete^=username]', 'nora');
    await page.fill('input[type=password]', fresh);
    await stage.picture(page, 'letter-account');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.waitForSelector('.foot textarea, .inbox');
    await page.getByText('Northern Hospital').first().waitFor();
});
