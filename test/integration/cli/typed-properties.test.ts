// A property of each type that the JavaScript SDK can write; the other languages' are in the foreign tier.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { javascriptSender, runTypedSender } from '../../foreign/peers/typed-senders.ts';

test('G11: a property of each AMQP type arrives, is shown and is replayed as it was sent', async () => {
  const { tests } = await runTypedSender(javascriptSender);
  for (const { name, outcome, said } of tests) assert.equal(outcome, 'passed', `${name}: ${said}`);
});
