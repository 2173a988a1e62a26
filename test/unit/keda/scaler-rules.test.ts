// What KEDA makes of checkpoints: the cases of which each was once an outage or a bill somewhere. They are the reason for
// the worker's rules on checkpoints (seed, move to the end, reset) and the chart's rules on names and replicas.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkpointPath,
  checkpointPlace,
  functionsContainer,
  sequenceNumberIn,
  sequenceNumberOf,
  strategyFor,
} from '../../../src/cli/keda-checkpoint.ts';
import { partitionLag, readLag } from '../../../src/cli/keda-rules.ts';
import type { CheckpointMetadata, PartitionEnds } from '../../../src/cli/keda-rules.ts';

const settings = { threshold: 64, activationThreshold: 0 };
const at = (sequenceNumber: number): CheckpointMetadata => ({
  sequencenumber: String(sequenceNumber),
  offset: '1',
});
const one = (ends: PartitionEnds, checkpoint: CheckpointMetadata) =>
  readLag([{ ends, checkpoint }], settings);

describe('G9: where KEDA looks for a checkpoint', () => {
  it('lowers the consumer group and nothing else', () => {
    const names = { namespace: 'Contoso.servicebus.windows.net', hub: 'Orders', consumerGroup: '$Default' };
    assert.equal(checkpointPath(names, '3'), 'Contoso.servicebus.windows.net/Orders/$default/checkpoint/3');
  });
});

describe('G9: where KEDA looks with each strategy', () => {
  const names = { namespace: 'Contoso.servicebus.windows.net', hub: 'Orders', consumerGroup: '$Default' };
  const place = (given: string, container = 'checkpoints') => {
    const { container: found, path } = checkpointPlace(strategyFor(given, container), names, container, '3');
    return `${found}:${path}`;
  };

  it('takes every name as given, except the consumer group with blobMetadata', () => {
    assert.equal(
      place('blobMetadata'),
      'checkpoints:Contoso.servicebus.windows.net/Orders/$default/checkpoint/3',
    );
    assert.equal(
      place('azureFunction'),
      `${functionsContainer}:Contoso.servicebus.windows.net/Orders/$Default/3`,
    );
    assert.equal(place('goSdk'), 'checkpoints:3');
    assert.equal(place('dapr'), 'checkpoints:dapr-Orders-$Default-3');
    assert.equal(place(''), 'checkpoints:$Default/3');
  });

  it('falls back without a word for a strategy that is misspelled or has another case', () => {
    assert.equal(place('BlobMetadata'), 'checkpoints:$Default/3');
    assert.equal(
      place('blob_metadata', ''),
      `${functionsContainer}:Contoso.servicebus.windows.net/Orders/$Default/3`,
    );
    assert.equal(strategyFor(' blobMetadata ', 'checkpoints'), 'blobMetadata');
  });
});

describe('G9: what KEDA reads with the strategies that keep JSON', () => {
  it('finds the sequence number of each layout, whatever the case of its fields', () => {
    assert.equal(sequenceNumberIn('azureFunction', '{"SequenceNumber":7,"PartitionId":"0"}'), 7n);
    assert.equal(sequenceNumberIn('default', '{"sequenceNumber":7}'), 7n);
    assert.equal(sequenceNumberIn('default', '{"sequence_number":7}'), 7n);
    assert.equal(sequenceNumberIn('goSdk', '{"checkpoint":{"sequenceNumber":7},"partitionId":"0"}'), 7n);
    assert.equal(sequenceNumberIn('dapr', '{"checkpoint":{"sequenceNumber":7}}'), 7n);
  });

  it('counts a missing number as 0 and fails for what is no JSON, such as an empty blob', () => {
    assert.equal(sequenceNumberIn('goSdk', '{}'), 0n);
    assert.throws(() => sequenceNumberIn('default', ''));
    assert.throws(() => sequenceNumberIn('azureFunction', '[]'), /no JSON object/);
    assert.throws(() => sequenceNumberIn('azureFunction', '{"SequenceNumber":"7"}'), /no whole number/);
  });
});

