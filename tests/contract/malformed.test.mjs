// Requests of hostile or careless making: each gets a 4xx in JSON, changes nothing, and the node goes on.
import http from 'node:http';
import net from 'node:net';
import { assert, describe, like, raw, say, scene, sharedNode, test, unique, within } from './harness.mjs';

const node = sharedNode();
const invalid_body = 'api.context.invalid_body_param.app_error';
const invalid_url = 'api.context.invalid_url_param.app_error';
const json_type = { 'Content-Type': 'application/json' };
const send = (who, method, path, body, headers = json_type) =>
    raw(node, method, path, { token: who.token, headers, body });

const writes = ({ alice, room, team }) => [
    ['POST', '/posts'],
    ['POST', '/channels'],
    ['POST', '/channels/direct'],
    ['POST', '/channels/group'],
    ['POST', '/teams'],
    ['POST', '/reactions'],
    ['POST', '/users/ids'],
    ['POST', '/users/usernames'],
    ['POST', '/users/search'],
    ['POST', '/users/status/ids'],
    ['POST', '/roles/names'],
    ['POST', '/emoji/names'],
    ['POST', '/posts/ids'],
    ['POST', '/drafts'],
    ['POST', '/uploads'],
    ['POST', '/channels/members/me/view'],
    ['PUT', '/users/me/patch'],
    ['PUT', `/users/${alice.id}/preferences`],
    ['PUT', `/users/${alice.id}/status`],
    ['POST', `/channels/${room.id}/members`],
    ['PUT', `/channels/${room.id}/patch`],
    ['PUT', `/channels/${room.id}`],
    ['PUT', `/teams/${team.id}/patch`],
    ['POST', `/teams/${team.id}/posts/search`],
    ['PUT', `/users/${alice.id}/teams/${team.id}/channels/categories/order`],
    ['POST', '/users/login'],
];

