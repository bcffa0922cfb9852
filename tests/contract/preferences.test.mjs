// Preferences: kept, replaced, deleted, told; limits; closed to others.
import {
    assert,
    describe,
    inner,
    like,
    listen,
    people,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();
const pref = (who, category, name, value = 'true') => ({ user_id: who.id, category, name, value });
const find = async (who, category, name) =>
    (await who.client.getMyPreferences()).find((each) => each.category === category && each.name === name);

test('a new account has only complete ones', async () => {
    const { alice } = await people(node, 'alice');
    const list = await alice.client.getMyPreferences();
    list.forEach((each) => assert.equal(like.preference(each).user_id, alice.id));
});

test('what is saved is read, and saved again is replaced', async () => {
    const { alice } = await people(node, 'alice');
    const reply = await raw(node, 'PUT', `/users/${alice.id}/preferences`, {
        token: alice.token,
        json: [pref(alice, 'display_settings', 'use_military_time')],
    });
    assert.deepEqual([reply.status, reply.json], [200, { status: 'OK' }]);
    assert.equal((await find(alice, 'display_settings', 'use_military_time')).value, 'true');
    await alice.client.savePreferences('me', [pref(alice, 'display_settings', 'use_military_time', 'false')]);
    assert.equal((await find(alice, 'display_settings', 'use_military_time')).value, 'false');
    const list = await alice.client.getMyPreferences();
    assert.equal(list.filter((each) => each.name === 'use_military_time').length, 1);
});

test('a category and a single one can be asked for', async () => {
    const { alice } = await people(node, 'alice');
    await alice.client.savePreferences(alice.id, [
        pref(alice, 'tutorial', 'one', '1'),
        pref(alice, 'tutorial', 'two', '2'),
        pref(alice, 'other', 'three', '3'),
    ]);
    const category = await raw(node, 'GET', '/users/me/preferences/tutorial', alice);
    assert.deepEqual(category.json.map((each) => each.name).sort(), ['one', 'two']);
    const single = await raw(node, 'GET', '/users/me/preferences/tutorial/name/two', alice);
    assert.deepEqual(single.json, pref(alice, 'tutorial', 'two', '2'));
    assert.ok(
        [400, 404].includes(
            (await raw(node, 'GET', '/users/me/preferences/tutorial/name/nine', alice)).status,
        ),
    );
});

test('deleting removes just those', async () => {
    const { alice } = await people(node, 'alice');
    await alice.client.savePreferences(alice.id, [
        pref(alice, 'sidebar', 'one'),
        pref(alice, 'sidebar', 'two'),
    ]);
    await alice.client.deletePreferences(alice.id, [pref(alice, 'sidebar', 'one')]);
    assert.equal(await find(alice, 'sidebar', 'one'), undefined);
    assert.equal((await find(alice, 'sidebar', 'two')).value, 'true');
});

test('changes are told to my sessions only', async () => {
    const { alice, bob, room } = await scene(node, 'alice', 'bob');
    const [own, other] = [await listen(alice), await listen(bob)];
    await alice.client.savePreferences(alice.id, [pref(alice, 'tutorial', 'step', '5')]);
    const changed = await own.wait('preferences_changed', (event) =>
        inner(event, 'preferences').some((each) => each.name === 'step'),
    );
    assert.deepEqual(inner(changed, 'preferences'), [pref(alice, 'tutorial', 'step', '5')]);
    await alice.client.deletePreferences(alice.id, [pref(alice, 'tutorial', 'step', '5')]);
    assert.equal(inner(await own.wait('preferences_deleted'), 'preferences')[0].name, 'step');
    await other.posted((await say(alice, room.id, 'fence')).id);
    assert.deepEqual(
        other.events.filter((event) => event.event.startsWith('preferences_')),
        [],
    );
    own.close();
    other.close();
});

describe('limits', () => {
    test('a hundred at once are taken, none and a hundred and one are not', async () => {
        const { alice } = await people(node, 'alice');
        const many = (count) => Array.from({ length: count }, (_, at) => pref(alice, 'bulk', `n${at}`));
        await alice.client.savePreferences(alice.id, many(100));
        assert.equal((await raw(node, 'GET', '/users/me/preferences/bulk', alice)).json.length, 100);
        await refused(alice.client.savePreferences(alice.id, []), 400);
        await refused(alice.client.savePreferences(alice.id, many(101)), 400);
    });

    test('of length are kept', async () => {
        const { alice } = await people(node, 'alice');
        await alice.client.savePreferences(alice.id, [
            pref(alice, 'c'.repeat(32), 'n'.repeat(32), 'é'.repeat(20_000)),
        ]);
        assert.equal((await find(alice, 'c'.repeat(32), 'n'.repeat(32))).value.length, 20_000);
        for (const bad of [
            pref(alice, 'c'.repeat(33), 'n'),
            pref(alice, '', 'n'),
            pref(alice, 'c', 'n'.repeat(33)),
            pref(alice, 'c', 'n', 'v'.repeat(20_001)),
        ]) {
            await refused(alice.client.savePreferences(alice.id, [bad]), 400);
        }
    });

    test('a theme is an object of texts', async () => {
        const { alice } = await people(node, 'alice');
        await alice.client.savePreferences(alice.id, [
            pref(alice, 'theme', '', JSON.stringify({ type: 'dark', sidebarBg: '#1e1e1e' })),
        ]);
        for (const value of ['not json', '[1]', '"text"'])
            await refused(alice.client.savePreferences(alice.id, [pref(alice, 'theme', '', value)]), 400);
    });
});

test('those of others are closed', async () => {
    const { alice, bob } = await people(node, 'alice', 'bob');
    await refused(bob.client.getUserPreferences(alice.id), 403);
    await refused(bob.client.savePreferences(alice.id, [pref(alice, 'x', 'y')]), 403);
    await refused(bob.client.savePreferences(bob.id, [pref(alice, 'x', 'y')]), [400, 403]);
    await refused(bob.client.deletePreferences(alice.id, [pref(alice, 'x', 'y')]), 403);
    assert.equal(await find(alice, 'x', 'y'), undefined);
});
