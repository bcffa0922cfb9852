// The calls of the web client when it starts, logs in, posts, changes channels, opens threads, drafts and
// the console, with cookies and headers as a browser sends them. Each must get its documented answer.
// Features that this server does not have may answer 403, 404 or 501, in JSON.
import fs from 'node:fs';
import {
    BareSocket,
    administrator,
    assert,
    channel,
    describe,
    inner,
    like,
    newClient,
    password,
    person,
    raw,
    say,
    sharedNode,
    team,
    test,
} from './harness.mjs';

const node = sharedNode();
const calls = JSON.parse(fs.readFileSync(new URL('data/web_client_calls.json', import.meta.url)));

// Replaces {user}, {team}, ... in texts anywhere in `value`.
function filled(value, stage) {
    if (value === '{me}') return stage.me;
    if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (_, word) => stage[word]);
    if (Array.isArray(value)) return value.map((each) => filled(each, stage));
    if (value && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, stage)]));
    return value;
}

// What the web client relies on in the most important answers.
const checks = {
    'GET /users/me': (body) => like.user(body),
    'GET /users/me/teams': (body) => assert.ok(body.map(like.team).length > 0),
    'GET /users/me/teams/members': (body) => assert.ok(body.map(like.team_member).length > 0),
    'GET /users/me/preferences': (body) => body.forEach(like.preference),
    'GET /users/me/channels': (body) => assert.ok(body.map(like.channel).length >= 3),
    'GET /users/{user}/teams/{team}/channels/categories': (body) =>
        assert.equal(body.categories.map(like.category).length, body.order.length),
    'POST /roles/names': (body) => body.forEach(like.role),
    'GET /channels/{channel}/stats': (body) => like.channel_stats(body),
    'GET /users/{user}/channels/{channel}/posts/unread': (body) =>
        Object.values(like.post_list(body).posts).forEach(like.post),
    'GET /users/{user}/teams/{team}/threads': (body) => like.threads(body),
    'POST /users/status/ids': (body) => assert.ok(body.map(like.status).length > 0),
    'POST /posts': (body) => like.post(body),
    'GET /users/me/teams/unread': (body) => body.forEach(like.team_unread),
    'GET /users': (body) => assert.ok(body.map(like.user).length > 0),
    'GET /teams': (body) => body.forEach(like.team),
};

async function stageOf(who, home, room) {
    const { client, jar } = await who.browser();
    return {
        client,
        jar,
        me: await client.getMe(),
        user: who.id,
        team: home.id,
        channel: room.id,
        now: String(Date.now()),
    };
}

async function replay(t, role, stage) {
    for (const call of calls.filter((each) => each.as === role)) {
        const [method, target] = call.call.split(' ');
        await t.test(`${call.phase} ${call.call.slice(0, 90)}`, async () => {
            const headers =
                call.body === undefined ? {} : { 'Content-Type': call.type ?? 'application/json' };
            const reply = await raw(node, method, filled(target, stage), {
                cookie: stage.jar.header,
                csrf: call.csrf === false || method === 'GET' ? undefined : stage.jar.get('MMCSRF'),
                ajax: call.csrf !== false,
                headers,
                body: call.body === undefined ? undefined : JSON.stringify(filled(call.body, stage)),
            });
            assert.ok(
                call.status.includes(reply.status),
                `status ${reply.status}, expected ${call.status}: ${reply.text.slice(0, 300)}`,
            );
            if (reply.status >= 400) assert.equal(reply.type, 'application/json');
            if (reply.status < 300) checks[`${method} ${target.split('?')[0]}`]?.(reply.json);
        });
    }
}

