import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LeaseStatus, WorkerStatus } from '../../../src/engine/status.ts';
import { lagElsewhere, operatorState } from '../../../src/http/operator-state.ts';
import type { OperatorState } from '../../../src/http/operator-state.ts';
import { PartitionRates } from '../../../src/http/partition-rates.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';

const ok = { ok: true, reason: '' };

function stateOf(status: WorkerStatus, ends: ReadonlyMap<string, number> = new Map()): OperatorState {
  return operatorState({
    status,
    live: ok,
    ready: ok,
    atMs: 1000,
    rates: new PartitionRates(),
    elsewhere: lagElsewhere(status, ends),
  });
}

function lease(partitionId: string, changes: Partial<LeaseStatus> = {}): LeaseStatus {
  return { partitionId, ownerId: 'w-2', generation: 3, requestedBy: '', isLive: true, ...changes };
}

describe('operator state', () => {
  it('shows partitions here by their processor, the others by the store, in the order of their numbers', () => {
    const { partitions } = stateOf(
      workerStatus({
        partitions: [partitionStatus('10')],
        leases: [
          lease('10', { ownerId: 'w-1' }),
          lease('9', { checkpoint: 50, checkpointAgeMs: 700 }),
          lease('2', { ownerId: '', isLive: false }),
          lease('1', { isLive: false }),
        ],
      }),
      new Map([['9', 80]]),
    );
    assert.deepEqual(
      partitions.map(({ id, owner, state, isHere, lagEvents }) => [id, owner, state, isHere, lagEvents]),
      [
        ['1', 'w-2', 'expired', false, null],
        ['2', '', 'free', false, null],
        ['9', 'w-2', 'elsewhere', false, 30],
        ['10', 'w-1', 'running', true, 10],
      ],
    );
  });

  it('names the new owner of a partition that was taken away while its handlers still run', () => {
    const { partitions, members } = stateOf(
      workerStatus({
        partitions: [partitionStatus('0', { state: 'fenced' })],
        leases: [lease('0')],
        members: [
          { workerId: 'w-1', state: 'active', ageMs: 0, load: 0 },
          { workerId: 'w-2', state: 'active', ageMs: 0, load: 0 },
        ],
      }),
    );
    assert.deepEqual([partitions[0]?.owner, partitions[0]?.state], ['w-2', 'fenced']);
    assert.deepEqual(
      members.map((member) => member.partitions),
      [0, 1],
    );
  });

  it('leaves a lag unknown rather than guess it', () => {
    const status = workerStatus({ leases: [lease('0'), lease('1', { checkpoint: 7 })] });
    const { partitions } = stateOf(status, new Map([['0', 5]]));
    assert.deepEqual(
      partitions.map(({ lagEvents }) => lagEvents),
      [null, null],
    );
    assert.equal(lagElsewhere(undefined, new Map([['0', 5]])).size, 0);
  });
});

describe('partition rates', () => {
  it('tell events per second over the window, not before there are two samples', () => {
    const rates = new PartitionRates();
    const at = (seconds: number, count: number) => rates.note('0', 'handled', count, seconds * 1000, 10_000);
    assert.equal(at(0, 100), undefined);
    assert.equal(at(2, 120), 10);
    assert.equal(at(4, 120), 5);
    assert.equal(at(14, 320), 20);
    assert.equal(at(30, 320), 0);
  });

  it('begin anew when what is counted changes or falls', () => {
    const rates = new PartitionRates();
    rates.note('0', 'handled', 1000, 0, 10_000);
    assert.equal(rates.note('0', 'handled', 10, 2000, 10_000), undefined);
    assert.equal(rates.note('0', 'checkpoint', 90_000, 4000, 10_000), undefined);
    assert.equal(rates.note('0', 'checkpoint', 90_010, 6000, 10_000), 5);
  });
});
