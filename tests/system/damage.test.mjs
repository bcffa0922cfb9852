// Damage is noticed and named, is never passed off as content, and stays where it is: everything else
// remains readable. Damage is done behind the node's back, in the database and in its files.
import fs from 'node:fs';
import crypto from 'node:crypto';
import {
    assert,
    channel,
    describe,
    filesMadeBy,
    people,
    psql,
    raw,
    say,
    sharedNode,
    team,
    test,
    upload,
    uuidOf,
} from './support.mjs';

const node = sharedNode({ tolerant: true });
const damaged_text = /^storage\.(sealed\.damaged|key\.)/;
const damaged_file = 'storage.blob.damaged';

async function stage() {
    const { alice, bob } = await people(node, 'alice', 'bob');
    const home = await team(alice, bob);
    const [hurt, whole] = [await channel(alice, home.id, 'O', bob), await channel(alice, home.id, 'O', bob)];
    return { alice, bob, home, hurt, whole };
}
const flip = (table, column, at, id) =>
    psql(
        node,
        `update ${table} set ${column} = set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 1) where id = '${uuidOf(id)}' returning 1`,
    );

describe('a flipped bit in a sealed row', () => {
    for (const [what, at] of Object.entries({
        'at its end': 'octet_length(body) - 1',
        'in its middle': 'octet_length(body) / 2',
        'at its beginning': '0',
    })) {
        test(`${what} makes the post unreadable by name, and only this post`, async () => {
            const { alice, bob, hurt, whole } = await stage();
            const [victim, neighbour, far] = [
                await say(alice, hurt.id, 'the victim'),
                await say(alice, hurt.id, 'the neighbour'),
                await say(alice, whole.id, 'far away'),
            ];
            assert.equal(flip('posts', 'body', at, victim.id), '1', 'one row was hit');
            await node.restart();
            const reply = await raw(node, 'GET', `/posts/${victim.id}`, bob);
            assert.equal(reply.status, 500);
            assert.match(reply.json.id, damaged_text);
            assert.ok(!reply.text.includes('victim'));
            assert.equal((await bob.client.getPost(neighbour.id)).message, 'the neighbour');
            assert.equal((await bob.client.getPost(far.id)).message, 'far away');
            const page = await raw(node, 'GET', `/channels/${hurt.id}/posts`, bob);
            if (page.status === 500) assert.match(page.json.id, damaged_text);
            else
                assert.ok(
                    page.json.posts[neighbour.id].message === 'the neighbour' &&
                        !page.text.includes('the victim'),
                );
            assert.equal((await bob.client.getPosts(whole.id)).posts[far.id].message, 'far away');
            assert.equal((await say(bob, hurt.id, 'life goes on')).message, 'life goes on');
            assert.match(node.log, /damaged|storage\.(sealed|key)/, 'the operator is told');
            const series = /^concordat_sealed_lost_total (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text());
            assert.ok(Number(series?.[1]) > 0, 'and it is counted');
        });
    }
});

