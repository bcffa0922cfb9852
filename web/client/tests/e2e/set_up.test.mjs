// Ways to sign in, set up step by step in the console, with a real directory and real providers; and the pages that
// say what the node is made of.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { Liar } from '../../../../tests/contract/support/oidc_liar.mjs';
import { SamlProvider, keyPair, redirect_binding } from '../../../../tests/contract/support/saml.mjs';
import { Slapd, directory_password } from '../../../../tests/contract/support/slapd.mjs';
import { assertAccessible, openConsole } from './console_pages.mjs';
import { assert, Stage, until } from './support.mjs';

let stage, slapd, dir, openId, saml, keys;
before(async () => {
    dir = freshDirectory();
    slapd = await Slapd.start('carl', 'dora', 'emil');
    openId = await Liar.start();
    keys = keyPair(dir, 'office');
    saml = await SamlProvider.start(keys);
    const port = await freePort();
    const site = `http://127.0.0.1:${port}`;
    saml.consumer_url = `${site}/login/sso/saml`;
    // What a provider's page does in a browser: it posts its answer.
    saml.options = {
        responseHandler: (message, options, request, response) => {
            response.setHeader('Content-Type', 'text/html');
            response.end(
                `<!doctype html><title>Provider</title><form method="post" action="${saml.consumer_url}">` +
                    `<input type="hidden" name="SAMLResponse" value="${message.toString('base64')}">` +
                    `<input type="hidden" name="RelayState" value="${request.query.RelayState ?? ''}">` +
                    '<button>Go on</button></form>',
            );
        },
    };
    saml.person = { id: 'id-fred', attributes: { email: 'fred@example.test', username: 'fred', first: 'Fred' } };
    const bare = keys.cert.replace(/-----[^-]+-----|\s/g, '');
    saml.files['/idp.xml'] =
        `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${saml.entity_id}">` +
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
        `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
        `<md:SingleSignOnService Binding="${redirect_binding}" Location="${saml.url}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
    const file = path.join(dir, 'config.json');
    fs.writeFileSync(
        file,
        JSON.stringify({ ServiceSettings: { SiteURL: site, AllowedUntrustedInternalConnections: '127.0.0.1' } }),
    );
    stage = await Stage.open({ port, args: ['--config', file] });
    stage.allowed.push(openId.url, saml.url);
    await stage.organisation();
}, { timeout: 240_000 });
after(async () => {
    await stage?.close();
    await slapd?.stop();
    await openId?.stop();
    await saml?.stop();
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
}, { timeout: 60_000 });

const kept = async (section) => (await stage.ask(stage.root, 'GET', '/config'))[section];
const next = (page) => page.getByRole('button', { name: 'Next', exact: true });
const step = (page, name) => page.getByRole('heading', { level: 2, name }).waitFor();
const rollBack = () => fetch(`${stage.direct}/api/v4/concordat/settings/trial`, { method: 'DELETE', headers: { Authorization: `Bearer ${stage.root.token}` } });

