// What an organisation adds to people: attributes of its own, and terms that they accept.
import { administrator, assert, describe, likeId, likeNow, listen, newClient, no_such_id, person, raw, refused, sharedNode, test } from './harness.mjs';

const node = sharedNode({ env: { MM_SUPPORTSETTINGS_CUSTOMTERMSOFSERVICEENABLED: 'true' } });
const forbidden = 'api.context.permissions.app_error';
const wrong = (name) => `app.custom_profile_attributes.${name}.app_error`;

describe('attributes of people', () => {
    test('are defined by administrators, filled in by people, seen by others, told at once', async () => {
        const { client } = await administrator(node);
        const bob = await person(node, 'bob');
        const carol = await person(node, 'carol');
        const ears = await listen(carol);
        const field = await client.createCustomProfileAttributeField({ name: ' Cost centre ', type: 'text', attrs: { visibility: 'always', sort_order: 2 } });
        likeId(field.id);
        likeNow(field.create_at);
        assert.equal(field.name, 'Cost centre');
        assert.equal(field.delete_at, 0);
        assert.equal((await ears.wait('custom_profile_attributes_field_created')).data.field.id, field.id);
        const group = await raw(node, 'GET', '/custom_profile_attributes/group', { token: bob.token });
        assert.equal(field.group_id, group.json.id);

        const first = await client.createCustomProfileAttributeField({ name: 'Clearance', type: 'select', attrs: { sort_order: 1, options: [{ name: 'Open', color: '#0a0' }, { name: 'Secret' }] } });
        first.attrs.options.forEach((each) => likeId(each.id));
        assert.deepEqual((await bob.client.getCustomProfileAttributeFields()).map((each) => each.id), [first.id, field.id]);

        const given = await bob.client.updateCustomProfileAttributeValues({ [field.id]: ' 4711 ', [first.id]: first.attrs.options[1].id });
        assert.deepEqual(given, { [field.id]: '4711', [first.id]: first.attrs.options[1].id });
        const told = await ears.wait('custom_profile_attributes_values_updated');
        assert.equal(told.data.user_id, bob.id);
        assert.equal(told.data.values[field.id], '4711');
        assert.deepEqual(await carol.client.getUserCustomProfileAttributesValues(bob.id), given);

        // An option that goes takes the values with it; another kind takes them all.
        const fewer = await client.patchCustomProfileAttributeField(first.id, { attrs: { options: [first.attrs.options[0]] } });
        assert.equal(fewer.attrs.options.length, 1);
        assert.deepEqual(await carol.client.getUserCustomProfileAttributesValues(bob.id), { [field.id]: '4711' });
        await client.patchCustomProfileAttributeField(field.id, { type: 'date' });
        assert.equal((await ears.wait('custom_profile_attributes_field_updated', (each) => each.data.field.id === field.id)).data.delete_values, true);
        assert.deepEqual(await carol.client.getUserCustomProfileAttributesValues(bob.id), {});
        await client.deleteCustomProfileAttributeField(field.id);
        assert.equal((await ears.wait('custom_profile_attributes_field_deleted')).data.field_id, field.id);
        await refused(client.deleteCustomProfileAttributeField(field.id), 404, wrong('property_field_not_found'));
        await refused(bob.client.updateCustomProfileAttributeValues({ [field.id]: '2026-11-30' }), 404, wrong('property_field_not_found'));
        await client.deleteCustomProfileAttributeField(first.id);
    });

    test('of every kind take what fits, and an empty value takes it away', async () => {
        const { client, id } = await administrator(node);
        const dora = await person(node, 'dora');
        const set = (values) => dora.client.updateCustomProfileAttributeValues(values);
        const make = (type, attrs = {}) => client.createCustomProfileAttributeField({ name: `of ${type}${JSON.stringify(attrs).length}`, type, attrs });
        const cases = [
            [await make('text', { value_type: 'email' }), ['dora@example.org'], ['nothing', 7, ['dora@example.org']]],
            [await make('text', { value_type: 'phone' }), ['+49 (30) 123-4'], ['call me', '+']],
            [await make('text', { value_type: 'url' }), ['https://x.example'], ['javascript:alert(1)']],
            [await make('text'), ['x'.repeat(256)], ['x'.repeat(257)]],
            [await make('date'), ['2026-02-28'], ['2026-02-30', '28.2.2026', '2026-2-28']],
            [await make('user'), [dora.id, id], [no_such_id, 'dora']],
            [await make('multiuser'), [[dora.id, id].sort()], [dora.id, [no_such_id]]],
        ];
        for (const [field, good, bad] of cases) {
            for (const value of good) assert.deepEqual(await set({ [field.id]: value }), { [field.id]: value });
            for (const value of bad) await refused(set({ [field.id]: value }), 400);
            const none = Array.isArray(good[0]) ? [] : '';
            await set({ [field.id]: none });
        }
        assert.deepEqual(await dora.client.getUserCustomProfileAttributesValues(dora.id), {});
        // All or none.
        const [text] = cases[3], [date] = cases[4];
        await refused(set({ [text.id]: 'kept?', [date.id]: 'never' }), 400, wrong('value'));
        assert.deepEqual(await dora.client.getUserCustomProfileAttributesValues(dora.id), {});
        for (const [field] of cases) await client.deleteCustomProfileAttributeField(field.id);
    });

    test('that are managed or hidden are so', async () => {
        const { client } = await administrator(node);
        const eve = await person(node, 'eve');
        const fred = await person(node, 'fred');
        const managed = await client.createCustomProfileAttributeField({ name: 'Grade', type: 'text', attrs: { managed: 'admin' } });
        const hidden = await client.createCustomProfileAttributeField({ name: 'Home', type: 'text', attrs: { visibility: 'hidden' } });
        await refused(eve.client.updateCustomProfileAttributeValues({ [managed.id]: 'A' }), 403, wrong('property_field_is_managed'));
        await client.updateUserCustomProfileAttributesValues(eve.id, { [managed.id]: 'B', [hidden.id]: 'a street' });
        assert.deepEqual(await fred.client.getUserCustomProfileAttributesValues(eve.id), { [managed.id]: 'B' });
        assert.equal((await eve.client.getUserCustomProfileAttributesValues(eve.id))[hidden.id], 'a street');
        await refused(fred.client.updateUserCustomProfileAttributesValues(eve.id, { [hidden.id]: 'mine' }), 403, forbidden);
        await refused(fred.client.createCustomProfileAttributeField({ name: 'x', type: 'text' }), 403, forbidden);
        for (const [body, name] of [
            [{ name: '', type: 'text' }, 'name'],
            [{ name: 'x', type: 'number' }, 'type'],
            [{ name: 'x', type: 'select' }, 'options'],
            [{ name: 'x', type: 'select', attrs: { options: [{ name: 'a' }, { name: 'a' }] } }, 'options'],
            [{ name: 'x', type: 'text', attrs: { ldap: 'title' } }, 'source'],
            [{ name: 'x', type: 'text', attrs: { colour: 'red' } }, 'attrs'],
            [{ name: 'x', type: 'text', attrs: { visibility: 'sometimes' } }, 'visibility'],
        ])
            await refused(client.createCustomProfileAttributeField(body), 400, wrong(name));
        const made = [];
        for (let i = 2; i < 20; ++i) made.push(await client.createCustomProfileAttributeField({ name: `n${i}`, type: 'text' }));
        await refused(client.createCustomProfileAttributeField({ name: 'one more', type: 'text' }), 400, wrong('limit_reached'));
        for (const field of [managed, hidden, ...made]) await client.deleteCustomProfileAttributeField(field.id);
    });
});

