// Programs outside: webhooks both ways, slash commands, buttons, dialogs; by the official client library, against a
// receiver that the test runs, and one that means no good.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
    administrator,
    after,
    assert,
    before,
    channel,
    describe,
    direct,
    eventually,
    inner,
    likeId,
    likeNow,
    listen,
    no_such_id,
    raw,
    refused,
    say,
    scene,
    shaped,
    sharedNode,
    test,
} from './harness.mjs';
import { Receiver } from './support/receiver.mjs';

const hook_shape = `
    id:s create_at:n update_at:n delete_at:n user_id:s channel_id:s team_id:s display_name:s description:s username:s
    icon_url:s channel_locked:b`;
const outgoing_shape = `
    id:s token:s create_at:n update_at:n delete_at:n creator_id:s channel_id:s team_id:s trigger_words:a trigger_when:n
    callback_urls:a display_name:s description:s content_type:s username:s icon_url:s`;
const command_shape = `
    id:s token:s create_at:n update_at:n delete_at:n creator_id:s team_id:s trigger:s method:s username:s icon_url:s
    auto_complete:b auto_complete_desc:s auto_complete_hint:s display_name:s description:s url:s`;
const failed_hook = 'web.incoming_webhook.general.app_error';

const settings = {
    MM_SERVICESETTINGS_ENABLEPOSTUSERNAMEOVERRIDE: 'true',
    MM_SERVICESETTINGS_ENABLEPOSTICONOVERRIDE: 'true',
    MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS: '127.0.0.1',
    MM_SERVICESETTINGS_OUTGOINGINTEGRATIONREQUESTSTIMEOUT: '5',
};

