// The console: exports for the compliance officer, sign-ins explained to administrators, nothing for anybody else.
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { openConsole, assertAccessible } from './console_pages.mjs';
import { assert, Stage } from './support.mjs';

let stage;
before(async () => {
    stage = await Stage.open({
        env: {
            MM_MESSAGEEXPORTSETTINGS_ENABLEEXPORT: 'true',
            MM_MESSAGEEXPORTSETTINGS_DAILYRUNTIME: '23:59',
            MM_MESSAGEEXPORTSETTINGS_DOWNLOADEXPORTRESULTS: 'true',
            MM_COMPLIANCESETTINGS_ENABLE: 'true',
        },
    });
    await stage.organisation();
    await stage.say(stage.ada, stage.incident, 'for the archive');
    await stage.ask(stage.root, 'PUT', `/users/${stage.hugo.id}/roles`, { roles: 'system_user compliance_officer' });
}, { timeout: 120_000 });
after(() => stage?.close(), { timeout: 60_000 });

const open = (...where) => openConsole(stage, ...where);

test('the compliance officer makes an export and takes it home', { timeout: 120_000 }, async () => {
    const page = await open('hugo', '/console');
    assert.deepEqual(await page.locator('.console > nav > a').allTextContents(), ['Overview', 'Exports', 'Reports']);
    await page.getByText('None was made yet.').waitFor();
    await page.getByRole('link', { name: 'Exports', exact: true }).click();
    await page.getByText('No exports yet.').waitFor();
    await page.selectOption('select[name=format]', 'csv');
    await page.getByRole('button', { name: 'Start export' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    await assertAccessible(page, 'exports');
    await stage.picture(page, 'console-exports');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.match(download.suggestedFilename(), /^compliance-export-.*\.zip$/);
    const names = execFileSync('python3', ['-c', 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())', await download.path()], { encoding: 'utf8' });
    assert.match(names, /batch001.*manifest\.json.*manifest\.sig/);
    // A period that makes no sense is said so.
    await page.fill('input[name=from]', '2026-02-01');
    await page.fill('input[name=to]', '2026-01-01');
    await page.getByRole('button', { name: 'Start export' }).click();
    await page.locator('.ask [role=alert]:not(:empty)').waitFor();
});

test('the compliance officer asks a question and takes the answer home', { timeout: 120_000 }, async () => {
    const page = await open('hugo', '/console/reports');
    await page.getByText('No reports yet.').waitFor();
    const today = new Date().toLocaleDateString('en-CA');
    await page.fill('input[name=desc]', 'who spoke of the archive?');
    await page.fill('input[name=from]', today);
    await page.fill('input[name=to]', today);
    await page.fill('input[name=keywords]', 'Archive');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    await assertAccessible(page, 'reports');
    await stage.picture(page, 'console-reports');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    assert.match(download.suggestedFilename(), /^adhoc-.*\.zip$/);
    const table = execFileSync('python3', ['-c', 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("posts.csv").decode())', await download.path()], { encoding: 'utf8' });
    assert.match(table, /for the archive/);
});

test('an administrator sees why somebody was refused, and no exports', { timeout: 120_000 }, async () => {
    const refused = await fetch(`${stage.direct}/api/v4/users/login`, { method: 'POST', body: JSON.stringify({ login_id: 'rita', password: 'wrong' }) });
    const { request_id } = await refused.json();
    const page = await open('root', '/console/sign-ins', 'dark');
    assert.deepEqual(await page.locator('.console > nav > a').allTextContents(), [
        'Overview',
        'People',
        'Roles',
        'Groups',
        'Directories and providers',
        'Second factors',
        'Sign-ins',
        'Partners',
        'Audit log',
        'Retention',
        'Settings',
        'Certificates',
        'Keys',
        'Database and backup',
        'Log',
    ]);
    await page.locator('.decisions li').nth(2).waitFor();
    await page.fill('input[name=attempt]', request_id);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('.decisions button', { hasText: 'rita' }).click();
    await page.locator('.steps .refused', { hasText: 'password.matches' }).waitFor();
    assert.equal(await page.locator('.decisions li').count(), 1 + (await page.locator('.steps li').count()));
    await assertAccessible(page, 'sign-ins');
    await stage.picture(page, 'console-sign-ins');
    await page.goto(`${stage.url}/console/exports`);
    await page.getByRole('heading', { name: 'There is nothing here for you' }).waitFor();
});

test('whoever has no such role finds nothing, and gets back to the messages', { timeout: 120_000 }, async () => {
    const page = await open('rita', '/console');
    await page.getByRole('heading', { name: 'There is nothing here for you' }).waitFor();
    await assertAccessible(page, 'nothing');
    await page.getByRole('link', { name: 'To the messages' }).click();
    await page.waitForSelector('.foot textarea, .inbox');
    await page.locator('button[aria-label^="Your account"]').click();
    assert.equal(await page.getByRole('menuitem', { name: 'Console' }).count(), 0);
});
