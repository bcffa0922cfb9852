// Files: uploaded in three ways, attached, served whole and in ranges, previews of pictures, public links;
// closed to strangers and while not attached to others.
import crypto from 'node:crypto';
import {
    assert,
    channel,
    describe,
    like,
    likeNow,
    listen,
    pictureSize,
    png,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();

async function upload(who, channel_id, files) {
    const form = new FormData();
    form.append('channel_id', channel_id);
    for (const [name, bytes, type] of files) {
        form.append('files', new Blob([bytes], { type: type ?? 'application/octet-stream' }), name);
        form.append('client_ids', `client-${name}`);
    }
    return who.client.uploadFile(form);
}
const one = async (who, channel_id, name, bytes, type) =>
    (await upload(who, channel_id, [[name, bytes, type]])).file_infos[0];
const fetchFile = (who, id, options = {}) =>
    raw(node, 'GET', `/files/${id}`, { token: who.token, ...options });

describe('uploading', () => {
    test('several files in a form answers 201 with their descriptions', async () => {
        const { alice, room } = await scene(node, 'alice');
        const form = new FormData();
        form.append('channel_id', room.id);
        form.append('files', new Blob(['first'], { type: 'text/plain' }), 'first.txt');
        form.append('client_ids', 'c1');
        form.append('files', new Blob([png(300, 200)], { type: 'image/png' }), 'Zweites Bild.PNG');
        form.append('client_ids', 'c2');
        const reply = await raw(node, 'POST', '/files', { token: alice.token, body: form });
        assert.equal(reply.status, 201);
        assert.deepEqual(reply.json.client_ids, ['c1', 'c2']);
        const [text, picture] = reply.json.file_infos.map(like.file);
        assert.deepEqual(
            [text.name, text.extension, text.size, text.user_id, text.channel_id],
            ['first.txt', 'txt', 5, alice.id, room.id],
        );
        assert.match(text.mime_type, /^text\/plain/);
        likeNow(text.create_at);
        assert.deepEqual(
            [
                picture.name,
                picture.extension,
                picture.mime_type,
                picture.width,
                picture.height,
                picture.has_preview_image,
            ],
            ['Zweites Bild.PNG', 'png', 'image/png', 300, 200, true],
        );
        const mini = Buffer.from(picture.mini_preview, 'base64');
        assert.deepEqual(pictureSize(mini), { type: 'image/jpeg', width: 16, height: 16 });
    });

    test('a raw body needs channel and name in the query', async () => {
        const { alice, room } = await scene(node, 'alice');
        const bytes = crypto.randomBytes(70_000);
        const send = (query) =>
            raw(node, 'POST', `/files?${query}`, {
                token: alice.token,
                headers: { 'Content-Type': 'application/octet-stream' },
                body: bytes,
            });
        const reply = await send(
            `channel_id=${room.id}&filename=${encodeURIComponent('raw ünï.bin')}&client_id=c9`,
        );
        assert.equal(reply.status, 201);
        assert.deepEqual(reply.json.client_ids, ['c9']);
        assert.deepEqual(
            [reply.json.file_infos[0].name, reply.json.file_infos[0].size],
            ['raw ünï.bin', 70_000],
        );
        assert.ok((await fetchFile(alice, reply.json.file_infos[0].id)).bytes.equals(bytes));
        assert.equal((await send(`channel_id=${room.id}`)).status, 400);
        assert.equal((await send('filename=x.bin')).status, 400);
    });

    test('in pieces goes on where it stopped', async () => {
        const { alice, room } = await scene(node, 'alice');
        const bytes = crypto.randomBytes(300_000);
        const created = await raw(node, 'POST', '/uploads', {
            token: alice.token,
            json: { channel_id: room.id, filename: 'big.bin', file_size: bytes.length, type: 'attachment' },
        });
        assert.equal(created.status, 201);
        const session = like.upload(created.json);
        assert.deepEqual(
            [session.file_offset, session.file_size, session.filename, session.type],
            [0, bytes.length, 'big.bin', 'attachment'],
        );
        const send = (from, to) =>
            raw(node, 'POST', `/uploads/${session.id}`, {
                token: alice.token,
                headers: { 'Content-Type': 'application/octet-stream' },
                body: bytes.subarray(from, to),
            });
        assert.equal((await send(0, 100_000)).status, 204);
        assert.equal((await raw(node, 'GET', `/uploads/${session.id}`, alice)).json.file_offset, 100_000);
        assert.ok(
            (await raw(node, 'GET', '/users/me/uploads', alice)).json.some((each) => each.id === session.id),
        );
        assert.equal((await send(100_000, 250_000)).status, 204);
        const done = await send(250_000, 300_000);
        assert.equal(done.status, 200);
        const info = like.file(done.json);
        assert.deepEqual([info.name, info.size], ['big.bin', bytes.length]);
        assert.ok((await fetchFile(alice, info.id)).bytes.equals(bytes));
        assert.equal((await say(alice, room.id, 'here', { file_ids: [info.id] })).file_ids[0], info.id);
    });

    test('in pieces is for its owner, and for no more than announced', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const created = await raw(node, 'POST', '/uploads', {
            token: alice.token,
            json: { channel_id: room.id, filename: 'mine.bin', file_size: 10, type: 'attachment' },
        });
        const send = (who, body) =>
            raw(node, 'POST', `/uploads/${created.json.id}`, {
                token: who.token,
                headers: { 'Content-Type': 'application/octet-stream' },
                body,
            });
        assert.equal((await send(bob, Buffer.alloc(5))).status, 403);
        assert.ok([403, 404].includes((await raw(node, 'GET', `/uploads/${created.json.id}`, bob)).status));
        assert.ok((await send(alice, Buffer.alloc(11))).status >= 400);
    });

    test('nothing, nowhere or without permission is refused', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        await refused(upload(bob, closed.id, [['x.txt', 'x']]), 403, 'api.context.permissions.app_error');
        const form = new FormData();
        form.append('channel_id', room.id);
        await refused(alice.client.uploadFile(form), 400);
        const uneven = new FormData();
        uneven.append('channel_id', room.id);
        uneven.append('files', new Blob(['x']), 'x.txt');
        uneven.append('client_ids', '1');
        uneven.append('client_ids', '2');
        await refused(alice.client.uploadFile(uneven), 400);
    });

    test('an empty file and names of hostile making do no harm', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const name of [
            '../../etc/passwd',
            'a\\b.txt',
            '.hidden',
            `${'n'.repeat(200)}.txt`,
            'quo"te.txt',
            'semi;colon.txt',
            '日本語.txt',
        ]) {
            const info = await one(alice, room.id, name, 'content');
            assert.ok(!info.name.includes('/'), info.name);
            const reply = await fetchFile(alice, info.id, {});
            assert.equal(reply.status, 200, name);
            assert.equal(reply.text, 'content');
        }
        const empty = await upload(alice, room.id, [['empty.txt', '']]).catch((error) => error);
        assert.ok(empty.status_code === 400 || empty.file_infos?.[0].size === 0);
    });
});

