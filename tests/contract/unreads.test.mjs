// Unread arithmetic: totals, snapshots, mentions, viewing, marking unread; per channel and per team.
import {
    assert,
    describe,
    direct,
    inner,
    like,
    listen,
    people,
    say,
    sayAll,
    scene,
    sharedNode,
    test,
} from './harness.mjs';

const node = sharedNode();

const member = (who, channel_id) => who.client.getMyChannelMember(channel_id);
// Differences between the totals of the channel and what `who` has seen, as clients compute them.
async function unread(who, channel_id) {
    const [channel, mine] = [await who.client.getChannel(channel_id), await member(who, channel_id)];
    return {
        messages: channel.total_msg_count - mine.msg_count,
        roots: channel.total_msg_count_root - mine.msg_count_root,
        mentions: mine.mention_count,
        mentions_root: mine.mention_count_root,
        urgent: mine.urgent_mention_count,
    };
}
const counts = (messages, roots, mentions = 0, mentions_root = 0, urgent = 0) => ({
    messages,
    roots,
    mentions,
    mentions_root,
    urgent,
});

describe('posts', () => {
    test('of others are unread, own ones are not', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await bob.client.viewMyChannel(room.id);
        await sayAll(alice, room.id, ['one', 'two', 'three']);
        assert.deepEqual(await unread(bob, room.id), counts(3, 3));
        assert.deepEqual(await unread(alice, room.id), counts(0, 0));
        await say(bob, room.id, 'answering marks the channel as read');
        assert.deepEqual(await unread(bob, room.id), counts(0, 0));
    });

    test('that are replies count in the total but not among the roots', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await bob.client.viewMyChannel(room.id);
        const root = await say(alice, room.id, 'root');
        await say(alice, room.id, 'reply', { root_id: root.id });
        assert.deepEqual(await unread(bob, room.id), counts(2, 1));
    });

    test('that say who came and went do not count, but move the time of the last post', async () => {
        const { alice, bob, carol, room } = await scene(node, 'alice', 'bob', 'carol');
        await carol.client.removeFromChannel(carol.id, room.id);
        await bob.client.viewMyChannel(room.id);
        const before = await bob.client.getChannel(room.id);
        await alice.client.addToChannel(carol.id, room.id);
        const after = await bob.client.getChannel(room.id);
        assert.equal(after.total_msg_count, before.total_msg_count);
        assert.ok(after.last_post_at > before.last_post_at);
    });

    test('that were deleted still count', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await bob.client.viewMyChannel(room.id);
        await alice.client.deletePost((await say(alice, room.id, 'gone')).id);
        assert.deepEqual(await unread(bob, room.id), counts(1, 1));
    });
});

describe('mentions', () => {
    const mentioned = async (message, more) => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await bob.client.viewMyChannel(room.id);
        await say(alice, room.id, typeof message === 'function' ? message(bob) : message, more);
        return (await unread(bob, room.id)).mentions;
    };
    for (const [what, message, expected] of [
        ['by name', (bob) => `hello @${bob.username}`, 1],
        ['by name twice in one post', (bob) => `@${bob.username} and @${bob.username}`, 1],
        [
            'by name with punctuation behind',
            (bob) => `well, @${bob.username}, and so on: @${bob.username}.`,
            1,
        ],
        ['by name in other case', (bob) => `@${bob.username.toUpperCase()} listen`, 1],
        ['by name without the sign', (bob) => `hello ${bob.username}`, 0],
        ['by name in a code span', (bob) => `run \`@${bob.username}\` now`, 0],
        ['by name in a code block', (bob) => `\`\`\`\n@${bob.username}\n\`\`\``, 0],
        ['by name in the target of a link', (bob) => `[here](http://example.org/@${bob.username})`, 0],
        ['as part of a longer name', (bob) => `@${bob.username}xyz`, 0],
        ['by @channel', '@channel look', 1],
        ['by @all', 'hey @all', 1],
    ]) {
        test(`${what} count ${expected}`, async () => assert.equal(await mentioned(message), expected));
    }

    test('by own keywords and by first name count as the user set it', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await bob.client.patchMe({
            first_name: 'Robert',
            notify_props: {
                ...bob.user.notify_props,
                mention_keys: 'deploy,on fire',
                first_name: 'true',
                channel: 'false',
            },
        });
        await bob.client.viewMyChannel(room.id);
        await sayAll(alice, room.id, [
            'time to Deploy',
            'dear Robert',
            'dear robert',
            '@channel',
            'deployment',
        ]);
        assert.equal(
            (await unread(bob, room.id)).mentions,
            2,
            'Deploy and Robert, but neither robert nor @channel nor deployment',
        );
    });

    test('of oneself do not count', async () => {
        const { alice, room } = await scene(node, 'alice', 'bob');
        await say(alice, room.id, `@${alice.username} talks to himself`);
        assert.equal((await unread(alice, room.id)).mentions, 0);
    });

    test('in a direct channel are all posts of the other', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const dm = await direct(alice, bob);
        await sayAll(alice, dm.id, ['a', 'b']);
        assert.deepEqual(await unread(bob, dm.id), counts(2, 2, 2, 2));
        assert.deepEqual(await unread(alice, dm.id), counts(0, 0));
    });

    test('in a group channel are all posts of the others', async () => {
        const { alice, bob, carol } = await people(node, 'alice', 'bob', 'carol');
        const gm = await alice.client.createGroupChannel([alice.id, bob.id, carol.id]);
        await say(alice, gm.id, 'to both');
        assert.equal((await unread(bob, gm.id)).mentions, 1);
        assert.equal((await unread(carol, gm.id)).mentions, 1);
    });

    test('in urgent posts are counted apart', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await bob.client.viewMyChannel(room.id);
        await say(alice, room.id, `@${bob.username} quick`, {
            metadata: { priority: { priority: 'urgent' } },
        });
        assert.deepEqual(await unread(bob, room.id), counts(1, 1, 1, 1, 1));
    });
});

