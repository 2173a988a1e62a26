import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProducerLedger, nextNumber } from '../../../src/emulator/hubs/producer-ledger.ts';
import type { ProducerIdentity } from '../../../src/emulator/hubs/producer-ledger.ts';

const NEW = { producerId: undefined, epoch: undefined, sequenceNumber: undefined };

function admitted(ledger: ProducerLedger, claim: Partial<ProducerIdentity> = {}): ProducerIdentity {
  const admission = ledger.admit({ ...NEW, ...claim });
  assert.equal(admission.outcome, 'admitted');
  return admission.identity;
}

function send(
  ledger: ProducerLedger,
  { producerId, epoch }: ProducerIdentity,
  first: number,
  last = first,
): string {
  const verdict = ledger.judge(producerId, epoch, { first, last });
  if (verdict.outcome === 'store') ledger.stored(producerId, epoch, { first, last });
  return verdict.outcome;
}

test('a retried batch is not stored again, another one with its numbers is out of order', () => {
  const ledger = new ProducerLedger();
  const publisher = admitted(ledger);
  assert.equal(send(ledger, publisher, 1, 5), 'store');
  assert.equal(send(ledger, publisher, 1, 5), 'already-stored');
  assert.equal(send(ledger, publisher, 2), 'out-of-order');
  assert.equal(send(ledger, publisher, 7), 'out-of-order');
  assert.equal(send(ledger, publisher, 6), 'store');
});

test('a retry is known among the last five batches', () => {
  const ledger = new ProducerLedger();
  const publisher = admitted(ledger);
  for (let number = 1; number <= 6; number += 1) assert.equal(send(ledger, publisher, number), 'store');
  assert.equal(send(ledger, publisher, 2), 'already-stored');
  assert.equal(send(ledger, publisher, 1), 'out-of-order');
});

test('a publisher that attaches again goes on where it was; what it claims is told back to it', () => {
  const ledger = new ProducerLedger();
  const first = admitted(ledger);
  send(ledger, first, 1, 3);
  assert.deepEqual(admitted(ledger, { producerId: first.producerId }), { ...first, sequenceNumber: 3 });
  const wrong = admitted(ledger, { producerId: first.producerId, sequenceNumber: 1 });
  assert.equal(wrong.sequenceNumber, 1);
  assert.equal(send(ledger, wrong, 2), 'out-of-order');
});

test('a higher epoch replaces the publisher and counts afresh, a lower one is refused', () => {
  const ledger = new ProducerLedger();
  const old = admitted(ledger);
  send(ledger, old, 1, 9);
  const next = admitted(ledger, { producerId: old.producerId, epoch: 1, sequenceNumber: 1 });
  assert.deepEqual(next, { producerId: old.producerId, epoch: 1, sequenceNumber: 1 });
  assert.equal(send(ledger, old, 10), 'replaced');
  assert.equal(send(ledger, next, 2), 'store');
  const lower = ledger.admit({ ...NEW, producerId: old.producerId, epoch: 0 });
  assert.deepEqual(lower, { outcome: 'replaced', currentEpoch: 1 });
});

test('publishers do not concern each other, and numbers go round after 2^31 - 1', () => {
  const ledger = new ProducerLedger();
  const [a, b] = [admitted(ledger), admitted(ledger, { sequenceNumber: 2 ** 31 - 2 })];
  assert.notEqual(a.producerId, b.producerId);
  assert.equal(send(ledger, b, 2 ** 31 - 1), 'store');
  assert.equal(send(ledger, a, 0), 'store', 'Python begins at 0');
  assert.equal(send(ledger, b, nextNumber(2 ** 31 - 1)), 'store');
});

test('what is out of range is refused', () => {
  const ledger = new ProducerLedger();
  for (const claim of [{ epoch: -1 }, { epoch: 40_000 }, { epoch: 0.5 }, { sequenceNumber: -2 }]) {
    assert.equal(ledger.admit({ ...NEW, ...claim }).outcome, 'out-of-range');
  }
});
