import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Position } from '../../../src/engine/event.ts';
import type { Link, LinkEnd, ReceivedBatch } from '../../../src/engine/ports.ts';
import { Deferred } from '../../support/deferred.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { SimBroker } from './sim-broker.ts';
import { SimProcess } from './sim-process.ts';
import { Trace } from './trace.ts';

const beginning: Position = { sequenceNumber: -1, offset: '-1' };

function makeHub() {
  const world = new VirtualClock();
  const random = new SeededRandom(3);
  const excused: string[] = [];
  const broker = new SimBroker(
    world,
    random,
    { sent: () => {}, excused: (log, upTo, why) => excused.push(`${log.partitionId} ${upTo} ${why}`) },
    new Trace(false, () => 0),
    2,
    {
      maxBatchEvents: 10,
      prefetchEvents: 30,
      maxWaitMs: 1_000,
      idleTimeoutMs: 60_000,
      closeTimeoutMs: 5_000,
      callTimeoutMs: 5_000,
    },
  );
  const process = (id: string): SimProcess => new SimProcess(id, id, world, random);
  return { world, broker, excused, process };
}

class Reader {
  readonly numbers: number[] = [];
  readonly ends: LinkEnd['kind'][] = [];
  heartbeats = 0;
  faults = 0;
  last: Position = beginning;
  gate: Deferred | undefined;
  readonly link: Link;

  constructor(broker: SimBroker, process: SimProcess, generation: number, start: Position = beginning) {
    this.link = broker.sourceFor(process).open(
      { partitionId: '0', generation, start },
      {
        receive: (batch) => this.#receive(batch),
        fault: () => (this.faults += 1),
        ended: (end) => this.ends.push(end.kind),
      },
    );
  }

  async #receive(batch: ReceivedBatch): Promise<void> {
    if (batch.events.length === 0) this.heartbeats += 1;
    for (const { sequenceNumber, offset } of batch.events) {
      this.numbers.push(sequenceNumber);
      this.last = { sequenceNumber, offset };
    }
    await this.gate?.promise;
  }
}

function send(broker: SimBroker, count: number): void {
  for (let index = 0; index < count; index += 1) broker.send('0', undefined);
}

const numbersOf = (broker: SimBroker): number[] =>
  broker.logs.get('0')?.events.map((event) => event.sequenceNumber) ?? [];

test('a link reads everything in order, one batch at a time, within its credit', async () => {
  const { world, broker, process } = makeHub();
  const reader = new Reader(broker, process('a'), 1);
  reader.gate = new Deferred();
  send(broker, 100);
  await world.advance(500);
  assert.equal(reader.numbers.length, 10, 'the second batch waits for the first');
  reader.gate.resolve();
  await world.advance(2_000);
  assert.deepEqual(reader.numbers, numbersOf(broker));
});

test('an idle link gives heartbeats', async () => {
  const { world, broker, process } = makeHub();
  const reader = new Reader(broker, process('a'), 1);
  await world.advance(10_500);
  assert.equal(reader.heartbeats, 10);
});

test('a higher or equal generation detaches the reader, a lower one is refused, after a close nothing is remembered', async () => {
  const { world, broker, process } = makeHub();
  const first = new Reader(broker, process('a'), 5);
  await world.advance(100);
  const higher = new Reader(broker, process('b'), 6);
  await world.advance(100);
  assert.deepEqual(first.ends, ['fenced']);
  const lower = new Reader(broker, process('c'), 5);
  await world.advance(100);
  assert.deepEqual(lower.ends, ['fenced']);
  const equal = new Reader(broker, process('d'), 6);
  await world.advance(100);
  assert.deepEqual(higher.ends, ['fenced']);
  send(broker, 3);
  await world.advance(100);
  assert.deepEqual([first.numbers, higher.numbers, lower.numbers].flat(), []);
  assert.equal(equal.numbers.length, 3);
  await finish(world, equal.link.close());
  const late = new Reader(broker, process('e'), 1);
  await world.advance(100);
  assert.deepEqual(late.ends, []);
  assert.equal(late.numbers.length, 3);
});

test('a closed link delivers nothing more and says nothing more', async () => {
  const { world, broker, process } = makeHub();
  const a = process('a');
  const reader = new Reader(broker, a, 1);
  await world.advance(100);
  send(broker, 5);
  const closing = reader.link.close();
  await finish(world, closing);
  broker.recreate();
  await world.advance(5_000);
  assert.deepEqual([reader.numbers, reader.ends, reader.heartbeats], [[], [], 0]);
});