describe('viewing', () => {
    test('clears counts, answers with times, and tells the other sessions', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        await say(alice, room.id, `@${bob.username}`);
        const ears = await listen(bob);
        const reply = await bob.client.viewMyChannel(room.id);
        assert.equal(reply.status, 'OK');
        const event = await ears.wait(
            'multiple_channels_viewed',
            (each) => room.id in each.data.channel_times,
        );
        assert.equal(event.data.channel_times[room.id], reply.last_viewed_at_times[room.id]);
        assert.equal(event.broadcast.user_id, bob.id);
        assert.deepEqual(await unread(bob, room.id), counts(0, 0));
        assert.ok(
            (await member(bob, room.id)).last_viewed_at >=
                (await bob.client.getChannel(room.id)).last_post_at,
        );
        ears.close();
    });

    test('several at once is possible', async () => {
        const { alice, bob, room, town } = await scene(node, 'alice', 'bob');
        await Promise.all([say(alice, room.id, 'x'), say(alice, town.id, `@${bob.username}`)]);
        const reply = await bob.client.readMultipleChannels([room.id, town.id]);
        assert.equal(reply.status, 'OK');
        for (const each of [room, town]) assert.deepEqual(await unread(bob, each.id), counts(0, 0));
    });

    test('nothing is fine: the window lost the focus', async () => {
        const { bob } = await scene(node, 'alice', 'bob');
        assert.equal((await bob.client.viewMyChannel('')).status, 'OK');
    });
});

describe('marking a post as unread', () => {
    test('counts again from that post on and tells it', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const posts = await sayAll(alice, room.id, ['a', `b @${bob.username}`, 'c', 'd']);
        await bob.client.viewMyChannel(room.id);
        const ears = await listen(bob);
        const at = like.channel_unread_at(await bob.client.markPostAsUnread(bob.id, posts[1].id));
        const channel = await bob.client.getChannel(room.id);
        assert.equal(at.msg_count, channel.total_msg_count - 3);
        assert.equal(at.last_viewed_at, posts[1].create_at - 1);
        assert.equal(at.mention_count, 1);
        const event = await ears.wait('post_unread', (each) => each.data.post_id === posts[1].id);
        assert.equal(event.data.msg_count, at.msg_count);
        assert.equal(event.data.last_viewed_at, at.last_viewed_at);
        assert.deepEqual(await unread(bob, room.id), counts(3, 3, 1, 1));
        ears.close();
    });

    test('leaves deleted posts out', async () => {
        const { alice, bob, room } = await scene(node, 'alice', 'bob');
        const posts = await sayAll(alice, room.id, ['a', 'b', 'c']);
        await alice.client.deletePost(posts[1].id);
        await bob.client.viewMyChannel(room.id);
        await bob.client.markPostAsUnread('me', posts[0].id);
        assert.deepEqual(await unread(bob, room.id), counts(2, 2));
    });
});

describe('the count of a team', () => {
    test('sums its channels, skips muted ones for messages, and leaves direct channels out', async () => {
        const { alice, bob, team, town, room } = await scene(node, 'alice', 'bob');
        await bob.client.readMultipleChannels([town.id, room.id]);
        await bob.client.updateChannelNotifyProps({
            channel_id: town.id,
            user_id: bob.id,
            mark_unread: 'mention',
        });
        await sayAll(alice, room.id, ['a', 'b']);
        await say(alice, town.id, `c @${bob.username}`);
        await say(alice, (await direct(alice, bob)).id, 'd');
        const [of_team] = (await bob.client.getMyTeamUnreads(true)).filter(
            (each) => each.team_id === team.id,
        );
        like.team_unread(of_team);
        assert.deepEqual(
            [of_team.msg_count, of_team.msg_count_root, of_team.mention_count, of_team.mention_count_root],
            [2, 2, 1, 1],
        );
    });

    test('tells of unread threads', async () => {
        const { alice, bob, team, room } = await scene(node, 'alice', 'bob');
        const root = await say(bob, room.id, 'root');
        await say(alice, room.id, 'reply', { root_id: root.id });
        await say(alice, room.id, `@${bob.username}`, { root_id: root.id });
        const [of_team] = (await bob.client.getMyTeamUnreads(true)).filter(
            (each) => each.team_id === team.id,
        );
        assert.deepEqual([of_team.thread_count, of_team.thread_mention_count], [1, 1]);
    });
});

test('posts arrive with the mentions of the recipient only', async () => {
    const { alice, bob, carol, room } = await scene(node, 'alice', 'bob', 'carol');
    const [hears, other] = [await listen(bob), await listen(carol)];
    const post = await say(alice, room.id, `@${bob.username} hello`);
    assert.deepEqual(inner((await hears.posted(post.id)).event, 'mentions'), [bob.id]);
    assert.equal((await other.posted(post.id)).event.data.mentions, undefined);
    hears.close();
    other.close();
});
