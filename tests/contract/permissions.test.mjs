// Who is refused: people without a session, strangers, members of other teams and channels, plain members,
// guests. One table of calls for each kind of object; the answer is always the documented one.
import {
    administrator,
    assert,
    channel,
    describe,
    direct,
    listen,
    newClient,
    no_such_id,
    people,
    person,
    png,
    raw,
    refused,
    say,
    scene,
    sharedNode,
    team,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();
const forbidden = 'api.context.permissions.app_error';
const session_expired = 'api.context.session_expired.app_error';

// A private channel of alice with a post, a reply, a file and a reaction; bob is in the team, carol is not.
async function secrets() {
    const { alice, bob, team: home, room, town } = await scene(node, 'alice', 'bob');
    const carol = await person(node, 'carol');
    const other_team = await team(carol);
    const closed = await channel(alice, home.id, 'P');
    const form = new FormData();
    form.append('channel_id', closed.id);
    form.append('files', new Blob([png(150, 150)], { type: 'image/png' }), 'secret.png');
    const [file] = (await alice.client.uploadFile(form)).file_infos;
    const post = await say(alice, closed.id, 'secret', { file_ids: [file.id] });
    const reply = await say(alice, closed.id, 'secret too', { root_id: post.id });
    await alice.client.addReaction(alice.id, post.id, 'smile');
    return { alice, bob, carol, home, other_team, room, town, closed, file, post, reply };
}

// [name, call] of everything that reads or changes what is in the private channel.
const aboutPrivateChannel = ({ alice, closed, post, reply, home }, who) => [
    ['the channel', () => who.client.getChannel(closed.id)],
    ['its members', () => who.client.getChannelMembers(closed.id)],
    ['one member', () => who.client.getChannelMember(closed.id, alice.id)],
    ['its statistics', () => who.client.getChannelStats(closed.id)],
    ['its time zones', () => who.client.getChannelTimezones(closed.id)],
    ['its posts', () => who.client.getPosts(closed.id)],
    ['its posts since', () => who.client.getPostsSince(closed.id, 1)],
    ['its posts before', () => who.client.getPostsBefore(closed.id, reply.id)],
    ['its unread posts', () => who.client.getPostsUnread(closed.id, who.id)],
    ['its pinned posts', () => who.client.getPinnedPosts(closed.id)],
    ['a post', () => who.client.getPost(post.id)],
    ['a thread', () => who.client.getPostThread(reply.id)],
    ['the reactions of a post', () => who.client.getReactionsForPost(post.id)],
    ['the files of a post', () => who.client.getFileInfosForPost(post.id)],
    ['a new post', () => say(who, closed.id, 'hello')],
    ['a reply', () => say(who, closed.id, 'hello', { root_id: post.id })],
    ['an edit', () => who.client.patchPost({ id: post.id, message: 'mine' })],
    ['a whole update', () => who.client.updatePost({ ...post, message: 'mine' })],
    ['a deletion', () => who.client.deletePost(post.id)],
    ['a pin', () => who.client.pinPost(post.id)],
    ['a reaction', () => who.client.addReaction(who.id, post.id, 'smile')],
    ['removing the reaction of another', () => who.client.removeReaction(alice.id, post.id, 'smile')],
    ['marking a post unread', () => who.client.markPostAsUnread(who.id, post.id)],
    ['an acknowledgement', () => who.client.acknowledgePost(post.id, who.id)],
    ['a header', () => who.client.patchChannel(closed.id, { header: 'mine' })],
    ['the privacy', () => who.client.updateChannelPrivacy(closed.id, 'O')],
    ['archiving', () => who.client.deleteChannel(closed.id)],
    ['joining', () => who.client.addToChannel(who.id, closed.id)],
    ['removing a member', () => who.client.removeFromChannel(alice.id, closed.id)],
    [
        'a draft',
        () =>
            who.client.upsertDraft({ user_id: who.id, channel_id: closed.id, root_id: '', message: 'x' }, ''),
    ],
    ['the thread', () => who.client.getUserThread(who.id, home.id, post.id)],
    ['following the thread', () => who.client.updateThreadFollowForUser(who.id, home.id, post.id, true)],
];

describe('a private channel', () => {
    test('is closed to a member of the team who is not in it', async (t) => {
        const stage = await secrets();
        for (const [what, call] of aboutPrivateChannel(stage, stage.bob)) {
            await t.test(what, () => refused(call(), what === 'the thread' ? [403, 404] : 403));
        }
        const same = await stage.alice.client.getPost(stage.post.id);
        assert.deepEqual(
            [same.message, same.is_pinned, same.delete_at],
            ['secret', false, 0],
            'nothing changed',
        );
        assert.equal((await stage.alice.client.getChannelMembers(stage.closed.id)).length, 1);
    });

    test('is closed to a member of another team, with the id that says so', async (t) => {
        const stage = await secrets();
        for (const [what, call] of aboutPrivateChannel(stage, stage.carol)) {
            await t.test(what, async () => {
                const error = await refused(call(), what === 'the thread' ? [403, 404] : 403);
                if (error.status_code === 403) assert.equal(error.server_error_id, forbidden);
            });
        }
    });

    test('is closed to people without a session, with 401', async (t) => {
        const stage = await secrets();
        const nobody = { client: newClient(node), id: stage.bob.id };
        for (const [what, call] of aboutPrivateChannel(stage, nobody))
            await t.test(what, () => refused(call(), 401, session_expired));
    });

    test('is open to the system administrator', async () => {
        const admin = await administrator(node);
        const { closed, post } = await secrets();
        assert.equal((await admin.client.getPost(post.id)).message, 'secret');
        assert.equal(
            (await admin.client.patchChannel(closed.id, { header: 'inspected' })).header,
            'inspected',
        );
    });

    test('tells outsiders nothing by its files either', async () => {
        const { bob, carol, file } = await secrets();
        for (const who of [bob, carol]) {
            for (const path of ['', '/info', '/preview', '/thumbnail']) {
                const reply = await raw(node, 'GET', `/files/${file.id}${path}`, who);
                assert.deepEqual([reply.status, reply.json?.id], [403, forbidden], path);
            }
        }
    });

    test('is not found by name, list, completion or search of outsiders', async () => {
        const { bob, home, closed } = await secrets();
        await refused(bob.client.getChannelByName(home.id, closed.name), 404);
        for (const list of [
            await bob.client.getChannels(home.id, 0, 200),
            await bob.client.autocompleteChannels(home.id, closed.name),
            await bob.client.searchChannels(home.id, closed.name),
            await bob.client.getMyChannels(home.id),
        ]) {
            assert.ok(!list.some((each) => each.id === closed.id));
        }
    });

    test('tells outsiders nothing by events', async () => {
        const { alice, bob, closed, post, town } = await secrets();
        const ears = await listen(bob);
        await say(alice, closed.id, 'whisper');
        await alice.client.patchPost({ id: post.id, message: 'whisper edited' });
        await alice.client.addReaction(alice.id, post.id, 'heart');
        await alice.client.patchChannel(closed.id, { header: 'whispered header' });
        await alice.client.deletePost(post.id);
        await ears.posted((await say(alice, town.id, 'fence')).id);
        const text = JSON.stringify(ears.events.filter((event) => event.event !== 'hello'));
        assert.ok(
            !text.includes('whisper') && !text.includes(closed.id),
            'an event of the private channel reached an outsider',
        );
        ears.close();
    });
});

describe('another team', () => {
    test('is closed to people who are not in it', async (t) => {
        const { alice, carol, home, room } = await secrets();
        for (const [what, call] of [
            ['the team', () => carol.client.getTeam(home.id)],
            ['its members', () => carol.client.getTeamMembers(home.id)],
            ['one member', () => carol.client.getTeamMember(home.id, alice.id)],
            ['its statistics', () => carol.client.getTeamStats(home.id)],
            ['its channels', () => carol.client.getChannels(home.id)],
            ['my channels in it', () => carol.client.getMyChannels(home.id)],
            ['a public channel of it', () => carol.client.getChannel(room.id)],
            ['posts of a public channel', () => carol.client.getPosts(room.id)],
            ['posting there', () => say(carol, room.id, 'hello')],
            ['joining a channel of it', () => carol.client.addToChannel(carol.id, room.id)],
            [
                'a new channel',
                () =>
                    carol.client.createChannel({
                        team_id: home.id,
                        name: unique('x'),
                        display_name: 'X',
                        type: 'O',
                    }),
            ],
            ['joining', () => carol.client.addToTeam(home.id, carol.id)],
            ['adding others', () => carol.client.addUsersToTeam(home.id, [carol.id])],
            ['changing it', () => carol.client.patchTeam({ id: home.id, display_name: 'X' })],
            ['archiving it', () => carol.client.deleteTeam(home.id)],
            ['a new invitation', () => carol.client.regenerateTeamInviteId(home.id)],
            ['search in it', () => carol.client.searchPosts(home.id, 'secret', false)],
            ['its categories', () => carol.client.getChannelCategories(carol.id, home.id)],
            ['its threads', () => carol.client.getUserThreads(carol.id, home.id, {})],
            ['its drafts', () => carol.client.getUserDrafts(home.id)],
            ['completion in it', () => carol.client.autocompleteChannels(home.id, 'a')],
            ['removing somebody', () => carol.client.removeFromTeam(home.id, alice.id)],
        ]) {
            await t.test(what, () => refused(call(), 403, forbidden));
        }
    });

    test("of somebody is not mixed up: ids of one team with another's are refused", async () => {
        const { alice, carol, other_team, closed, post } = await secrets();
        await refused(alice.client.getChannelByName(other_team.id, closed.name), [403, 404]);
        await refused(alice.client.getMyChannels(other_team.id), 403);
        await refused(carol.client.getUserThread(carol.id, other_team.id, post.id), [403, 404]);
        await carol.client.addToTeam(other_team.id, alice.id);
        const elsewhere = await channel(carol, other_team.id);
        await refused(say(carol, elsewhere.id, 'x', { root_id: post.id }), [400, 403]);
    });
});

describe("other people's own things", () => {
    test('are closed', async (t) => {
        const { alice, bob, team: home, room } = await scene(node, 'alice', 'bob');
        const post = await say(bob, room.id, 'x');
        for (const [what, call] of [
            ['sessions', () => bob.client.getSessions(alice.id)],
            ['preferences', () => bob.client.getUserPreferences(alice.id)],
            ['saved posts', () => bob.client.getFlaggedPosts(alice.id)],
            ['categories', () => bob.client.getChannelCategories(alice.id, home.id)],
            ['threads', () => bob.client.getUserThreads(alice.id, home.id, {})],
            ['memberships', () => bob.client.getAllChannelsMembers(alice.id, -1)],
            ['the account', () => bob.client.patchUser({ id: alice.id, nickname: 'x' })],
            ['the password', () => bob.client.updateUserPassword(alice.id, '', 'a new secret')],
            ['the roles', () => bob.client.updateUserRoles(alice.id, 'system_user')],
            ['the status', () => bob.client.updateStatus({ user_id: alice.id, status: 'dnd' })],
            ['the picture', () => bob.client.uploadProfileImage(alice.id, new Blob([png(5, 5)]))],
            ['activity', () => bob.client.updateUserActive(alice.id, false)],
            [
                'notify settings',
                () =>
                    bob.client.updateChannelNotifyProps({
                        channel_id: room.id,
                        user_id: alice.id,
                        desktop: 'none',
                    }),
            ],
            ['unread marks', () => bob.client.markPostAsUnread(alice.id, post.id)],
            ['acknowledgements', () => bob.client.acknowledgePost(post.id, alice.id)],
        ]) {
            await t.test(what, () => refused(call(), [403, ...(what === 'the roles' ? [404] : [])]));
        }
        const reply = await raw(node, 'POST', `/channels/members/${alice.id}/view`, {
            token: bob.token,
            json: { channel_id: room.id },
        });
        assert.equal(reply.status, 403);
    });
});

describe('a plain member', () => {
    test('does not do what administrators of the team do', async (t) => {
        const { alice, bob, team: home, room } = await scene(node, 'alice', 'bob');
        const post = await say(alice, room.id, 'x');
        for (const [what, call] of [
            ['changing the team', () => bob.client.patchTeam({ id: home.id, display_name: 'X' })],
            ['archiving the team', () => bob.client.deleteTeam(home.id)],
            ['removing members', () => bob.client.removeFromTeam(home.id, alice.id)],
            ['roles in the team', () => bob.client.updateTeamMemberSchemeRoles(home.id, bob.id, true, true)],
            [
                'roles in the channel',
                () => bob.client.updateChannelMemberSchemeRoles(room.id, bob.id, true, true),
            ],
            ['deleting posts of others', () => bob.client.deletePost(post.id)],
            ['editing posts of others', () => bob.client.patchPost({ id: post.id, message: 'x' })],
            ['converting a channel', () => bob.client.updateChannelPrivacy(room.id, 'P')],
            [
                'ephemeral posts',
                () => bob.client.createPostEphemeral(alice.id, { channel_id: room.id, message: 'x' }),
            ],
        ]) {
            await t.test(what, () => refused(call(), 403, forbidden));
        }
    });

    test('does not do what administrators of the system do', async () => {
        const { alice, bob } = await people(node, 'alice', 'bob');
        const name = unique('sneaky');
        await refused(
            bob.client.createUser({ username: name, email: `${name}@example.org`, password: 'long enough' }),
            403,
        );
        await refused(bob.client.updateUserActive(alice.id, false), 403);
        for (const path of ['/system/onboarding/complete'])
            assert.equal((await raw(node, 'GET', path, bob)).status, 403, path);
    });
});

describe('direct and group channels', () => {
    test('are closed to everybody else', async () => {
        const { alice, bob, carol, dave } = await people(node, 'alice', 'bob', 'carol', 'dave');
        const dm = await direct(alice, bob);
        const gm = await alice.client.createGroupChannel([alice.id, bob.id, carol.id]);
        for (const each of [dm, gm]) {
            const post = await say(alice, each.id, 'between us');
            for (const call of [
                () => dave.client.getChannel(each.id),
                () => dave.client.getPosts(each.id),
                () => dave.client.getPost(post.id),
                () => say(dave, each.id, 'x'),
                () => dave.client.getChannelMembers(each.id),
            ]) {
                await refused(call(), 403, forbidden);
            }
            await refused(dave.client.addToChannel(dave.id, each.id), [400, 403]);
            await refused(alice.client.addToChannel(dave.id, each.id), [400, 403]);
        }
    });
});

test('things that are not there are not found, whoever asks', async () => {
    const admin = await administrator(node);
    const { alice } = await scene(node, 'alice');
    for (const who of [alice, admin]) {
        await refused(who.client.getPost(no_such_id), 404, 'app.post.get.app_error');
        await refused(who.client.getChannel(no_such_id), 404);
        await refused(who.client.getTeam(no_such_id), 404);
        await refused(who.client.getUser(no_such_id), 404);
        assert.equal((await raw(node, 'GET', `/files/${no_such_id}`, who)).status, 404);
        assert.equal((await raw(node, 'GET', `/emoji/${no_such_id}`, who)).status, 404);
    }
});

describe('a guest', () => {
    // Skips the test on a node that has no guests yet.
    async function guest(t, stage) {
        const admin = await administrator(node);
        const made = await person(node, 'guest');
        await stage.alice.client.addToTeam(stage.team.id, made.id);
        const answer = await admin.client.demoteUserToGuest(made.id).catch((error) => error);
        if ([404, 501].includes(answer.status_code)) {
            t.skip(`this node cannot make guests: ${answer.server_error_id}`);
            return null;
        }
        assert.equal(answer.status_code, undefined, answer.message);
        return made.logIn();
    }

    test('sees and uses only channels that he was added to', async (t) => {
        const stage = await scene(node, 'alice');
        const made = await guest(t, stage);
        if (!made) return;
        await stage.alice.client.addToChannel(made.id, stage.room.id);
        const other = await channel(stage.alice, stage.team.id);
        assert.equal((await say(made, stage.room.id, 'hello')).message, 'hello');
        for (const call of [
            () => made.client.getPosts(other.id),
            () => made.client.addToChannel(made.id, other.id),
            () => made.client.getChannels(stage.team.id),
            () =>
                made.client.createChannel({
                    team_id: stage.team.id,
                    name: unique('g'),
                    display_name: 'G',
                    type: 'O',
                }),
            () => made.client.createTeam({ name: unique('g'), display_name: 'G', type: 'O' }),
        ]) {
            await refused(call(), 403, forbidden);
        }
        assert.equal((await made.client.getTeam(stage.team.id)).invite_id, '', 'guests do not invite');
    });

    test('sees only people of his channels', async (t) => {
        const stage = await scene(node, 'alice', 'bob');
        const made = await guest(t, stage);
        if (!made) return;
        const private_room = await channel(stage.alice, stage.team.id, 'P', made);
        assert.equal((await made.client.getUser(stage.alice.id)).id, stage.alice.id);
        const stranger = await person(node);
        await refused(made.client.getUser(stranger.id), [403, 404]);
        const ears = await listen(made);
        await stranger.client.patchMe({ nickname: 'unseen' });
        await ears.posted((await say(stage.alice, private_room.id, 'fence')).id);
        assert.ok(!ears.named('user_updated').some((event) => event.data.user.id === stranger.id));
        ears.close();
    });
});
