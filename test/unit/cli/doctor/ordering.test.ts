import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeOrdering, ordering } from '../../../../src/cli/doctor/ordering.ts';
import type { ReceivedEvent } from '../../../../src/engine/event.ts';
import { workerEnvironment } from '../../../support/worker-environment.ts';
import { receivedEvent } from '../../../support/received-event.ts';
import { configOf, noAbort, worldWith } from './stub-world.ts';

const none = receivedEvent({ sequenceNumber: 1 });
const keyed = receivedEvent({ sequenceNumber: 1, partitionKey: 'k' });
const kafka = receivedEvent({ sequenceNumber: 1, annotations: { 'x-opt-kafka-key': Buffer.from('k') } });
const device = receivedEvent({ sequenceNumber: 1, annotations: { 'iothub-connection-device-id': 'd' } });

describe('from what events get their order', () => {
  const cases: readonly (readonly [
    string,
    readonly (readonly ReceivedEvent[] | undefined)[],
    string,
    RegExp,
  ])[] = [
    ['all by partition key', [[keyed, keyed], [keyed]], 'ok', /carry \(a partition key\), unless/],
    ['Kafka and IoT Hub in one hub', [[kafka], [device]], 'ok', /a Kafka record's key or an IoT Hub device/],
    ['nothing', [[none], [none]], 'ok', /no key and no device: they run side by side/],
    ['some and some not', [[kafka, none], undefined], 'warning', /^1 of 2 events carry no partition key/],
    ['no events', [[], []], 'ok', /no event to look at/],
    ['all held by workers', [undefined, undefined], 'unknown', /Workers hold the partitions/],
  ];
  for (const [name, samples, status, message] of cases) {
    it(`is told: ${name}`, () => {
      const answer = judgeOrdering(samples);
      assert.equal(answer.status, status);
      assert.match(answer.message, message);
    });
  }

  it('is not asked for where keys do not matter', async () => {
    const config = configOf({ ...workerEnvironment, ORDERING: 'partition' });
    const answer = await ordering.run(worldWith({ config }), noAbort);
    assert.match(answer.message, /^ORDERING=partition: /);
  });

  it('takes an event that cannot be read for one without a key', () => {
    const unreadable = receivedEvent({ sequenceNumber: 1 });
    Object.defineProperty(unreadable.message, 'annotation', {
      value: () => {
        throw new Error('broken');
      },
    });
    assert.equal(judgeOrdering([[unreadable]]).status, 'ok');
  });
});
