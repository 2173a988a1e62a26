// How a foreign suite's run is judged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGoTests } from '../../foreign/go-test-output.ts';
import { judge, printed } from '../../foreign/suite-report.ts';
import type { ForeignTest, KnownGap } from '../../foreign/suite-report.ts';

const passed = (name: string): ForeignTest => ({ name, outcome: 'passed', said: '' });
const failed = (name: string): ForeignTest => ({ name, outcome: 'failed', said: 'no' });
const skipped = (name: string): ForeignTest => ({ name, outcome: 'skipped', said: 'why not' });

function problemsOf(tests: readonly ForeignTest[], gaps: readonly KnownGap[]): string[] {
  const report = judge({ suite: 's', version: '1', tests, gaps, seconds: 0 });
  return report.problems.map(({ test, said }) => `${test}: ${said}`);
}

test('a failure that is listed with its reason is no problem, one that is not listed is', () => {
  const gaps = [{ test: 'a', reason: 'not emulated' }];
  assert.deepEqual(problemsOf([failed('a'), passed('b')], gaps), []);
  assert.deepEqual(problemsOf([failed('a'), failed('b')], gaps), ['b: no']);
});

test('a test that skips itself needs a reason too', () => {
  assert.deepEqual(problemsOf([skipped('a'), passed('b')], []), ['a: skipped itself: why not']);
});

test('a reason outlives neither its cause nor its test', () => {
  const gaps = [{ test: 'a', reason: 'not emulated' }];
  assert.deepEqual(problemsOf([passed('a')], gaps), ['a: passes now: it is listed as "not emulated"']);
  assert.deepEqual(problemsOf([passed('b')], gaps), ['a: is listed as "not emulated" and was not met']);
});

test('a suite of which nothing ran is a problem', () => {
  assert.deepEqual(problemsOf([], []), ['s: no test was run']);
});

test('what is left out altogether is counted as skipped, and printed with its reason', () => {
  const gaps = [{ test: 'a', reason: 'waits for an hour', isLeftOut: true }];
  const report = judge({ suite: 'suite', version: '1', tests: [passed('b')], gaps, seconds: 1 });
  assert.deepEqual([report.run, report.passed, report.skipped.length, report.problems.length], [1, 1, 1, 0]);
  assert.match(printed([report]), /skipped {2}suite: a: waits for an hour/);
});

test("of Go's tests the innermost count, and a package that dies without one", () => {
  const lines = [
    { Action: 'pass', Package: 'm', Test: 'TestA/one' },
    { Action: 'fail', Package: 'm', Test: 'TestA/two' },
    { Action: 'fail', Package: 'm', Test: 'TestA' },
    { Action: 'pass', Package: 'm/internal', Test: 'TestB/one' },
    { Action: 'fail', Package: 'm/internal', Test: 'TestB' },
    { Action: 'output', Package: 'm/broken', Output: 'does not build' },
    { Action: 'fail', Package: 'm/broken' },
    { Action: 'fail', Package: 'm' },
  ];
  const tests = readGoTests(lines.map((line) => JSON.stringify(line)).join('\n'), 'm');
  assert.deepEqual(
    tests.map(({ name, outcome }) => [name, outcome]),
    [
      ['TestA/one', 'passed'],
      ['TestA/two', 'failed'],
      ['internal/TestB/one', 'passed'],
      ['internal/TestB', 'failed'],
      ['broken', 'failed'],
    ],
  );
});
