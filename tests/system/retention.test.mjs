// A node that is killed while it destroys goes on when it is back, and certifies what is gone, all of it and no
// more. Rounds: CONCORDAT_CRASH_ROUNDS (default 2).
import { administrator, answer, assert, eventually, pause, psql, sharedNode, test, uuidOf } from './support.mjs';

const rounds = Number(process.env.CONCORDAT_CRASH_ROUNDS ?? 2);
const day = 86400000;
const past = 60;

const node = sharedNode({
    tolerant: true,
    env: {
        MM_DATARETENTIONSETTINGS_ENABLEMESSAGEDELETION: 'true',
        MM_DATARETENTIONSETTINGS_MESSAGERETENTIONHOURS: '720',
        MM_DATARETENTIONSETTINGS_DELETIONJOBSTARTTIME: '23:59',
        MM_DATARETENTIONSETTINGS_BATCHSIZE: '3',
        MM_DATARETENTIONSETTINGS_TIMEBETWEENBATCHESMILLISECONDS: '40',
    },
});

for (let round = 1; round <= rounds; ++round)
    test(`a run that is killed ends like one that is not, round ${round}`, async () => {
        const admin = await administrator(node);
        const team = await admin.client.createTeam({ name: `desk-${round}`, display_name: 'Desk', type: 'O' });
        const channel = await admin.client.createChannel({ team_id: team.id, name: 'deals', display_name: 'Deals', type: 'O' });
        const say = (days) => admin.client.createPost({ channel_id: channel.id, message: 'words', create_at: Date.now() - days * day });
        const young = [];
        for (let i = 0; i < past; ++i) await say(31 + i);
        for (let i = 0; i < 5; ++i) young.push(await say(i));

        const count = () => Number(psql(node, `select count(*) from posts where channel_id = '${uuidOf(channel.id)}'`));
        const all = count();
        const asked = await admin.client.createJob({ type: 'data_retention' });
        await eventually(() => count() < all - 5, 'the first batches');
        await pause(Math.random() * 300);
        await node.kill();
        await node.launch();

        let job;
        await eventually(async () => {
            job = (await answer(node, ['retention', 'status'])).runs.find((run) => run.id === asked.id);
            return job.status === 'success';
        }, 'the end of the run');
        assert.equal(job.posts, past);
        const certificate = await answer(node, ['retention', 'certificates', '--id', job.certificate_id]);
        assert.equal(JSON.parse(certificate.text).counts.posts, past);
        assert.equal(certificate.number, round);
        assert.equal(count(), all - past);
        const back = await administrator(node);
        for (const post of young) assert.equal((await back.client.getPost(post.id)).message, 'words');
        const verified = await answer(node, ['identity', 'verify']);
        assert.deepEqual(verified.faults ?? [], []);
    });
