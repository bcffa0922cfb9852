// From where a node may be used.
import WebSocket from 'ws';
import { administrator, assert, describe, eventually, person, raw, refused, sharedNode, test } from './harness.mjs';

// The proxy in front, which is this test, says where people are.
const node = sharedNode({
    env: { MM_SERVICESETTINGS_TRUSTEDPROXYIPHEADER: 'X-Forwarded-For', MM_SERVICESETTINGS_TRUSTEDPROXIES: '127.0.0.1' },
});
const from = (address) => ({ 'X-Forwarded-For': address });
const refusal = 'api.context.ip_filtering.refused.app_error';

describe('networks', () => {
    test('bound who comes in, by the interface and by sockets, and whoever sets them stays in', async () => {
        const admin = await administrator(node);
        const bob = await person(node, 'bob');
        const ask = (method, at, address, more = {}) => raw(node, method, at, { token: admin.token, headers: from(address), ...more });
        assert.deepEqual((await ask('GET', '/ip_filtering', '10.20.3.4')).json, []);
        assert.deepEqual((await ask('GET', '/ip_filtering/my_ip', '10.20.3.4')).json, { ip: '10.20.3.4' });
        assert.equal((await raw(node, 'GET', '/ip_filtering', { token: bob.token })).status, 403);

        const socket = new WebSocket(`${node.url.replace('http', 'ws')}/api/v4/websocket`, { headers: { ...from('192.0.2.7'), Authorization: `Bearer ${bob.token}` } });
        const closed = new Promise((done) => socket.on('close', done));
        await new Promise((done, fail) => socket.on('message', done).on('error', fail));

        const office = { cidr_block: '10.20.0.0/16', description: 'Head office', enabled: true };
        const old = { cidr_block: '192.0.2.0/24', description: '', enabled: false };
        const set = (networks, address = '10.20.3.4') => ask('POST', '/ip_filtering', address, { json: networks });
        assert.equal((await set([office], '203.0.113.9')).json.id, 'api.context.ip_filtering.locks_out.app_error');
        assert.equal((await set([{ ...office, cidr_block: '10.20.0.0/99' }])).json.id, 'api.context.ip_filtering.network.app_error');
        assert.equal((await set([{ ...office, description: 'two\nlines' }])).json.id, 'api.context.ip_filtering.network.app_error');
        assert.equal((await set(Array.from({ length: 201 }, () => office))).json.id, 'api.context.ip_filtering.too_many.app_error');
        const kept = await set([office, old]);
        assert.equal(kept.status, 200, JSON.stringify(kept.json));
        assert.deepEqual(kept.json, [{ ...office, owner_id: '' }, { ...old, owner_id: '' }]);

        await closed; // who is elsewhere now is out
        const login = (address) => raw(node, 'POST', '/users/login', { headers: from(address), json: { login_id: bob.username, password: bob.password } });
        assert.equal((await login('192.0.2.7')).json.id, refusal);
        assert.equal((await ask('GET', '/users/me', '203.0.113.9')).json.id, refusal);
        assert.equal((await ask('GET', '/config/client?format=old', '203.0.113.9')).json.id, refusal);
        assert.equal((await login('10.20.255.1')).status, 200);
        assert.equal((await raw(node, 'GET', '/users/me', { token: bob.token })).status, 200, 'this machine may always');
        // A proxy on this machine that nobody declared stands for anybody.
        assert.equal((await raw(node, 'GET', '/users/me', { token: bob.token, headers: { Via: '1.1 proxy' } })).json.id, refusal);
        assert.equal((await set([])).status, 200);
        await eventually(async () => (await login('192.0.2.7')).status === 200, 'from anywhere again');
        await refused(bob.client.patchConfig({ ConcordatSettings: { AllowedNetworks: [] } }), 403);
    });
});
