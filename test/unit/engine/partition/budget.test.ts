import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../../../../src/engine/partition/budget.ts';

test('G7: never lets in more than it has, in events', () => {
  const budget = new Budget({ maxInFlightEvents: 100, maxBufferedBytes: 1_000_000 });
  const accounts = [budget.open(), budget.open()];
  for (let round = 0; round < 1_000; round += 1)
    for (const account of accounts) if (account.hasRoom()) account.take(1);
  assert.ok(budget.events <= 100, `${budget.events} events`);
});

test('G7: never lets in more than it has, in bytes, but for the one event that an empty partition may always take', () => {
  const budget = new Budget({ maxInFlightEvents: 1_000, maxBufferedBytes: 10_000 });
  const account = budget.open();
  while (account.hasRoom()) account.take(1_000);
  assert.ok(budget.bytes <= 11_000);
  const other = budget.open();
  assert.ok(other.hasRoom());
  other.take(1_000_000);
  assert.ok(!other.hasRoom());
});

test('a stuck partition cannot take what the others need to go on', () => {
  const budget = new Budget({ maxInFlightEvents: 100, maxBufferedBytes: 1_000_000 });
  const stuck = budget.open();
  const other = budget.open();
  while (stuck.hasRoom()) stuck.take(1);
  for (let event = 0; event < 25; event += 1) {
    assert.ok(other.hasRoom(), `refused at ${event}`);
    other.take(1);
  }
});

test('who waits is called as soon as there is room, once', () => {
  const budget = new Budget({ maxInFlightEvents: 4, maxBufferedBytes: 1_000 });
  const account = budget.open();
  while (account.hasRoom()) account.take(1);
  let calls = 0;
  account.whenRoom(() => (calls += 1));
  account.give(1);
  account.give(1);
  assert.equal(calls, 1);
});

test('closing an account gives everything back and frees its part', () => {
  const budget = new Budget({ maxInFlightEvents: 100, maxBufferedBytes: 1_000 });
  const leaving = budget.open();
  const staying = budget.open();
  for (let event = 0; event < 40; event += 1) leaving.take(1);
  leaving.close();
  assert.equal(budget.events, 0);
  let taken = 0;
  while (staying.hasRoom()) {
    staying.take(1);
    taken += 1;
  }
  assert.equal(taken, 100);
});