// A record of a list is left out, or named when it is asked for alone; the rest of the list is there.
describe('a flipped bit elsewhere', () => {
    const named = async (who, path) => {
        const reply = await raw(node, 'GET', path, who);
        assert.equal(reply.status, 500, path);
        assert.match(reply.json.id, damaged_text);
    };
    const ids = (list) => list.map((each) => each.id);

    test('in a channel hides this channel only', async () => {
        const { bob, home, hurt, whole } = await stage();
        assert.equal(flip('channels', 'details', 'octet_length(details) - 1', hurt.id), '1');
        await node.restart();
        const mine = ids(await bob.client.getMyChannels(home.id));
        assert.ok(mine.includes(whole.id) && !mine.includes(hurt.id));
        await named(bob, `/channels/${hurt.id}`);
        assert.equal((await bob.client.getChannel(whole.id)).id, whole.id);
    });

    test('in an account hides this account only, and the node starts', async () => {
        const { alice, bob } = await stage();
        const { carol } = await people(node, 'carol');
        assert.equal(flip('users', 'profile', 'octet_length(profile) - 1', carol.id), '1');
        await node.restart();
        assert.deepEqual(ids(await alice.client.getProfilesByIds([carol.id, bob.id])), [bob.id]);
        await named(alice, `/users/${carol.id}`);
        assert.equal((await bob.client.getMe()).id, bob.id);
    });

    test('in a team hides this team only', async () => {
        const { bob, home } = await stage();
        const other = await team(bob);
        assert.equal(flip('teams', 'details', 'octet_length(details) - 1', other.id), '1');
        await node.restart();
        assert.deepEqual(ids(await bob.client.getMyTeams()), [home.id]);
        await named(bob, `/teams/${other.id}`);
    });

    test('in the name of a file hides this file only', async () => {
        const { alice, bob, hurt } = await stage();
        const [bad, good] = [await upload(alice, hurt.id, 'bad.txt', 'bad'), await upload(alice, hurt.id, 'good.txt', 'good')];
        const post = await say(alice, hurt.id, 'two files', { file_ids: [bad.id, good.id] });
        assert.equal(flip('files', 'details', 'octet_length(details) - 1', bad.id), '1');
        await node.restart();
        const shown = (await bob.client.getPosts(hurt.id)).posts[post.id];
        assert.equal(shown.message, 'two files');
        assert.deepEqual(ids(shown.metadata.files), [good.id]);
        await named(bob, `/api/v4/files/${bad.id}/info`);
    });
});

describe('exchanged rows', () => {
    test('are noticed: a post does not show the text of another', async () => {
        const { alice, bob, hurt } = await stage();
        const [one, two] = [
            await say(alice, hurt.id, 'text number one'),
            await say(alice, hurt.id, 'text number two'),
        ];
        psql(
            node,
            `update posts set body = (select body from posts where id = '${uuidOf(two.id)}') where id = '${uuidOf(one.id)}'`,
        );
        await node.restart();
        const reply = await raw(node, 'GET', `/posts/${one.id}`, bob);
        assert.equal(reply.status, 500);
        assert.match(reply.json.id, damaged_text);
        assert.ok(!reply.text.includes('number two'));
        assert.equal((await bob.client.getPost(two.id)).message, 'text number two');
    });

    test('between versions are noticed: an old text does not come back', async () => {
        const { alice, bob, hurt } = await stage();
        const post = await say(alice, hurt.id, 'before the edit');
        const old = psql(node, `select encode(body, 'hex') from posts where id = '${uuidOf(post.id)}'`);
        await alice.client.patchPost({ id: post.id, message: 'after the edit' });
        psql(node, `update posts set body = decode('${old}', 'hex') where id = '${uuidOf(post.id)}'`);
        await node.restart();
        const reply = await raw(node, 'GET', `/posts/${post.id}`, bob);
        assert.equal(reply.status, 500);
        assert.match(reply.json.id, damaged_text);
        assert.ok(!reply.text.includes('before the edit'));
    });
});

