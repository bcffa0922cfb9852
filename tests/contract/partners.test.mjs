// Two organisations, paired and sharing a channel by nothing but the official client.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
    Node,
    administrator,
    after,
    assert,
    before,
    channel,
    describe,
    eventually,
    freePort,
    likeNow,
    listen,
    no_such_id,
    person,
    png,
    program,
    raw,
    refused,
    say,
    shaped,
    team,
    test,
} from './harness.mjs';

const remote_shape = `
    remote_id:s remote_team_id:s name:s display_name:s site_url:s default_team_id:s create_at:n delete_at:n
    last_ping_at:n token:s remote_token:s topics:s creator_id:s plugin_id:s options:n`;
const channel_remote_shape = `
    id:s channel_id:s creator_id:s create_at:n update_at:n delete_at:n is_invite_accepted:b is_invite_confirmed:b
    remote_id:s`;
const isConfirmed = (remote) => !remote.site_url.startsWith('pending_');

// With a query that the client has no words for.
async function remotes(who, query) {
    return (await raw(who.node, 'GET', `/remotecluster?${query}`, { token: who.token })).json;
}

describe('partners', () => {
    const password = 'a long enough secret';
    let alpha, beta, at_alpha, at_beta, ana, alpha_team, beta_team, room, beta_remote, alpha_remote;
    const start = async (name, address) =>
        Node.start({
            env: {
                CONCORDAT_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS: 'true',
                CONCORDAT_CONCORDATSETTINGS_ORGANISATIONNAME: name,
                CONCORDAT_CONCORDATSETTINGS_FEDERATIONLISTENADDRESS: address,
                CONCORDAT_CONCORDATSETTINGS_FEDERATIONPUBLICADDRESS: address,
            },
        });
    before(
        async () => {
            alpha = await start('Alpha Ltd', `127.0.0.1:${await freePort()}`);
            beta = await start('Beta SA', `127.0.0.1:${await freePort()}`);
            [at_alpha, at_beta] = [await administrator(alpha), await administrator(beta)];
            ana = await person(alpha, 'ana');
            alpha_team = await team(at_alpha, ana);
            beta_team = await team(at_beta);
            room = await channel(at_alpha, alpha_team.id, 'O', ana);
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await alpha?.dispose();
            await beta?.dispose();
        },
        { timeout: 600_000 },
    );

    test('the client is told that there are such things', async () => {
        const config = await at_alpha.client.getClientConfig();
        assert.equal(config.ExperimentalSharedChannels, 'true');
        assert.equal(config.ExperimentalRemoteClusterService, 'true');
        const licence = await at_alpha.client.getClientLicenseOld();
        assert.equal(licence.SharedChannels, 'true');
        assert.equal(licence.RemoteClusterService, 'true');
        assert.deepEqual(await at_alpha.client.getRemoteClusters({}), []);
    });

    test('only those who may look, and only those who may change', async () => {
        await refused(ana.client.getRemoteClusters({}), 403, 'api.context.permissions.app_error');
        await refused(ana.client.createRemoteCluster({ name: 'x1', display_name: 'X' }), 403, 'api.context.permissions.app_error');
        await refused(ana.client.acceptInviteRemoteCluster({ name: 'x1', invite: 'x' }), 403, 'api.context.permissions.app_error');
        await refused(ana.client.sharedChannelRemoteInvite(no_such_id, room.id), 403, 'api.context.permissions.app_error');
        await refused(at_alpha.client.getRemoteCluster(no_such_id), 404, 'api.remote_cluster.get.not_found');
        await refused(ana.client.getRemoteClusterInfo(no_such_id), 404, 'api.remote_cluster.get.not_found');
    });

    test('an invitation is made with a password, renewed, and can be withdrawn', async () => {
        await refused(
            at_alpha.client.createRemoteCluster({ name: 'beta', display_name: 'Beta', password: 'short' }),
            400,
            'federation.invitation.password',
        );
        const made = await at_alpha.client.createRemoteCluster({ name: 'Beta SA!', display_name: 'Beta S.A.', default_team_id: alpha_team.id, password });
        shaped(made.remote_cluster, remote_shape);
        assert.equal(made.remote_cluster.name, 'beta-sa');
        assert.equal(made.remote_cluster.display_name, 'Beta S.A.');
        assert.equal(made.remote_cluster.creator_id, at_alpha.id);
        assert.ok(!isConfirmed(made.remote_cluster));
        assert.match(made.invite, /^concordat-locked-/);
        const { remote_id } = made.remote_cluster;
        assert.equal((await at_alpha.client.getRemoteCluster(remote_id)).name, 'beta-sa');
        await refused(at_alpha.client.createRemoteCluster({ name: 'beta-sa', display_name: 'again' }), 409, 'federation.partner_name.taken');
        const again = await at_alpha.client.generateInviteRemoteCluster(remote_id, { password });
        assert.notEqual(again, made.invite);
        await at_alpha.client.deleteRemoteCluster(remote_id);
        assert.deepEqual(await at_alpha.client.getRemoteClusters({}), []);
    });

    test('the other side accepts, and both compare the check number', async () => {
        const made = await at_alpha.client.createRemoteCluster({ name: 'beta', display_name: 'Beta S.A.', password });
        const wanted = { name: 'alpha', display_name: 'Alpha', default_team_id: beta_team.id, invite: made.invite };
        await refused(at_beta.client.acceptInviteRemoteCluster({ ...wanted, password: 'another long secret' }), 400, 'federation.invitation.password');
        await refused(at_beta.client.acceptInviteRemoteCluster({ ...wanted, default_team_id: no_such_id, password }), 400, 'app.team.get.find.app_error');
        alpha_remote = shaped(await at_beta.client.acceptInviteRemoteCluster({ ...wanted, password }), remote_shape);
        assert.ok(!isConfirmed(alpha_remote));
        beta_remote = await eventually(async () => {
            const [one] = await at_alpha.client.getRemoteClusters({});
            return one.state === 'pending' && one;
        }, 'beta to come');
        assert.equal(beta_remote.name, 'beta');
        assert.equal(beta_remote.check_number, alpha_remote.check_number);
        assert.deepEqual(await at_alpha.client.getRemoteClusters({ onlyConfirmed: true }), []);
        const confirm = (node, admin, id, check_number) =>
            raw(node, 'POST', `/concordat/federation/partners/${id}/confirm`, { token: admin.token, json: { check_number } });
        assert.equal((await confirm(alpha, ana, beta_remote.remote_id, beta_remote.check_number)).status, 403);
        const wrong = await confirm(alpha, at_alpha, beta_remote.remote_id, '00000 '.repeat(8));
        assert.equal(wrong.status, 400);
        for (const [node, admin, remote] of [[alpha, at_alpha, beta_remote], [beta, at_beta, alpha_remote]])
            assert.equal((await confirm(node, admin, remote.remote_id, remote.check_number)).status, 200);
        await eventually(async () => {
            const [one] = await remotes(at_alpha, 'only_confirmed=true&exclude_offline=true');
            return one && isConfirmed(one);
        }, 'the connection');
        likeNow((await at_alpha.client.getRemoteCluster(beta_remote.remote_id)).last_ping_at);
    });

    test('it is described as administrators wish', async () => {
        const patched = await at_alpha.client.patchRemoteCluster(beta_remote.remote_id, { display_name: 'Our friends' });
        assert.equal(patched.display_name, 'Our friends');
        assert.equal((await at_alpha.client.getRemoteCluster(beta_remote.remote_id)).display_name, 'Our friends');
        await refused(at_alpha.client.patchRemoteCluster(beta_remote.remote_id, { default_team_id: no_such_id }), 400, 'app.team.get.find.app_error');
    });

    test('a channel is shared, and joined into the team that was chosen', async () => {
        await at_alpha.client.sharedChannelRemoteInvite(beta_remote.remote_id, room.id);
        const there = await eventually(
            () => at_beta.client.getChannel(room.id).catch(() => false),
            'the channel at beta',
        );
        assert.equal(there.team_id, beta_team.id);
        assert.equal(there.shared, true);
        assert.equal((await at_alpha.client.getChannel(room.id)).shared, true);
        const [shared] = await eventually(async () => {
            const all = await at_alpha.client.getSharedChannelRemotes(beta_remote.remote_id, {});
            return all.length && all;
        }, 'beta to join');
        shaped(shared, channel_remote_shape);
        assert.equal(shared.channel_id, room.id);
        assert.deepEqual(await at_alpha.client.getSharedChannelRemotes(beta_remote.remote_id, { exclude_home: true }), []);
        assert.equal((await at_beta.client.getSharedChannelRemotes(alpha_remote.remote_id, { exclude_home: true })).length, 1);
        assert.deepEqual((await remotes(at_alpha, `in_channel=${room.id}`)).map((each) => each.name), ['beta']);
        assert.deepEqual(await at_alpha.client.getRemoteClusters({ notInChannel: room.id }), []);

        // For everybody who can read the channel.
        const [info] = await ana.client.getSharedChannelRemoteInfos(room.id);
        assert.deepEqual([info.name, info.display_name], ['beta', 'Our friends']);
        assert.equal((await ana.client.getRemoteClusterInfo(beta_remote.remote_id)).display_name, 'Our friends');
        const list = await raw(alpha, 'GET', `/sharedchannels/${alpha_team.id}`, { token: ana.token });
        assert.deepEqual(list.json.map((each) => [each.id, each.home]), [[room.id, true]]);
    });

    test('the console is told everything about a partner, and may act', async () => {
        const own = (verb, path, json, who = at_alpha) => raw(alpha, verb, `/concordat/federation${path}`, { token: who.token, json });
        assert.equal((await own('GET', '/partners', undefined, ana)).status, 403);
        assert.equal((await own('POST', `/partners/${beta_remote.remote_id}/suspend`, { reason: 'x' }, ana)).status, 403);
        assert.equal((await own('GET', `/partners/${no_such_id}`)).status, 404);
        const { json: us } = await own('GET', '');
        assert.deepEqual([us.name, us.is_on], ['Alpha Ltd', true]);
        const { json: list } = await own('GET', '/partners');
        const [partner] = list;
        assert.deepEqual([partner.name, partner.label, partner.state, partner.is_up], ['beta', 'Our friends', 'active', true]);
        assert.equal(partner.check_number, beta_remote.check_number);
        assert.deepEqual(partner.channels.map((each) => [each.channel_id, each.is_home, each.state]), [[room.id, true, 'joined']]);
        assert.deepEqual((await own('GET', `/partners/${partner.id}/refusals`)).json, []);
        const { json: held } = await own('POST', `/partners/${partner.id}/suspend`, { reason: 'a question first' });
        assert.deepEqual([held.state, held.reason], ['suspended', 'a question first']);
        assert.equal((await own('POST', `/partners/${partner.id}/suspend`, { reason: '' })).status, 409);
        assert.equal((await own('POST', `/partners/${partner.id}/resume`)).json.state, 'active');
        assert.equal((await own('PUT', `/partners/${partner.id}/policy`, { read_only: true, positions: false })).json.policy.read_only, true);
        assert.equal((await own('PUT', `/partners/${partner.id}/policy`, { read_only: false, positions: false })).json.policy.read_only, false);
        const shared = { history_days: 30, emoji: false };
        const { policy } = (await own('PUT', `/partners/${partner.id}/policy`, shared)).json;
        for (const [name, value] of Object.entries(shared)) assert.equal(policy[name], value, name);
        for (const history_days of [-2, 36501]) {
            const refusal = await own('PUT', `/partners/${partner.id}/policy`, { history_days });
            assert.deepEqual([refusal.status, refusal.json.id], [400, 'federation.policy.history']);
        }
        const before = { history_days: 0, emoji: true };
        assert.equal((await own('PUT', `/partners/${partner.id}/policy`, before)).json.policy.history_days, 0);
        await eventually(async () => (await own('GET', `/partners/${partner.id}`)).json.is_up, 'the connection, again');
    });

    test('people of the partner are seen with their origin, and get no direct messages before both sides allow them', async () => {
        const bob = await person(beta, 'bob');
        await at_beta.client.addToTeam(beta_team.id, bob.id);
        await at_beta.client.addToChannel(bob.id, room.id);
        const post = await say(bob, room.id, 'good morning');
        await eventually(() => ana.client.getPost(post.id).catch(() => false), 'the post at alpha');
        const author = await ana.client.getUser(bob.id);
        assert.equal(author.username, `${bob.username}:beta`);
        assert.equal(author.remote_id, beta_remote.remote_id);
        assert.deepEqual(await ana.client.canUserDirectMessage(ana.id, bob.id), { can_dm: false });
        assert.deepEqual(await ana.client.canUserDirectMessage(ana.id, at_alpha.id), { can_dm: true });
    });

    describe('files', () => {
        let bob, bob_ears;
        const upload = async (who, name, bytes, type = 'application/octet-stream') => {
            const form = new FormData();
            form.append('channel_id', room.id);
            form.append('files', new Blob([bytes], { type }), name);
            form.append('client_ids', name);
            return (await who.client.uploadFile(form)).file_infos[0];
        };
        const attach = async (who, message, ...files) =>
            who.client.createPost({ channel_id: room.id, message, file_ids: files.map((each) => each.id) });
        const arrived = (who, id, count = 1) =>
            eventually(async () => {
                const post = await who.client.getPost(id).catch(() => undefined);
                // A post is read before its files: what came in between is in the list and still missing in the text.
                return post?.metadata?.files?.length === count && !post.props.attachments && post;
            }, 'the files at the other side');
        const body = async (who, id, view = '') => (await raw(who.node, 'GET', `/files/${id}${view}`, { token: who.token })).bytes;
        const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
        const own = (node, admin, verb, path, json) => raw(node, verb, `/concordat/federation${path}`, { token: admin.token, json });
        before(async () => {
            bob = await person(beta, 'bob');
            await at_beta.client.addToTeam(beta_team.id, bob.id);
            await at_beta.client.addToChannel(bob.id, room.id);
        });

        test('are seen and downloaded at the partner like those of its own people', async () => {
            const picture = png(400, 300);
            const photo = await upload(ana, 'harbour view.png', picture, 'image/png');
            const text = await upload(ana, 'tide tables.txt', 'high water at noon', 'text/plain');
            bob_ears = await listen(bob);
            const post = await attach(ana, 'look at these', photo, text);
            const there = await arrived(bob, post.id, 2);
            assert.equal(there.edit_at, 0);
            assert.equal(there.message, 'look at these');
            assert.equal(there.props.attachments, undefined);
            const names = Object.fromEntries(there.metadata.files.map((each) => [each.name, each]));
            const shown = names['harbour view.png'];
            assert.notEqual(shown.id, photo.id);
            assert.deepEqual([shown.width, shown.height, shown.has_preview_image, shown.mime_type], [400, 300, true, 'image/png']);
            assert.equal(digest(await body(bob, shown.id)), digest(picture));
            assert.ok((await body(bob, shown.id, '/thumbnail')).length > 0);
            assert.ok((await body(bob, shown.id, '/preview')).length > 0);
            assert.equal((await body(bob, names['tide tables.txt'].id)).toString(), 'high water at noon');
            const found = await eventually(async () => {
                const result = await bob.client.searchFilesWithParams(beta_team.id, { terms: 'harbour', is_or_search: false });
                return result.order.length && result;
            }, 'the file in the search');
            assert.deepEqual(found.order, [shown.id]);
            // Nobody else at the partner.
            const eve = await person(beta, 'eve');
            assert.equal((await raw(beta, 'GET', `/files/${shown.id}`, { token: eve.token })).status, 403);
            // The client hears of it as of a post that changed, and that is all it needs.
            await bob_ears.wait('post_edited', (event) => {
                const changed = JSON.parse(event.data.post);
                return changed.id === post.id && changed.metadata.files?.length === 2;
            });
            bob_ears.close();
            await ana.client.deletePost(post.id);
            await eventually(async () => (await raw(beta, 'GET', `/files/${shown.id}`, { token: bob.token })).status === 404, 'the end of the file');
        });

        test('go the other way, too, and messages pass meanwhile', async () => {
            const large = randomBytes(40_000_000);
            const file = await upload(bob, 'survey.bin', large);
            const post = await attach(bob, '', file);
            const first = await say(bob, room.id, 'and a word');
            await eventually(() => ana.client.getPost(first.id).catch(() => false), 'the word at alpha');
            const there = await arrived(ana, post.id);
            assert.equal(digest(await body(ana, there.metadata.files[0].id)), digest(large));
        });

        test('come after the node was killed in the middle', async () => {
            const large = randomBytes(90_000_000);
            const file = await upload(ana, 'plans.bin', large);
            const partial = `${beta.data}/files/partial`;
            const sent = async () => {
                const text = await (await fetch(`${alpha.url}/metrics`)).text();
                return Number(/concordat_federation_file_bytes_sent_total\{partner="beta"\} (\d+)/.exec(text)[1]);
            };
            const before = await sent();
            const post = await attach(ana, 'the plans', file);
            await eventually(
                () => fs.readdirSync(partial).some((name) => fs.statSync(`${partial}/${name}`).size > 20_000_000),
                'a part of the file',
            );
            await beta.restart({ gracefully: false });
            const waiting = await bob.client.getPost(post.id);
            if (!waiting.metadata.files) assert.match(waiting.props.attachments[0].text, /plans\.bin .*not here yet/);
            const there = await arrived(bob, post.id);
            assert.equal(digest(await body(bob, there.metadata.files[0].id)), digest(large));
            const bytes = (await sent()) - before;
            assert.ok(bytes >= large.length && bytes <= large.length * 1.1, `${bytes} bytes were sent`);
        });

        test('are refused by the policy of either side, and both administrators see why', async () => {
            const at = { alpha: `/partners/${beta_remote.remote_id}`, beta: `/partners/${alpha_remote.remote_id}` };
            assert.equal((await own(beta, at_beta, 'PUT', `${at.beta}/policy`, { largest_file: -1 })).status, 400);
            assert.equal((await own(beta, at_beta, 'PUT', `${at.beta}/policy`, { refused_file_types: ['.EXE'] })).status, 400);
            assert.equal((await own(beta, bob, 'GET', `${at.beta}/files`)).status, 403);
            const { json: changed } = await own(beta, at_beta, 'PUT', `${at.beta}/policy`, { refused_file_types: ['exe'], largest_file: 1000 });
            assert.deepEqual([changed.policy.largest_file, changed.policy.refused_file_types, changed.policy.read_only], [1000, ['exe'], false]);
            const heard = await listen(ana);
            const tool = await attach(ana, 'a tool', await upload(ana, 'tool.exe', 'MZ'), await upload(ana, 'big.bin', 'x'.repeat(1001)));
            const there = await eventually(() => bob.client.getPost(tool.id).catch(() => false), 'the post at beta');
            assert.equal(there.metadata.files, undefined);
            assert.match(there.props.attachments[0].text, /tool\.exe .*files of this type are not accepted here/);
            assert.match(there.props.attachments[0].text, /big\.bin .*larger than is accepted here/);
            await eventually(async () => {
                const { json } = await own(alpha, at_alpha, 'GET', `${at.alpha}/files`);
                const reasons = json.filter((each) => each.direction === 'to').map((each) => each.reason);
                return reasons.includes('type') && reasons.includes('too_large');
            }, 'the refusals at alpha');
            await heard.wait('ephemeral_message', (event) => event.data.post.includes('tool.exe'));
            heard.close();
            const { json: seen } = await own(beta, at_beta, 'GET', `${at.beta}/files`);
            assert.deepEqual(seen.filter((each) => each.state === 'refused').map((each) => each.reason).sort(), ['too_large', 'type']);
            assert.equal((await own(beta, at_beta, 'PUT', `${at.beta}/policy`, { refused_file_types: [], largest_file: 104857600 })).status, 200);
            assert.equal((await own(alpha, at_alpha, 'PUT', `${at.alpha}/policy`, { files: false })).status, 200);
            const kept = await attach(ana, 'not for them', await upload(ana, 'secret-name.txt', 'x'));
            const without = await eventually(() => bob.client.getPost(kept.id).catch(() => false), 'the post at beta');
            assert.ok(!JSON.stringify(without).includes('secret-name'));
            assert.match(without.props.attachments[0].text, /does not let it out/);
            assert.equal((await own(alpha, at_alpha, 'PUT', `${at.alpha}/policy`, { files: true })).status, 200);
        });
    });

    describe('what was said before', () => {
        const own = (node, admin, verb, path, json) => raw(node, verb, `/concordat/federation${path}`, { token: admin.token, json });
        let bob, past, told;
        const picture = png(30, 20);
        before(async () => {
            bob = await person(beta, 'bob');
            await at_beta.client.addToTeam(beta_team.id, bob.id);
            past = await channel(at_alpha, alpha_team.id, 'O', ana);
        });

        test('comes with threads, marks, files and emoji, through a kill of either node, and is unread for nobody', async () => {
            const at = `/partners/${beta_remote.remote_id}/policy`;
            assert.equal((await own(alpha, at_alpha, 'PUT', at, { history_days: -2 })).json.id, 'federation.policy.history');
            assert.equal((await own(alpha, at_alpha, 'PUT', at, { history_days: -1 })).json.policy.history_days, -1);
            const form = new FormData();
            form.append('channel_id', past.id);
            form.append('files', new Blob(['high water at noon'], { type: 'text/plain' }), 'tides.txt');
            const file = (await ana.client.uploadFile(form)).file_infos[0];
            const emoji = await at_alpha.client.createCustomEmoji({ name: 'harbourlight', creator_id: at_alpha.id }, new Blob([picture], { type: 'image/png' }));
            told = [];
            for (let i = 0; i < 120; ++i) told.push(await say(ana, past.id, `before, ${i}`));
            const root = await ana.client.createPost({ channel_id: past.id, message: '@all read this :harbourlight:', file_ids: [file.id] });
            const reply = await ana.client.createPost({ channel_id: past.id, message: 'and this', root_id: root.id });
            await ana.client.addReaction(ana.id, root.id, 'harbourlight');
            await ana.client.pinPost(root.id);
            await at_alpha.client.sharedChannelRemoteInvite(beta_remote.remote_id, past.id);
            await eventually(() => at_beta.client.getPost(told[0].id).catch(() => false), 'the first of it');
            await Promise.all([alpha.restart({ gracefully: false }), beta.restart({ gracefully: false })]);
            await bob.client.addToChannel(bob.id, past.id); // being added by somebody would mention him
            await eventually(() => at_beta.client.getPost(reply.id).catch(() => false), 'the last of it');
            for (const post of told) {
                const there = await bob.client.getPost(post.id);
                assert.deepEqual([there.message, there.create_at, there.user_id], [post.message, post.create_at, ana.id]);
            }
            const there = await eventually(async () => {
                const post = await bob.client.getPost(root.id);
                return post.metadata?.files?.length === 1 && post;
            }, 'the file');
            assert.equal(there.message, '@all read this :harbourlight-alpha:');
            assert.equal(there.is_pinned, true);
            assert.equal(there.reply_count, 1);
            assert.deepEqual(there.metadata.reactions.map((each) => [each.user_id, each.emoji_name]), [[ana.id, 'harbourlight-alpha']]);
            const [shown] = there.metadata.emojis;
            assert.equal(shown.name, 'harbourlight-alpha');
            const image = await raw(beta, 'GET', `/emoji/${shown.id}/image`, { token: bob.token });
            const original = await raw(alpha, 'GET', `/emoji/${emoji.id}/image`, { token: ana.token });
            assert.deepEqual(image.bytes, original.bytes);
            const member = await bob.client.getMyChannelMember(past.id);
            const seen = await bob.client.getChannel(past.id);
            assert.equal(member.mention_count, 0);
            assert.equal(seen.total_msg_count - member.msg_count, 0);
            const { json: partner } = await own(alpha, at_alpha, 'GET', `/partners/${beta_remote.remote_id}`);
            const progress = partner.channels.find((each) => each.channel_id === past.id).history;
            assert.deepEqual([progress.is_done, progress.told, progress.kept_back], [true, told.length + 2, 0]);
            await at_alpha.client.deleteCustomEmoji(emoji.id);
            await eventually(async () => (await raw(beta, 'GET', `/emoji/${shown.id}`, { token: bob.token })).status === 404, 'the end of the emoji');
            assert.equal((await own(alpha, at_alpha, 'PUT', at, { history_days: 0 })).status, 200);
            await at_alpha.client.sharedChannelRemoteUninvite(beta_remote.remote_id, past.id);
        });
    });

    test('the commands about partners are offered and used by those who may', async () => {
        const where = { channel_id: room.id, team_id: alpha_team.id };
        const run = async (who, line) => (await who.client.executeCommand(line, where)).text;
        const listed = (await ana.client.getAutocompleteCommandsList(alpha_team.id)).map((each) => each.trigger);
        assert.ok(listed.includes('share-channel') && listed.includes('secure-connection'));
        const suggested = await ana.client.getCommandAutocompleteSuggestionsList('/share-channel un', alpha_team.id, where);
        assert.deepEqual(suggested.map((each) => each.Complete), ['share-channel uninvite', 'share-channel unshare']);
        assert.match(await run(ana, '/share-channel status'), /may not share channels/);
        assert.match(await run(ana, '/secure-connection status'), /may not manage connections/);
        assert.match(await run(at_alpha, '/secure-connection status'), /\| beta \| Our friends \| active \|/);
        assert.match(await run(at_alpha, '/share-channel status'), /\| beta \| joined \|/);
        assert.match(await run(at_alpha, '/share-channel invite nobody'), /There is no partner "nobody"/);
        const made = await run(at_alpha, '/secure-connection create --name gamma --displayname "Gamma and Sons"');
        assert.match(made, /concordat-invitation-/);
        assert.match(await run(at_alpha, '/secure-connection remove gamma'), /withdrawn/);
    });

    describe('another key', () => {
        const run = (node, ...words) => promisify(execFile)(program('concordatctl'), ['--data', node.data, '--json', ...words]);
        const ctl = async (node, ...words) => JSON.parse((await run(node, ...words)).stdout);
        const seen = (post) =>
            eventually(async () => (await at_beta.client.getPost(post.id).catch(() => null))?.message === post.message, `"${post.message}" at beta`);
        const own = async () => (await raw(alpha, 'GET', '/concordat/federation', { token: at_alpha.token })).json;
        const alpha_at_beta = async () =>
            (await raw(beta, 'GET', `/concordat/federation/partners/${alpha_remote.remote_id}`, { token: at_beta.token })).json;

        const refusal = async (...words) => {
            const done = await run(alpha, 'federation', 'rotate-key', ...words).catch((error) => error);
            assert.notEqual(done.code ?? 0, 0);
            return done.stdout + done.stderr;
        };

        test('goes unnoticed by who talks meanwhile', async () => {
            const before = await own();
            assert.equal(before.key.number, 0);
            const said = [];
            for (let i = 0; i < 60; ++i) {
                said.push(await say(ana, room.id, `said while the key changes ${i}`));
                if (i === 20) {
                    const keys = await ctl(alpha, 'federation', 'rotate-key', '--overlap-days', '2');
                    assert.deepEqual([keys.length, keys[1].until_at, keys[1].number], [2, 0, 1]);
                    assert.equal(keys[0].until_at - keys[1].since_at, 2 * 24 * 3600_000);
                }
            }
            for (const post of said) await seen(post);
            const now = await own();
            assert.equal(now.id, before.id);
            assert.equal(now.key.number, 1);
            assert.notEqual(now.key.public_key, before.key.public_key);
            assert.equal((await alpha_at_beta()).key.public_key, now.key.public_key);
            for (const [node, admin] of [[alpha, at_alpha], [beta, at_beta]]) {
                const { json } = await raw(node, 'GET', '/concordat/identity/decisions?rule=federation.key_changed', { token: admin.token });
                assert.equal(json.length, 1);
            }
            const refusals = await raw(alpha, 'GET', `/concordat/federation/partners/${beta_remote.remote_id}/refusals`, { token: at_alpha.token });
            assert.deepEqual(refusals.json, []);
        });

        test('is asked for once in an overlap, for a time that is allowed', async () => {
            assert.match(await refusal(), /overlap lasts/);
            assert.match(await refusal('--overlap-days', '31'), /1 to 30 days/);
            assert.match(await refusal('--overlap-days', 'x'), /is a number/);
            assert.match(await refusal('--bad-since', '2099-01-01'), /in the past/);
            assert.equal((await own()).key.number, 1);
        });

        test('is whole or not there, whenever the node is killed, and a partner follows when it is back', async () => {
            for (const wait of [0, 5, 15, 40]) {
                const { length } = await ctl(alpha, 'federation', 'keys');
                const changing = run(alpha, 'federation', 'rotate-key', '--bad-since', String(Date.now() - 1)).catch(() => null);
                await sleep(wait);
                await alpha.kill();
                const answer = await changing;
                await alpha.restart();
                const keys = await ctl(alpha, 'federation', 'keys');
                if (answer) assert.equal(keys.length, length + 1, 'what was acknowledged is there');
                assert.ok(keys.length === length || keys.length === length + 1);
                await seen(await say(ana, room.id, `said after ${wait} ms and a kill`));
                assert.equal((await alpha_at_beta()).key.number, keys.length - 1);
            }
        });

        test('is learnt by who was away all the time, and can be taken back', async () => {
            await beta.stop();
            await ctl(alpha, 'federation', 'rotate-key', '--bad-since', String(Date.now()));
            const { length } = await ctl(alpha, 'federation', 'keys');
            // The one before is bad: there is no way back to it.
            assert.match(await refusal('--abort'), /no change of the key/);
            const post = await say(ana, room.id, 'said while beta was away');
            await beta.launch();
            await seen(post);
            assert.equal((await alpha_at_beta()).key.number, length - 1);
            assert.equal((await alpha_at_beta()).check_number.length, 47);
        });
    });

    test('what is shared no more is known as such', async () => {
        await at_alpha.client.sharedChannelRemoteUninvite(beta_remote.remote_id, room.id);
        assert.equal((await at_alpha.client.getChannel(room.id)).shared, false);
        await eventually(async () => (await at_beta.client.getChannel(room.id)).shared === false, 'the end at beta');
        assert.deepEqual(await at_alpha.client.getSharedChannelRemotes(beta_remote.remote_id, {}), []);
        const ended = await at_alpha.client.getSharedChannelRemotes(beta_remote.remote_id, { include_deleted: true });
        assert.equal(ended.filter((each) => each.channel_id === room.id).length, 1);
        assert.deepEqual(await ana.client.getSharedChannelRemoteInfos(room.id), []);
        await refused(at_alpha.client.sharedChannelRemoteUninvite(beta_remote.remote_id, room.id), 404, 'federation.share.missing');
    });

    test('who is removed is revoked for ever', async () => {
        await at_alpha.client.deleteRemoteCluster(beta_remote.remote_id);
        assert.deepEqual(await at_alpha.client.getRemoteClusters({}), []);
        const [gone] = await remotes(at_alpha, 'include_deleted=true');
        likeNow(gone.delete_at);
        await refused(at_alpha.client.getRemoteClusterInfo(beta_remote.remote_id), 404, 'api.remote_cluster.get.not_found');
        await refused(at_alpha.client.patchRemoteCluster(beta_remote.remote_id, { display_name: 'x' }), 409, 'federation.partner.revoked');
    });
});

describe('a node that shares nothing', () => {
    let node, admin;
    before(
        async () => {
            node = await Node.start();
            admin = await administrator(node);
        },
        { timeout: 600_000 },
    );
    after(() => node?.dispose(), { timeout: 600_000 });
    test('does not offer the commands, and says why they do nothing', async () => {
        const mine = await team(admin);
        const place = await channel(admin, mine.id, 'O');
        const listed = (await admin.client.getAutocompleteCommandsList(mine.id)).map((each) => each.trigger);
        assert.ok(!listed.includes('share-channel') && listed.includes('shrug'));
        const reply = await admin.client.executeCommand('/share-channel status', { channel_id: place.id, team_id: mine.id });
        assert.match(reply.text, /not shared with other organisations/);
    });
    test('says so', async () => {
        assert.equal((await admin.client.getClientConfig()).ExperimentalSharedChannels, 'false');
        await refused(admin.client.getRemoteClusters({}), 501, 'api.remote_cluster.service_not_enabled.app_error');
        await refused(admin.client.createRemoteCluster({ name: 'beta', display_name: 'Beta' }), 501, 'api.remote_cluster.service_not_enabled.app_error');
    });
});
