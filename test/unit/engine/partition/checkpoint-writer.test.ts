import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerError } from '../../../../src/engine/errors.ts';
import type { Checkpoint, StoredCheckpoint } from '../../../../src/engine/leases/records.ts';
import { CheckpointWriter, judge } from '../../../../src/engine/partition/checkpoint-writer.ts';
import type { CheckpointStore, Clock, WriteResult } from '../../../../src/engine/ports.ts';

const still: Clock = { nowMs: () => 0, monotonicMs: () => 0, schedule: () => () => {} };
const signal = new AbortController().signal;

/** One record with compare-and-set; `loseAnswer` commits a write and then says nothing of it. */
class OneRecord implements CheckpointStore {
  record: StoredCheckpoint | undefined;
  isAnswerLost = false;
  #version = 0;

  async readCheckpoint(): Promise<StoredCheckpoint | undefined> {
    return this.record;
  }

  async writeCheckpoint(checkpoint: Checkpoint, ifMatch: string | undefined): Promise<WriteResult> {
    if (this.record?.etag !== ifMatch) return { kind: 'conflict' };
    const etag = this.put(checkpoint);
    if (!this.isAnswerLost) return { kind: 'stored', etag };
    this.isAnswerLost = false;
    throw new WorkerError('EHW_TIMED_OUT', { operation: 'write', timeoutMs: 1 });
  }

  put(checkpoint: Checkpoint): string {
    this.#version += 1;
    this.record = { ...checkpoint, etag: String(this.#version), ageMs: 0 };
    return this.record.etag;
  }
}

function writerOf(store: CheckpointStore, generation: number): CheckpointWriter {
  return new CheckpointWriter({ partitionId: '0', generation, store, clock: still, callTimeoutMs: 1_000 });
}

function at(sequenceNumber: number) {
  return { sequenceNumber, offset: `@${sequenceNumber}` };
}

async function taken(store: OneRecord, generation: number): Promise<CheckpointWriter> {
  const writer = writerOf(store, generation);
  const stored = await writer.read(signal);
  assert.ok(await writer.take(stored ?? at(-1), '', false, signal));
  return writer;
}

test('G3 G6: a former owner can write nothing from the moment the next one has taken the checkpoint', async () => {
  const store = new OneRecord();
  const former = await taken(store, 1);
  assert.equal(await former.write(at(10), '', signal), 'written');
  const next = await taken(store, 2);
  assert.equal(await former.write(at(20), '', signal), 'fenced');
  assert.equal(store.record?.sequenceNumber, 10);
  assert.equal(await next.write(at(15), '', signal), 'written');
  assert.equal(await former.write(at(30), '', signal), 'fenced');
});

test('G3: a lower checkpoint is never written, not even by its owner', async () => {
  const store = new OneRecord();
  const writer = await taken(store, 1);
  await writer.write(at(10), '', signal);
  assert.equal(await writer.write(at(9), '', signal), 'superseded');
  assert.equal(store.record?.sequenceNumber, 10);
});

test('a write that was committed although its answer got lost is recognised', async () => {
  const store = new OneRecord();
  const writer = await taken(store, 1);
  store.isAnswerLost = true;
  await assert.rejects(writer.write(at(10), 'map', signal), { code: 'EHW_TIMED_OUT' });
  assert.equal(await writer.write(at(10), 'map', signal), 'written');
  assert.equal(await writer.write(at(11), '', signal), 'written');
});

test('G3: a stock consumer that wrote over the record is never turned back', async () => {
  const store = new OneRecord();
  const writer = await taken(store, 5);
  store.put({ partitionId: '0', ...at(100), generation: 0, completed: '' });
  assert.equal(await writer.write(at(50), '', signal), 'superseded');
  assert.equal(store.record?.sequenceNumber, 100);
  assert.equal(await writer.write(at(101), '', signal), 'written');
  assert.equal(store.record?.generation, 5);
});

test('a record that was deleted is written anew', async () => {
  const store = new OneRecord();
  const writer = await taken(store, 1);
  store.record = undefined;
  assert.equal(await writer.write(at(10), '', signal), 'written');
});

test('a record that changes all the time ends in an error that says so', async () => {
  const busy: CheckpointStore = {
    readCheckpoint: async () => ({
      partitionId: '0',
      ...at(0),
      generation: 0,
      completed: '',
      etag: 'x',
      ageMs: 0,
    }),
    writeCheckpoint: async () => ({ kind: 'conflict' }),
  };
  await assert.rejects(writerOf(busy, 1).write(at(1), '', signal), /keeps changing/);
});

test('G3: taking refuses to go backwards unless it is a reset', async () => {
  const store = new OneRecord();
  store.put({ partitionId: '0', ...at(10), generation: 1, completed: '' });
  const writer = writerOf(store, 2);
  await writer.read(signal);
  await assert.rejects(writer.take(at(5), '', false, signal), /backwards/);
  assert.ok(await writer.take(at(5), '', true, signal));
});

test('judges every kind of conflict', () => {
  const mine: Checkpoint = { partitionId: '0', ...at(10), generation: 5, completed: 'm' };
  assert.equal(judge(undefined, mine), 'write');
  assert.equal(judge({ ...mine, generation: 6, sequenceNumber: 1 }, mine), 'fenced');
  assert.equal(judge(mine, mine), 'written');
  assert.equal(judge({ ...mine, completed: 'older' }, mine), 'write');
  assert.equal(judge({ ...mine, generation: 0, sequenceNumber: 11 }, mine), 'superseded');
  assert.equal(judge({ ...mine, generation: 4 }, mine), 'write');
});
