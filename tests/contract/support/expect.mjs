// Assertions that many tests share. Each throws an AssertionError that quotes what was received.
import assert from 'node:assert/strict';

export { assert };

// Fails unless the call was refused with this HTTP status (a number, or a list of them) and, where
// given, this error id (a string, or a pattern). Returns the error.
export async function refused(call, status, id) {
    const error = await Promise.resolve(call).then(
        (value) => ({ accepted: value }),
        (reason) => reason,
    );
    assert.ok(!('accepted' in error), `expected a refusal (${status}), got ${short(error.accepted)}`);
    assert.ok(error.status_code !== undefined, `not an error of the API: ${error.stack ?? short(error)}`);
    const allowed = [].concat(status);
    assert.ok(
        allowed.includes(error.status_code),
        `expected status ${allowed.join(' or ')}, got ${error.status_code} ${error.server_error_id}`,
    );
    if (id instanceof RegExp) assert.match(error.server_error_id, id);
    else if (id) assert.equal(error.server_error_id, id);
    return error;
}

export const id_pattern = /^[a-z0-9]{26}$/;
export const no_such_id = 'zzzzzzzzzzzzzzzzzzzzzzzzz9';

export function likeId(value, what = 'id') {
    assert.match(String(value), id_pattern, `${what} is not an id: ${short(value)}`);
}

// A time of the node's clock, at most `within` ms away from ours.
export function likeNow(value, within = 60_000) {
    assert.equal(typeof value, 'number');
    assert.ok(Math.abs(value - Date.now()) < within, `${value} is not about now`);
}

// `object` has every key with the right type. Types: s text, n number, b flag, a array, o object,
// x anything; "?" after the key: may be absent; "|0": may be null.
export function shaped(object, description, what = 'object') {
    assert.ok(object !== null && typeof object === 'object', `${what} is ${short(object)}`);
    for (const word of description.trim().split(/\s+/)) {
        const [, key, optional, type, nullable] = /^(\w+)(\??):([snbaox])(\|0)?$/.exec(word) ?? [];
        assert.ok(key, `bad description ${word}`);
        if (!(key in object)) {
            assert.ok(optional, `${what} lacks "${key}": ${short(object)}`);
            continue;
        }
        const value = object[key];
        if (value === null) assert.ok(nullable || type === 'x', `${what}.${key} is null`);
        else
            assert.ok(type === 'x' || kind(value) === type, `${what}.${key} is ${short(value)}, not ${type}`);
    }
    return object;
}

function kind(value) {
    if (Array.isArray(value)) return 'a';
    if (typeof value === 'boolean') return 'b';
    return { string: 's', number: 'n', object: 'o' }[typeof value] ?? '?';
}

export function short(value) {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
    return text.length > 400 ? `${text.slice(0, 400)}... (${text.length} characters)` : text;
}

// Repeats `probe` until it returns something true, and returns that. For what the node promises
// "soon" (search, delivery); a probe that throws is tried again as well.
export async function eventually(probe, what, limit = 60_000) {
    const until = Date.now() + limit;
    let last;
    for (;;) {
        try {
            const value = await probe();
            if (value) return value;
            last = value;
        } catch (error) {
            last = error;
        }
        if (Date.now() > until)
            assert.fail(`${what} did not happen within ${limit} ms; last: ${last?.stack ?? short(last)}`);
        await pause(40);
    }
}

// Only for pollers with a deadline.
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function within(promise, limit, what) {
    let timer;
    const late = new Promise((_, fail) => {
        timer = setTimeout(
            () => fail(new assert.AssertionError({ message: `${what} took more than ${limit} ms` })),
            limit,
        );
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

export const ids = (list) => list.map((each) => each.id);
export const sorted = (list) => [...list].sort();
