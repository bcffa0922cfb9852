// Finding people: by id, name, address; lists, search and completion; what others may see; pictures.
import {
    administrator,
    assert,
    describe,
    eventually,
    ids,
    like,
    listen,
    newClient,
    no_such_id,
    people,
    person,
    pictureSize,
    png,
    raw,
    refused,
    sayAll,
    scene,
    sharedNode,
    sorted,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();

describe('looking somebody up', () => {
    test('by id, by name, by address', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        for (const found of [
            await bob.client.getUser(alice.id),
            await bob.client.getUserByUsername(alice.username),
        ]) {
            assert.equal(like.user(found).id, alice.id);
        }
        assert.equal((await alice.client.getUserByEmail(alice.email)).id, alice.id);
        await refused(bob.client.getUser(no_such_id), 404);
        await refused(bob.client.getUserByUsername('no-such-person'), 404);
    });

    test('shows nothing that is not for others', async () => {
        const admin = await administrator(node);
        const { alice, bob } = await people(node, 'alice', 'bob');
        const seen = await bob.client.getUser(alice.id);
        for (const key of [
            'notify_props',
            'last_password_update',
            'password',
            'mfa_secret',
            'failed_attempts',
        ])
            assert.ok(!(key in seen), key);
        assert.ok(!seen.email_verified && !seen.auth_data && !seen.auth_service);
        assert.ok('notify_props' in (await alice.client.getMe()));
        assert.equal((await admin.client.getUser(alice.id)).email, alice.email);
    });

    test('me is me everywhere', async () => {
        const { alice } = await people(node, 'alice');
        assert.deepEqual(await alice.client.getUser('me'), await alice.client.getUser(alice.id));
    });
});

describe('many at once', () => {
    test('by ids, unknown ones dropped, changed since a time', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        assert.deepEqual(
            sorted(ids(await bob.client.getProfilesByIds([alice.id, bob.id, no_such_id]))),
            sorted([alice.id, bob.id]),
        );
        const since = Math.max(
            alice.user.update_at,
            bob.user.update_at,
            (await alice.client.getMe()).update_at,
        );
        await alice.client.patchMe({ nickname: 'newer' });
        assert.deepEqual(ids(await bob.client.getProfilesByIds([alice.id, bob.id], { since })), [alice.id]);
        await refused(bob.client.getProfilesByIds([]), 400);
    });

    test('by names', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        assert.deepEqual(ids(await bob.client.getProfilesByUsernames([alice.username, 'no-such-person'])), [
            alice.id,
        ]);
    });

    test('those I know are those I share a channel with', async () => {
        const { alice, bob, carol } = await scene(node, 'alice', 'bob', 'carol');
        const stranger = await person(node);
        const known = await alice.client.getKnownUsers();
        assert.ok(known.includes(bob.id) && known.includes(carol.id) && !known.includes(stranger.id));
    });
});

describe('lists', () => {
    test('of a team, of a channel, of who is not in it, page by page', async () => {
        const { alice, bob, carol, team, room } = await scene(node, 'alice', 'bob', 'carol');
        await carol.client.removeFromChannel(carol.id, room.id);
        assert.deepEqual(
            sorted(ids(await alice.client.getProfilesInTeam(team.id))),
            sorted([alice.id, bob.id, carol.id]),
        );
        assert.deepEqual(
            sorted(ids(await alice.client.getProfilesInChannel(room.id))),
            sorted([alice.id, bob.id]),
        );
        assert.deepEqual(ids(await alice.client.getProfilesNotInChannel(team.id, room.id, false)), [
            carol.id,
        ]);
        const pages = await Promise.all(
            [0, 1, 2].map((page) => alice.client.getProfilesInTeam(team.id, page, 2)),
        );
        assert.deepEqual(
            pages.map((page) => page.length),
            [2, 1, 0],
        );
        const stranger = await person(node);
        assert.ok(ids(await alice.client.getProfilesNotInTeam(team.id, false, 0, 200)).includes(stranger.id));
    });

    test('of everybody and of administrators', async () => {
        const admin = await administrator(node);
        const { alice } = await people(node, 'alice');
        assert.ok((await alice.client.getProfiles(0, 5)).length <= 5);
        const admins = await raw(node, 'GET', '/users?roles=system_admin&page=0&per_page=100', admin);
        assert.deepEqual(ids(admins.json), [admin.id]);
    });

    test('are counted', async () => {
        const { alice } = await people(node, 'alice');
        const stats = await alice.client.getTotalUsersStats();
        assert.ok(stats.total_users_count >= 2);
    });

    test('are counted by what narrows a list, for administrators', async () => {
        const admin = await administrator(node);
        const { alice, team, room } = await scene(node, 'alice', 'bob');
        const count = async (query) => (await admin.client.getFilteredUsersStats(query)).total_users_count;
        const all = await count({ include_bots: false, include_deleted: true });
        const gone = await person(node);
        assert.equal(await count({ include_bots: false, include_deleted: true }), all + 1);
        await admin.client.updateUserActive(gone.id, false);
        assert.equal(await count({ include_bots: false, include_deleted: true }), all + 1);
        const active = await count({ include_bots: false, include_deleted: false });
        assert.ok(active <= all);
        assert.equal(await count({ in_team: team.id, include_bots: false }), 2);
        assert.equal(await count({ in_channel: room.id, include_bots: false }), 2);
        assert.equal(await count({ roles: ['system_admin'], include_bots: false, include_deleted: true }), 1);
        await refused(alice.client.getFilteredUsersStats({}), 403);
    });
});