describe('attaching', () => {
    test('shows the files with the post to everybody in the channel', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const { file_infos } = await upload(alice, room.id, [
            ['a.txt', 'aaa'],
            ['b.png', png(20, 10), 'image/png'],
        ]);
        const file_ids = file_infos.map((each) => each.id);
        const ears = await listen(bob);
        const post = await say(alice, room.id, 'with files', {
            file_ids: [...file_ids].reverse().concat(file_ids[0]),
        });
        assert.deepEqual(post.file_ids, [...file_ids].sort(), 'each once, sorted');
        assert.deepEqual(post.metadata.files.map((each) => each.id).sort(), [...file_ids].sort());
        const { event, post: seen } = await ears.posted(post.id);
        assert.deepEqual(seen.metadata.files.map((each) => each.name).sort(), ['a.txt', 'b.png']);
        assert.deepEqual([event.data.otherFile, event.data.image], ['true', 'true']);
        const infos = await bob.client.getFileInfosForPost(post.id);
        infos.forEach((each) => assert.equal(like.file(each).post_id, post.id));
        const info = await raw(node, 'GET', `/files/${file_ids[0]}/info`, bob);
        assert.equal(info.json.post_id, post.id);
        assert.equal((await fetchFile(bob, file_ids[0])).text, 'aaa');
        ears.close();
    });

    test('takes only own files of the same channel that hang nowhere yet', async () => {
        const { alice, bob, room, town } = await scene(node, 'alice', 'bob');
        const mine = await one(alice, room.id, 'mine.txt', 'x');
        const first = await say(alice, room.id, 'first', { file_ids: [mine.id] });
        assert.deepEqual(first.file_ids, [mine.id]);
        const foreign = await one(alice, room.id, 'alices.txt', 'x');
        const elsewhere = await one(bob, town.id, 'elsewhere.txt', 'x');
        for (const file_ids of [[mine.id], [foreign.id], [elsewhere.id]]) {
            const post = await say(bob, room.id, 'stealing', { file_ids }).catch((error) => error);
            assert.ok(
                post.status_code === 400 || post.status_code === 403 || post.file_ids.length === 0,
                JSON.stringify(post),
            );
        }
        assert.equal((await raw(node, 'GET', `/files/${mine.id}/info`, alice)).json.post_id, first.id);
        assert.equal((await fetchFile(bob, foreign.id)).status, 403);
    });

    test('ends with the post', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const info = await one(alice, room.id, 'gone.txt', 'x');
        const post = await say(alice, room.id, 'x', { file_ids: [info.id] });
        await alice.client.deletePost(post.id);
        assert.ok([403, 404].includes((await fetchFile(bob, info.id)).status));
    });

    test('counts in the statistics of the channel and is found by name', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const word = unique('quarterly').replace('-', '');
        const info = await one(alice, room.id, `${word} report.txt`, 'numbers');
        await say(alice, room.id, 'the report', { file_ids: [info.id] });
        assert.equal((await alice.client.getChannelStats(room.id, true)).files_count, 1);
        const found = await bob.client.searchFiles(team.id, word, false);
        assert.deepEqual(found.order, [info.id]);
        assert.equal(found.file_infos[info.id].name, `${word} report.txt`);
    });
});