describe('a body', () => {
    for (const [what, body] of Object.entries({
        'that is no JSON': '{message: hello}',
        'that is cut off': '{"message": "hel',
        'with rubbish behind': '{"a":1} and more',
        'of two values': '{}{}',
        'of bytes that are not UTF-8': Buffer.from([
            0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d,
        ]),
        'with a bare control character': '{"a":"\u0001"}\u0000',
        'of a lone number': '17',
        'of null': 'null',
        'of a text': '"hello"',
    })) {
        test(`${what} is refused everywhere`, async () => {
            const stage = await scene(node, 'alice');
            for (const [method, path] of writes(stage)) {
                const reply = await send(stage.alice, method, path, body);
                assert.ok(reply.status >= 400 && reply.status < 500, `${method} ${path}: ${reply.status}`);
                assert.equal(reply.type, 'application/json', `${method} ${path}`);
            }
            await stage.alice.client.getMe();
        });
    }

    test('of the wrong shape is refused: a list for an object, an object for a list', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const [method, path, body] of [
            ['POST', '/posts', []],
            ['POST', '/channels', [1]],
            ['POST', '/channels/direct', {}],
            ['POST', '/users/ids', { ids: [] }],
            ['POST', '/roles/names', 'x'],
            ['PUT', `/users/${alice.id}/preferences`, {}],
            ['POST', `/channels/${room.id}/members`, []],
        ]) {
            const reply = await raw(node, method, path, { token: alice.token, json: body });
            assert.equal(reply.status, 400, `${method} ${path}`);
        }
    });

    test('with a member of the wrong type is refused and named', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const fields of [
            { message: 5 },
            { message: ['x'] },
            { channel_id: 5 },
            { file_ids: 'x' },
            { file_ids: [1] },
            { props: 'x' },
            { root_id: {} },
        ]) {
            const reply = await raw(node, 'POST', '/posts', {
                token: alice.token,
                json: { channel_id: room.id, message: 'x', ...fields },
            });
            assert.equal(reply.status, 400, JSON.stringify(fields));
            assert.equal(reply.json.id, invalid_body, JSON.stringify(fields));
        }
    });

    test('with unknown members is taken as if they were not there', async () => {
        const { alice, room } = await scene(node, 'alice');
        const reply = await raw(node, 'POST', '/posts', {
            token: alice.token,
            json: { channel_id: room.id, message: 'x', brand_new: { a: [1, 2] }, __proto__2: 1 },
        });
        assert.equal(reply.status, 201);
        assert.ok(!('brand_new' in like.post(reply.json)));
    });

    test('with a key twice is refused or one of both counts, consistently', async () => {
        const { alice, room } = await scene(node, 'alice');
        const answers = new Set();
        for (let round = 0; round < 3; ++round) {
            const reply = await send(
                alice,
                'POST',
                '/posts',
                `{"channel_id":"${room.id}","message":"one","message":"two"}`,
            );
            assert.ok([201, 400].includes(reply.status), String(reply.status));
            answers.add(reply.json.message);
        }
        assert.equal(answers.size, 1);
    });

    test('nested deeply is refused, however it is nested', async () => {
        const { alice, room } = await scene(node, 'alice');
        const deep = 50_000;
        for (const props of [
            `${'['.repeat(deep)}${']'.repeat(deep)}`,
            `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
        ]) {
            const reply = await send(
                alice,
                'POST',
                '/posts',
                `{"channel_id":"${room.id}","message":"x","props":{"p":${props}}}`,
            );
            assert.ok([400, 413].includes(reply.status), String(reply.status));
        }
        await say(alice, room.id, 'the node still works');
    });

    test('above the limit is refused with 413, at the limit it is read', async () => {
        const { alice, room } = await scene(node, 'alice');
        const padded = (size) => {
            const head = `{"channel_id":"${room.id}","message":"x","pad":"`;
            return `${head}${'p'.repeat(size - head.length - 2)}"}`;
        };
        assert.equal((await send(alice, 'POST', '/posts', padded(299_000))).status, 201);
        const reply = await send(alice, 'POST', '/posts', padded(310_000));
        assert.equal(reply.status, 413);
        assert.equal(reply.json.id, 'api.context.request_body_too_large.app_error');
    });

    test('above the limit without a length is refused as well', async () => {
        const { alice, room } = await scene(node, 'alice');
        const status = await within(
            new Promise((done, fail) => {
                const request = http.request(
                    `${node.url}/api/v4/posts`,
                    {
                        method: 'POST',
                        headers: {
                            ...json_type,
                            Authorization: `Bearer ${alice.token}`,
                            'Transfer-Encoding': 'chunked',
                        },
                    },
                    (response) => done(response.resume().statusCode),
                );
                request.on('error', (error) =>
                    ['EPIPE', 'ECONNRESET'].includes(error.code) ? done('cut') : fail(error),
                );
                request.write(`{"channel_id":"${room.id}","message":"x","pad":"`);
                for (let at = 0; at < 50; ++at) request.write('p'.repeat(10_000));
                request.end('"}');
            }),
            60_000,
            'an answer to a long body',
        );
        assert.ok([413, 'cut'].includes(status), String(status));
    });

    test('of numbers beyond all measure is refused or kept, and the node goes on', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const number of ['1e400', '-1e400', '99999999999999999999999999', '1.5', '-1']) {
            const reply = await send(
                alice,
                'POST',
                '/posts',
                `{"channel_id":"${room.id}","message":"x","create_at":${number}}`,
            );
            assert.ok([201, 400].includes(reply.status), `${number}: ${reply.status}`);
        }
    });

    test('whose texts hold a NUL or a lone surrogate does no harm', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const message of ['nul \\u0000 inside', 'half \\ud83d a pair', 'other half \\ude00']) {
            const reply = await send(
                alice,
                'POST',
                '/posts',
                `{"channel_id":"${room.id}","message":"${message}"}`,
            );
            assert.ok([201, 400].includes(reply.status), `${message}: ${reply.status}`);
            if (reply.status === 201)
                assert.equal((await alice.client.getPost(reply.json.id)).message, reply.json.message);
        }
    });
});

