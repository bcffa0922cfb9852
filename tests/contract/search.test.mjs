// Search in posts. What was written is found soon after, so every query is repeated until a deadline.
import {
    assert,
    channel,
    describe,
    eventually,
    inner,
    like,
    listen,
    say,
    scene,
    sharedNode,
    sorted,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();
const word = () => unique('w').replace('-', '');

async function finds(who, team_id, terms, expected, more = {}) {
    let order;
    await eventually(
        async () => {
            order =
                (await who.client.searchPostsWithParams(team_id, { terms, is_or_search: false, ...more }))
                    .order ?? [];
            return JSON.stringify(sorted(order)) === JSON.stringify(sorted(expected.map((post) => post.id)));
        },
        `search for "${terms}" to find ${expected.map((post) => `"${post.message}"`)}`,
    );
    return order;
}

describe('words', () => {
    test('are found in any case and order, newest first', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const [one, two] = [word(), word()];
        const first = await say(alice, room.id, `The ${one} and the ${two.toUpperCase()}, together.`);
        const second = await say(alice, room.id, `${one} alone`);
        assert.deepEqual(await finds(bob, team.id, one.toUpperCase(), [first, second]), [
            second.id,
            first.id,
        ]);
        await finds(bob, team.id, `${two} ${one}`, [first]);
        await finds(bob, team.id, `${two} ${one}`, [first, second], { is_or_search: true });
    });

    test('can be excluded, quoted, and cut short with a star', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const plain = await say(alice, room.id, `${one} apple pie`);
        const other = await say(alice, room.id, `${one} pie of apple`);
        await finds(alice, team.id, `${one} "apple pie"`, [plain]);
        await finds(alice, team.id, `${one} -"apple pie"`, [other]);
        await finds(alice, team.id, `${one.slice(0, -1)}*`, [plain, other]);
        await finds(alice, team.id, `${one} -apple`, []);
    });

    test('tagged with # are found as tags', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const tag = word();
        const tagged = await say(alice, room.id, `about #${tag} today`);
        await finds(alice, team.id, `#${tag}`, [tagged]);
    });

    test('of hostile making are an answer, not an accident', async () => {
        const { alice, team } = await scene(node, 'alice');
        for (const terms of [
            '"',
            '(((',
            '*',
            '-',
            'from:',
            "'; drop table posts; --",
            '%_%',
            '\\',
            'a'.repeat(3000),
            '\u0000',
            'in:~~ -""',
            'before:yesterday',
        ]) {
            const list = await alice.client
                .searchPostsWithParams(team.id, { terms, is_or_search: false })
                .catch((error) => {
                    assert.equal(error.status_code, 400, `"${terms.slice(0, 20)}" gave ${error.status_code}`);
                    return null;
                });
            if (list) like.post_list(list);
        }
    });
});

describe('modifiers', () => {
    test('from: and in: narrow it down', async () => {
        const { alice, bob, team, room, town } = await scene(node, 'alice', 'bob');
        const one = word();
        const a = await say(alice, room.id, `${one} of alice`);
        const b = await say(bob, town.id, `${one} of bob`);
        await finds(alice, team.id, `${one} from:${bob.username}`, [b]);
        await finds(alice, team.id, `${one} from: @${alice.username}`, [a]);
        await finds(alice, team.id, `${one} -from:${alice.username}`, [b]);
        await finds(alice, team.id, `${one} in:${room.name}`, [a]);
        await finds(alice, team.id, `${one} channel:${town.name}`, [b]);
    });

    test('dates exclude the day that before: and after: name', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const made = await say(alice, room.id, one);
        const day = new Date(made.create_at).toISOString().slice(0, 10);
        await finds(alice, team.id, `${one} on:${day}`, [made]);
        await finds(alice, team.id, `${one} before:${day}`, []);
        await finds(alice, team.id, `${one} after:${day}`, []);
        await finds(alice, team.id, `${one} after:2020-01-01`, [made]);
    });
});

describe('what is found', () => {
    test('follows edits and deletions', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const [one, two] = [word(), word()];
        const made = await say(alice, room.id, one);
        await finds(alice, team.id, one, [made]);
        await alice.client.patchPost({ id: made.id, message: two });
        await finds(alice, team.id, two, [made]);
        await finds(alice, team.id, one, []);
        await alice.client.deletePost(made.id);
        await finds(alice, team.id, two, []);
    });

    test('is only in channels of mine', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const one = word();
        const closed = await channel(alice, team.id, 'P');
        const open = await channel(alice, team.id, 'O');
        const posts = [await say(alice, closed.id, one), await say(alice, open.id, one)];
        await finds(alice, team.id, one, posts);
        await finds(bob, team.id, one, []);
        await alice.client.addToChannel(bob.id, closed.id);
        await finds(bob, team.id, one, [posts[0]]);
        await alice.client.removeFromChannel(bob.id, closed.id);
        await finds(bob, team.id, one, []);
    });

    test('may span all teams', async () => {
        const [here, there] = [await scene(node, 'alice'), await scene(node, 'bob')];
        const one = word();
        await there.bob.client.addToTeam(there.team.id, here.alice.id);
        const posts = [await say(here.alice, here.town.id, one), await say(there.bob, there.town.id, one)];
        await finds(here.alice, here.team.id, one, [posts[0]]);
        await finds(here.alice, '', one, posts);
    });

    test('survives a restart', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const made = await say(alice, room.id, one);
        await finds(alice, team.id, one, [made]);
        await node.restart();
        await finds(alice, team.id, one, [made]);
        const ears = await listen(alice);
        const again = await say(alice, room.id, `${one} again`);
        assert.equal(inner((await ears.posted(again.id)).event, 'post').id, again.id);
        ears.close();
    });
});

describe('the index', () => {
    test('finds words without accents, signs without spaces, emoji, names and addresses, soon', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const texts = {
            eleve: `${one} l'élève`,
            STRASSE: `${one} Straße`,
            日本: `${one} 私は日本語を話します`,
            '🎉': `${one} done 🎉`,
            'node.config.json': `${one} see node.config.json`,
            'https://example.org/a?b=1': `${one} https://example.org/a?b=1`,
            '@someone': `${one} ask @someone`,
        };
        for (const [terms, text] of Object.entries(texts)) {
            const made = await say(alice, room.id, text);
            const before = Date.now();
            await finds(alice, team.id, `${one} ${terms}`, [made]);
            assert.ok(Date.now() - before < 2000, `"${text}" took ${Date.now() - before} ms`);
        }
        await finds(alice, team.id, `${one} 日語`, []);
    });

    test('pages through many, and says which words fit', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const posts = [];
        for (let i = 0; i < 7; i += 1) posts.unshift(await say(alice, room.id, `Number ${i} ${one}`));
        await finds(alice, team.id, one, posts);
        const page = async (n) =>
            await alice.client.searchPostsWithParams(team.id, {
                terms: one,
                is_or_search: false,
                page: n,
                per_page: 3,
            });
        const pages = [await page(0), await page(1), await page(2), await page(3)];
        assert.deepEqual(
            pages.map((p) => p.order),
            [posts.slice(0, 3), posts.slice(3, 6), posts.slice(6), []].map((some) => some.map((p) => p.id)),
        );
        assert.deepEqual(pages[0].matches[posts[0].id], [one]);
    });
});