describe('a damaged file', () => {
    // Uploads random content and gives the stored file that holds it.
    async function stored(alice, hurt, size) {
        const content = crypto.randomBytes(size);
        const { result: info, files } = await filesMadeBy(node, () =>
            upload(alice, hurt.id, 'file.bin', content),
        );
        await say(alice, hurt.id, 'with a file', { file_ids: [info.id] });
        // Files of the search index come and go meanwhile.
        const blobs = files.filter((file) => (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= size);
        assert.equal(blobs.length, 1, `the stored file could not be told among ${files}`);
        return { info, blob: blobs[0], content };
    }
    // The reply, or null when the node cut the connection in the middle.
    const readFile = (who, id) =>
        raw(node, 'GET', `/api/v4/files/${id}`, who).catch((error) => {
            assert.ok(error instanceof TypeError, String(error));
            return null;
        });
    function write(file, at, change) {
        const handle = fs.openSync(file, 'r+');
        const byte = Buffer.alloc(1);
        fs.readSync(handle, byte, 0, 1, at);
        byte[0] = change(byte[0]);
        fs.writeSync(handle, byte, 0, 1, at);
        fs.closeSync(handle);
    }

    test('is named when it is read', async () => {
        const { alice, bob, hurt } = await stage();
        const { info, blob } = await stored(alice, hurt, 40_000);
        write(blob, 20_000, (byte) => byte ^ 1);
        const reply = await readFile(bob, info.id);
        assert.ok(reply, 'a small file is checked before the answer begins');
        assert.deepEqual([reply.status, reply.json?.id], [500, damaged_file]);
    });

    for (const [what, change] of Object.entries({
        'flipped far behind': (blob) => write(blob, 250_000, (byte) => byte ^ 0x80),
        'cut short': (blob) => fs.truncateSync(blob, 200_000),
        'cut to nothing': (blob) => fs.truncateSync(blob, 0),
        'made longer': (blob) => fs.appendFileSync(blob, Buffer.alloc(100)),
        'flipped in its header': (blob) => write(blob, 20, (byte) => byte ^ 1),
        'with two pieces exchanged': (blob) => {
            const bytes = fs.readFileSync(blob);
            const [one, two] = [
                bytes.subarray(52, 52 + 65_564),
                bytes.subarray(52 + 65_564, 52 + 2 * 65_564),
            ].map((part) => Buffer.from(part));
            two.copy(bytes, 52);
            one.copy(bytes, 52 + 65_564);
            fs.writeFileSync(blob, bytes);
        },
    })) {
        test(`${what} is never given out as if it were whole`, async () => {
            const { alice, bob, hurt } = await stage();
            const { info, blob } = await stored(alice, hurt, 300_000);
            change(blob);
            const reply = await readFile(bob, info.id);
            if (reply) assert.deepEqual([reply.status, reply.json?.id], [500, damaged_file]);
        });
    }

    test('leaves what is whole readable: other ranges of it and other files', async () => {
        const { alice, bob, hurt } = await stage();
        const [bad, good] = [await stored(alice, hurt, 300_000), await stored(alice, hurt, 300_000)];
        write(bad.blob, 250_000, (byte) => byte ^ 1); // not the last piece, which also vouches for the length
        const range = await raw(node, 'GET', `/api/v4/files/${bad.info.id}`, {
            token: bob.token,
            headers: { Range: 'bytes=1000-1999' },
        });
        assert.equal(range.status, 206);
        assert.ok(range.bytes.equals(bad.content.subarray(1000, 2000)));
        assert.ok((await readFile(bob, good.info.id)).bytes.equals(good.content));
    });

    test('that is gone is named, too', async () => {
        const { alice, bob, hurt } = await stage();
        const { info, blob } = await stored(alice, hurt, 5000);
        fs.rmSync(blob);
        const reply = await readFile(bob, info.id);
        assert.ok(reply.status >= 400 && reply.json.id, String(reply.status));
    });
});

describe('without its keys', () => {
    test('the node does not start, says why, and starts again when they are back', async () => {
        const { alice, hurt } = await stage();
        const post = await say(alice, hurt.id, 'locked away');
        await node.stop();
        const keys = fs.readdirSync(node.data).filter((name) => /key/i.test(name));
        assert.ok(keys.length > 0, `no key store in ${fs.readdirSync(node.data)}`);
        for (const name of keys) fs.renameSync(`${node.data}/${name}`, `${node.dir}/${name}`);
        const mark = node.log.length;
        await assert.rejects(node.launch());
        assert.match(node.log.slice(mark), /key/i);
        for (const name of keys) {
            fs.rmSync(`${node.data}/${name}`, { recursive: true, force: true, maxRetries: 50 });
            fs.renameSync(`${node.dir}/${name}`, `${node.data}/${name}`);
        }
        await node.launch();
        assert.equal((await alice.client.getPost(post.id)).message, 'locked away');
    });
});