test('a link begins after an offset, also one that expired, and not after one of another life', async () => {
  const { world, broker, process, excused } = makeHub();
  send(broker, 10);
  const reader = new Reader(broker, process('a'), 1);
  await world.advance(500);
  const events = broker.logs.get('0')?.events ?? [];
  const third = events[2];
  assert.ok(third);
  const fromThird = new Reader(broker, process('b'), 2, third);
  await world.advance(500);
  assert.deepEqual(fromThird.numbers, numbersOf(broker).slice(3));
  broker.expire('0', 5);
  const fromExpired = new Reader(broker, process('c'), 3, third);
  await world.advance(500);
  assert.deepEqual(fromExpired.numbers, numbersOf(broker).slice(5));
  const lastNumber = broker.logs.get('0')?.lastSequenceNumber ?? 0;
  broker.recreate();
  send(broker, 20);
  const lost = new Reader(broker, process('d'), 4, reader.last);
  await world.advance(3_000);
  assert.deepEqual(lost.ends, ['invalid-position']);
  assert.deepEqual(fromExpired.ends, ['invalid-position'], 'a running link is sent back to its position too');
  assert.deepEqual(excused, [
    `0 ${events[4]?.sequenceNumber} expired`,
    `0 ${lastNumber} recreated`,
    '1 -1 recreated',
  ]);
});

test('a cut link keeps its heartbeats, misses the fence, and learns of it when it is back', async () => {
  const { world, broker, process } = makeHub();
  const a = process('a');
  const reader = new Reader(broker, a, 1);
  await world.advance(100);
  broker.cut(a);
  send(broker, 5);
  const next = new Reader(broker, process('b'), 2);
  await world.advance(30_000);
  assert.deepEqual([reader.numbers, reader.ends], [[], []]);
  assert.ok(reader.heartbeats >= 25);
  assert.ok(reader.faults >= 1);
  assert.equal(next.numbers.length, 5);
  broker.heal(a);
  await world.advance(10_000);
  assert.deepEqual(reader.ends, ['fenced']);
});

test('after a cut that nobody used, reading goes on after the last event given', async () => {
  const { world, broker, process } = makeHub();
  const a = process('a');
  const reader = new Reader(broker, a, 1);
  send(broker, 25);
  await world.advance(100);
  broker.cut(a);
  send(broker, 25);
  await world.advance(2_000);
  broker.heal(a);
  await world.advance(30_000);
  assert.deepEqual(reader.numbers, numbersOf(broker));
});

test('a killed process frees its partition at once, a cut one after the idle timeout', async () => {
  const { world, broker, process } = makeHub();
  const a = process('a');
  void new Reader(broker, a, 9);
  await world.advance(100);
  a.kill();
  broker.processEnded(a);
  const b = process('b');
  const reader = new Reader(broker, b, 5);
  await world.advance(100);
  assert.deepEqual(reader.ends, []);
  broker.cut(b);
  b.kill();
  broker.processEnded(b);
  const refused = new Reader(broker, process('c'), 1);
  await world.advance(59_000);
  assert.deepEqual(refused.ends, ['fenced']);
  await world.advance(2_000);
  const taken = new Reader(broker, process('d'), 1);
  await world.advance(100);
  assert.deepEqual(taken.ends, []);
});

test('a silent link looks alive and gives nothing; recycling ends it', async () => {
  const { world, broker, process } = makeHub();
  const a = process('a');
  const reader = new Reader(broker, a, 1);
  await world.advance(100);
  broker.breakLink(a, 'silent');
  send(broker, 5);
  await world.advance(10_000);
  assert.deepEqual([reader.numbers, reader.ends], [[], []]);
  assert.ok(reader.heartbeats >= 9);
  await finish(world, broker.sourceFor(a).recycle());
  await world.advance(100);
  assert.deepEqual(reader.ends, ['died']);
});

test('properties tell the retained range; a partition that was never used ends at -1', async () => {
  const { world, broker, process } = makeHub();
  const source = broker.sourceFor(process('a'));
  const { signal } = new AbortController();
  assert.deepEqual(await finish(world, source.partitionIds(signal)), ['0', '1']);
  const fresh = await finish(world, source.partitionProperties('0', signal));
  assert.deepEqual([fresh.lastSequenceNumber, fresh.beginSequenceNumber, fresh.isEmpty], [-1, 0, true]);
  send(broker, 4);
  broker.expire('0', 4);
  const expired = await finish(world, source.partitionProperties('0', signal));
  assert.deepEqual([expired.lastSequenceNumber, expired.isEmpty], [numbersOf(broker).at(-1), true]);
  await assert.rejects(finish(world, source.partitionProperties('7', signal)), {
    code: 'EHW_EVENT_HUB_FAILED',
  });
});

async function finish<Value>(world: VirtualClock, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  settled.catch(() => {});
  await world.runUntil(() => isSettled, 60_000);
  return await settled;
}
