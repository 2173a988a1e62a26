// How checks are carried out: none ends another, none runs without what it needs, none runs for ever.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkList } from '../../../../src/cli/doctor/check-list.ts';
import { failed, ok, unknown, warning } from '../../../../src/cli/doctor/check.ts';
import type { Answer, Check } from '../../../../src/cli/doctor/check.ts';
import { runChecks } from '../../../../src/cli/doctor/run-checks.ts';
import { WorkerError } from '../../../../src/engine/errors.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { noAbort, worldWith } from './stub-world.ts';

const check = (name: string, needs: readonly string[], run: Check['run']): Check => ({ name, needs, run });
const always = (answer: Answer) => () => answer;

async function findings(checks: readonly Check[], signal = noAbort) {
  const options = { clock: new VirtualClock(), timeoutMs: 1_000, signal };
  return Promise.all(runChecks(checks, worldWith(), options));
}

describe('running checks', () => {
  it('goes on after a failure, a throw and an error of the catalogue', async () => {
    const found = await findings([
      check('a', [], always(failed('broken'))),
      check('b', [], () => {
        throw new Error('a mistake here');
      }),
      check('c', [], async () => {
        throw new WorkerError('EHW_CONTAINER_NOT_FOUND', {
          container: 'x',
          variable: 'CHECKPOINT_CONTAINER',
        });
      }),
      check('d', [], always(ok('well', { figure: 1 }))),
    ]);
    assert.deepEqual(
      found.map(({ name, status }) => `${name} ${status}`),
      ['a failed', 'b failed', 'c failed', 'd ok'],
    );
    assert.match(found[1]?.message ?? '', /itself failed: a mistake here/);
    assert.match(
      found[2]?.message ?? '',
      /has no container named x\. Create it, or change CHECKPOINT_CONTAINER/,
    );
    assert.deepEqual(found[3], { name: 'd', status: 'ok', message: 'well', details: { figure: 1 } });
  });

  it('leaves out what needs a failed or unknown check, and runs what needs one that only warned', async () => {
    const found = await findings([
      check('network', [], always(failed('down'))),
      check('token', ['network'], always(ok('never asked'))),
      check('hub', ['token'], always(ok('never asked'))),
      check('clock', [], always(warning('late'))),
      check('lag', ['clock'], always(ok('asked'))),
      check('rights', [], always(unknown('cannot be told'))),
      check('deep', ['clock', 'rights'], always(ok('never asked'))),
    ]);
    const byName = Object.fromEntries(
      found.map(({ name, status, message }) => [name, `${status} ${message}`]),
    );
    assert.equal(byName['token'], 'unknown Not checked: "network" comes first.');
    assert.equal(byName['hub'], 'unknown Not checked: "token" comes first.');
    assert.equal(byName['lag'], 'ok asked');
    assert.equal(byName['deep'], 'unknown Not checked: "rights" comes first.');
  });

  it('ends a check that never answers, and only that one', async () => {
    const clock = new VirtualClock();
    const [hanging, quick] = runChecks(
      [check('hanging', [], () => new Promise(() => undefined)), check('quick', [], always(ok('well')))],
      worldWith(),
      { clock, timeoutMs: 1_000, signal: noAbort },
    );
    assert.equal((await quick)?.status, 'ok');
    await clock.advance(1_001);
    assert.deepEqual(await hanging, {
      name: 'hanging',
      status: 'failed',
      message: 'The check "hanging" did not finish within 1000 ms.',
    });
  });

  it('leaves unknown what was not answered when the command was ended', async () => {
    const ending = new AbortController();
    const running = findings([check('hanging', [], () => new Promise(() => undefined))], ending.signal);
    ending.abort();
    assert.deepEqual(
      (await running).map(({ status }) => status),
      ['unknown'],
    );
  });

  it('refuses a list in which a check needs one that is not before it', () => {
    const options = { clock: new VirtualClock(), timeoutMs: 1, signal: noAbort };
    const lists = [[check('a', ['b'], always(ok('')))], [check('a', ['a'], always(ok('')))]];
    for (const list of lists) assert.throws(() => runChecks(list, worldWith(), options), /not before it/);
  });
});

describe('the list of checks', () => {
  it('names each check once and each only needs earlier ones', () => {
    const seen = new Set<string>();
    for (const { name, needs } of checkList) {
      assert.ok(!seen.has(name), name);
      for (const needed of needs) assert.ok(seen.has(needed), `${name} needs ${needed}`);
      seen.add(name);
    }
  });
});
