// Accounts, teams and channels in a line each, always through the official client.
import client_package from '@mattermost/client';
import { like } from './shapes.mjs';
import { Jar } from './wire.mjs';

const { Client4 } = client_package;
export const password = 'correct horse battery';
let counter = 0;
export const unique = (word = 'x') => `${word}-${(++counter).toString(36)}${process.pid.toString(36)}`;

export function newClient(node) {
    const client = new Client4();
    client.setUrl(node.url);
    node.clients.add(client);
    return client;
}

// A logged-in account. `client` is its Client4; id, username, email, token are as the node gave them.
export class Person {
    constructor(node, user, secret = password) {
        Object.assign(this, {
            node,
            user,
            id: user.id,
            username: user.username,
            email: user.email,
            password: secret,
        });
    }
    // With the token in a header, as mobile and integrations do.
    async logIn() {
        this.client = newClient(this.node);
        this.user = await this.client.login(this.username, this.password);
        this.token = this.client.getToken();
        return this;
    }
    // With cookies and the CSRF header, as the web app does. Returns {client, jar}.
    async browser() {
        const jar = new Jar();
        const client = newClient(this.node);
        jar.serve(client);
        client.setAuthHeader = false;
        await client.login(this.username, this.password);
        client.setCSRF(jar.get('MMCSRF'));
        return { client, jar };
    }
}

// The first account of the node, or the one made earlier.
export async function administrator(node) {
    node.administrator ??= (async () => {
        const user = await newClient(node).createUser({
            email: 'root@example.org',
            username: 'root',
            password,
            first_name: 'Grace',
            last_name: 'Root',
        });
        return new Person(node, user).logIn();
    })();
    return node.administrator;
}

// A plain account (system_user), made by the administrator.
export async function person(node, name = 'user', fields = {}) {
    const admin = await administrator(node);
    const username = unique(name);
    const user = await admin.client.createUser({
        email: `${username}@example.org`,
        username,
        password,
        ...fields,
    });
    return new Person(node, user, fields.password).logIn();
}

// people(node, 'alice', 'bob') -> {alice, bob}, made at the same time.
export async function people(node, ...names) {
    await administrator(node);
    const made = await Promise.all(names.map((name) => person(node, name)));
    return Object.fromEntries(names.map((name, at) => [name, made[at]]));
}

export async function team(owner, ...members) {
    const name = unique('team');
    const made = like.team(await owner.client.createTeam({ name, display_name: `Team ${name}`, type: 'O' }));
    await Promise.all(members.map((each) => owner.client.addToTeam(made.id, each.id)));
    return made;
}

export async function channel(owner, team_id, type = 'O', ...members) {
    const name = unique('room');
    const made = like.channel(
        await owner.client.createChannel({ team_id, name, display_name: `Room ${name}`, type }),
    );
    for (const each of members) await owner.client.addToChannel(each.id, made.id);
    return made;
}

export const direct = (one, other) => one.client.createDirectChannel([one.id, other.id]);

// The usual stage: a team of everybody named, owned by the first, with town-square as `town` and a
// public channel `room` that all have joined. -> {team, town, room, <name>: Person ...}
export async function scene(node, ...names) {
    const cast = await people(node, ...names);
    const [owner, ...others] = names.map((name) => cast[name]);
    const made = await team(owner, ...others);
    const town = await owner.client.getChannelByName(made.id, 'town-square');
    const room = await channel(owner, made.id, 'O', ...others);
    return { ...cast, team: made, town, room };
}

export const say = (who, channel_id, message, more = {}) =>
    who.client.createPost({ channel_id, message, ...more });

// Posts one after the other, so that their order is known.
export async function sayAll(who, channel_id, messages, more = {}) {
    const posts = [];
    for (const message of messages) posts.push(await say(who, channel_id, message, more));
    return posts;
}

// A file of this person, attached to nothing yet: its description.
export async function uploaded(who, channel_id, name, text, for_bookmark) {
    const form = new FormData();
    form.append('channel_id', channel_id);
    form.append('files', new Blob([text], { type: 'text/plain' }), name);
    form.append('client_ids', name);
    return (await who.client.uploadFile(form, for_bookmark)).file_infos[0];
}
