// A look at the newest events: few, once, and without a place of its own among the receivers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventHubConsumerClient } from '@azure/event-hubs';
import { ClientFactory } from '../../../src/azure/credentials.ts';
import { EventPeek } from '../../../src/azure/event-peek.ts';
import type { PartitionProperties } from '../../../src/engine/event.ts';
import { orderingSourceOf } from '../../../src/engine/reading/ordering-key.ts';
import { realClock } from '../../support/real-clock.ts';
import { accessTo, emulatorWith, hubName, until } from './source-fixture.ts';

const never = new AbortController().signal;

test('gives the newest events with their annotations, none of an empty partition, and nothing where an owner keeps others out', async (t) => {
  const emulator = await emulatorWith(t, 2);
  const hub = emulator.hub(hubName);
  const annotations = { 'x-opt-kafka-key': Buffer.from('k') };
  for (let count = 0; count < 30; count += 1) hub.append('0', { body: count, annotations });
  const access = accessTo(emulator.connectionString());
  const clients = await ClientFactory.create({ eventHub: access });
  const peek = new EventPeek({ access, consumerGroup: '$Default', clients, clock: realClock });
  const full = endOf('0', 29);

  const events = await peek.newest(full, 10, never);
  assert.deepEqual(
    events?.map(({ sequenceNumber }) => sequenceNumber),
    Array.from({ length: 10 }, (_, index) => 20 + index),
  );
  assert.equal(
    events.every((event) => orderingSourceOf(event) === 'x-opt-kafka-key'),
    true,
  );
  assert.deepEqual(await peek.newest(endOf('1', -1), 10, never), []);

  const owner = new EventHubConsumerClient('$Default', emulator.connectionString(hubName));
  const subscription = owner.subscribe(
    '0',
    { processEvents: async () => undefined, processError: async () => undefined },
    { ownerLevel: 3 },
  );
  await until('the owner', () => hub.receivers('0').some(({ epoch }) => epoch === 3));
  assert.equal(await peek.newest(full, 10, never), undefined);
  assert.deepEqual(
    hub.receivers('0').map(({ epoch }) => epoch),
    [3],
  );
  await peek.close();
  await subscription.close();
  await owner.close();
});

function endOf(partitionId: string, lastSequenceNumber: number): PartitionProperties {
  const isEmpty = lastSequenceNumber < 0;
  return {
    partitionId,
    beginSequenceNumber: 0,
    lastSequenceNumber,
    lastOffset: '',
    lastEnqueuedAtMs: 0,
    isEmpty,
  };
}
