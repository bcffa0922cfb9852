// Programs: bots and access tokens, by the official client library.
import { administrator, assert, describe, eventually, listen, newClient, person, refused, sharedNode, test } from './harness.mjs';

describe('a program', () => {
    const node = sharedNode({
        env: {
            MM_SERVICESETTINGS_ENABLEBOTACCOUNTCREATION: 'true',
            MM_SERVICESETTINGS_ENABLEUSERACCESSTOKENS: 'true',
        },
    });

    // A client that has a token and nothing else.
    const programWith = (token) => {
        const client = newClient(node);
        client.setToken(token);
        return client;
    };

    test('is promised to clients', async () => {
        const admin = await administrator(node);
        const config = await admin.client.getClientConfig();
        assert.equal(config.EnableBotAccountCreation, 'true');
        assert.equal(config.EnableUserAccessTokens, 'true');
    });

    test('posts as a bot and hears what is said', async () => {
        const admin = await administrator(node);
        const alice = await person(node, 'alice');
        const team = await admin.client.createTeam({ name: 'works', display_name: 'Works', type: 'O' });
        const channel = await admin.client.createChannel({ team_id: team.id, name: 'floor', display_name: 'Floor', type: 'O' });
        const bot = await admin.client.createBot({ username: 'digger', display_name: 'Digger', description: 'digs' });
        assert.equal(bot.owner_id, admin.id);
        for (const each of [alice.id, bot.user_id]) {
            await admin.client.addToTeam(team.id, each);
            await admin.client.addToChannel(each, channel.id);
        }
        const { token, id } = await admin.client.createUserAccessToken(bot.user_id, 'digging');
        const program = programWith(token);
        const me = await program.getMe();
        assert.equal(me.username, 'digger');
        assert.equal(me.is_bot, true);

        const alices = await listen(alice);
        const bots = await listen({ node, username: 'digger', token });
        const post = await program.createPost({ channel_id: channel.id, message: 'found something' });
        assert.equal(post.user_id, bot.user_id);
        assert.equal(post.props.from_bot, 'true');
        assert.equal((await alices.posted(post.id)).post.props.from_bot, 'true');
        const answer = await alice.client.createPost({ channel_id: channel.id, message: 'well done' });
        assert.equal((await bots.posted(answer.id)).post.message, 'well done');

        // Switched off, it is refused and its socket closes; the tokens of the list have no secret.
        const listed = await admin.client.getUserAccessTokensForUser(bot.user_id);
        assert.deepEqual(listed.map((each) => [each.id, each.is_active, each.token]), [[id, true, undefined]]);
        bots.expected_closes = Infinity;
        await admin.client.disableUserAccessToken(id);
        await refused(program.getMe(), 401);
        await eventually(() => bots.closes > 0, 'the socket of the program is closed');
        bots.client.close();
        await admin.client.enableUserAccessToken(id);
        assert.equal((await program.getMe()).id, bot.user_id);
        await admin.client.revokeUserAccessToken(id);
        await refused(program.getMe(), 401);
        alices.close();
    });

    test('is a bot that is changed, given away, disabled and enabled', async () => {
        const admin = await administrator(node);
        const carol = await person(node, 'carol');
        const bot = await admin.client.createBot({ username: 'worker' });
        await refused(admin.client.createBot({ username: 'worker' }), 400, 'app.user.save.username_exists.app_error');
        await refused(carol.client.createBot({ username: 'mine' }), 403, 'api.context.permissions.app_error');
        await refused(carol.client.getBot(bot.user_id), 404, 'store.sql_bot.get.missing.app_error');
        assert.equal((await admin.client.patchBot(bot.user_id, { display_name: 'Works' })).display_name, 'Works');
        assert.equal((await admin.client.assignBot(bot.user_id, carol.id)).owner_id, carol.id);
        assert.ok((await admin.client.disableBot(bot.user_id)).delete_at > 0);
        assert.deepEqual((await admin.client.getBotsIncludeDeleted(0, 60)).map((each) => each.username).includes('worker'), true);
        assert.deepEqual((await admin.client.getBots(0, 60)).map((each) => each.username).includes('worker'), false);
        assert.equal((await admin.client.enableBot(bot.user_id)).delete_at, 0);
        await admin.client.updateUserActive(carol.id, false);
        await refused(admin.client.getBot(bot.user_id), 404);
    });

    test("acts for a person with a token of theirs", async () => {
        const admin = await administrator(node);
        const dave = await person(node, 'dave');
        await refused(dave.client.createUserAccessToken(dave.id, 'mine'), 403, 'api.context.permissions.app_error');
        await admin.client.updateUserRoles(dave.id, 'system_user system_user_access_token');
        const { token } = await dave.client.createUserAccessToken(dave.id, 'mine');
        assert.equal((await programWith(token).getMe()).id, dave.id);
        const sessions = await dave.client.getSessions(dave.id);
        assert.ok(sessions.some((each) => each.props.type === 'UserAccessToken'));
        await admin.client.updateUserActive(dave.id, false);
        await refused(programWith(token).getMe(), 401);
    });
});
