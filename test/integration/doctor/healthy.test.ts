// Where everything is as it should be, every check says so, nothing is left behind and nobody is disturbed.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { openAzure } from '../../../src/azure/azure.ts';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { orThrow, readGroupConfig } from '../../../src/config/read-config.ts';
import type { LinkEnd } from '../../../src/engine/ports.ts';
import { realClock } from '../../support/real-clock.ts';
import {
  doctorFixture,
  HUB,
  kedaNamespace,
  namesIn,
  PARTITIONS,
  PREFIX,
  writeRecord,
} from './doctor-fixture.ts';

describe('doctor, where all is well', () => {
  const fixture = doctorFixture();

  it('says ok to every check and ends with 0', async (t) => {
    const { examine, checkpoints, deadLetters, changeAnswers } = await fixture.stage(t);
    for (const { id, lastSequenceNumber } of fixture.emulator().hub(HUB).partitions) {
      const metadata = {
        sequencenumber: String(lastSequenceNumber),
        offset: '-1',
        generation: '1',
        completed: '',
      };
      await writeRecord(checkpoints, `${PREFIX}/checkpoint/${id}`, metadata);
    }
    // Azurite does not tell of a hierarchical namespace; Azure does to an account key.
    await changeAnswers(({ query }, { headers }) => {
      if (query.get('restype') === 'account') headers.set('x-ms-is-hns-enabled', 'false');
    });
    const { exitCode, findings } = await examine('--max-replicas', String(PARTITIONS), ...kedaNamespace);
    assert.deepEqual(
      findings.filter(({ status }) => status !== 'ok'),
      [],
    );
    assert.equal(findings.length, 23);
    assert.equal(exitCode, 0);
    assert.equal((await namesIn(checkpoints)).length, PARTITIONS);
    assert.deepEqual(await namesIn(deadLetters), []);
    for (let id = 0; id < PARTITIONS; id += 1) {
      assert.deepEqual(fixture.emulator().hub(HUB).receivers(String(id)), []);
    }
  });

  it('knows running workers by their leases and takes nothing from them', async (t) => {
    const { env, examine } = await fixture.stage(t);
    const { eventHub, storage } = orThrow(readGroupConfig([{ origin: 'environment', values: env }]));
    const random = { next: () => 0.5 };
    const azure = await openAzure({ eventHub, storage, workerId: 'worker-a', clock: realClock, random });
    t.after(() => azure.close());
    const never = new AbortController().signal;
    const lease = { partitionId: '1', ownerId: 'worker-a', generation: 1_700_000_000, requestedBy: '' };
    await azure.leases.writeLease(lease, undefined, never);
    const ends: LinkEnd[] = [];
    const faults: Error[] = [];
    const link = azure.source.open(
      { partitionId: '1', generation: lease.generation, start: { sequenceNumber: -1, offset: '-1' } },
      {
        receive: async () => undefined,
        fault: (error) => void faults.push(error),
        ended: (end) => void ends.push(end),
      },
    );
    const seats = () => fixture.emulator().hub(HUB).receivers('1');
    while (seats().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));

    const examination = await examine();
    examination.says('receivers', 'ok', /1 partitions are held by workers of this group, 3 are free/);
    assert.deepEqual(examination.of('receivers').details, { workers: ['partition 1: worker-a'] });
    assert.deepEqual(
      seats().map(({ name, epoch }) => `${name} ${epoch ?? '-'}`),
      ['worker-a 1700000000'],
    );
    assert.deepEqual([...ends, ...faults], []);
    await link.close();
  });

  it('prints a line for each check, and is not coloured into a file', async (t) => {
    const { env } = await fixture.stage(t);
    const out: string[] = [];
    const exitCode = await runCommandLine(['doctor'], {
      env,
      writeOut: (text) => void out.push(text),
      writeError: () => undefined,
      isTerminal: false,
      failures: new EventEmitter(),
    });
    assert.equal(exitCode, 0);
    assert.match(out[0] ?? '', /^ok {7}configuration {9,}Complete and consistent/);
    assert.match(out.at(-1) ?? '', /^23 checks: 0 failed, \d+ warning, \d+ unknown, \d+ ok\.\n$/);
    assert.ok(!out.join('').includes('\u001B'));
    assert.ok(!out.join('').includes('SAS_KEY_VALUE'));
  });
});