describe('terms of service', () => {
    test('are published, accepted, declined, and kept with their time', async () => {
        const admin = await administrator(node);
        const gina = await person(node, 'gina');
        const config = await newClient(node).getClientConfig();
        assert.equal(config.EnableCustomTermsOfService, 'true');
        assert.equal(config.CustomTermsOfServiceReAcceptancePeriod, '365');
        await refused(gina.client.getTermsOfService(), 404, 'app.terms_of_service.get.no_rows.app_error');
        await refused(gina.client.createTermsOfService('Mine'), 403, forbidden);
        await refused(admin.client.createTermsOfService(' '), 400, 'model.terms_of_service.is_valid.text.app_error');
        await refused(admin.client.createTermsOfService('x'.repeat(16384)), 400, 'model.terms_of_service.is_valid.text.app_error');
        const first = await admin.client.createTermsOfService('Be *kind*.');
        assert.equal(first.user_id, admin.id);
        assert.equal((await gina.client.getTermsOfService()).text, 'Be *kind*.');
        assert.equal((await gina.client.getMe()).terms_of_service_id, undefined);

        await gina.client.updateMyTermsOfServiceStatus(first.id, true);
        const me = await gina.client.getMe();
        assert.equal(me.terms_of_service_id, first.id);
        likeNow(me.terms_of_service_create_at);
        assert.equal((await admin.client.getUser(gina.id)).terms_of_service_id, undefined, 'shown to oneself only');
        const kept = await raw(node, 'GET', `/users/${gina.id}/terms_of_service`, { token: gina.token });
        assert.equal(kept.json.terms_of_service_id, first.id);
        assert.equal((await raw(node, 'GET', `/users/${gina.id}/terms_of_service`, { token: admin.token })).status, 403);

        await refused(admin.client.createTermsOfService('Be *kind*.'), 400, 'app.terms_of_service.create.existing.app_error');
        const second = await admin.client.createTermsOfService('Be kinder.');
        await refused(gina.client.updateMyTermsOfServiceStatus(first.id, true), 400, 'app.user_terms_of_service.save.outdated.app_error');
        await refused(gina.client.updateMyTermsOfServiceStatus(no_such_id, true), 404);
        assert.equal((await gina.client.getMe()).terms_of_service_id, first.id, 'what was accepted stays on record');
        await gina.client.updateMyTermsOfServiceStatus(second.id, false);
        assert.equal((await gina.client.getMe()).terms_of_service_id, undefined);
        const { json } = await raw(node, 'GET', `/concordat/identity/decisions?act=terms`, { token: admin.token });
        assert.deepEqual(json.map((each) => each.rule), ['terms.declined', 'terms.published', 'terms.accepted', 'terms.published']);
    });
});