describe('programs', () => {
    // A program that fails is told of with a 500 by commands: that is no complaint.
    const node = sharedNode({ env: settings, tolerant: true });
    let admin, team, room, ada, bert, program;

    before(
        async () => {
            admin = await administrator(node);
            const stage = await scene(node, 'owner', 'ada', 'bert');
            ({ team, room, ada, bert } = stage);
            await admin.client.addToTeam(team.id, admin.id);
            await admin.client.addToChannel(admin.id, room.id);
            program = await new Receiver().start();
        },
        { timeout: 600_000 },
    );
    after(() => program?.stop());

    const post_by = (hook, json, more = {}) => raw(node, 'POST', `/hooks/${hook.id}`, { json, ...more });
    // The message, as the person's socket tells it.
    const heard = async (ears, wanted) => inner(await ears.wait('posted', (e) => wanted(inner(e, 'post'))), 'post');
    const failure = (reply, status, id) => {
        assert.equal(reply.status, status, reply.text);
        assert.equal(reply.json.id, id);
    };

    test('are promised to clients', async () => {
        const config = await admin.client.getClientConfig();
        assert.equal(config.EnableIncomingWebhooks, 'true');
        assert.equal(config.EnableOutgoingWebhooks, 'true');
        assert.equal(config.EnableCommands, 'true');
    });

    describe('incoming webhooks', () => {
        const made = (more = {}) => admin.client.createIncomingWebhook({ channel_id: room.id, ...more });

        test('are made, read, changed, listed and removed', async () => {
            const hook = shaped(await made({ display_name: 'Builds' }), hook_shape);
            likeId(hook.id);
            likeNow(hook.create_at);
            assert.equal(hook.user_id, admin.id);
            assert.deepEqual(await admin.client.getIncomingWebhook(hook.id), hook);
            const changed = await admin.client.updateIncomingWebhook({ ...hook, description: 'of the night' });
            assert.equal(changed.description, 'of the night');
            const put = await raw(node, 'PUT', `/api/v4/hooks/incoming/${hook.id}`, { token: admin.token, json: hook });
            assert.equal(put.status, 201);
            const listed = await admin.client.getIncomingWebhooks(team.id);
            assert.ok(listed.some((each) => each.id === hook.id));
            const counted = await admin.client.getIncomingWebhooks(team.id, 0, 1, true);
            assert.equal(counted.incoming_webhooks.length, 1);
            assert.ok(counted.total_count >= 1);
            assert.deepEqual(await admin.client.removeIncomingWebhook(hook.id), { status: 'OK' });
            failure(await post_by(hook, { text: 'x' }), 400, failed_hook);
            await refused(admin.client.getIncomingWebhook(hook.id), 404, 'app.webhooks.get_incoming.app_error');
            await refused(ada.client.createIncomingWebhook({ channel_id: room.id }), 403);
            await refused(ada.client.getIncomingWebhooks(team.id), 403);
        });

        test('post what they are sent, in any of the forms', async () => {
            const hook = await made({ display_name: 'Builds' });
            const ears = await listen(bert);
            const reply = await post_by(hook, { text: 'hi' });
            assert.deepEqual([reply.status, reply.type, reply.text], [200, 'text/plain', 'ok']);
            const post = await heard(ears, (each) => each.message === 'hi');
            assert.equal(post.user_id, admin.id);
            assert.equal(post.props.from_webhook, 'true');
            assert.equal(post.props.override_username, 'webhook');
            assert.equal(post.props.webhook_display_name, 'Builds');

            const form = (body, type = 'application/x-www-form-urlencoded') =>
                raw(node, 'POST', `/hooks/${hook.id}`, { headers: { 'Content-Type': type }, body });
            assert.equal((await form(`payload=${encodeURIComponent('{"text":"by form & more"}')}`)).text, 'ok');
            await heard(ears, (each) => each.message === 'by form & more');
            failure(await form('text=x'), 400, 'web.incoming_webhook.parse_form.app_error');
            const multipart = (name, value) =>
                form(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`, 'multipart/form-data; boundary=b');
            assert.equal((await multipart('text', 'by parts')).text, 'ok');
            await heard(ears, (each) => each.message === 'by parts');
            failure(await multipart('payload', '{}'), 400, 'web.incoming_webhook.decode.app_error');
            failure(await form('{"text":"x"}', 'nonsense'), 400, 'web.incoming_webhook.media_type.app_error');
            assert.equal((await form('{"text":"as it is"}', 'text/plain')).text, 'ok');
            assert.equal((await form('{"text":"raw\nline\tend"}', 'application/json')).text, 'ok');
            await heard(ears, (each) => each.message === 'raw\nline\tend');
            for (const odd of ['[]', '{"text":5}', 'null', '{', ''])
                failure(await form(odd, 'application/json'), 400, 'web.incoming_webhook.decode.app_error');
            ears.close();
        });

        test('split long texts and understand the other dialect', async () => {
            const hook = await made();
            await post_by(hook, { text: 'a'.repeat(40000) });
            const { posts, order } = await bert.client.getPosts(room.id, 0, 3);
            assert.deepEqual(order.map((id) => posts[id].message.length), [7234, 16383, 16383]);
            const ears = await listen(bert);
            await post_by(hook, { text: `<http://x.test/a|site> <!here> <@${bert.id}> <@nobody1>` });
            const post = await heard(ears, (each) => each.message.includes('x.test'));
            assert.equal(post.message, `[site](http://x.test/a) @here @${bert.username} <@nobody1>`);
            ears.close();
        });

        test('keep attachments, and tell nobody where their buttons lead', async () => {
            const hook = await made();
            const ears = await listen(bert);
            await post_by(hook, {
                text: 'press',
                attachments: [
                    {
                        text: 'box',
                        title_link: 'javascript:alert(1)',
                        fields: [null, { title: 'n', value: 12.5, short: 'true' }, { value: true }],
                        actions: [{ name: 'Go', integration: { url: 'http://hidden.example.org/', context: { key: 's3cr3t' } } }],
                    },
                ],
            });
            const post = await heard(ears, (each) => each.message === 'press');
            assert.equal(post.type, 'slack_attachment');
            const [box] = post.props.attachments;
            assert.deepEqual(box.fields, [
                { title: 'n', value: '12.5', short: true },
                { title: '', value: 'true', short: false },
            ]);
            assert.equal(box.title_link, '');
            likeId(box.actions[0].id);
            assert.deepEqual(post.metadata.embeds, [{ type: 'message_attachment' }]);
            await say(bert, room.id, 'an answer', { root_id: post.id });
            await bert.client.patchPost({ id: (await say(bert, room.id, 'x')).id, message: 'y' });
            const seen = JSON.stringify([
                ears.events,
                await bert.client.getPost(post.id),
                await bert.client.getPosts(room.id),
                await bert.client.getPostThread(post.id),
                await bert.client.searchPosts(team.id, 'press', false),
                await admin.client.patchPost({ id: post.id, message: 'press again' }),
                await bert.client.getPostsUnread(room.id, bert.id),
            ]);
            assert.ok(!/hidden\.example|s3cr3t|integration"/.test(seen), 'where a button leads was told');
            ears.close();
        });

        test('are refused with their reasons', async () => {
            const hook = await made();
            const locked = await made({ channel_locked: true });
            const secret = await channel(admin, team.id, 'P');
            failure(await post_by({ id: no_such_id }, { text: 'x' }), 400, failed_hook);
            failure(await post_by(hook, {}), 400, failed_hook);
            failure(await post_by(hook, { attachments: [] }), 400, failed_hook);
            failure(await post_by(hook, { text: 'x', channel: 'nope' }), 404, failed_hook);
            failure(await post_by(hook, { text: 'x', channel: '@zzz' }), 400, failed_hook);
            failure(await post_by(hook, { text: 'x', type: 'system_join_channel' }), 400, failed_hook);
            failure(await post_by(locked, { text: 'x', channel: 'town-square' }), 403, failed_hook);
            assert.equal((await post_by(hook, { text: 'x', channel: secret.name })).text, 'ok');
            assert.equal((await post_by(hook, { text: 'x', channel: `@${bert.username}` })).text, 'ok');
            const found = await direct(admin, bert);
            assert.equal((await admin.client.getPosts(found.id)).order.length, 1);
            assert.ok(!node.log.includes(hook.id), 'the id of a hook is in the log');
        });

        test('post nothing for who is deactivated', async () => {
            const carl = (await scene(node, 'carl')).carl;
            await admin.client.updateUserRoles(carl.id, 'system_admin system_user');
            await admin.client.addToTeam(team.id, carl.id);
            const hook = await carl.client.createIncomingWebhook({ channel_id: room.id });
            assert.equal((await post_by(hook, { text: 'x' })).text, 'ok');
            await admin.client.updateUserActive(carl.id, false);
            failure(await post_by(hook, { text: 'x' }), 403, failed_hook);
        });
    });

    describe('outgoing webhooks', () => {
        const made = (more) =>
            admin.client.createOutgoingWebhook({ team_id: team.id, channel_id: room.id, trigger_words: ['!go'], callback_urls: [program.url('/hook')], ...more });

        test('are made, changed, listed and removed', async () => {
            const hook = shaped(await made({ trigger_words: ['!a'], display_name: 'Deploys' }), outgoing_shape);
            likeId(hook.token);
            const changed = await admin.client.updateOutgoingWebhook({ ...hook, display_name: 'More' });
            assert.deepEqual([changed.display_name, changed.token], ['More', hook.token]);
            assert.notEqual((await admin.client.regenOutgoingHookToken(hook.id)).token, hook.token);
            assert.ok((await admin.client.getOutgoingWebhooks(room.id, team.id)).some((each) => each.id === hook.id));
            await refused(made({ trigger_words: ['!a'] }), 400, 'api.webhook.create_outgoing.intersect.app_error');
            await refused(made({ channel_id: '', trigger_words: [] }), 400, 'api.webhook.create_outgoing.triggers.app_error');
            await refused(made({ callback_urls: [] }), 400, 'model.outgoing_hook.is_valid.callback.app_error');
            await refused(made({ callback_urls: ['ftp://x'] }), 400, 'model.outgoing_hook.is_valid.url.app_error');
            await refused(made({ trigger_words: ['!b'], trigger_when: 2 }), 400, 'model.outgoing_hook.is_valid.content_type.app_error');
            const secret = await channel(admin, team.id, 'P');
            await refused(made({ channel_id: secret.id }), 403);
            await refused(ada.client.getOutgoingWebhook(hook.id), 403);
            assert.deepEqual(await admin.client.removeOutgoingWebhook(hook.id), { status: 'OK' });
            await refused(admin.client.getOutgoingWebhook(hook.id), 404, 'app.webhooks.get_outgoing.app_error');
        });

        test('are told of messages that begin with their word, and answer', async () => {
            program.answers['/hook'] = ({ json }) => ({ text: `heard ${json.text}`, response_type: 'comment', username: 'robot' });
            program.answers['/form'] = () => ({});
            const hook = await made({ content_type: 'application/json', display_name: 'Deploys' });
            const form = await made({ trigger_words: ['!form'], callback_urls: [program.url('/form')] });
            const ears = await listen(bert);
            const post = await say(ada, room.id, '!go now');
            const { json, headers } = await program.request('/hook');
            assert.deepEqual(json, {
                token: hook.token,
                team_id: team.id,
                team_domain: team.name,
                channel_id: room.id,
                channel_name: room.name,
                timestamp: post.create_at,
                user_id: ada.id,
                user_name: ada.username,
                post_id: post.id,
                text: '!go now',
                trigger_word: '!go',
                file_ids: '',
            });
            assert.match(headers['x-concordat-signature'], /^t=\d+,v1=[0-9a-f]{64}$/);
            const answer = await heard(ears, (each) => each.message === 'heard !go now');
            assert.deepEqual([answer.root_id, answer.user_id], [post.id, admin.id]);
            assert.deepEqual([answer.props.override_username, answer.props.webhook_display_name], ['robot', 'Deploys']);

            await say(ada, room.id, '!form');
            const sent = (await program.request('/form')).form;
            assert.match(sent.get('timestamp'), /^\d{10}$/);
            assert.equal(sent.get('token'), form.token);

            // What does not concern them; the last one shows that all before it were looked at.
            const secret = await channel(admin, team.id, 'P');
            for (const [where, text] of [[room.id, '!Go'], [room.id, 'x !go'], [secret.id, '!go']]) await say(admin, where, text);
            const edited = await say(ada, room.id, 'first');
            await ada.client.patchPost({ id: edited.id, message: '!go edited' });
            const incoming = await admin.client.createIncomingWebhook({ channel_id: room.id });
            await post_by(incoming, { text: '!go by a hook' });
            await say(ada, room.id, '!go last');
            assert.equal((await program.request('/hook', 2)).json.text, '!go last');
            ears.close();
        });

        test('that are slow or hostile delay nobody', async () => {
            program.answers['/never'] = () => undefined;
            program.answers['/inside'] = () => ({ status: 302, headers: { Location: `http://localhost:${program.port}/secret` } });
            program.answers['/secret'] = () => ({ text: 'inside' });
            program.answers['/huge'] = () => ({ body: JSON.stringify({ text: 'x'.repeat(10 << 20) }) });
            program.answers['/junk'] = () => ({ body: 'no json' });
            program.answers['/fine'] = () => ({ text: 'fine' });
            for (const path of ['/never', '/inside', '/huge', '/junk', '/fine'])
                await made({ trigger_words: ['!all'], callback_urls: [program.url(path)] });
            const ears = await listen(bert);
            const begun = Date.now();
            for (let n = 0; n < 5; ++n) await say(ada, room.id, `!all ${n}`);
            await heard(ears, (each) => each.message === 'fine');
            assert.ok(Date.now() - begun < 30_000);
            for (const path of ['/inside', '/huge', '/junk', '/fine']) await program.request(path, 5);
            assert.deepEqual(program.at('/secret'), []);
            await eventually(() => node.log.includes('web.outbound.forbidden'), 'the refusal is logged');
            await eventually(() => node.log.includes('web.outbound.timeout'), 'the silence is logged');
            assert.ok(!node.log.includes(program.url('/never')), 'an address is in the log');
            ears.close();
        });
    });

    describe('slash commands', () => {
        const args = (more = {}) => ({ channel_id: room.id, team_id: team.id, ...more });
        const run = (who, line, more) => who.client.executeCommand(line, args(more));
        const made = (trigger, more = {}) =>
            admin.client.addCommand({ team_id: team.id, trigger, method: 'P', url: program.url(`/${trigger}`), ...more });

        test('are made, changed, listed and removed', async () => {
            const command = shaped(await made('Tide', { auto_complete: true, auto_complete_hint: '[port]' }), command_shape);
            assert.equal(command.trigger, 'tide');
            likeId(command.token);
            const custom = await admin.client.getCustomTeamCommands(team.id);
            assert.ok(custom.some((each) => each.id === command.id && each.token === command.token));
            const seen = (await ada.client.getCommandsList(team.id)).find((each) => each.id === command.id);
            assert.deepEqual([seen.token, seen.url], ['', '']);
            const offered = await ada.client.getAutocompleteCommandsList(team.id);
            assert.deepEqual(offered.filter((each) => each.trigger === 'away').map((each) => each.id), ['']);
            const suggested = await ada.client.getCommandAutocompleteSuggestionsList('/ti', team.id, args());
            assert.deepEqual(suggested.map((each) => [each.Complete, each.Hint]), [['tide', '[port]']]);
            const changed = await admin.client.editCommand({ ...command, method: 'G' });
            assert.deepEqual([changed.method, changed.token], ['G', command.token]);
            assert.notEqual((await admin.client.regenCommandToken(command.id)).token, command.token);
            await refused(made('tide'), 400, 'api.command.duplicate_trigger.app_error');
            await refused(made('away'), 400, 'api.command.duplicate_trigger.app_error');
            for (const trigger of ['a b', '/x', 'x'.repeat(129), ''])
                await refused(made(trigger), 400, 'model.command.is_valid.trigger.app_error');
            await refused(made('m', { method: 'X' }), 400, 'model.command.is_valid.method.app_error');
            await refused(made('u', { url: 'gopher://x' }), 400, 'model.command.is_valid.url_http.app_error');
            await refused(ada.client.addCommand({ team_id: team.id, trigger: 'q', method: 'P', url: program.url('/q') }), 403);
            await refused(ada.client.getCustomTeamCommands(team.id), 403);
            assert.deepEqual(await admin.client.deleteCommand(command.id), { status: 'OK' });
        });

        test('of the server work', async () => {
            const ears = await listen(ada);
            await run(ada, '/me waves');
            const me = await heard(ears, (each) => each.type === 'me');
            assert.deepEqual([me.message, me.props.message, me.user_id], ['*waves*', 'waves', ada.id]);
            await run(ada, '/SHRUG well');
            await heard(ears, (each) => each.message === 'well ¯\\\\\\_(ツ)\\_/¯');
            await run(ada, '/code one\ntwo');
            await heard(ears, (each) => each.message === '    one\n    two');
            await run(ada, '/echo "later" 1');
            await heard(ears, (each) => each.message === 'later');
            await run(ada, '/header a new head');
            await ears.wait('channel_updated');
            assert.equal((await ada.client.getChannel(room.id)).header, 'a new head');
            await run(ada, '/away');
            assert.equal((await ada.client.getStatus(ada.id)).status, 'away');
            const whisper = inner(await ears.wait('ephemeral_message', (e) => inner(e, 'post').message.includes('away')), 'post');
            assert.equal(whisper.type, 'system_ephemeral');
            await run(ada, '/mute');
            assert.equal((await ada.client.getMyChannelMember(room.id)).notify_props.mark_unread, 'mention');
            await run(ada, '/mute');
            assert.equal((await ada.client.getMyChannelMember(room.id)).notify_props.mark_unread, 'all');
            const met = await run(ada, `/msg @${bert.username} hello there`);
            const between = await direct(ada, bert);
            assert.equal(met.goto_location, `/${team.name}/channels/${between.name}`);
            assert.equal(met.text, '');
            assert.equal(Object.values((await ada.client.getPosts(between.id)).posts)[0].message, 'hello there');
            await run(ada, '/status :tada: at the party');
            assert.match((await ada.client.getMe()).props.customStatus, /"tada".*at the party/);
            await run(ada, '/collapse');
            await ears.wait('preferences_changed', (e) => e.data.preferences.includes('collapse_previews'));
            const place = await channel(ada, team.id, 'O');
            await run(bert, `/join ~${place.name}`);
            await run(ada, `/kick @${bert.username}`, { channel_id: place.id });
            await run(ada, `/invite @${bert.username} ~${place.name}`);
            await run(bert, '/leave', { channel_id: place.id });
            assert.equal((await run(ada, '/logout')).goto_location, '/login');
            await refused(run(ada, '/nosuch'), 404, 'api.command.execute_command.not_found.app_error');
            await refused(run(ada, '/'), 400, 'api.command.execute_command.start.app_error');
            await refused(run(ada, 'hello'), 400, 'api.command.execute_command.start.app_error');
            await refused(run(ada, '/me x', { channel_id: no_such_id }), [403, 404]);
            ears.close();
        });

        test('of programs are told everything, and what they say is done', async () => {
            program.answers['/weather'] = () => ({
                response_type: 'in_channel',
                text: 'sunny in <http://p.test|Paris>',
                username: 'sky',
                goto_location: '/somewhere',
                extra_responses: [{ text: 'only for you' }],
            });
            const command = await made('weather');
            const ears = await listen(ada);
            const berts = await listen(bert);
            const reply = await run(ada, `/weather  Paris @${bert.username}, ~${room.name}`);
            likeId(reply.trigger_id);
            assert.equal(reply.goto_location, '/somewhere');
            assert.equal(reply.text, 'sunny in [Paris](http://p.test)');
            const { form, headers } = await program.request('/weather');
            assert.equal(headers.authorization, `Token ${command.token}`);
            const told = Object.fromEntries(form);
            assert.equal(told.text, ` Paris @${bert.username}, ~${room.name}`);
            assert.deepEqual([told.user_mentions, told.user_mentions_ids], [bert.username, bert.id]);
            assert.deepEqual([told.channel_mentions, told.channel_mentions_ids], [room.name, room.id]);
            assert.deepEqual([told.command, told.token, told.user_name, told.team_domain], ['/weather', command.token, ada.username, team.name]);
            const post = await heard(berts, (each) => each.message === 'sunny in [Paris](http://p.test)');
            assert.deepEqual([post.user_id, post.props.from_webhook, post.props.override_username], [ada.id, 'true', 'sky']);
            await ears.wait('ephemeral_message', (e) => inner(e, 'post').message === 'only for you');
            assert.deepEqual(berts.named('ephemeral_message'), []);

            // Later, at most five times.
            const path = new URL(told.response_url, 'http://x').pathname;
            for (let n = 0; n < 5; ++n) {
                const late = await raw(node, 'POST', path, { json: { response_type: 'in_channel', text: `late ${n}` } });
                assert.equal(late.text, 'ok');
            }
            await heard(berts, (each) => each.message === 'late 4');
            failure(await raw(node, 'POST', path, { json: { text: 'x' } }), 400, 'web.command_webhook.general.app_error');
            failure(await raw(node, 'POST', `/hooks/commands/${no_such_id}`, { json: { text: 'x' } }), 404, 'web.command_webhook.general.app_error');
            ears.close();
            berts.close();
        });

        test('of programs that fail fail in words', async () => {
            const answers = {
                bad: { status: 201, body: '{}' },
                empty: { body: '' },
                junk: { body: '{' },
                huge: { body: JSON.stringify({ text: 'x'.repeat(10 << 20) }) },
                inside: { status: 302, headers: { Location: `http://[::1]:${program.port}/secret` } },
            };
            for (const [name, answer] of Object.entries(answers)) {
                program.answers[`/${name}`] = () => answer;
                await made(name);
                const id = name === 'bad' ? 'failed_resp' : 'failed';
                await refused(run(ada, `/${name}`), 500, `api.command.execute_command.${id}.app_error`);
            }
            // A certificate that nobody vouches for.
            const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-'));
            const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(dir, name));
            execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
            const secret = await new Receiver({ '/tls': () => 'x' }, { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }).start();
            fs.rmSync(dir, { recursive: true });
            await made('tls', { url: secret.url('/tls') });
            await refused(run(ada, '/tls'), 500, 'api.command.execute_command.failed.app_error');
            assert.deepEqual(secret.requests, []);
            await secret.stop();
            program.answers['/silent'] = () => undefined;
            await made('silent');
            const begun = Date.now();
            const waits = refused(run(ada, '/silent'), 500, 'api.command.execute_command.failed.app_error');
            await say(bert, room.id, 'meanwhile');
            assert.ok(Date.now() - begun < 4000, 'others wait for a slow program');
            await waits;
            program.answers['/plain'] = () => 'plain words';
            await made('plain');
            const ears = await listen(ada);
            await run(ada, '/plain');
            await ears.wait('ephemeral_message', (e) => inner(e, 'post').message === 'plain words');
            ears.close();
        });
    });

    describe('buttons and dialogs', () => {
        const with_actions = (actions) => ({ attachments: [{ text: 'box', actions }] });
        const button = (id, more = {}) => ({ id, name: id, integration: { url: program.url(`/${id}`), context: { n: 1 } }, ...more });

        test('reach the program, which changes its message', async () => {
            program.answers['/go'] = () => ({ update: { message: 'gone', props: {} }, ephemeral_text: 'done for you' });
            program.answers['/pick'] = () => ({ update: { message: 'picked' } });
            const hook = await admin.client.createIncomingWebhook({ channel_id: room.id });
            const ears = await listen(ada);
            await post_by(hook, { text: 'choose', ...with_actions([button('go'), button('pick', { type: 'select', options: [{ text: 'A', value: 'a' }] })]) });
            const post = await heard(ears, (each) => each.message === 'choose');
            const picked = await ada.client.doPostAction(post.id, 'pick', 'a');
            assert.equal(picked.status, 'OK');
            likeId(picked.trigger_id);
            const { json } = await program.request('/pick');
            assert.deepEqual(json.context, { n: 1, selected_option: 'a' });
            assert.deepEqual([json.user_id, json.user_name, json.post_id, json.type, json.team_domain], [ada.id, ada.username, post.id, 'select', team.name]);
            let now = await ada.client.getPost(post.id);
            assert.equal(now.message, 'picked');
            assert.equal(now.props.attachments[0].actions.length, 2);
            await ada.client.doPostAction(post.id, 'go');
            await ears.wait('post_edited', (e) => inner(e, 'post').message === 'gone');
            now = await ada.client.getPost(post.id);
            assert.equal(now.props.attachments, undefined);
            assert.deepEqual([now.props.from_webhook, now.props.override_username], ['true', 'webhook']);
            const note = inner(await ears.wait('ephemeral_message'), 'post');
            assert.deepEqual([note.message, note.root_id], ['done for you', post.id]);
            await refused(ada.client.doPostAction(post.id, 'go'), 404, 'api.post.do_action.action_id.app_error');
            ears.close();
        });

        test('are refused where they must be', async () => {
            program.answers['/five'] = () => ({ status: 500 });
            program.answers['/mad'] = () => ({ body: 'no json' });
            const post = await say(ada, room.id, 'x', { props: with_actions([button('five'), button('mad'), button('inner', { integration: { url: `http://localhost:${program.port}/secret` } })]) });
            for (const id of ['five', 'mad', 'inner'])
                await refused(bert.client.doPostAction(post.id, id), 400, 'api.post.do_action.action_integration.app_error');
            await refused(bert.client.doPostAction(post.id, 'none'), 404, 'api.post.do_action.action_id.app_error');
            const secret = await channel(ada, team.id, 'P');
            const hidden = await say(ada, secret.id, 'x', { props: with_actions([button('five')]) });
            await refused(bert.client.doPostAction(hidden.id, 'five'), 403);
            await refused(bert.client.doPostAction(no_such_id, 'five'), 403);
        });

        test('work on messages for one person, by their cookie', async () => {
            program.answers['/once'] = () => ({});
            const ears = await listen(bert);
            const made = await admin.client.createPostEphemeral(bert.id, { channel_id: room.id, message: 'for you', props: with_actions([button('once')]) });
            const shown = inner(await ears.wait('ephemeral_message', (e) => inner(e, 'post').message === 'for you'), 'post');
            assert.equal(shown.id, made.id);
            const { cookie } = shown.props.attachments[0].actions[0];
            assert.ok(!/integration|127\.0\.0\.1/.test(JSON.stringify(shown)));
            await bert.client.doPostActionWithCookie(shown.id, 'once', cookie);
            assert.equal((await program.request('/once')).json.user_id, bert.id);
            for (const wrong of ['AAAA', cookie.slice(0, -8) + 'AAAAAAA='])
                await refused(bert.client.doPostActionWithCookie(shown.id, 'once', wrong), 400, 'api.post.do_action.action_integration.app_error');
            await refused(ada.client.doPostActionWithCookie(shown.id, 'once', cookie), 400);
            ears.close();
        });

        test('open dialogs for who used them, and take what they say', async () => {
            program.answers['/open'] = () => ({});
            program.answers['/form'] = ({ json }) => (json.submission?.name ? {} : { errors: { name: 'say who' } });
            program.answers['/words'] = ({ json }) => ({ items: [{ text: json.submission.query, value: 'v' }] });
            program.answers['/mad'] = () => ({ body: 'no json' });
            const post = await say(ada, room.id, 'x', { props: with_actions([button('open')]) });
            const ears = await listen(ada);
            const berts = await listen(bert);
            const pressed = await ada.client.doPostAction(post.id, 'open');
            const { trigger_id } = (await program.request('/open')).json;
            const dialog = { callback_id: 'c', title: 'Who?', elements: [{ display_name: 'Name', name: 'name', type: 'text' }] };
            const open = (json) => raw(node, 'POST', '/actions/dialogs/open', { json });
            assert.deepEqual((await open({ trigger_id, url: program.url('/form'), dialog })).json, { status: 'OK' });
            const decode = 'interactive_message.decode_trigger_id';
            failure(await open({ trigger_id: '%%', url: program.url('/form'), dialog }), 400, `${decode}.base64_decode_failed`);
            failure(await open({ trigger_id: btoa('a:b'), url: program.url('/form'), dialog }), 400, `${decode}.missing_data`);
            const forged = atob(trigger_id).replace(ada.id, bert.id);
            failure(await open({ trigger_id: btoa(forged), url: program.url('/form'), dialog }), 400, `${decode}.verify_signature_failed`);
            failure(await open({ trigger_id, url: '', dialog }), 400, 'api.context.invalid_body_param.app_error');
            const told = JSON.parse((await ears.wait('open_dialog')).data.dialog);
            assert.deepEqual(told, { trigger_id: pressed.trigger_id, url: program.url('/form'), dialog });
            await say(ada, room.id, 'a fence');
            await berts.wait('posted', (e) => inner(e, 'post').message === 'a fence');
            assert.deepEqual(berts.named('open_dialog'), []);

            const say_back = (who, submission, more = {}) =>
                who.client.submitInteractiveDialog({ url: program.url('/form'), callback_id: 'c', state: 's', channel_id: room.id, team_id: team.id, user_id: bert.id, submission, cancelled: false, ...more });
            assert.deepEqual(await say_back(ada, {}), { errors: { name: 'say who' } });
            assert.deepEqual(await say_back(ada, { name: 'Ada' }), {});
            const { json } = (await program.at('/form').at(-1)) ?? {};
            assert.deepEqual([json.type, json.user_id, json.url, json.submission], ['dialog_submission', ada.id, '', { name: 'Ada' }]);
            const secret = await channel(ada, team.id, 'P');
            await refused(say_back(bert, {}, { channel_id: secret.id }), 403);
            await refused(say_back(ada, {}, { url: program.url('/mad') }), 400, 'app.submit_interactive_dialog.decode_json_error');
            const looked = await ada.client.lookupInteractiveDialog({ url: program.url('/words'), callback_id: 'c', state: '', channel_id: room.id, team_id: team.id, user_id: '', submission: { query: 'q', selected_field: 'name' }, cancelled: false });
            assert.deepEqual(looked, { items: [{ text: 'q', value: 'v' }] });
            await eventually(async () => (await open({ trigger_id, url: program.url('/form'), dialog })).json.id === `${decode}.expired`, 'the trigger id is too old');
            ears.close();
            berts.close();
        });
    });
});
