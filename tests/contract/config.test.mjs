// What a client reads before and after log-in: ping, configuration, licence, roles; and the headers and
// error bodies that every reply shares.
import fs from 'node:fs';
import {
    administrator,
    assert,
    describe,
    id_pattern,
    like,
    newClient,
    person,
    raw,
    refused,
    sharedNode,
    sorted,
    test,
} from './harness.mjs';

const node = sharedNode();
const roles = JSON.parse(fs.readFileSync(new URL('data/roles.json', import.meta.url)));
const needed_before =
    `Version BuildNumber BuildHash BuildDate BuildEnterpriseReady SiteURL SiteName DiagnosticId TelemetryId
    WebsocketURL WebsocketPort WebsocketSecurePort DefaultClientLocale EnableSignInWithEmail EnableSignInWithUsername
    EnableSignUpWithEmail EnableUserCreation EnableOpenServer NoAccounts PasswordMinimumLength PasswordRequireLowercase
    PasswordRequireNumber PasswordRequireSymbol PasswordRequireUppercase EnableLdap EnableSaml
    EnableMultifactorAuthentication HasImageProxy PluginsEnabled`.split(/\s+/);
const needed_after =
    `MaxFileSize MaxPostSize CollapsedThreads TeammateNameDisplay RestrictDirectMessage PostEditTimeLimit
    MinimumHashtagLength TimeBetweenUserTypingUpdatesMilliseconds EnableUserTypingMessages EnableFileAttachments
    EnableCustomEmoji EnableEmojiPicker EnableLinkPreviews MaxNotificationsPerChannel EnableUserStatuses
    EnableCustomUserStatuses MaxMarkdownNodes CustomUrlSchemes ExperimentalGroupUnreadChannels PostPriority
    PostAcknowledgements ScheduledPosts AllowSyncedDrafts EnableThemeSelection UniqueEmojiReactionLimitPerPost
    InstallationDate SchemaVersion SQLDriverName`.split(/\s+/);

function allText(flat) {
    for (const [key, value] of Object.entries(flat))
        assert.equal(typeof value, 'string', `${key} is ${JSON.stringify(value)}`);
}

test('the configuration says that there are no accounts until there is one', async () => {
    assert.equal((await newClient(node).getClientConfig()).NoAccounts, 'true');
    await administrator(node);
    assert.equal((await newClient(node).getClientConfig()).NoAccounts, 'false');
});

describe('before log-in', () => {
    test('ping answers OK', async () => {
        assert.equal((await newClient(node).ping(false)).status, 'OK');
        const reply = await raw(node, 'GET', '/system/ping');
        assert.equal(reply.status, 200);
        assert.equal(reply.json.status, 'OK');
    });

    test('ping with a device tells whether it can be notified', async () => {
        const reply = await newClient(node).ping(false, 'android:some-device');
        assert.ok(
            ['true', 'false', 'not_available', 'unknown'].includes(reply.CanReceiveNotifications),
            JSON.stringify(reply),
        );
    });

    test('ping with server status tells about database and files', async () => {
        const reply = await newClient(node).ping(true);
        assert.equal(reply.status, 'OK');
        assert.equal(reply.database_status, 'OK');
        assert.equal(reply.filestore_status, 'OK');
    });

    test('the configuration is a flat object of texts with all that a client needs', async () => {
        const config = await newClient(node).getClientConfig();
        allText(config);
        for (const key of needed_before) assert.ok(key in config, `${key} is missing`);
        assert.match(config.Version, /^\d+\.\d+\.\d+$/);
        const [major, minor] = config.Version.split('.').map(Number);
        assert.ok(major > 9 || (major === 9 && minor >= 11), 'mobile clients refuse versions below 9.11');
        assert.match(config.DiagnosticId, id_pattern);
        if (config.SiteURL) assert.doesNotThrow(() => new URL(config.SiteURL));
    });

    test('the configuration is the same without format=old, the licence insists on it', async () => {
        const config = await raw(node, 'GET', '/config/client');
        assert.equal(config.status, 200);
        assert.deepEqual(config.json, await newClient(node).getClientConfig());
        assert.equal((await raw(node, 'GET', '/license/client')).status, 400);
    });

    test('the licence is a flat object of texts and consistent', async () => {
        const licence = await newClient(node).getClientLicenseOld();
        allText(licence);
        assert.ok(['true', 'false'].includes(licence.IsLicensed), JSON.stringify(licence));
        if (licence.IsLicensed === 'true') {
            assert.equal(licence.Cloud, 'false');
            assert.ok(Number(licence.ExpiresAt) > Date.now());
            assert.ok(licence.SkuShortName);
        }
    });

    test('plug-ins are an empty list', async () => {
        assert.deepEqual((await raw(node, 'GET', '/plugins/webapp')).json, []);
    });

    test('there is no brand image', async () => {
        assert.equal((await raw(node, 'GET', '/brand/image?t=0')).status, 404);
    });

    test('a client may report its errors', async () => {
        const reply = await raw(node, 'POST', '/logs', {
            json: { level: 'ERROR', message: 'the client stumbled' },
        });
        assert.ok([200, 403].includes(reply.status), `status ${reply.status}`);
    });
});

