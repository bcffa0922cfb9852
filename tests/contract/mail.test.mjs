// What comes by mail, with the official client and a real mail server: new passwords, proofs, invitations.
import fs from 'node:fs';
import { Node, administrator, after, assert, before, describe, freePort, freshDirectory, newClient, refused, test } from './harness.mjs';
import { MailServer, tokenIn } from './support/smtp.mjs';

const first = 'correct horse battery';
const second = 'staple of another kind';

describe('letters', () => {
    let mail, node, admin, dir, team;
    before(
        async () => {
            mail = await MailServer.start();
            dir = freshDirectory();
            const port = await freePort();
            const settings = {
                ServiceSettings: { SiteURL: `http://127.0.0.1:${port}`, EnableEmailInvitations: true },
                EmailSettings: mail.settings(),
                GuestAccountsSettings: { Enable: true },
            };
            node = new Node({ dir, port, settings });
            await node.launch();
            admin = (await administrator(node)).client;
            team = await admin.createTeam({ name: 'letters', display_name: 'Letters', type: 'I' });
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            await mail?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    test('mail can be tried, and clients are told what there is', async () => {
        await admin.testEmail({});
        const me = await admin.getMe();
        assert.match(await mail.letter(me.email, 'A test of mail'), /Concordat/);
        const config = await admin.getClientConfig();
        assert.equal(config.EnableEmailInvitations, 'true');
        assert.equal(config.EnableGuestAccounts, 'true');
        assert.equal(config.SendEmailNotifications, 'false');
    });

    test('an invited person makes the account that the letter is for, once', async () => {
        await admin.sendEmailInvitesToTeam(team.id, ['ada@example.org']);
        const token = tokenIn(await mail.letter('ada@example.org', 'Letters'));
        const account = { username: 'ada', password: first, email: 'somebody@else.org' };
        const ada = await newClient(node).createUser(account, token, '');
        assert.equal(ada.email, 'ada@example.org');
        const client = newClient(node);
        await client.login('ada', first);
        assert.deepEqual((await client.getMyTeams()).map((t) => t.id), [team.id]);
        await refused(
            newClient(node).createUser({ ...account, username: 'eve' }, token, ''),
            400,
            'api.user.create_user.signup_link_invalid.app_error',
        );
        await refused(newClient(node).createUser({ ...account, username: 'eve' }, '', ''), 403, 'api.user.create_user.no_open_server');
    });

    test('each address has an answer of its own when asked gracefully', async () => {
        const answers = await admin.sendEmailInvitesToTeamGracefully(team.id, ['bob@example.org', 'no address']);
        assert.equal(answers[0].email, 'bob@example.org');
        assert.equal(answers[0].error ?? null, null);
        assert.equal(answers[1].error.id, 'api.team.invite_members.invalid_email.app_error');
        const token = tokenIn(await mail.letter('bob@example.org', 'Letters'));
        await admin.invalidateAllEmailInvites();
        await refused(
            newClient(node).createUser({ username: 'bob', password: first }, token, ''),
            400,
            'api.user.create_user.signup_link_invalid.app_error',
        );
    });

    test('a guest is in the channels of the invitation only', async () => {
        const room = await admin.createChannel({ team_id: team.id, name: 'room', display_name: 'Room', type: 'P' });
        await admin.sendEmailGuestInvitesToChannels(team.id, [room.id], ['gina@example.org'], 'Welcome to the room');
        const letter = await mail.letter('gina@example.org', 'Welcome to the room');
        await newClient(node).createUser({ username: 'gina', password: first }, tokenIn(letter), '');
        const gina = newClient(node);
        const me = await gina.login('gina', first);
        assert.equal(me.roles, 'system_guest');
        assert.deepEqual((await gina.getMyChannels(team.id)).map((c) => c.name), ['room']);
        await refused(gina.getUserByUsername('ada'), 403);
        await admin.promoteGuestToUser(me.id);
        assert.equal((await gina.getMe()).roles, 'system_user');
        assert.equal((await gina.getUserByUsername('ada')).username, 'ada');
        await refused(admin.promoteGuestToUser(me.id), 501, 'api.user.promote_guest_to_user.no_guest.app_error');
        await admin.demoteUserToGuest(me.id);
        await refused(gina.getUserByUsername('ada'), 403);
        await refused(gina.addToChannel(me.id, (await admin.getChannelByName(team.id, 'off-topic')).id), 403);
    });

    test('a forgotten password is replaced by a link that is good once', async () => {
        const open = newClient(node);
        await open.login('ada', first);
        await newClient(node).sendPasswordResetEmail('nobody@example.org');
        await newClient(node).sendPasswordResetEmail('Ada@Example.org');
        const token = tokenIn(await mail.letter('ada@example.org', 'Choose a new password'));
        await newClient(node).resetUserPassword(token, second);
        await refused(open.getMe(), 401, 'api.context.session_expired.app_error');
        await refused(newClient(node).login('ada', first), 401);
        await newClient(node).login('ada', second);
        await refused(newClient(node).resetUserPassword(token, first), 400, 'api.user.reset_password.invalid_link.app_error');
        await mail.letter('ada@example.org', 'Your password was changed');
    });

    test('the address before is told of a change', async () => {
        const client = newClient(node);
        const ada = await client.login('ada', second);
        await client.patchUser({ id: ada.id, email: 'ada@example.com', password: second });
        assert.match(await mail.letter('ada@example.org', 'is now'), /ada@example\.com/);
    });

    test('letters wait while the mail server is away, and survive the node', async () => {
        await mail.end();
        await newClient(node).sendPasswordResetEmail('ada@example.com');
        await node.kill();
        await mail.launch();
        await node.launch();
        const token = tokenIn(await mail.letter('ada@example.com', 'Choose a new password'));
        await newClient(node).resetUserPassword(token, first);
        await newClient(node).login('ada', first);
    });
});

describe('an address that must be proved', () => {
    let mail, node, dir;
    before(
        async () => {
            mail = await MailServer.start();
            dir = freshDirectory();
            const port = await freePort();
            const settings = {
                ServiceSettings: { SiteURL: `http://127.0.0.1:${port}` },
                TeamSettings: { EnableOpenServer: true },
                EmailSettings: mail.settings({ RequireEmailVerification: true }),
            };
            node = new Node({ dir, port, settings });
            await node.launch();
        },
        { timeout: 600_000 },
    );
    after(
        async () => {
            await node?.dispose();
            await mail?.stop();
            fs.rmSync(dir, { recursive: true, force: true, maxRetries: 50 });
        },
        { timeout: 600_000 },
    );

    test('nobody signs in before, and everybody after', async () => {
        const ann = { username: 'ann', email: 'ann@example.org', password: first };
        await newClient(node).createUser(ann, '', '');
        await refused(newClient(node).login('ann', first), 401, 'api.user.login.not_verified.app_error');
        const early = tokenIn(await mail.letter('ann@example.org', 'confirm your e-mail address'));
        await newClient(node).sendVerificationEmail('ann@example.org');
        const token = tokenIn(await mail.letter('ann@example.org', 'confirm your e-mail address'));
        assert.notEqual(token, early);
        await refused(newClient(node).verifyUserEmail('0'.repeat(52)), 400, 'api.user.verify_email.bad_link.app_error');
        await newClient(node).verifyUserEmail(token);
        const me = await newClient(node).login('ann', first);
        assert.equal(me.email_verified, true);
        await refused(newClient(node).verifyUserEmail(early), 400, 'api.user.verify_email.bad_link.app_error');
    });
});
