// The search index: killed while it is written, removed, damaged, put back from a copy, made anew while people
// search. Whatever becomes of it, search says what the messages say.
import fs from 'node:fs';
import path from 'node:path';
import {
    Load,
    answer,
    assert,
    channel,
    eventually,
    pause,
    people,
    say,
    sharedNode,
    sorted,
    team,
    test,
    unique,
} from './support.mjs';

const node = sharedNode({ tolerant: true });
const word = () => unique('w').replace('-', '');
const folder = () => path.join(node.data, 'search');

async function stage() {
    const { reader, ...writers } = await people(node, 'w1', 'w2', 'reader');
    const home = await team(reader, ...Object.values(writers));
    const room = await channel(reader, home.id, 'O', ...Object.values(writers));
    return { reader, writers: Object.values(writers), home, room };
}

async function found(who, home, terms) {
    const ids = [];
    for (let page = 0; ; page += 1) {
        const list = await who.client.searchPostsWithParams(home.id, {
            terms,
            is_or_search: false,
            page,
            per_page: 100,
        });
        ids.push(...list.order);
        if (list.order.length < 100) return ids;
    }
}

const ready = () =>
    eventually(
        async () => {
            const status = await answer(node, ['search', 'status']);
            return status.state === 'ready' && status;
        },
        'the index to be whole',
        60_000,
    );

// Every message that is there is found once by its own words, and none else is.
async function agrees(who, home, room, terms) {
    const posts = [];
    for (let page = 0; ; page += 1) {
        const list = await who.client.getPosts(room.id, page, 200);
        posts.push(...list.order.map((id) => list.posts[id]));
        if (list.order.length < 200) break;
    }
    const expected = posts.filter((post) => post.type === '' && post.message.includes(terms)).map((post) => post.id);
    await eventually(
        async () => {
            const ids = await found(who, home, terms);
            assert.equal(new Set(ids).size, ids.length, 'nothing twice');
            return JSON.stringify(sorted(ids)) === JSON.stringify(sorted(expected));
        },
        `search to find the ${expected.length} messages`,
        20_000,
    );
    return expected.length;
}

test('killed again and again while it is fed, it loses nothing and doubles nothing', { timeout: 600_000 }, async (t) => {
    const { reader, writers, home, room } = await stage();
    for (let round = 0; round < 3; round += 1) {
        const load = new Load(writers, room.id);
        load.start();
        await load.progress(60);
        // Now and then in the middle of a commit, which comes every five seconds.
        if (round === 1) await pause(4900);
        await node.kill();
        await load.stop();
        await node.launch();
        const count = await agrees(reader, home, room, 'load');
        const status = await ready();
        t.diagnostic(`round ${round}: ${count} messages, index: ${JSON.stringify(status)}`);
    }
});

test('removed, damaged or put back, it is made anew, and search answers meanwhile', { timeout: 600_000 }, async () => {
    const { reader, writers, home, room } = await stage();
    const one = word();
    const posts = [];
    for (let i = 0; i < 30; i += 1) posts.push(await say(writers[i % 2], room.id, `${one} number ${i}`));
    await agrees(reader, home, room, one);
    await node.stop();
    const copy = path.join(node.data, 'search.copy');
    fs.cpSync(folder(), copy, { recursive: true });
    await node.launch();
    posts.push(await say(writers[0], room.id, `${one} after the copy`));
    await agrees(reader, home, room, one);
    const harms = {
        removed: () => fs.rmSync(folder(), { recursive: true }),
        'put back': () => {
            fs.rmSync(folder(), { recursive: true });
            fs.cpSync(copy, folder(), { recursive: true });
        },
        damaged: () => {
            for (const name of fs.readdirSync(folder())) {
                if (name === 'manifest' || name === 'lock') continue;
                const file = fs.openSync(path.join(folder(), name), 'r+');
                fs.writeSync(file, 'not what was written', 5);
                fs.closeSync(file);
            }
        },
        'without its manifest': () => fs.rmSync(path.join(folder(), 'manifest')),
    };
    for (const [how, harm] of Object.entries(harms)) {
        await node.stop();
        harm();
        await node.launch();
        assert.deepEqual(sorted(await found(reader, home, one)), sorted(posts.map((p) => p.id)), `at once, ${how}`);
        await ready();
        assert.equal(await agrees(reader, home, room, one), posts.length, how);
    }
    fs.rmSync(copy, { recursive: true });
});

test('a rebuild goes on while people search and write, and survives a kill', { timeout: 600_000 }, async () => {
    const { reader, writers, home, room } = await stage();
    const one = word();
    for (let i = 0; i < 20; i += 1) await say(writers[i % 2], room.id, `${one} number ${i}`);
    await agrees(reader, home, room, one);
    const done = answer(node, ['search', 'rebuild', '--wait']).catch((error) => error);
    await say(writers[0], room.id, `${one} meanwhile`);
    assert.ok((await found(reader, home, one)).length >= 20);
    const status = await done;
    assert.equal(status.state, 'ready', String(status));
    assert.equal(status.stale_items, 0);
    assert.equal(await agrees(reader, home, room, one), 21);
    await answer(node, ['search', 'rebuild']);
    await node.kill();
    await node.launch();
    assert.equal(await agrees(reader, home, room, one), 21);
    await ready();
});

test('asked for while the node is stopped, a rebuild is done when it runs', async () => {
    await node.stop();
    const status = (await answer(node, ['search', 'status'])).state;
    assert.equal(status, 'closed');
    await node.launch();
    await ready();
});
