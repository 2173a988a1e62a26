// What the benchmark says of its samples: ratios within a round, and no verdict inside the noise.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compare, judge, linesOf } from '../../bench/lines.ts';
import type { Sample } from '../../bench/sample.ts';
import { chosen, scenarios } from '../../bench/scenarios.ts';

const row = { name: 'x', unit: 'us/event', against: 'bare', goal: undefined };

describe('a line of the benchmark', () => {
  it('compares within a round: a machine that is slow for a while changes no ratio', () => {
    const line = compare(row, [1, 10, 2], [2, 20, 4]);
    assert.deepEqual([line.ours, line.baseline, line.ratio, line.samples], [2, 4, 0.5, 3]);
  });

  it('misses a goal only where the whole middle half is beyond it', () => {
    const goal = { of: 'ratio', atMost: 1 } as const;
    assert.equal(judge(goal, [0.8, 0.9, 1.3]), 'met');
    assert.equal(judge(goal, [0.8, 0.95, 1.05, 1.1, 1.2]), 'within the noise');
    assert.equal(judge(goal, [1.1, 1.2, 1.3]), 'missed');
    assert.equal(judge({ of: 'ratio', atLeast: 40 }, [30, 31, 32]), 'missed');
    assert.equal(judge({ of: 'ratio', atLeast: 40 }, [50, 51, 52]), 'met');
  });

  it('is left out where its baseline was not there', () => {
    const [scenario] = scenarios;
    assert.ok(scenario !== undefined);
    const sample: Sample = { cpuUs: 1, eventsPerSecond: 1, rssMb: 1, p50Ms: 1, p99Ms: 1 };
    const lines = linesOf(
      scenario,
      new Map([
        ['run', [sample]],
        ['bare', [sample]],
        ['go', []],
      ]),
    );
    assert.deepEqual([...new Set(lines.map(({ against }) => against))], ['bare']);
  });
});

describe('the choice of benchmarks', () => {
  it('runs nobody whose lines were not asked for', () => {
    const [scenario] = chosen(['run-1kb-cpu-vs-go'], []);
    assert.deepEqual(scenario?.contenders, ['run', 'go']);
    assert.deepEqual(
      scenario.rows.map(({ name }) => name),
      ['run-1kb-cpu-vs-go'],
    );
  });

  it('takes a whole scenario by its name, and knows no other names', () => {
    assert.equal(chosen(['latency-50'], [])[0]?.rows.length, 4);
    assert.throws(
      () => chosen(['fast'], ['overhead-us']),
      /there is no benchmark fast; there are .*overhead-us/,
    );
  });

  it('gives every line a name of its own', () => {
    const names = scenarios.flatMap(({ rows }) => rows.map(({ name }) => name));
    assert.equal(new Set(names).size, names.length);
  });
});
