// Nothing that people write, name or upload can be read on the disk of the node, running or stopped: not in
// its files, not in those of PostgreSQL (tables, indexes, write-ahead log), not in a dump, not in a log.
import fs from 'node:fs';
import path from 'node:path';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    describe,
    direct,
    eventually,
    listen,
    person,
    png,
    team,
    test,
    unique,
    walk,
    dump,
    upload,
} from './support.mjs';
import { docx } from '../contract/support/documents.mjs';

const node = new Node();

// Words that occur nowhere else. Long enough that no chance brings them about.
const marker = (what) => `q7zx${what}${unique('k').replace('-', '')}vwj9`;
const marks = Object.fromEntries(
    [
        'post',
        'edited',
        'deleted',
        'reply',
        'direct',
        'hashtag',
        'prop',
        'draft',
        'scheduled',
        'bookmarkname',
        'bookmarkurl',
        'preference',
        'header',
        'purpose',
        'teamtext',
        'position',
        'keyword',
        'status',
        'category',
        'filename',
        'filetext',
        'lettertext',
        'uploadname',
        'uploadtext',
        'picturename',
        'search',
        'ephemeral',
        'password',
        'refused',
    ].map((what) => [what, marker(what)]),
);
// Kept readable, for the database's own look-ups.
const names = Object.fromEntries(
    ['username', 'firstname', 'lastname', 'nickname', 'channelname', 'teamname'].map((what) => [
        what,
        marker(what),
    ]),
);
const secrets = {}; // tokens and the like, as the node made them
let dumped;

// A feature that this node lacks leaves nothing behind.
const also = (call) =>
    call.catch((error) => {
        if (![404, 501].includes(error.status_code)) throw error;
    });

// The spellings in which a text may hide in a file.
function spellings(text) {
    const bytes = Buffer.from(text);
    const base64 = [0, 1, 2].map((shift) =>
        Buffer.concat([Buffer.alloc(shift), bytes])
            .toString('base64')
            .slice(shift ? 4 : 0, -4)
            .replace(/=+$/, ''),
    );
    return {
        plain: bytes,
        'upper case': Buffer.from(text.toUpperCase()),
        'UTF-16': Buffer.from(text, 'utf16le'),
        'UTF-16 big-endian': Buffer.from(text, 'utf16le').swap16(),
        hex: Buffer.from(bytes.toString('hex')),
        base64: Buffer.from(base64[0]),
        'base64 at 1': Buffer.from(base64[1]),
        'base64 at 2': Buffer.from(base64[2]),
        reversed: Buffer.from([...text].reverse().join('')),
    };
}

function findings(bytes, where, words) {
    const found = [];
    for (const [what, text] of Object.entries(words)) {
        for (const [how, needle] of Object.entries(spellings(text)))
            if (bytes.includes(needle)) found.push(`${what} (${how}) in ${where}`);
    }
    return found;
}

function searchDisk(words) {
    const found = [];
    for (const file of walk(node.dir)) {
        const name = path.relative(node.dir, file);
        found.push(...findings(Buffer.from(name), `the name ${name}`, words));
        found.push(...findings(fs.readFileSync(file), name, words));
    }
    return found;
}

