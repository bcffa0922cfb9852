// Words inside files: found soon after the upload, by those who may see the file, and not once it is deleted.
import { assert, describe, eventually, say, scene, sharedNode, test, unique } from './harness.mjs';
import { docx, odt, pdf, pptx, xlsx, zip } from './support/documents.mjs';

const node = sharedNode();
const word = () => unique('w').replace('-', '');

async function post(who, room, name, bytes) {
    const form = new FormData();
    form.append('channel_id', room.id);
    form.append('files', new Blob([bytes]), name);
    const { file_infos } = await who.client.uploadFile(form);
    return { file: file_infos[0], post: await say(who, room.id, 'here', { file_ids: [file_infos[0].id] }) };
}

const search = async (who, team, terms) => {
    const found = await who.client.searchFiles(team.id, terms, false);
    return found.order.map((id) => found.file_infos[id].name);
};
const finds = (who, team, terms, names) =>
    eventually(
        async () => JSON.stringify(await search(who, team, terms)) === JSON.stringify(names),
        `a search for "${terms}" to find ${names}`,
        30_000,
    );

describe('words inside files', () => {
    test('are found in PDF, office documents, texts and pages', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const one = word();
        const files = {
            'a.pdf': pdf(`The ${one} in print`),
            'b.docx': docx(`A letter about ${one}`),
            'c.xlsx': xlsx(`${one} in a cell`),
            'd.pptx': pptx(`${one} on a slide`),
            'e.odt': odt(`${one} in an open document`),
            'f.md': `# ${one}\n`,
            'g.csv': Buffer.from(`x;${one};caf\xe9`, 'latin1'),
            'h.html': `<p>${one.slice(0, 3)}<b>${one.slice(3)}</b></p>`,
            'i.txt': Buffer.from(`\ufeff${one}`, 'utf16le'),
        };
        for (const [name, bytes] of Object.entries(files)) await post(alice, room, name, bytes);
        await post(alice, room, 'other.txt', 'nothing of it');
        await finds(bob, team, one, Object.keys(files).reverse());
        assert.deepEqual(await search(bob, team, `"${one} in print"`), ['a.pdf']);
        assert.deepEqual(await search(bob, team, `${one} ext:docx`), ['b.docx']);
        assert.deepEqual(await search(bob, team, `café ${one}`), ['g.csv']);
        assert.deepEqual(await search(bob, team, `slides ${one}`), ['d.pptx'], 'with another ending');
    });

    test('are found by those who are in the channel, until the message is deleted', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const closed = await alice.client.createChannel({
            team_id: team.id,
            name: unique('closed'),
            display_name: 'closed',
            type: 'P',
        });
        const one = word();
        await post(alice, closed, 'closed.pdf', pdf(one));
        const open = await post(alice, room, 'open.docx', docx(one));
        await finds(alice, team, one, ['open.docx', 'closed.pdf']);
        assert.deepEqual(await search(bob, team, one), ['open.docx']);
        await alice.client.deletePost(open.post.id);
        assert.deepEqual(await search(bob, team, one), []);
        assert.deepEqual(await search(alice, team, one), ['closed.pdf']);
    });

    test('of broken and hostile files are not, and others are all the same', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        await post(alice, room, 'broken.pdf', `%PDF-1.7 ${one}`);
        await post(alice, room, 'broken.docx', `PK\x03\x04 ${one}`);
        await post(
            alice,
            room,
            'bomb.docx',
            zip([['word/document.xml', `<!DOCTYPE d [<!ENTITY a "${one}">]><d><p><t>&a;</t></p></d>`]]),
        );
        await post(alice, room, 'deep.zip', zip([[`${one}.zip`, zip([['inside.txt', 'x']])]]));
        await post(alice, room, 'good.txt', one);
        await finds(alice, team, one, ['good.txt', 'deep.zip']);
    });

    test('inside archives are found when the administrator says so', async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const inside = zip([['letter.docx', docx(one)]]);
        await post(alice, room, 'shut.zip', inside);
        await finds(alice, team, 'letter', ['shut.zip']);
        assert.deepEqual(await search(alice, team, one), []);
        node.options.env = { MM_FILESETTINGS_ARCHIVERECURSION: 'true' };
        await node.restart();
        await post(alice, room, 'open.zip', inside);
        await finds(alice, team, one, ['open.zip']);
        await finds(alice, team, 'letter', ['open.zip', 'shut.zip']);
    });

    test('are found after the node was killed while it read them', { timeout: 300_000 }, async () => {
        const { alice, team, room } = await scene(node, 'alice');
        const one = word();
        const names = [];
        for (let i = 0; i < 12; i += 1) {
            names.unshift(`${i}.pdf`);
            await post(alice, room, names[0], pdf(`${one} ${i}`));
            if (i % 4 === 3) {
                await node.kill();
                await node.launch();
            }
        }
        await eventually(
            async () => JSON.stringify(await search(alice, team, one)) === JSON.stringify(names),
            'all of them to be found',
            120_000,
        );
    });
});
