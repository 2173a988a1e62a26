import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../../../../src/engine/partition/slots.ts';
import type { SlotAccount, SlotUser } from '../../../../src/engine/partition/slots.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

class Partition implements SlotUser {
  readonly account: SlotAccount;
  readonly #turns: string[];
  readonly #name: string;
  waiting: number;

  constructor(slots: Slots, turns: string[], name: string, waiting: number) {
    this.#turns = turns;
    this.#name = name;
    this.waiting = waiting;
    this.account = slots.join(this);
  }

  isWaiting(): boolean {
    return this.waiting > 0;
  }

  hasWork(): boolean {
    return this.isWaiting();
  }

  runOne(): void {
    this.waiting -= 1;
    this.#turns.push(this.#name);
  }
}

test('a hot partition does not starve the others: they take turns', () => {
  const turns: string[] = [];
  const slots = new Slots(6, 6, new ManualClock());
  const hot = new Partition(slots, turns, 'hot', 1_000);
  const mild = new Partition(slots, turns, 'mild', 2);
  hot.account.wake();
  mild.account.wake();
  for (let ended = 0; ended < 6; ended += 1) hot.account.release();
  assert.deepEqual(turns.slice(6, 10), ['mild', 'hot', 'mild', 'hot']);
});

test('never runs more than the worker and the partition allow', () => {
  const turns: string[] = [];
  const slots = new Slots(5, 3, new ManualClock());
  const one = new Partition(slots, turns, 'one', 10);
  const two = new Partition(slots, turns, 'two', 10);
  one.account.wake();
  assert.equal(slots.running, 3);
  two.account.wake();
  assert.equal(slots.running, 5);
});

test('a handler that ends at once gives its slot back without recursion', () => {
  const slots = new Slots(1, 1, new ManualClock());
  let left = 100_000;
  const account: SlotAccount = slots.join({
    isWaiting: () => left > 0,
    hasWork: () => left > 0,
    runOne: () => {
      left -= 1;
      account.release();
    },
  });
  account.wake();
  assert.equal(left, 0);
  assert.equal(slots.running, 0);
});

test('who left gets no turn', () => {
  const turns: string[] = [];
  const slots = new Slots(1, 1, new ManualClock());
  const gone = new Partition(slots, turns, 'gone', 5);
  const other = new Partition(slots, turns, 'other', 1);
  other.account.wake();
  gone.account.wake();
  gone.account.leave();
  other.account.release();
  assert.deepEqual(turns, ['other']);
});

test('calls that compute leave the event loop a turn every 20 ms, and go on in the next', () => {
  const clock = new ManualClock();
  let callsInTurn = 0;
  let mostCalls = 0;
  const slots = new Slots(1, 1, {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    schedule: (delayMs, callback) =>
      clock.schedule(delayMs, () => {
        callsInTurn = 0;
        callback();
      }),
  });
  let left = 100;
  const account: SlotAccount = slots.join({
    isWaiting: () => left > 0,
    hasWork: () => left > 0,
    runOne: () => {
      left -= 1;
      callsInTurn += 1;
      mostCalls = Math.max(mostCalls, callsInTurn);
      clock.compute(5);
      account.release();
    },
  });
  account.wake();
  account.wake();
  assert.equal(left, 96, 'to be woken again lengthens no turn');
  clock.advance(1_000);
  assert.equal(left, 0);
  assert.equal(mostCalls, 4);
});
