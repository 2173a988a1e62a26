import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstSequenceNumber, readSelector } from '../../../src/emulator/amqp/selector.ts';
import { PartitionLog } from '../../../src/emulator/log/partition-log.ts';

/** Ten events of 100 bytes, one each second from 1,000,000 ms. */
function tenEvents(): PartitionLog {
  let nowMs = 1_000_000;
  const log = new PartitionLog('0', { maxAgeMs: Infinity, maxBytes: Infinity }, () => nowMs);
  for (let index = 0; index < 10; index += 1) {
    log.append({ maxBytes: 100, headerBytes: 0, write: (_target, at) => at + 100 });
    nowMs += 1000;
  }
  return log;
}

function firstFor(text: string | undefined, log = tenEvents()): unknown {
  const start = readSelector(text);
  const first = 'condition' in start ? start : firstSequenceNumber(start, log);
  return typeof first === 'number' ? first : first.condition;
}

const ACCEPTED: readonly (readonly [text: string | undefined, first: number])[] = [
  [undefined, 0],
  ["amqp.annotation.x-opt-offset > '-1'", 0],
  ["amqp.annotation.x-opt-offset > '@latest'", 10],
  ["amqp.annotation.x-opt-offset >= '@latest'", 10],
  ["amqp.annotation.x-opt-offset > '300'", 4],
  ["amqp.annotation.x-opt-offset >= '300'", 3],
  ["amqp.annotation.x-opt-offset > '301'", 4],
  ["amqp.annotation.x-opt-offset > '900'", 10],
  ["amqp.annotation.x-opt-sequence-number > '4'", 5],
  ["amqp.annotation.x-opt-sequence-number >= '4'", 4],
  ["amqp.annotation.x-opt-sequence-number > '-1:4'", 5],
  ["amqp.annotation.x-opt-sequence-number > '-1'", 0],
  ['amqp.annotation.x-opt-sequence-number > 4', 5],
  ["x-opt-sequence-number > '9'", 10],
  ["amqp.annotation.x-opt-enqueued-time > '1003000'", 4],
  ["amqp.annotation.x-opt-enqueued-time >= '1003000'", 3],
  ["amqp.annotation.x-opt-enqueued-time > '9999999'", 10],
];

for (const [text, first] of ACCEPTED) {
  test(`${text ?? 'no filter'} starts at ${first}`, () => {
    assert.equal(firstFor(text), first);
  });
}

const REFUSED = [
  "amqp.annotation.x-opt-offset > '901'",
  "amqp.annotation.x-opt-sequence-number > '10'",
  "amqp.annotation.x-opt-offset > 'abc'",
  "amqp.annotation.x-opt-offset < '3'",
  'color = red',
];

for (const text of REFUSED) {
  test(`${text} is refused with argument-error`, () => {
    assert.equal(firstFor(text), 'com.microsoft:argument-error');
  });
}

test('a position of a hub that was re-created is refused with the words clients look for', () => {
  const empty = new PartitionLog('0', { maxAgeMs: Infinity, maxBytes: Infinity }, () => 0);
  const start = readSelector("amqp.annotation.x-opt-offset > '300'");
  assert.ok(!('condition' in start));
  const error = firstSequenceNumber(start, empty);
  assert.ok(typeof error !== 'number');
  assert.match(
    error.description,
    /^The supplied offset '300' is invalid\. The last offset in the system is '-1'/,
  );
});

test('a position before the retained events starts at the first of them', () => {
  const log = tenEvents();
  log.expire(6);
  assert.equal(firstFor("amqp.annotation.x-opt-offset > '100'", log), 6);
  assert.equal(firstFor("amqp.annotation.x-opt-enqueued-time > '0'", log), 6);
});
