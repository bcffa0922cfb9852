// Accounts: who may make one, what is taken and what is not, and changing oneself.
import {
    Person,
    administrator,
    assert,
    describe,
    like,
    likeNow,
    newClient,
    password,
    people,
    person,
    raw,
    refused,
    sharedNode,
    team,
    test,
    unique,
} from './harness.mjs';

const node = sharedNode();
const invalid_credentials = 'api.user.login.invalid_credentials_email_username';
const fresh = (more = {}) => {
    const username = unique('new');
    return { username, email: `${username}@example.org`, password, ...more };
};

describe('signing up', () => {
    test('the first account administers the node', async () => {
        const admin = await administrator(node);
        like.user(admin.user);
        assert.deepEqual(admin.user.roles.split(' ').sort(), ['system_admin', 'system_user']);
        likeNow(admin.user.create_at);
        assert.equal(admin.user.password ?? '', '');
    });

    test('strangers cannot make accounts on a closed server', async () => {
        await administrator(node);
        await refused(newClient(node).createUser(fresh()), 403);
    });

    test('an invitation makes an account and a member of the team', async () => {
        const { alice } = await people(node, 'alice');
        const made = await team(alice);
        const user = await newClient(node).createUser(fresh(), '', made.invite_id);
        assert.equal(user.roles, 'system_user');
        const member = await new Person(node, user).logIn();
        assert.deepEqual(
            (await member.client.getMyTeams()).map((each) => each.id),
            [made.id],
        );
    });

    test('a made-up invitation is refused', async () => {
        await administrator(node);
        await refused(newClient(node).createUser(fresh(), '', 'y'.repeat(26)), [400, 403, 404]);
    });

    test('creating answers 201 with the account', async () => {
        const admin = await administrator(node);
        const reply = await raw(node, 'POST', '/users', { token: admin.token, json: fresh() });
        assert.equal(reply.status, 201);
        like.user(reply.json);
        assert.ok(!('password' in reply.json));
    });

    test('a name or address that is taken is told apart', async () => {
        const admin = await administrator(node);
        const { alice } = await people(node, 'alice');
        await refused(
            admin.client.createUser(fresh({ username: alice.username })),
            400,
            'app.user.save.username_exists.app_error',
        );
        await refused(
            admin.client.createUser(fresh({ email: alice.email })),
            400,
            'app.user.save.email_exists.app_error',
        );
        await refused(
            admin.client.createUser(fresh({ email: alice.email.toUpperCase() })),
            400,
            'app.user.save.email_exists.app_error',
        );
    });

    test('names and addresses are kept in lower case', async () => {
        const admin = await administrator(node);
        const name = unique('Mixed');
        const user = await admin.client.createUser({
            username: name,
            email: `${name}@Example.ORG`,
            password,
        });
        assert.equal(user.username, name.toLowerCase());
        assert.equal(user.email, `${name}@example.org`.toLowerCase());
    });

    for (const [what, fields] of Object.entries({
        'a reserved name': { username: 'channel' },
        'a name with spaces': { username: 'a b' },
        'a name of 65 characters': { username: 'a'.repeat(65) },
        'an address without a host': { email: 'nobody' },
        'no address': { email: '' },
        'a password of 7 characters': { password: 'seven77' },
        'a password of 73 bytes': { password: 'x'.repeat(73) },
        'no password': { password: '' },
    })) {
        test(`${what} is refused`, async () => {
            const admin = await administrator(node);
            await refused(admin.client.createUser(fresh(fields)), 400);
        });
    }

    test('nobody makes himself an administrator by signing up', async () => {
        const admin = await administrator(node);
        const user = await admin.client.createUser(fresh({ roles: 'system_admin system_user' }));
        assert.equal(user.roles, 'system_user');
    });
});

describe('changing oneself', () => {
    test('a patch changes what it names and leaves the rest', async () => {
        const alice = await person(node, 'alice', { first_name: 'Alice', last_name: 'Liddell' });
        const patched = await alice.client.patchMe({ nickname: 'Al', position: 'Explorer', locale: 'fr' });
        assert.deepEqual(
            [patched.nickname, patched.position, patched.locale, patched.first_name, patched.last_name],
            ['Al', 'Explorer', 'fr', 'Alice', 'Liddell'],
        );
        assert.ok(patched.update_at > alice.user.update_at);
        assert.equal((await alice.client.getMe()).nickname, 'Al');
    });

    test('time zone, notification settings and props are kept', async () => {
        const { alice } = await people(node, 'alice');
        const timezone = {
            useAutomaticTimezone: 'false',
            automaticTimezone: '',
            manualTimezone: 'Europe/Paris',
        };
        const notify_props = { ...alice.user.notify_props, desktop: 'all', mention_keys: 'rabbit,hole' };
        const patched = await alice.client.patchMe({ timezone, notify_props, props: { theme_hint: 'dark' } });
        assert.deepEqual(patched.timezone, timezone);
        assert.equal(patched.notify_props.mention_keys, 'rabbit,hole');
        assert.equal(patched.notify_props.desktop, 'all');
        assert.equal(patched.props.theme_hint, 'dark');
    });

    test('roles, ids and dates in the body are ignored', async () => {
        const { alice } = await people(node, 'alice');
        const updated = await alice.client.updateUser({
            ...alice.user,
            nickname: 'Queen',
            roles: 'system_admin system_user',
            create_at: 1,
            delete_at: 5,
        });
        assert.equal(updated.nickname, 'Queen');
        assert.equal(updated.roles, 'system_user');
        assert.equal(updated.create_at, alice.user.create_at);
        assert.equal(updated.delete_at, 0);
        await refused(alice.client.updateUserActive(alice.id, true), [400, 403]);
    });

    test('others are changed by administrators only', async () => {
        const admin = await administrator(node);
        const { alice, bob } = await people(node, 'alice', 'bob');
        await refused(
            bob.client.patchUser({ id: alice.id, nickname: 'hacked' }),
            403,
            'api.context.permissions.app_error',
        );
        await refused(bob.client.updateUserActive(alice.id, false), 403);
        assert.equal(
            (await admin.client.patchUser({ id: alice.id, nickname: 'renamed' })).nickname,
            'renamed',
        );
    });

    test('the password changes only with the right old one', async () => {
        const { alice } = await people(node, 'alice');
        await refused(
            alice.client.updateUserPassword(alice.id, 'not my password', 'a brand new secret'),
            [400, 401],
        );
        await alice.client.updateUserPassword(alice.id, password, 'a brand new secret');
        await refused(newClient(node).login(alice.username, password), 401, invalid_credentials);
        await newClient(node).login(alice.username, 'a brand new secret');
    });

    test('an administrator who is one stays one', async () => {
        const admin = await administrator(node);
        const { alice } = await people(node, 'alice');
        await refused(alice.client.updateUserRoles(alice.id, 'system_admin system_user'), [403, 404]);
        assert.ok((await admin.client.getMe()).roles.includes('system_admin'));
    });
});