describe('an id', () => {
    test('that is none is refused with 400 and the name of the parameter', async () => {
        const { alice } = await scene(node, 'alice');
        for (const path of [
            '/users/x',
            '/channels/x',
            '/posts/abc',
            '/teams/short',
            '/files/tooShort/info',
            `/channels/${'a'.repeat(27)}/posts`,
            '/posts/abc/thread',
            '/posts/abc/reactions',
            '/users/me/channels/x/posts/unread',
            '/emoji/x',
            '/uploads/x',
        ]) {
            const reply = await raw(node, 'GET', path, alice);
            assert.deepEqual([reply.status, reply.json?.id], [400, invalid_url], path);
        }
    });

    test('of 26 characters that nobody has is not found', async () => {
        const { alice } = await scene(node, 'alice');
        for (const id of ['0'.repeat(26), 'l'.repeat(26), 'A'.repeat(26), 'y'.repeat(26), '9'.repeat(26)]) {
            for (const path of [`/posts/${id}`, `/users/${id}`, `/teams/${id}`, `/channels/${id}`]) {
                const reply = await raw(node, 'GET', path, alice);
                assert.ok([400, 403, 404].includes(reply.status), `${path}: ${reply.status}`);
            }
        }
    });

    test('in a body that is none is refused', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const [path, json] of [
            ['/posts', { channel_id: 'x', message: 'x' }],
            ['/posts', { channel_id: room.id, message: 'x', root_id: 'x' }],
            ['/posts', { channel_id: room.id, message: 'x', file_ids: ['x'] }],
            ['/reactions', { user_id: alice.id, post_id: 'x', emoji_name: 'smile' }],
            ['/channels/direct', ['x', 'y']],
            [`/channels/${room.id}/members`, { user_id: 'x' }],
            ['/channels', { team_id: 'x', name: unique('n'), display_name: 'N', type: 'O' }],
            ['/uploads', { channel_id: 'x', filename: 'a', file_size: 1, type: 'attachment' }],
        ]) {
            const reply = await raw(node, 'POST', path, { token: alice.token, json });
            assert.ok(
                [400, 403, 404].includes(reply.status),
                `${path} ${JSON.stringify(json)}: ${reply.status}`,
            );
        }
    });

    test('with path tricks is an ordinary unknown path', async () => {
        const { alice } = await scene(node, 'alice');
        for (const path of [
            '/users/..%2f..%2fetc%2fpasswd',
            '/files/%00',
            '/posts/%ff%fe',
            '/users/me%2e',
            '/posts/../../../etc/passwd',
            '//users//me',
            '/users/%',
            '/teams/name/%e2%82',
        ]) {
            const status = await rawPath(`/api/v4${path}`, alice);
            assert.ok((status >= 300 && status < 500) || path === '//users//me', `${path}: ${status}`);
        }
    });
});

// The path as it is, which fetch would tidy up.
function rawPath(path, who) {
    const { hostname, port } = new URL(node.url);
    return within(
        new Promise((done, fail) => {
            http.get(
                { hostname, port, path, headers: { Authorization: `Bearer ${who.token}` } },
                (response) => done(response.resume().statusCode),
            ).on('error', fail);
        }),
        60_000,
        `an answer to ${path}`,
    );
}

describe('paging', () => {
    test('with nonsense falls back to the default', async () => {
        const { alice, room, team } = await scene(node, 'alice');
        for (const query of [
            'page=-5&per_page=-1',
            'page=x&per_page=y',
            'page=&per_page=',
            'per_page=99999999999999999999',
            'page=1e3',
        ]) {
            for (const path of [
                `/channels/${room.id}/posts`,
                `/channels/${room.id}/members`,
                '/users',
                `/teams/${team.id}/channels`,
                '/emoji',
            ]) {
                const reply = await raw(node, 'GET', `${path}?${query}`, alice);
                assert.ok([200, 400].includes(reply.status), `${path}?${query}: ${reply.status}`);
            }
        }
    });

    test('beyond the end is empty', async () => {
        const { alice, room, team } = await scene(node, 'alice');
        assert.deepEqual(
            (await raw(node, 'GET', `/channels/${room.id}/members?page=900000&per_page=200`, alice)).json,
            [],
        );
        assert.deepEqual(
            (await raw(node, 'GET', `/teams/${team.id}/channels?page=2147483647&per_page=200`, alice)).json,
            [],
        );
        assert.deepEqual(
            (await raw(node, 'GET', `/channels/${room.id}/posts?page=9223372036854775807`, alice)).json
                ?.order ?? [],
            [],
        );
    });

    test('of posts with nonsense as mark or time is refused or ignored', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const query of [
            'before=x',
            'after=x',
            'since=x',
            'since=-1',
            `before=${'y'.repeat(26)}`,
            'since=99999999999999999999999',
        ]) {
            const reply = await raw(node, 'GET', `/channels/${room.id}/posts?${query}`, alice);
            assert.ok([200, 400, 404].includes(reply.status), `${query}: ${reply.status}`);
        }
    });
});