test('a directory is set up step by step, and nothing is changed before the end', { timeout: 300_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/sign-on');
    await page.getByRole('link', { name: 'Set it up step by step: Directory' }).click();
    await step(page, /Step 1 of 6 Server/);
    assert.ok(await next(page).isDisabled());
    await page.getByLabel('Servers').fill('127.0.0.1');
    await page.getByLabel('Port LdapPort').fill('1');
    await assertAccessible(page, 'step 1');
    await stage.picture(page, 'set-up-directory-1');
    await next(page).click();

    // A server that does not answer, a wrong password, a wrong place: each is told at its step.
    await step(page, /Account that asks/);
    await page.getByLabel('Its name').fill('cn=root,dc=example,dc=test');
    await page.getByLabel('Where to look').fill('dc=nowhere,dc=test');
    const tried = page.getByRole('button', { name: 'Test it' });
    assert.ok(await tried.isDisabled(), 'without a password nothing is asked');
    await page.getByLabel('Its password').fill('wrong');
    await tried.click();
    await page.locator('.steps li.refused', { hasText: 'Server answers' }).waitFor();
    assert.ok(await next(page).isDisabled());
    await page.getByRole('button', { name: 'Server', exact: true }).click();
    assert.equal(await page.getByLabel('Servers').inputValue(), '127.0.0.1');
    await page.getByLabel('Port LdapPort').fill(String(slapd.port));
    await next(page).click();
    await tried.click();
    await page.locator('.steps li.refused', { hasText: 'Account is let in' }).waitFor();
    await assertAccessible(page, 'a test that failed');
    await stage.picture(page, 'set-up-directory-2-refused');
    await page.getByLabel('Its password').fill('rootpw');
    await tried.click();
    await page.locator('.steps li.refused', { hasText: 'Place to look exists' }).waitFor();
    await page.getByLabel('Where to look').fill('dc=example,dc=test');
    await tried.click();
    await until('every step passes', async () => (await page.locator('.steps li.passed').count()) === 4);
    assert.equal(await page.locator('.steps li.refused').count(), 0);
    await stage.picture(page, 'set-up-directory-2');

    // Coming back in this window: all is there but the password, which no storage has.
    await page.reload();
    await step(page, /Account that asks/);
    assert.equal(await page.getByLabel('Where to look').inputValue(), 'dc=example,dc=test');
    assert.equal(await page.getByLabel('Its password').inputValue(), '');
    assert.ok(!(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))).includes('rootpw'));
    await page.getByLabel('Its password').fill('rootpw');
    await tried.click();
    await until('it may go on', () => next(page).isEnabled());
    await next(page).click();

    await step(page, /Who may come in/);
    await page.getByLabel('People UserFilter').fill('(uid=nobody)');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByText('0 entries may come in.').waitFor();
    assert.ok(await next(page).isDisabled());
    await page.getByLabel('People UserFilter').fill('(objectClass=inetOrgPerson)');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByText('3 entries may come in.').waitFor();
    await page.getByRole('cell', { name: 'uid=dora,dc=example,dc=test' }).waitFor();
    await assertAccessible(page, 'who');
    await stage.picture(page, 'set-up-directory-3');
    await next(page).click();

    await step(page, /Attributes/);
    await page.getByRole('button', { name: 'As OpenLDAP has them' }).click();
    await page.getByText('carl@example.test').waitFor();
    await page.getByLabel('Sample person').selectOption({ index: 1 });
    await page.getByText('dora@example.test').waitFor();
    await page.getByRole('button', { name: 'Count again' }).click();
    await page.getByText('3 of 3 have it').first().waitFor();
    await page.getByText('0 of 3 have it').waitFor(); // nobody has a picture
    await assertAccessible(page, 'attributes');
    await stage.picture(page, 'set-up-directory-4');
    await next(page).click();

    await step(page, /What a sync would do/);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('No account belongs to this directory yet', { exact: false }).waitFor();
    await assertAccessible(page, 'dry run');
    assert.equal((await kept('LdapSettings')).LdapServer, '');
    await next(page).click();

    await step(page, /Try it/);
    await page.locator('.difference', { hasText: 'BindPassword' }).getByText('a new one, which is not shown').waitFor();
    await page.locator('.difference', { hasText: 'LdapServer' }).getByText('127.0.0.1').waitFor();
    assert.ok(!(await page.locator('main').innerHTML()).includes('rootpw'));
    await assertAccessible(page, 'differences');
    await stage.picture(page, 'set-up-directory-6');
    assert.equal((await kept('LdapSettings')).Enable, false);
    await page.getByRole('button', { name: 'Try it for 10 minutes' }).click();
    await page.getByText('Nobody has tried yet.', { exact: false }).waitFor();
    await new Promise((done) => setTimeout(done, 2000)); // sign-ins so soon after the change prove nothing
    const { page: other } = await stage.window();
    await other.goto(stage.url);
    await other.fill('input[autocomplete^=username]', 'dora');
    await other.fill('input[autocomplete=current-password]', directory_password);
    await other.click('button.primary');
    await other.getByRole('heading', { name: 'You are in no team yet' }).waitFor();
    await page.locator('.try', { hasText: 'admitted' }).waitFor();
    await page.locator('.decisions .steps li', { hasText: 'ldap.bind' }).first().waitFor();
    await assertAccessible(page, 'a directory on trial');
    await stage.picture(page, 'set-up-directory-trial');
    await page.getByRole('button', { name: 'Keep them' }).click();
    await page.getByText('All of it is in force.').waitFor();
    assert.equal((await kept('LdapSettings')).Enable, true);

    // What is kept goes to nobody else: another server asks for the password again.
    await page.goto(`${stage.url}/console/sign-on/directory`);
    await page.getByRole('button', { name: 'Server', exact: true }).click();
    await page.getByLabel('Servers').fill('localhost');
    await next(page).click();
    await page.getByText('Enter it: there is none, or the kept one belongs to another server', { exact: false }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Test it' }).isDisabled());
});

