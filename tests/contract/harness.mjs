// What the tests import. A test program starts a node in a before hook, uses it through the official
// client, and disposes of it in an after hook; dispose() fails when any reply broke a rule that holds
// for all of them.
import { after, before } from 'node:test';
import { Node } from './support/node.mjs';

export { after, before, describe, test } from 'node:test';
export * from './support/expect.mjs';
export * from './support/node.mjs';
export * from './support/wire.mjs';
export * from './support/people.mjs';
export * from './support/shapes.mjs';
export * from './support/ears.mjs';
export { png, pictureSize, messagePack } from './support/pictures.mjs';

// One node for all tests of a file. The object stands for it from the first test on.
export function sharedNode(options) {
    const holder = new Node(options);
    before(() => holder.launch(), { timeout: 600_000 });
    after(() => holder.dispose(), { timeout: 600_000 });
    return holder;
}
