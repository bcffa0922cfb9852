// Below a sub-path the page, its parts, the interface, the socket and addresses all stay there.
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freshDirectory } from '../../../../tests/contract/support/node.mjs';
import { assert, composer, post, Stage } from './support.mjs';

let stage;
const directory = freshDirectory();
before(async () => {
    const config = path.join(directory, 'config.json');
    fs.writeFileSync(config, JSON.stringify({ ServiceSettings: { SiteURL: 'http://localhost/chat' } }));
    fs.chmodSync(config, 0o644);
    stage = await Stage.open({ args: ['--config', config] });
    const { port } = stage.node.ready;
    stage.url = stage.direct = `http://127.0.0.1:${port}/chat`;
    await stage.organisation();
}, { timeout: 120_000 });
after(async () => {
    await stage?.close();
    fs.rmSync(directory, { recursive: true, force: true });
}, { timeout: 60_000 });

test('the chat works below a sub-path', async () => {
    const { context, page } = await stage.signedIn('rita', '/northern/channels/incident');
    assert.match(page.url(), /\/chat\/northern\/channels\/incident$/);
    await composer(page).fill('below a path :tada:');
    await composer(page).press('Enter');
    await post(page, 'below a path').waitFor();
    await stage.say(stage.ada, stage.incident, 'and heard there');
    await post(page, 'and heard there').waitFor();
    await page.reload();
    await post(page, 'and heard there').waitFor();
    for (const each of await context.cookies()) assert.equal(each.path, '/chat');
    await context.close();
});