describe('before it is attached', () => {
    test('a file is visible to its uploader only', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const info = await one(alice, room.id, 'draft.txt', 'not yet');
        assert.equal((await fetchFile(alice, info.id)).text, 'not yet');
        for (const path of ['', '/info', '/link']) {
            const reply = await raw(node, 'GET', `/files/${info.id}${path}`, bob);
            assert.ok([403, 404].includes(reply.status), `${path}: ${reply.status}`);
        }
    });
});

describe('serving', () => {
    async function attached(name, bytes, type) {
        const stage = await scene(node, 'alice', 'bob');
        const info = await one(stage.alice, stage.room.id, name, bytes, type);
        await say(stage.alice, stage.room.id, 'x', { file_ids: [info.id] });
        return { ...stage, info };
    }

    test('tells length, type, caching and how to show it', async () => {
        const { bob, info } = await attached('note.txt', 'hello', 'text/plain');
        const reply = await fetchFile(bob, info.id);
        assert.equal(reply.status, 200);
        assert.equal(reply.headers.get('content-length'), '5');
        assert.match(reply.type, /^text\/plain/);
        assert.equal(reply.headers.get('cache-control'), 'private, max-age=86400');
        assert.equal(reply.headers.get('x-frame-options'), 'DENY');
        assert.match(reply.headers.get('content-disposition'), /^attachment/);
        const head = await raw(node, 'HEAD', `/files/${info.id}`, bob);
        assert.deepEqual([head.status, head.text, head.headers.get('content-length')], [200, '', '5']);
    });

    test('shows pictures inline unless a download is asked for', async () => {
        const { bob, info } = await attached('p.png', png(10, 10), 'image/png');
        assert.match((await fetchFile(bob, info.id)).headers.get('content-disposition'), /^inline/);
        assert.match(
            (await raw(node, 'GET', `/files/${info.id}?download=1`, bob)).headers.get('content-disposition'),
            /^attachment/,
        );
    });

    test('never serves script or pages as such', async () => {
        for (const [name, type] of [
            ['x.html', 'text/html'],
            ['x.js', 'text/javascript'],
            ['x.svg', 'image/svg+xml'],
            ['x.xhtml', 'application/xhtml+xml'],
        ]) {
            const { bob, info } = await attached(name, '<script>alert(1)</script>', type);
            const reply = await fetchFile(bob, info.id);
            const disposition = reply.headers.get('content-disposition');
            assert.ok(/^attachment/.test(disposition), `${name}: ${disposition}`);
            assert.ok(!/html|javascript/.test(reply.type), `${name}: ${reply.type}`);
        }
    });

    test('gives ranges', async () => {
        const bytes = crypto.randomBytes(200_000);
        const { bob, info } = await attached('video.mp4', bytes, 'video/mp4');
        for (const [range, from, to] of [
            ['bytes=0-0', 0, 1],
            ['bytes=100-199', 100, 200],
            ['bytes=150000-', 150_000, 200_000],
            ['bytes=-10', 199_990, 200_000],
            ['bytes=65530-65550', 65_530, 65_551],
            ['bytes=199999-400000', 199_999, 200_000],
        ]) {
            const reply = await fetchFile(bob, info.id, { headers: { Range: range } });
            assert.equal(reply.status, 206, range);
            assert.equal(reply.headers.get('content-range'), `bytes ${from}-${to - 1}/200000`);
            assert.ok(reply.bytes.equals(bytes.subarray(from, to)), range);
        }
        const beyond = await fetchFile(bob, info.id, { headers: { Range: 'bytes=200000-' } });
        assert.equal(beyond.status, 416);
        assert.ok(
            [200, 416].includes((await fetchFile(bob, info.id, { headers: { Range: 'lines=1-2' } })).status),
        );
    });

    test('of many megabytes is exact', async () => {
        const bytes = crypto.randomBytes(12 * 1024 * 1024 + 7);
        const { bob, info } = await attached('large.bin', bytes);
        const reply = await fetchFile(bob, info.id);
        assert.ok(reply.bytes.equals(bytes));
    });
});