describe('after log-in', () => {
    test('the configuration is larger and still all texts', async () => {
        const admin = await administrator(node);
        const before = await newClient(node).getClientConfig();
        const config = await admin.client.getClientConfig();
        allText(config);
        for (const key of [...needed_before, ...needed_after]) assert.ok(key in config, `${key} is missing`);
        assert.ok(Object.keys(config).length > Object.keys(before).length);
        assert.ok(!('MaxPostSize' in before), 'strangers need not know the limits');
        assert.equal(config.MaxPostSize, '16383');
        assert.ok(['disabled', 'default_off', 'default_on', 'always_on'].includes(config.CollapsedThreads));
        assert.ok(Number(config.InstallationDate) > 0);
    });

    test('limits are numbers, zero for those who do not manage users', async () => {
        const user = await person(node);
        const { data } = await user.client.getServerLimits();
        for (const key of [
            'maxUsersLimit',
            'maxUsersHardLimit',
            'activeUserCount',
            'postHistoryLimit',
            'lastAccessiblePostTime',
        ]) {
            assert.equal(data[key], 0, key);
        }
    });

    test('time zones are a list of names', async () => {
        const user = await person(node);
        const zones = (await raw(node, 'GET', '/system/timezones', user)).json;
        assert.ok(zones.includes('Europe/Paris') && zones.includes('Asia/Tokyo'));
    });

    test('roles come with exactly their permissions', async () => {
        const user = await person(node);
        const found = await user.client.getRolesByNames([...Object.keys(roles), 'no_such_role']);
        assert.deepEqual(sorted(found.map((role) => role.name)), sorted(Object.keys(roles)));
        for (const role of found) {
            like.role(role);
            assert.deepEqual(sorted(role.permissions), roles[role.name], `permissions of ${role.name}`);
            assert.equal(role.built_in, true);
        }
        const [admin_role] = await user.client.getRolesByNames(['system_admin']);
        assert.equal(new Set(admin_role.permissions).size, 274);
        assert.equal((await user.client.getRoleByName('channel_user')).name, 'channel_user');
        await refused(user.client.getRoleByName('no_such_role'), 404);
    });

    test('more than a hundred role names in one call are refused', async () => {
        const user = await person(node);
        await refused(user.client.getRolesByNames(Array.from({ length: 101 }, (_, at) => `role_${at}`)), 400);
    });

    test('features that are not in use answer with empty lists', async () => {
        const user = await person(node);
        for (const path of ['/users/me/groups', '/custom_profile_attributes/fields']) {
            const reply = await raw(node, 'GET', path, user);
            assert.equal(reply.status, 200, path);
            assert.deepEqual(reply.json, [], path);
        }
        assert.equal((await raw(node, 'GET', '/data_retention/policy', user)).status, 200);
    });

    test('the first administrator has not finished the first steps', async () => {
        const admin = await administrator(node);
        assert.equal((await raw(node, 'GET', '/system/onboarding/complete', admin)).status, 200);
        const user = await person(node);
        assert.equal((await raw(node, 'GET', '/system/onboarding/complete', user)).status, 403);
    });
});

describe('every reply', () => {
    test('names the request, another one each time', async () => {
        const one = await raw(node, 'GET', '/system/ping');
        const two = await raw(node, 'GET', '/system/ping');
        assert.match(one.headers.get('x-request-id'), id_pattern);
        assert.notEqual(one.headers.get('x-request-id'), two.headers.get('x-request-id'));
    });

    test('names the version, which the client library keeps', async () => {
        const client = newClient(node);
        const config = await client.getClientConfig();
        assert.ok(client.getServerVersion().startsWith(`${config.Version}.`), client.getServerVersion());
        const licensed = (await client.getClientLicenseOld()).IsLicensed;
        assert.ok(client.getServerVersion().endsWith(`.${licensed}`), client.getServerVersion());
    });

    test('has JSON as exactly application/json', async () => {
        const user = await person(node);
        for (const path of ['/system/ping', '/users/me', '/users/me/teams', '/users/me/preferences']) {
            assert.equal(
                (await raw(node, 'GET', path, user)).headers.get('content-type'),
                'application/json',
                path,
            );
        }
    });

    test('has the same headers for HEAD-less verbs, errors and refusals', async () => {
        for (const [method, path, status] of [
            ['GET', '/users/me', 401],
            ['POST', '/posts', 401],
            ['DELETE', '/nothing', 404],
        ]) {
            const reply = await raw(node, method, path);
            assert.equal(reply.status, status, `${method} ${path}`);
            assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
            assert.equal(reply.headers.get('permissions-policy'), '');
            assert.equal(reply.headers.get('expires'), method === 'GET' ? '0' : null);
        }
    });
});

describe('an unknown path', () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        test(`is a 404 in JSON for ${method}`, async () => {
            const reply = await raw(node, method, '/no/such/route', method === 'GET' ? {} : { json: {} });
            assert.equal(reply.status, 404);
            assert.equal(reply.json.id, 'api.context.404.app_error');
            assert.equal(reply.json.status_code, 404);
            assert.equal(reply.json.detailed_error, '');
            assert.equal(reply.json.request_id, reply.headers.get('x-request-id'));
        });
    }

    test('is a 404 in JSON with and without a session, and never a page', async () => {
        const user = await person(node);
        for (const path of [
            '/properties/groups/x/y/fields',
            '/teams/x/channels/managed_categories',
            '/users/me/no_such_thing',
        ]) {
            for (const session of [{}, user]) {
                const reply = await raw(node, 'GET', path, session);
                assert.ok([400, 401, 404].includes(reply.status), `${path}: ${reply.status}`);
                assert.equal(reply.type, 'application/json');
            }
        }
    });
});

test('an address of more than 2048 characters is refused with 414', async () => {
    const reply = await raw(node, 'GET', `/system/ping?pad=${'x'.repeat(2100)}`);
    assert.equal(reply.status, 414);
});

test('identity and accounts survive a restart', async () => {
    const before = await newClient(node).getClientConfig();
    const user = await person(node);
    await node.restart();
    const after = await newClient(node).getClientConfig();
    assert.equal(after.DiagnosticId, before.DiagnosticId);
    assert.equal(after.NoAccounts, 'false');
    assert.equal((await raw(node, 'GET', '/users/me', user)).json.id, user.id, 'the session is still good');
});