describe('search', () => {
    test('finds by name, first name, last name and nickname, whatever the case', async () => {
        const tag = unique('q').replace('-', '');
        const found = await person(node, `fox${tag}`, {
            first_name: `Ferdinand${tag}`,
            last_name: `Vulpes${tag}`,
            nickname: `Reynard${tag}`,
        });
        const { alice } = await people(node, 'alice');
        for (const term of [
            `FOX${tag}`,
            `ferdinand${tag}`,
            `vulpes${tag}`,
            `reynard${tag}`,
            found.username,
        ]) {
            const list = await eventually(async () => {
                const users = await alice.client.searchUsers(term, {});
                return users.length > 0 && users;
            }, `search for ${term}`);
            assert.deepEqual(ids(list), [found.id], term);
        }
        assert.deepEqual(await alice.client.searchUsers(`nobody${tag}`, {}), []);
    });

    test('keeps to a team, a channel, or outside of them', async () => {
        const tag = unique('z').replace('-', '');
        const { alice, team, room } = await scene(node, 'alice');
        const [inside, outside, apart] = [
            await person(node, `in${tag}`),
            await person(node, `in${tag}`),
            await person(node, `in${tag}`),
        ];
        await alice.client.addUsersToTeam(team.id, [inside.id, outside.id]);
        await alice.client.addToChannel(inside.id, room.id);
        const search = async (options) => sorted(ids(await alice.client.searchUsers(`in${tag}`, options)));
        assert.deepEqual(await search({}), sorted([inside.id, outside.id, apart.id]));
        assert.deepEqual(await search({ team_id: team.id }), sorted([inside.id, outside.id]));
        assert.deepEqual(await search({ in_channel_id: room.id }), [inside.id]);
        assert.deepEqual(await search({ team_id: team.id, not_in_channel_id: room.id }), [outside.id]);
        assert.deepEqual(await search({ not_in_team_id: team.id }), [apart.id]);
        assert.equal((await alice.client.searchUsers(`in${tag}`, { limit: 1 })).length, 1);
    });

    test('leaves inactive people out unless asked for', async () => {
        const admin = await administrator(node);
        const tag = unique('gone').replace('-', '');
        const gone = await person(node, tag);
        await admin.client.updateUserActive(gone.id, false);
        assert.deepEqual(await admin.client.searchUsers(tag, {}), []);
        assert.deepEqual(ids(await admin.client.searchUsers(tag, { allow_inactive: true })), [gone.id]);
    });

    test('of hostile making is harmless', async () => {
        const { alice } = await people(node, 'alice');
        for (const term of ['%', '_', '\\', "'", '"; --', '*'])
            assert.ok(Array.isArray(await alice.client.searchUsers(term, {})), term);
        await refused(alice.client.searchUsers('', {}), 400);
    });
});