describe('previews', () => {
    test('of a wide picture are scaled, never enlarged', async () => {
        const { alice, room } = await scene(node, 'alice');
        const info = await one(alice, room.id, 'wide.png', png(2400, 1200), 'image/png');
        const size = async (kind) => {
            const reply = await raw(node, 'GET', `/files/${info.id}/${kind}`, alice);
            assert.equal(reply.status, 200, kind);
            assert.match(reply.type, /^image\/(jpeg|png)$/);
            return pictureSize(reply.bytes);
        };
        const [thumbnail, preview] = [await size('thumbnail'), await size('preview')];
        assert.deepEqual([thumbnail.width, thumbnail.height], [120, 60]);
        assert.deepEqual([preview.width, preview.height], [1920, 960]);
        const head = await raw(node, 'HEAD', `/files/${info.id}/thumbnail`, alice);
        assert.equal(head.status, 200);
    });

    test('of a tall picture are 100 high, of a small one as large as it is', async () => {
        const { alice, room } = await scene(node, 'alice');
        const tall = await one(alice, room.id, 'tall.png', png(300, 600), 'image/png');
        const thumbnail = pictureSize((await raw(node, 'GET', `/files/${tall.id}/thumbnail`, alice)).bytes);
        assert.deepEqual([thumbnail.width, thumbnail.height], [50, 100]);
        const preview = pictureSize((await raw(node, 'GET', `/files/${tall.id}/preview`, alice)).bytes);
        assert.deepEqual([preview.width, preview.height], [300, 600]);
    });

    test('of a text are refused', async () => {
        const { alice, room } = await scene(node, 'alice');
        const info = await one(alice, room.id, 'a.txt', 'text');
        for (const kind of ['thumbnail', 'preview'])
            assert.equal((await raw(node, 'GET', `/files/${info.id}/${kind}`, alice)).status, 400);
    });

    test('of what only claims to be a picture are refused, the file itself is kept', async () => {
        const { alice, room } = await scene(node, 'alice');
        for (const bytes of [
            Buffer.from('not a picture'),
            png(50, 50).subarray(0, 60),
            Buffer.concat([
                png(5, 5).subarray(0, 16),
                Buffer.from([0, 1, 0, 0, 0, 1, 0, 0]),
                png(5, 5).subarray(24),
            ]),
        ]) {
            const info = await one(alice, room.id, 'fake.png', bytes, 'image/png');
            assert.ok(!info.has_preview_image);
            assert.equal((await raw(node, 'GET', `/files/${info.id}/preview`, alice)).status, 400);
            assert.ok((await fetchFile(alice, info.id)).bytes.equals(bytes));
        }
    });
});

describe('a public link', () => {
    test('serves the file to anybody who has it, or is refused as a whole', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const info = await one(alice, room.id, 'shared.txt', 'for the world');
        await say(alice, room.id, 'x', { file_ids: [info.id] });
        const reply = await raw(node, 'GET', `/files/${info.id}/link`, bob);
        if (reply.status === 501 || reply.status === 403)
            return assert.ok(reply.json.id, 'public links are switched off');
        assert.equal(reply.status, 200);
        const link = new URL(reply.json.link, node.url);
        const path = link.pathname.slice(link.pathname.indexOf('/files/')) + link.search;
        assert.match(path, new RegExp(`^/files/${info.id}/public\\?h=[A-Za-z0-9_-]+$`));
        const open = await raw(node, 'GET', path);
        assert.deepEqual([open.status, open.text], [200, 'for the world']);
        const forged = await raw(node, 'GET', `/files/${info.id}/public?h=${'A'.repeat(43)}`);
        assert.ok(forged.status >= 400 && !forged.text.includes('for the world'));
        assert.ok((await raw(node, 'GET', `/files/${info.id}/public`)).status >= 400);
    });
});

describe('strangers', () => {
    test('get neither file nor preview nor description', async () => {
        const { alice, bob, team } = await scene(node, 'alice', 'bob');
        const closed = await channel(alice, team.id, 'P');
        const info = await one(alice, closed.id, 'secret.png', png(200, 200), 'image/png');
        const post = await say(alice, closed.id, 'secret', { file_ids: [info.id] });
        for (const path of [
            `/files/${info.id}`,
            `/files/${info.id}/thumbnail`,
            `/files/${info.id}/preview`,
            `/files/${info.id}/info`,
            `/files/${info.id}/link`,
            `/posts/${post.id}/files/info`,
        ]) {
            assert.equal((await raw(node, 'GET', path, bob)).status, 403, path);
            assert.equal((await raw(node, 'GET', path)).status, 401, path);
        }
    });
});
