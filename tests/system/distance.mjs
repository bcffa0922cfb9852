// What distance does to two organisations: how long a post takes to the partner, and how long catching up takes, with
// a delay between the nodes. Prints figures; asserts nothing.
//
//     CONCORDAT_BIN=build/release/bin node tests/system/distance.mjs [ROUND_TRIP_MS [POSTS]]
import {
    Node,
    administrator,
    answer,
    channel,
    eventually,
    freePort,
    pause,
    people,
    team,
} from './support.mjs';
import { Wire } from './wire.mjs';

const round_trip_ms = Number(process.argv[2] ?? 100);
const count = Number(process.argv[3] ?? 100_000);
const paced = 300;
const every_ms = 50;

const federation = (node, command, options = {}) =>
    answer(node, ['federation', command, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])]);
const start = (name, more = {}) =>
    Node.start({
        env: {
            CONCORDAT_CONNECTEDWORKSPACESSETTINGS_ENABLESHAREDCHANNELS: 'true',
            CONCORDAT_CONCORDATSETTINGS_ORGANISATIONNAME: name,
            ...more,
        },
    });
const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

const [port, public_port] = [await freePort(), await freePort()];
const wire = await Wire.to(port, public_port);
const alpha = await start('alpha', {
    CONCORDAT_CONCORDATSETTINGS_FEDERATIONLISTENADDRESS: `127.0.0.1:${port}`,
    CONCORDAT_CONCORDATSETTINGS_FEDERATIONPUBLICADDRESS: `127.0.0.1:${public_port}`,
});
const beta = await start('beta');

// They pair and share a channel.
const invitation = await federation(alpha, 'invite', { name: 'beta' });
await federation(beta, 'accept', { name: 'alpha', invitation });
const number = await eventually(async () => (await federation(alpha, 'show')).partners[0]?.check_number, 'beta to come');
await federation(alpha, 'confirm', { name: 'beta', number });
await federation(beta, 'confirm', { name: 'alpha', number });
const { ana } = await people(alpha, 'ana');
const { bob } = await people(beta, 'bob');
const [at_alpha, at_beta] = [await team(ana), await team(bob)];
const room = await channel(ana, at_alpha.id, 'P');
await federation(alpha, 'share', { team: at_alpha.name, channel: room.name, partner: 'beta' });
await eventually(async () => (await federation(beta, 'channels')).length, 'the offer');
await federation(beta, 'join', { id: room.id, team: at_beta.name });
await (await administrator(beta)).client.addToChannel(bob.id, room.id);

// From the answer to the author to the partner's socket.
const socket = new WebSocket(beta.ws);
await new Promise((done) => (socket.onopen = done));
socket.send(JSON.stringify({ seq: 1, action: 'authentication_challenge', data: { token: bob.token } }));
const [acknowledged, heard] = [new Map(), new Map()];
socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    const post = event.event === 'posted' && JSON.parse(event.data.post);
    if (post && !post.type) heard.set(post.message, performance.now());
};
wire.slow({ delay_ms: round_trip_ms / 2 });
await pause(1000);
const writing = [];
for (let i = 0; i < paced; ++i) {
    const message = `number ${i}`;
    writing.push(
        ana.client.createPost({ channel_id: room.id, message }).then(() => acknowledged.set(message, performance.now())),
    );
    await pause(every_ms);
}
await Promise.all(writing);
await eventually(() => heard.size >= paced, 'the last post at the partner');
socket.close();
const took = [...acknowledged]
    .filter(([message]) => heard.has(message))
    .map(([message, at]) => heard.get(message) - at)
    .sort((one, other) => one - other);
const share = (part) => took[Math.min(took.length - 1, Math.floor(took.length * part))].toFixed(1);
console.log(`${round_trip_ms} ms round trip, ${took.length} of ${paced} posts heard: p50 ${share(0.5)}, p99 ${share(0.99)} ms`);

// What was said while the partner was away.
await federation(beta, 'suspend', { name: 'alpha' });
let said = 0;
const lane = async () => {
    while (said < count)
        await ana.client.createPost({ channel_id: room.id, message: `number ${said++} of many things that were said apart` });
};
await Promise.all(Array.from({ length: 16 }, lane));
await federation(beta, 'resume', { name: 'alpha' });
const began = performance.now();
await eventually(
    async () => (await bob.client.getChannel(room.id)).total_msg_count >= count + paced,
    'catching up',
    600_000,
);
console.log(`${count} posts that were said apart are shown after ${seconds(began)} s`);

await wire.close();
await alpha.dispose();
await beta.dispose();
process.exit(0);