before(
    async () => {
        await node.launch();
        const admin = await administrator(node);
        const alice = await person(node, 'alice', { password: marks.password });
        const bob = await person(node, names.username, {
            first_name: names.firstname,
            last_name: names.lastname,
            nickname: names.nickname,
        });
        const home = await team(alice, bob);
        await alice.client.patchTeam({
            id: home.id,
            description: marks.teamtext,
            display_name: names.teamname,
        });
        const room = await alice.client.createChannel({
            team_id: home.id,
            name: unique('r'),
            display_name: names.channelname,
            type: 'P',
            header: marks.header,
            purpose: marks.purpose,
        });
        await alice.client.addToChannel(bob.id, room.id);
        const ears = await listen(bob);
        const post = await alice.client.createPost({
            channel_id: room.id,
            message: `here is ${marks.post} and #${marks.hashtag}`,
            props: { note: marks.prop },
        });
        await alice.client.patchPost({ id: post.id, message: `now ${marks.edited}` });
        await bob.client.createPost({ channel_id: room.id, root_id: post.id, message: marks.reply });
        await alice.client.deletePost(
            (await alice.client.createPost({ channel_id: room.id, message: marks.deleted })).id,
        );
        await bob.client.createPost({ channel_id: (await direct(alice, bob)).id, message: marks.direct });
        await alice.client.createScheduledPost(
            { channel_id: room.id, message: marks.scheduled, scheduled_at: Date.now() + 3600_000 },
            '',
        );
        await alice.client.createChannelBookmark(
            room.id,
            { type: 'link', display_name: marks.bookmarkname, link_url: `https://example.org/${marks.bookmarkurl}` },
            '',
        );
        await alice.client.upsertDraft(
            {
                user_id: alice.id,
                channel_id: room.id,
                root_id: '',
                message: marks.draft,
                props: {},
                file_ids: [],
            },
            '',
        );
        await alice.client.savePreferences(alice.id, [
            { user_id: alice.id, category: 'tutorial', name: 'note', value: marks.preference },
        ]);
        await alice.client.patchMe({
            position: marks.position,
            notify_props: { ...alice.user.notify_props, mention_keys: marks.keyword },
        });
        await also(
            alice.client.updateCustomStatus({
                emoji: 'coffee',
                text: marks.status,
                duration: '',
                expires_at: '0001-01-01T00:00:00Z',
            }),
        );
        await also(
            alice.client.createChannelCategory(alice.id, home.id, {
                user_id: alice.id,
                team_id: home.id,
                display_name: marks.category,
                channel_ids: [],
            }),
        );
        const file = await upload(
            alice,
            room.id,
            `${marks.filename}.txt`,
            `${marks.filetext}\n`.repeat(5000),
        );
        const picture = await upload(alice, room.id, `${marks.picturename}.png`, png(400, 300));
        const letter = await upload(alice, room.id, 'letter.docx', docx(marks.lettertext));
        await alice.client.createPost({
            channel_id: room.id,
            message: '',
            file_ids: [file.id, picture.id, letter.id],
        });
        for (const inside of [marks.filetext, marks.lettertext])
            await eventually(
                async () => (await alice.client.searchFiles(home.id, inside, false)).order.length === 1,
                'the words inside a file to be found',
                60_000,
            );
        await partOfAnUpload(alice, room);
        await also(alice.client.searchPosts(home.id, marks.search, false));
        await also(
            admin.client.createPostEphemeral(alice.id, { channel_id: room.id, message: marks.ephemeral }),
        );
        await bob.client
            .createPost({ channel_id: room.id, message: marks.refused, root_id: 'x'.repeat(26) })
            .catch(() => {});
        Object.assign(secrets, {
            'the token of alice': alice.token,
            'the token of bob': bob.token,
            'the CSRF value': (await alice.browser()).jar.get('MMCSRF'),
            'the invitation': home.invite_id,
        });
        await eventually(() => ears.named('posted').length >= 3, 'delivery');
        ears.close();
        dumped = await dump(node);
        await node.stop();
    },
    { timeout: 600_000 },
);
after(() => node.dispose());

async function partOfAnUpload(who, room) {
    const post = (where, body, type) =>
        fetch(`${node.url}/api/v4${where}`, {
            method: 'POST',
            body,
            headers: { Authorization: `Bearer ${who.token}`, 'Content-Type': type },
        });
    const text = `${marks.uploadtext}\n`.repeat(4000);
    const session = await (
        await post(
            '/uploads',
            JSON.stringify({
                channel_id: room.id,
                filename: `${marks.uploadname}.txt`,
                file_size: text.length * 2,
                type: 'attachment',
            }),
            'application/json',
        )
    ).json();
    assert.equal((await post(`/uploads/${session.id}`, text, 'application/octet-stream')).status, 204);
}

test('the search itself finds what is there', () => {
    const word = marker('canary');
    const canary = path.join(node.dir, 'canary');
    for (const [how, bytes] of Object.entries(spellings(word))) {
        fs.writeFileSync(canary, Buffer.concat([Buffer.alloc(1000, 1), bytes, Buffer.alloc(1000, 2)]));
        assert.ok(
            searchDisk({ canary: word }).some((found) => found.includes(`(${how})`)),
            how,
        );
    }
    fs.rmSync(canary);
    assert.ok(dumped.includes('create table') || dumped.includes('CREATE TABLE'), 'the dump is one');
    assert.ok(
        walk(node.dir).some((file) => file.includes('pg_wal')),
        'the write-ahead log is searched',
    );
});

describe('what people wrote and uploaded', () => {
    test('is nowhere on the disk', () => assert.deepEqual(searchDisk(marks), []));
    test('is not in a dump of the database', () => assert.deepEqual(findings(dumped, 'the dump', marks), []));
    test('is not in the output of the node', () =>
        assert.deepEqual(findings(Buffer.from(node.log), 'the log', marks), []));
});

describe('what opens a session', () => {
    test('is nowhere on the disk', () => assert.deepEqual(searchDisk(secrets), []));
    test('is not in a dump of the database', () =>
        assert.deepEqual(findings(dumped, 'the dump', secrets), []));
    test('is not in the output of the node', () =>
        assert.deepEqual(findings(Buffer.from(node.log), 'the log', secrets), []));
});

describe('names of people, teams and channels', () => {
    test('are not in the output of the node', () =>
        assert.deepEqual(findings(Buffer.from(node.log), 'the log', names), []));
    test('are on the disk in the database only, which looks people and places up by them', () => {
        const inside = path.join('data', 'postgres', 'cluster') + path.sep;
        const places = searchDisk(names).map((found) => found.slice(found.lastIndexOf(' in ') + 4));
        assert.ok(places.length > 0, 'the search finds what is readable');
        assert.deepEqual(
            places.filter((place) => !place.startsWith(inside)),
            [],
        );
    });
});

test('nobody else may read the data directory', () => {
    for (const file of walk(node.data)) {
        const { mode } = fs.statSync(file);
        assert.equal(
            mode & 0o077,
            0,
            `${path.relative(node.dir, file)} is open to others (${(mode & 0o777).toString(8)})`,
        );
    }
});