describe('G9: what KEDA reads from it', () => {
  it('takes the sequence number, whatever the case of its name, beside anything else', () => {
    assert.equal(sequenceNumberOf({ sequencenumber: '7', generation: '9', completed: 'x' }), 7n);
    assert.equal(sequenceNumberOf({ Sequencenumber: '7' }), 7n);
  });

  it('fails for the whole trigger without one', () => {
    assert.throws(() => sequenceNumberOf({ offset: '7' }), /not found/);
    assert.throws(() => sequenceNumberOf({ sequencenumber: '' }), /not a valid int64/);
  });
});

describe('G9: how KEDA counts a partition', () => {
  it('counts nothing in a partition that was never used, without looking at the blob', () => {
    assert.equal(partitionLag({ begin: 0, last: -1 }, { sequencenumber: 'broken' }), 0n);
  });

  it('counts everything retained without a checkpoint: why a worker at "latest" writes one before it reads', () => {
    assert.equal(partitionLag({ begin: 900, last: 999 }, undefined), 100n);
    assert.equal(partitionLag({ begin: 0, last: 0 }, undefined), 1n);
  });

  it('misses a single retained event without a checkpoint: nothing starts at 0 replicas', () => {
    assert.equal(partitionLag({ begin: 500, last: 500 }, undefined), 0n);
  });

  it('counts nothing when the checkpoint is at the end', () => {
    assert.equal(partitionLag({ begin: 0, last: 999 }, at(999)), 0n);
  });

  it('counts expired events for ever: why the worker moves a checkpoint that lies behind an empty partition', () => {
    assert.equal(partitionLag({ begin: 999, last: 999 }, at(100)), 899n);
    assert.equal(partitionLag({ begin: 900, last: 999 }, at(100)), 899n);
  });

  it('counts nothing when the end it was told is a little stale', () => {
    assert.equal(partitionLag({ begin: 0, last: 995 }, at(1000)), 0n);
  });

  it('hides a re-created hub behind a small checkpoint and sees infinity behind a large one', () => {
    assert.equal(partitionLag({ begin: 0, last: 10 }, at(9000)), 0n);
    assert.ok(partitionLag({ begin: 0, last: 10 }, at(20_000)) > 9_000_000_000_000_000_000n);
  });
});

describe('G9: what KEDA asks for', () => {
  it('is inactive exactly when every event is checkpointed', () => {
    assert.equal(one({ begin: 0, last: 9 }, at(9)).isActive, false);
    assert.equal(one({ begin: 0, last: 9 }, at(8)).isActive, true);
  });

  it('never idles on a few events that were handled and not checkpointed: why the worker flushes when idle', () => {
    const partitions = [0, 1, 2, 3].map(() => ({ ends: { begin: 0, last: 104 }, checkpoint: at(99) }));
    assert.deepEqual(readLag(partitions, settings), {
      total: 20n,
      metric: 20n,
      isActive: true,
      replicas: 1n,
    });
  });

  it('asks for one replica more than there are partitions: why maxReplicaCount is the number of partitions', () => {
    const partitions = (lag: number) => [
      { ends: { begin: 0, last: lag }, checkpoint: at(0) },
      { ends: { begin: 0, last: 0 }, checkpoint: at(0) },
    ];
    assert.equal(readLag(partitions(191), settings).replicas, 3n);
    assert.equal(readLag(partitions(192), settings).replicas, 2n);
  });

  it('caps the sum of astronomical lags instead of wrapping around', () => {
    const partitions = [0, 1].map(() => ({ ends: { begin: 0, last: 10 }, checkpoint: at(20_000) }));
    assert.equal(readLag(partitions, settings).total, 2n ** 63n - 1n);
  });
});
