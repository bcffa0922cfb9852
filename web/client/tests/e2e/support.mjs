// A real node with a small organisation, and Debian's Chromium looking at it. Every page is watched: an
// error on its console, a violated content policy or a request to another origin fails the test at its end.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Node } from '../../../../tests/contract/support/node.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const clientDirectory = process.env.CONCORDAT_CLIENT ?? path.resolve(here, '../../dist');
export const pictures = process.env.CONCORDAT_PICTURES;
export const password = 'correct horse battery';
export { assert };

const flags = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
];

export class Stage {
    static async open({ args = [], env, port } = {}) {
        const stage = new Stage();
        stage.node = await Node.start({ args: ['--client', clientDirectory, ...args], env, port });
        stage.url = stage.node.url; // what browsers open
        stage.direct = stage.node.url; // where the test itself asks
        stage.browser = await chromium.launch({
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: flags,
        });
        stage.complaints = [];
        stage.allowed = []; // other origins that pages may go to
        return stage;
    }

    // One request to the node with a person's token.
    async ask(who, verb, at, body) {
        const reply = await fetch(`${this.direct}/api/v4${at}`, {
            method: verb,
            headers: { 'Content-Type': 'application/json', ...(who && { Authorization: `Bearer ${who.token}` }) },
            body: body && JSON.stringify(body),
        });
        const text = await reply.text();
        assert.ok(reply.ok, `${verb} ${at}: ${reply.status} ${text}`);
        return { ...JSON.parse(text || '{}'), headers: reply.headers };
    }
    async person(username, fields = {}) {
        const made = await this.ask(this.root, 'POST', '/users', {
            username,
            email: `${username}@example.org`,
            password,
            ...fields,
        });
        const reply = await this.ask(undefined, 'POST', '/users/login', { login_id: username, password });
        return { id: made.id, username, token: reply.headers.get('Token') };
    }

    // Rita looks; Ada, Hugo and others write.
    async organisation() {
        this.root = await this.person('root', { first_name: 'Grace', last_name: 'Lindqvist', position: 'Legal counsel' });
        this.rita = await this.person('rita', { first_name: 'Rita', last_name: 'Sorel' });
        this.ada = await this.person('ada', { first_name: 'Ada', last_name: 'Okafor', position: 'Incident lead' });
        this.hugo = await this.person('hugo', { first_name: 'Hugo', last_name: 'Marchand', position: 'Identity' });
        this.team = await this.ask(this.root, 'POST', '/teams', {
            name: 'northern',
            display_name: 'Northern Hospital',
            type: 'O',
        });
        for (const each of [this.rita, this.ada, this.hugo])
            await this.ask(this.root, 'POST', `/teams/${this.team.id}/members`, {
                team_id: this.team.id,
                user_id: each.id,
            });
        this.town = await this.ask(this.root, 'GET', `/teams/${this.team.id}/channels/name/town-square`);
        this.incident = await this.channel('incident', 'Major incident', 'Severity 2 · lead @ada · runbook in the pinned post');
    }
    async channel(name, display_name, header = '', type = 'O', members = [this.rita, this.ada, this.hugo]) {
        const made = await this.ask(this.root, 'POST', '/channels', {
            team_id: this.team.id,
            name,
            display_name,
            header,
            type,
        });
        for (const each of members) await this.ask(this.root, 'POST', `/channels/${made.id}/members`, { user_id: each.id });
        return made;
    }
    say(who, channel, message, more = {}) {
        return this.ask(who, 'POST', '/posts', { channel_id: channel.id, message, ...more });
    }

    // A window of its own: other cookies, other storage.
    async window(options = {}) {
        const context = await this.browser.newContext({
            viewport: { width: 1440, height: 900 },
            locale: 'en-GB',
            ...options,
        });
        await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: this.url });
        return { context, page: await this.page(context) };
    }
    async page(context) {
        const page = await context.newPage();
        page.setDefaultTimeout(30_000);
        page.on('console', (line) => {
            if (line.type() !== 'error') return;
            const isOutage = /net::ERR_|WebSocket connection|status of (400|401|403|404|409|503)/.test(line.text());
            if (!isOutage) this.complaints.push(`console: ${line.text()}`);
        });
        page.on('pageerror', (error) => this.complaints.push(`page: ${error.stack ?? error}`));
        page.on('request', (request) => {
            const { protocol, origin } = new URL(request.url());
            // mattermost: leads out of the browser, to the application.
            if (['blob:', 'data:', 'mattermost:'].includes(protocol)) return;
            if (origin !== new URL(this.url).origin && !this.allowed.includes(origin))
                this.complaints.push(`request to ${request.url()}`);
        });
        return page;
    }
    async signedIn(name = 'rita', at = '/', options = {}) {
        const { context, page } = await this.window(options);
        await page.goto(this.url + at);
        await page.fill('input[autocomplete^=username]', name);
        await page.fill('input[autocomplete=current-password]', password);
        await page.click('button.primary');
        await page.waitForSelector('.foot textarea, .inbox');
        return { context, page };
    }
    async picture(page, name) {
        if (!pictures) return;
        fs.mkdirSync(pictures, { recursive: true });
        await page.screenshot({ path: path.join(pictures, `${name}.png`) });
    }

    async close() {
        await this.browser.close();
        await this.node.dispose({ quietly: true });
        assert.deepEqual(this.complaints, []);
    }
}

export const composer = (page) => page.locator('.foot textarea');
export const post = (page, text) => page.locator('.posts article', { hasText: text }).last();
export async function until(what, check, limit = 30_000) {
    const end = Date.now() + limit;
    for (;;) {
        if (await check()) return;
        assert.ok(Date.now() < end, `not seen within ${limit} ms: ${what}`);
        await new Promise((done) => setTimeout(done, 40));
    }
}