test('a draft is gone for whoever comes next, and who may not change it does not get there', { timeout: 120_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/sign-on/directory');
    await page.getByRole('heading', { level: 2 }).waitFor();
    if (await page.getByRole('button', { name: 'Server', exact: true }).count())
        await page.getByRole('button', { name: 'Server', exact: true }).click();
    await page.getByLabel('Servers').fill('somewhere.example.org');
    await until('the draft is kept', () => page.evaluate(() => JSON.stringify({ ...sessionStorage }).includes('somewhere')));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('input[autocomplete^=username]').waitFor();
    assert.ok(!(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes('somewhere'));
    await stage.ask(stage.root, 'PUT', `/users/${stage.hugo.id}/roles`, { roles: 'system_user system_read_only_admin' });
    const reader = await openConsole(stage, 'hugo', '/console/sign-on/saml');
    await reader.getByText('There is nothing here for you', { exact: false }).waitFor();
    await reader.goto(`${stage.url}/console/sign-on`);
    await reader.getByRole('heading', { name: 'SAML 2.0' }).waitFor();
    assert.equal(await reader.getByRole('link', { name: /Set it up step by step/ }).count(), 0);
});

test('a SAML provider is set up by its address, and a real sign-in shows what it sends', { timeout: 300_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/sign-on/saml', 'dark');
    await step(page, /What it has to know of us/);
    await page.getByText(`${stage.url}/login/sso/saml`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Copy Address for answers (ACS)' }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${stage.url}/login/sso/saml`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save our metadata' }).click()]);
    const metadata = fs.readFileSync(await download.path(), 'utf8');
    assert.ok(metadata.includes(`entityID="${stage.url}/api/v4/saml/metadata"`), metadata);
    await assertAccessible(page, 'ours');
    await stage.picture(page, 'set-up-saml-1');
    await next(page).click();

    await step(page, /What it says of itself/);
    const look = page.getByRole('button', { name: 'Look', exact: true });
    await page.getByLabel('Address of its metadata').fill(`${saml.url}/nothing.xml`);
    await look.click();
    await page.locator('main [role=alert]', { hasText: /\S/ }).first().waitFor();
    assert.ok(await next(page).isDisabled());
    // A file is only looked at: bad ones are refused with the reason.
    await page.getByLabel('as a file').check();
    const file = page.getByLabel('File with its metadata, to look at');
    await file.setInputFiles({ name: 'a.xml', mimeType: 'text/xml', buffer: Buffer.from('<!DOCTYPE x><x/>') });
    await page.getByText('It is not plain XML, or has a document type.', { exact: false }).waitFor();
    await file.setInputFiles({ name: 'b.xml', mimeType: 'text/xml', buffer: Buffer.from(saml.files['/idp.xml']) });
    await page.getByText('/CN=office').waitFor();
    await page.getByText('IdpMetadataFile has to be set at the machine.').waitFor();
    await assertAccessible(page, 'a file');
    await page.getByLabel('from an address').check();
    await page.getByLabel('Address of its metadata').fill(`${saml.url}/idp.xml`);
    await look.click();
    await page.getByText('/CN=office').waitFor();
    await page.locator('td', { hasText: /29 days left/ }).waitFor();
    await page.getByText(saml.entity_id, { exact: true }).waitFor();
    await assertAccessible(page, 'theirs');
    await stage.picture(page, 'set-up-saml-2');
    await next(page).click();

    await step(page, /Attributes/);
    await page.getByLabel('Email address').fill('mail');
    await page.getByLabel('Username here').fill('username');
    await page.getByLabel('Name on the button').fill('The office');
    await assertAccessible(page, 'attributes of SAML');
    await next(page).click();
    await step(page, /Try it/);
    await page.getByRole('button', { name: 'Try it for 10 minutes' }).click();
    await page.getByText('Nobody has tried yet.', { exact: false }).waitFor();
    await until('the metadata is fetched', async () => (await fetch(`${stage.direct}/api/v4/saml/metadata`)).status === 200);
    await new Promise((done) => setTimeout(done, 2000));

    // The provider calls the address "email": the refusal shows what arrived.
    const signIn = async () => {
        const { page: other } = await stage.window();
        await other.goto(`${stage.url}/login/sso/saml`);
        await other.getByRole('button', { name: 'Go on' }).click();
        return other;
    };
    await signIn();
    await page.locator('.try', { hasText: 'refused' }).waitFor();
    const received = page.locator('.decisions .steps li', { hasText: 'saml.received' }).first();
    await received.waitFor();
    assert.match(await received.textContent(), /email.*first.*username/);
    await stage.picture(page, 'set-up-saml-trial');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('What you typed is still here.', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'Attributes', exact: true }).click();
    await page.getByLabel('Email address').fill('email');
    await next(page).click();
    await page.getByRole('button', { name: 'Try it for 10 minutes' }).click();
    await page.getByText('Nobody has tried yet.', { exact: false }).waitFor();
    await until('the metadata is fetched', async () => (await fetch(`${stage.direct}/api/v4/saml/metadata`)).status === 200);
    await new Promise((done) => setTimeout(done, 2000));
    const other = await signIn();
    await other.getByRole('heading', { name: 'You are in no team yet' }).waitFor();
    await page.locator('.try', { hasText: 'admitted' }).waitFor();
    await page.getByRole('button', { name: 'Keep them' }).click();
    await page.getByText('All of it is in force.').waitFor();
    assert.equal((await kept('SamlSettings')).EmailAttribute, 'email');
});