describe('completion', () => {
    test('tells people in the channel from others of the team', async () => {
        const tag = unique('auto').replace('-', '');
        const { alice, team, room } = await scene(node, 'alice');
        const [inside, outside] = [await person(node, tag), await person(node, tag)];
        await alice.client.addUsersToTeam(team.id, [inside.id, outside.id]);
        await alice.client.addToChannel(inside.id, room.id);
        const reply = await alice.client.autocompleteUsers(tag, team.id, room.id);
        assert.deepEqual(ids(reply.users), [inside.id]);
        assert.deepEqual(ids(reply.out_of_channel), [outside.id]);
        const whole = await alice.client.autocompleteUsers(tag, team.id, '');
        assert.deepEqual(sorted(ids(whole.users)), sorted([inside.id, outside.id]));
        assert.equal((await alice.client.autocompleteUsers(tag, team.id, '', { limit: 1 })).users.length, 1);
    });

    test('is closed for channels of others', async () => {
        const { alice, room, team } = await scene(node, 'alice');
        const stranger = await person(node);
        await refused(stranger.client.autocompleteUsers(alice.username, team.id, room.id), 403);
    });
});

describe('a picture', () => {
    const image = async (who, of, query = '') => raw(node, 'GET', `/users/${of.id}/image${query}`, who);

    test('is drawn from the initials until there is one', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const reply = await image(bob, alice, '?_=0');
        assert.equal(reply.status, 200);
        assert.equal(reply.type, 'image/png');
        assert.equal(pictureSize(reply.bytes).type, 'image/png');
        assert.match(reply.headers.get('cache-control'), /private/);
        assert.equal((await raw(node, 'GET', `/users/${alice.id}/image/default`, bob)).status, 200);
    });

    test('is set, told, served as PNG with a tag, and removed', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const initial = await image(bob, alice);
        const ears = await listen(bob);
        await alice.client.uploadProfileImage(
            alice.id,
            new Blob([png(300, 300, [200, 10, 10])], { type: 'image/png' }),
        );
        await ears.wait(
            'user_updated',
            (event) => event.data.user.id === alice.id && event.data.user.last_picture_update > 0,
        );
        const set = await image(bob, alice);
        assert.equal(set.type, 'image/png');
        assert.ok(!set.bytes.equals(initial.bytes));
        const again = await raw(node, 'GET', `/users/${alice.id}/image`, {
            token: bob.token,
            headers: { 'If-None-Match': set.headers.get('etag') },
        });
        assert.equal(again.status, 304);
        await alice.client.setDefaultProfileImage(alice.id);
        assert.ok((await image(bob, alice)).bytes.equals(initial.bytes));
        ears.close();
    });

    test("is not anybody's to set, nor anything but a picture", async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        await refused(
            bob.client.uploadProfileImage(alice.id, new Blob([png(9, 9)], { type: 'image/png' })),
            403,
        );
        await refused(
            alice.client.uploadProfileImage(alice.id, new Blob(['text'], { type: 'image/png' })),
            400,
        );
        assert.equal((await raw(node, 'GET', `/users/${alice.id}/image`)).status, 401);
    });
});

describe('changes of an account', () => {
    test('reach others without what is private, myself with it', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const [own, other] = [await listen(alice), await listen(bob)];
        await alice.client.patchMe({ nickname: 'Seen' });
        const mine = await own.wait('user_updated', (event) => event.data.user.nickname === 'Seen');
        assert.equal(typeof mine.data.user, 'object');
        assert.ok('notify_props' in mine.data.user);
        const seen = await other.wait(
            'user_updated',
            (event) => event.data.user.id === alice.id && event.data.user.nickname === 'Seen',
        );
        assert.ok(!('notify_props' in seen.data.user));
        own.close();
        other.close();
    });

    test('new ones are announced', async () => {
        const { alice } = await people(node, 'alice');
        const ears = await listen(alice);
        const made = await person(node);
        await ears.wait('new_user', (event) => event.data.user_id === made.id);
        ears.close();
    });
});

