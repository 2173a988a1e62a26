import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Throughput } from '../../../src/emulator/throughput.ts';

test('one unit lets in 1,000 events a second', () => {
  let nowMs = 0;
  const limits = new Throughput(1, () => nowMs);
  assert.ok(limits.takeIngress(600, 1000));
  assert.ok(!limits.takeIngress(600, 1000), 'a batch is taken whole or not at all');
  assert.ok(limits.takeIngress(400, 1000));
  nowMs = 500;
  assert.ok(limits.takeIngress(500, 1000));
  assert.ok(!limits.takeIngress(1, 1000));
});

test('one unit lets in 1 MB a second', () => {
  const limits = new Throughput(1, () => 0);
  assert.ok(limits.takeIngress(1, 900_000));
  assert.ok(!limits.takeIngress(1, 200_000));
});

test('one unit lets out 4,096 events or 2 MB a second and says how long to wait', () => {
  let nowMs = 0;
  const limits = new Throughput(1, () => nowMs);
  for (let index = 0; index < 4096; index += 1) assert.equal(limits.takeEgress(1), 0);
  assert.equal(limits.takeEgress(1), 1);
  nowMs = 1000;
  assert.equal(limits.takeEgress(1_500_000), 0);
  assert.equal(limits.takeEgress(1_000_000), 250);
});

test('an event above a second of budget passes when the budget is full', () => {
  const limits = new Throughput(1, () => 0);
  assert.ok(limits.takeIngress(1, 1_048_576));
  assert.ok(!limits.takeIngress(1, 1));
});

test('without units there is no limit', () => {
  const limits = new Throughput(undefined, () => 0);
  assert.ok(limits.takeIngress(1e9, 1e12));
  assert.equal(limits.takeEgress(1e12), 0);
});