test('a provider that speaks OpenID Connect is asked, and tried', { timeout: 240_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/sign-on/gitlab');
    await page.getByText(`${stage.url}/signup/gitlab/complete`, { exact: true }).waitFor();
    await assertAccessible(page, 'ours');
    await next(page).click();
    const look = page.getByRole('button', { name: 'Look', exact: true });
    await page.getByLabel('Address of its description').fill(`${openId.url}/elsewhere/.well-known/openid-configuration`);
    await look.click();
    await page.getByText('This provider cannot be used', { exact: false }).waitFor();
    assert.ok(await next(page).isDisabled());
    await page.getByLabel('Address of its description').fill(openId.discovery);
    await look.click();
    await page.getByText('1 that can be used').waitFor();
    await assertAccessible(page, 'theirs');
    await stage.picture(page, 'set-up-openid-2');
    await next(page).click();
    await page.getByLabel('Client id').fill('concordat');
    assert.ok(await next(page).isDisabled());
    await page.getByLabel('Client secret').fill('a secret of ours');
    await assertAccessible(page, 'client');
    await next(page).click();
    await page.getByRole('button', { name: 'Try it for 10 minutes' }).click();
    await page.getByText('Nobody has tried yet.', { exact: false }).waitFor();
    await new Promise((done) => setTimeout(done, 2000));
    const { page: other } = await stage.window();
    await other.goto(`${stage.url}/oauth/gitlab/login`);
    await other.getByRole('heading', { name: 'You are in no team yet' }).waitFor();
    await page.locator('.try', { hasText: 'admitted' }).waitFor();
    await page.locator('.decisions .steps li', { hasText: 'oidc.received' }).first().waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('The secret is missing: enter it in step 3.').waitFor();
    assert.equal((await kept('GitLabSettings')).Enable, false);
    await rollBack();
});

test('certificates, keys and backup are told, on a telephone and in other languages, without a secret', { timeout: 180_000 }, async () => {
    const page = await openConsole(stage, 'root', '/console/certificates');
    await page.getByRole('cell', { name: 'Browsers and applications' }).waitFor();
    await page.getByRole('cell', { name: '/CN=office' }).waitFor();
    await assertAccessible(page, 'certificates');
    await stage.picture(page, 'console-certificates');
    await page.getByRole('link', { name: 'Keys', exact: true }).click();
    await page.getByText('messages and files of all channels').waitFor();
    await assertAccessible(page, 'keys');
    await stage.picture(page, 'console-keys');
    const master = fs.readFileSync(path.join(stage.node.data, 'keys', 'master.key'), 'utf8').trim();
    assert.ok(!(await page.content()).includes(master));
    await page.getByRole('link', { name: 'Database and backup' }).click();
    await page.getByText('pg_basebackup', { exact: false }).waitFor();
    await assertAccessible(page, 'backup');
    await stage.picture(page, 'console-backup');
    assert.ok((await page.content()).includes(path.join(stage.node.data, 'keys', 'store.json')));
    await page.setViewportSize({ width: 390, height: 844 });
    for (const at of ['certificates', 'keys', 'backup', 'sign-on/saml', 'sign-on/directory']) {
        await page.goto(`${stage.url}/console/${at}`);
        await page.locator('main h1').waitFor();
        await page.waitForLoadState('networkidle');
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${at} is ${wide} px too wide`);
        await stage.picture(page, `phone-${at.replace('/', '-')}`);
    }
    for (const language of ['de', 'fr']) {
        await page.evaluate((each) => localStorage.setItem('concordat.language', each), language);
        await page.goto(`${stage.url}/console/keys`);
        await page.getByText(language === 'de' ? 'Hauptschlüssel' : 'Clé maîtresse').first().waitFor();
        await assertAccessible(page, `keys in ${language}`);
    }
});