describe('the list of the console', () => {
    const list = (admin, filter) => admin.client.getUsersForReporting({ page_size: 100, ...filter });

    test('pages both ways, in any order, with what is counted', async () => {
        const admin = await administrator(node);
        const word = unique('report');
        const { team, town } = await scene(node, 'alice');
        const made = [];
        for (const name of ['c', 'a', 'b'])
            made.push(await person(node, 'paged', { first_name: `${word}-${name}` }));
        const [c, a, b] = made;
        await admin.client.addToTeam(team.id, b.id);
        await sayAll(b, town.id, ['one', 'two']);
        const filter = { search_term: word, sort_column: 'FirstName' };
        const all = await list(admin, filter);
        assert.deepEqual(ids(all), ids([a, b, c]));
        assert.equal(await admin.client.getUserCountForReporting({ search_term: word }), 3);
        const [, second] = all;
        assert.equal(second.total_posts, 2);
        assert.ok(second.last_login > 0 && second.last_post_date > 0 && second.days_active >= 1);
        assert.equal((await list(admin, { ...filter, date_range: 'previousmonth' }))[1].total_posts, 0);
        const first = await list(admin, { ...filter, page_size: 1 });
        const next = await list(admin, { ...filter, page_size: 1, direction: 'next', from_column_value: first[0].first_name, from_id: first[0].id });
        assert.deepEqual(ids(next), [b.id]);
        const back = await list(admin, { ...filter, page_size: 2, direction: 'prev', from_column_value: c.user.first_name, from_id: c.id });
        assert.deepEqual(ids(back), ids([a, b]));
        assert.deepEqual(ids(await list(admin, { ...filter, sort_direction: 'desc' })), ids([c, b, a]));
        const newest = await list(admin, { search_term: word, sort_column: 'CreateAt', sort_direction: 'desc' });
        assert.deepEqual(ids(newest), ids([b, a, c]));
        const older = await list(admin, { search_term: word, sort_column: 'CreateAt', sort_direction: 'desc', from_column_value: newest[0].create_at, from_id: newest[0].id });
        assert.deepEqual(ids(older), ids([a, c]));
    });

    test('is narrowed by role, team and state', async () => {
        const admin = await administrator(node);
        const word = unique('narrow');
        const { team } = await scene(node, 'alice');
        const inside = await person(node, 'inside', { nickname: `${word}-i` });
        const outside = await person(node, 'outside', { nickname: `${word}-o` });
        const gone = await person(node, 'gone', { nickname: `${word}-g` });
        await admin.client.addToTeam(team.id, inside.id);
        await admin.client.updateUserActive(gone.id, false);
        const found = async (filter) => ids(await list(admin, { search_term: word, sort_column: 'Nickname', ...filter }));
        assert.deepEqual(await found({ team_filter: team.id }), [inside.id]);
        assert.deepEqual(await found({ has_no_team: true }), [gone.id, outside.id]);
        assert.deepEqual(await found({ hide_active: true }), [gone.id]);
        assert.deepEqual(await found({ hide_inactive: true }), [inside.id, outside.id]);
        assert.deepEqual(await found({ role_filter: 'system_admin' }), []);
        assert.equal((await found({ role_filter: 'system_user' })).length, 3);
        assert.equal(await admin.client.getUserCountForReporting({ search_term: word, hide_inactive: true }), 2);
        await refused(list(admin, { hide_active: true, hide_inactive: true }), 400, 'api.context.invalid_url_param.app_error');
        await refused(list(admin, { sort_column: 'Shoe' }), 400, 'api.context.invalid_url_param.app_error');
        await refused(list(admin, { page_size: 101 }), 400, 'api.context.invalid_url_param.app_error');
        await refused(list(inside, {}), 403);
        // What is no text never reaches the database.
        for (const hostile of ['search_term=%ff%fe', 'search_term=%00', 'role_filter=%ff', `from_id=${gone.id}&from_column_value=%ff`])
            assert.equal((await raw(node, 'GET', `/reports/users?${hostile}`, { token: admin.client.getToken() })).status, 400, hostile);
    });
});

test('nothing of this is for people without a session', async () => {
    const { alice } = await people(node, 'alice');
    const nobody = newClient(node);
    for (const call of [
        () => nobody.getUser(alice.id),
        () => nobody.getProfiles(),
        () => nobody.searchUsers('a', {}),
        () => nobody.getKnownUsers(),
        () => nobody.getProfilesByIds([alice.id]),
        () => nobody.getUserByUsername(alice.username),
    ]) {
        await refused(call(), 401, 'api.context.session_expired.app_error');
    }
});