describe('the connection', () => {
    // Writes bytes on a bare connection and gives what came back until the node closed or was silent.
    const exchange = (bytes, { patience = 4_000, end = false } = {}) =>
        new Promise((done, fail) => {
            const { hostname, port } = new URL(node.url);
            const socket = net.connect({ host: hostname, port }, () => {
                socket.write(bytes);
                if (end) socket.end();
            });
            let text = '';
            const timer = setTimeout(() => socket.destroy(), patience);
            socket.on('data', (part) => {
                text += part.toString('latin1');
                if (/^HTTP\/1\.[01] \d+.*\r\n\r\n/s.test(text)) socket.destroy();
            });
            socket.on('error', (error) => (['ECONNRESET', 'EPIPE'].includes(error.code) ? 0 : fail(error)));
            socket.on('close', () => {
                clearTimeout(timer);
                done(text);
            });
        });

    test('that speaks no HTTP is refused or closed', async () => {
        for (const bytes of [
            'hello\r\n\r\n',
            '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000',
            'GET\r\n\r\n',
            'GET / HTTP/9.9\r\n\r\n',
            `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
            `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'h'.repeat(200_000)}\r\n\r\n`,
            'POST /api/v4/posts HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n',
            'POST /api/v4/posts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
            'POST /api/v4/posts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        ]) {
            const text = await exchange(bytes);
            assert.ok(
                text === '' || /^HTTP\/1\.[01] [45]\d\d/.test(text),
                `${JSON.stringify(bytes.slice(0, 40))}: ${text.slice(0, 80)}`,
            );
        }
        assert.equal((await raw(node, 'GET', '/system/ping')).status, 200);
    });

    test('that ends in the middle of a body changes nothing', async () => {
        const { alice, room } = await scene(node, 'alice');
        const body = JSON.stringify({ channel_id: room.id, message: 'half' });
        const head = `POST /api/v4/posts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${alice.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 50}\r\n\r\n`;
        await exchange(head + body, { end: true, patience: 2_000 });
        const list = await alice.client.getPosts(room.id);
        assert.ok(!Object.values(list.posts).some((post) => post.message === 'half'));
    });

    test('asks twice and is answered in order', async () => {
        const { hostname, port } = new URL(node.url);
        const text = await within(
            new Promise((done, fail) => {
                const socket = net.connect({ host: hostname, port }, () =>
                    socket.write(
                        'GET /api/v4/no/such/route HTTP/1.1\r\nHost: a\r\n\r\nGET /api/v4/system/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
                    ),
                );
                let all = '';
                socket.on('data', (part) => {
                    all += part;
                });
                socket.on('close', () => done(all));
                socket.on('error', fail);
            }),
            60_000,
            'two answers',
        );
        const answers = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((each) => each[1]);
        assert.deepEqual(answers, ['404', '200']);
    });
});

describe('a form', () => {
    const boundary = 'xxBOUNDARYxx';
    const type = { 'Content-Type': `multipart/form-data; boundary=${boundary}` };
    const part = (name, value, extra = '') =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${extra}\r\n\r\n${value}\r\n`;

    test('that is broken is refused and leaves nothing', async () => {
        const { alice, room } = await scene(node, 'alice');
        const file = part('files', 'content', '; filename="a.txt"');
        for (const [what, body, headers] of [
            ['no parts', `--${boundary}--\r\n`, type],
            ['no end', part('channel_id', room.id) + file, type],
            ['no channel', `${file}--${boundary}--\r\n`, type],
            ['rubbish', 'rubbish', type],
            ['no boundary', file, { 'Content-Type': 'multipart/form-data' }],
            ['an empty boundary', file, { 'Content-Type': 'multipart/form-data; boundary=' }],
            ['a bad channel', `${part('channel_id', 'x')}${file}--${boundary}--\r\n`, type],
            [
                'long headers',
                `--${boundary}\r\nContent-Disposition: form-data; name="${'n'.repeat(100_000)}"\r\n\r\nx\r\n--${boundary}--\r\n`,
                type,
            ],
        ]) {
            const reply = await send(alice, 'POST', '/files', body, headers);
            assert.ok(reply.status >= 400 && reply.status < 500, `${what}: ${reply.status}`);
        }
        await say(alice, room.id, 'the node still works');
    });

    test('for a picture is checked as well', async () => {
        const { alice, team } = await scene(node, 'alice');
        for (const path of [`/users/${alice.id}/image`, `/teams/${team.id}/image`, '/emoji']) {
            const reply = await send(alice, 'POST', path, `${part('wrong', 'x')}--${boundary}--\r\n`, type);
            assert.ok(reply.status >= 400 && reply.status < 500, `${path}: ${reply.status}`);
        }
    });
});