describe('the web client', () => {
    test('starts without a session', async () => {
        const nobody = newClient(node);
        assert.equal((await nobody.getClientConfig()).EnableSignInWithEmail, 'true');
        await nobody.getClientLicenseOld();
        assert.equal(
            (await raw(node, 'POST', '/users/login/type', { json: { login_id: 'root' }, ajax: true })).status,
            404,
        );
    });

    test('of an administrator gets an answer to every call', async (t) => {
        const admin = await administrator(node);
        const home = await team(admin);
        const room = await channel(admin, home.id);
        await say(admin, room.id, 'hello');
        await replay(t, 'admin', await stageOf(admin, home, room));
    });

    test('of a plain member gets an answer to every call', async (t) => {
        const [owner, user] = [await person(node, 'owner'), await person(node, 'user')];
        const home = await team(owner, user);
        const room = await channel(owner, home.id, 'O', user);
        const root = await say(owner, room.id, `hello @${user.username}`);
        await say(user, room.id, 'a reply', { root_id: root.id });
        await replay(t, 'user', await stageOf(user, home, room));
    });

    test('opens its socket, says where it is, and hears its own post', async () => {
        const user = await person(node);
        const home = await team(user);
        const room = await channel(user, home.id);
        const { client, jar } = await user.browser();
        const bare = await BareSocket.open(node, {
            query: '?connection_id=&sequence_number=0&posted_ack=true',
            headers: { Cookie: jar.header, Origin: node.url },
        });
        bare.send({ action: 'ping', seq: 1 });
        bare.send({ action: 'presence', seq: 2, data: { team_id: home.id } });
        bare.send({ action: 'presence', seq: 3, data: { channel_id: room.id } });
        for (const seq of [1, 2, 3]) assert.equal((await bare.replyTo(seq)).status, 'OK');
        const pending_post_id = `${user.id}:${Date.now()}`;
        await client.createPost({
            channel_id: room.id,
            message: 'typed',
            pending_post_id,
            user_id: user.id,
            create_at: 0,
            file_ids: [],
            metadata: {},
            props: {},
        });
        await bare.event('posted', (event) => inner(event, 'post').pending_post_id === pending_post_id);
        bare.close();
    });

    test('logs in again after an end of the session', async () => {
        const user = await person(node);
        const { client, jar } = await user.browser();
        await client.logout();
        assert.equal(jar.get('MMUSERID'), undefined);
        await client.login(user.username, password);
        assert.equal(jar.get('MMUSERID'), user.id);
    });
});

describe('the mobile client', () => {
    test('gets an answer to every call of its start', async () => {
        const user = await person(node);
        const home = await team(user);
        const bearer = { token: user.token };
        for (const [method, path, json] of [
            ['GET', '/system/ping?device_id=android_rn-v2:abc'],
            ['GET', '/config/client?format=old'],
            ['GET', '/license/client?format=old'],
            ['GET', '/users/me/preferences'],
            ['GET', '/users/me'],
            ['GET', '/users/me/teams'],
            ['GET', '/users/me/teams/members'],
            ['GET', `/users/me/teams/${home.id}/channels?include_deleted=true&last_delete_at=0`],
            ['GET', `/users/me/teams/${home.id}/channels/members`],
            ['GET', `/users/me/teams/${home.id}/channels/categories`],
            ['POST', '/roles/names', ['system_user', 'team_user', 'channel_user']],
            ['GET', `/users/${user.id}/teams/${home.id}/threads?since=1&per_page=60&extended=true`],
            ['GET', `/users/${user.id}/groups`],
            ['GET', `/posts/scheduled/team/${home.id}?includeDirectChannels=true`],
            [
                'PUT',
                '/users/sessions/device',
                {
                    device_id: 'android_rn-v2:abc',
                    deviceNotificationDisabled: 'false',
                    mobileVersion: '2.30.0',
                },
            ],
            ['GET', `/system/notices/${home.id}?client=mobile-android&clientVersion=2.30.0`],
            ['GET', '/emoji?page=0&per_page=200&sort=name'],
        ]) {
            const reply = await raw(node, method, path, { ...bearer, json });
            assert.equal(reply.status, 200, `${method} ${path}: ${reply.text.slice(0, 200)}`);
        }
        for (const path of ['/properties/groups/x/fields', `/teams/${home.id}/channels/managed_categories`]) {
            const reply = await raw(node, 'GET', path, bearer);
            assert.ok([400, 404].includes(reply.status) && reply.type === 'application/json', path);
        }
        const ack = await raw(node, 'POST', '/notifications/ack', {
            ...bearer,
            json: { id: 'x'.repeat(26), received_at: Date.now(), platform: 'android', type: 'clear' },
        });
        assert.ok(ack.status < 500, String(ack.status));
    });
});
