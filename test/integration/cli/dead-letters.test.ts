// The command against the emulator and Azurite: what is stored, shown and sent back is what was received.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import type { ReceivedEventData } from '@azure/event-hubs';
import { openAzure } from '../../../src/azure/azure.ts';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { orThrow, readGroupConfig } from '../../../src/config/read-config.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import { receivedEventOf } from '../../../src/testing/test-event.ts';
import { startAzurite, uniqueContainerName } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { realClock } from '../../support/real-clock.ts';

const noAbort = new AbortController().signal;

describe('dead-letters', () => {
  let emulator: Emulator;
  let azurite: Azurite;
  before(async () => {
    [emulator, azurite] = await Promise.all([
      startEmulator({ port: 0, hubs: [{ name: 'orders', partitionCount: 2 }] }),
      startAzurite(),
    ]);
  });
  after(async () => {
    await Promise.all([emulator.close(), azurite.stop()]);
  });

  it('lists nothing where nothing was given up', async () => {
    const cli = commandLine();
    assert.equal(await cli.run('list'), 0);
    assert.deepEqual(cli.out, []);
    assert.deepEqual(cli.notes, ['0 dead letters, 0 of them not replayed.']);
  });

  it('lists for people and for programs, by partition, reason and time', async () => {
    const cli = commandLine();
    await cli.store(letterOf(1, { partitionId: '0' }), letterOf(2, { partitionId: '1' }, 'invalid'));
    assert.equal(await cli.run('list'), 0);
    assert.match(cli.out[0] ?? '', /^ID +STORED +REASON +ATTEMPTS +REPLAYED +ERROR$/);
    assert.match(cli.out[1] ?? '', /^0\/1 +2026-01-0\S+Z +exhausted +5 +- +no database: naïve$/);

    for (const [expected, ...options] of [
      ['0/1 1/2'],
      ['1/2', '--partition', '1'],
      ['1/2', '--reason', 'invalid', 'permanent'],
      ['0/1 1/2', '--since', '2026-01-01T00:00:00Z'],
      ['', '--until', '2026-01-01T00:00:00Z'],
    ]) {
      assert.equal(await cli.run('list', '--json', ...options), 0);
      const listed = JSON.parse(cli.out.join('\n')) as { id: string }[];
      assert.equal(listed.map(({ id }) => id).join(' '), expected);
    }
  });

  it('shows a letter whole and says so when there is none', async () => {
    const cli = commandLine();
    await cli.store(
      letterOf(7, { body: { order: 1 }, partitionKey: 'car-1', properties: { big: 2n ** 60n } }),
    );
    assert.equal(await cli.run('show', '0/7', '--json'), 0);
    const shown = JSON.parse(cli.out.join('\n')) as { event: { body: string; partitionKey: string } };
    assert.equal(shown.event.body, '{"order":1}');
    assert.equal(shown.event.partitionKey, 'car-1');
    assert.equal(await cli.run('show', '0/7'), 0);
    assert.ok(cli.out.includes('{"order":1}'));

    assert.equal(await cli.run('show', '0/8'), 2);
    assert.match(cli.notes.join(), /There is no dead letter 0\/8/);
    assert.equal(await cli.run('show', 'eight'), 2);
  });

  it('sends letters back as they were, once, with where they came from', async () => {
    const cli = commandLine();
    const original = letterOf(7, {
      body: Uint8Array.of(0, 255, 1),
      partitionKey: 'car-1',
      messageId: 'm-1',
      correlationId: 'c-1',
      contentType: 'application/x-cars',
      properties: { source: 'gate', count: 3 },
    });
    await cli.store(original, letterOf(8, { body: 'second', partitionId: '1' }));

    assert.equal(await cli.run('replay', '--all', '--dry-run'), 0);
    assert.equal(cli.out.at(-1), '2 dead letters would be replayed.');
    assert.equal(await cli.run('replay', '--all'), 0);
    assert.deepEqual(cli.out, ['2 dead letters replayed.']);
    assert.equal(await cli.run('replay', '--all'), 0);
    assert.deepEqual(cli.out, ['0 dead letters replayed.']);
    assert.equal(await cli.run('list', '--pending'), 0);
    assert.deepEqual(cli.out, []);

    const sent = await receive(emulator, 2);
    const [first] = sent.filter((event) => event.partitionKey === 'car-1');
    assert.deepEqual(first?.body, Buffer.from([0, 255, 1]));
    assert.equal(first?.messageId, 'm-1');
    assert.equal(first?.correlationId, 'c-1');
    assert.equal(first?.contentType, 'application/x-cars');
    assert.deepEqual(first?.properties, {
      source: 'gate',
      count: 3,
      'eventhub-worker-replay-attempt': 1,
      'eventhub-worker-replay-of': `0:7:${original.event.enqueuedAtMs}`,
    });
    assert.equal(emulator.hub('orders').partition('1').eventCount >= 1, true);
  });

  it('refuses to replay everything by accident, and names what it did not find', async () => {
    const cli = commandLine();
    assert.equal(await cli.run('replay'), 2);
    assert.match(cli.notes.join(), /Say which dead letters/);
    assert.equal(await cli.run('replay', '0/99'), 1);
    assert.match(cli.notes.join(), /1 of those named do not exist or were replayed already/);
  });

  it('hands letters to the handler here and keeps those it does not take', async (t) => {
    const cli = commandLine();
    await cli.store(
      letterOf(1, { body: { order: 1 } }),
      letterOf(2, { body: { order: 'bad' } }),
      letterOf(3, { body: { order: 3 } }),
    );
    const folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const handler = join(folder, 'handler.mjs');
    writeFileSync(
      handler,
      `import { appendFileSync } from 'node:fs';
       export default {
         onEvent(event, context) {
           if (typeof event.data.order !== 'number') throw new Error('still bad');
           appendFileSync(${JSON.stringify(join(folder, 'seen'))}, context.idempotencyKey + '\\n');
         },
       };`,
    );
    const before = emulator.hub('orders').partition('0').lastSequenceNumber;
    cli.env['HANDLER'] = handler;
    assert.equal(await cli.run('replay', '--all', '--to', 'handler'), 1);
    assert.deepEqual(cli.out, ['2 dead letters replayed; 1 not taken, still there.']);
    assert.ok(cli.notes.includes('0/2: still bad'));
    assert.match(readFileSync(join(folder, 'seen'), 'utf8'), /^0:1:\d+\n0:3:\d+\n$/);
    assert.equal(emulator.hub('orders').partition('0').lastSequenceNumber, before);
    assert.equal(await cli.run('list', '--pending', '--json'), 0);
    assert.deepEqual(
      (JSON.parse(cli.out.join('\n')) as { id: string }[]).map(({ id }) => id),
      ['0/2'],
    );
  });

  it('keeps every letter when the hub cannot be reached', async () => {
    const cli = commandLine();
    await cli.store(letterOf(1, {}));
    cli.env['EVENTHUB_CONNECTION_STRING'] = emulator.connectionString().replace(/:\d+;/, ':1;');
    assert.equal(await cli.run('replay', '--all'), 1);
    assert.match(cli.notes.join('\n'), /^0\/1: /);
    assert.deepEqual(cli.out, ['0 dead letters replayed; 1 not taken, still there.']);
  });

  function commandLine() {
    const env: Record<string, string> = {
      EVENTHUB_CONNECTION_STRING: emulator.connectionString(),
      EVENTHUB_NAME: 'orders',
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      CHECKPOINT_CONTAINER: uniqueContainerName(),
      DEAD_LETTER_CONTAINER: uniqueContainerName(),
    };
    const cli = {
      env,
      out: [] as string[],
      notes: [] as string[],
      async run(...args: readonly string[]): Promise<number> {
        cli.out = [];
        cli.notes = [];
        return runCommandLine(['dead-letters', ...args], {
          env,
          writeOut: (text) => void cli.out.push(...text.trimEnd().split('\n')),
          writeError: (text) => void cli.notes.push(...text.trimEnd().split('\n')),
          isTerminal: false,
          failures: new EventEmitter(),
        });
      },
      async store(...letters: readonly DeadLetter[]): Promise<void> {
        const { eventHub, storage } = orThrow(readGroupConfig([{ origin: 'environment', values: env }]));
        const random = { next: () => 0.5 };
        const azure = await openAzure({ eventHub, storage, workerId: 'test', clock: realClock, random });
        for (const letter of letters) await azure.deadLetters.put(letter, noAbort);
        await azure.close();
      },
    };
    return cli;
  }
});

function letterOf(
  sequenceNumber: number,
  fields: Parameters<typeof receivedEventOf>[0],
  reason: DeadLetter['reason'] = 'exhausted',
): DeadLetter {
  return {
    partitionId: fields.partitionId ?? '0',
    event: receivedEventOf(fields, sequenceNumber),
    reason,
    error: 'no database: naïve',
    attempts: 5,
    deadLetteredAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    workerId: 'worker-1',
  };
}

/** The first `count` events of the hub, over all partitions. */
async function receive(emulator: Emulator, count: number): Promise<ReceivedEventData[]> {
  const client = new EventHubConsumerClient('$Default', emulator.connectionString(), 'orders');
  const received: ReceivedEventData[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = client.subscribe(
    {
      async processEvents(events): Promise<void> {
        received.push(...events);
        if (received.length >= count) resolve();
      },
      async processError(): Promise<void> {},
    },
    { startPosition: earliestEventPosition, skipParsingBodyAsJson: true, maxWaitTimeInSeconds: 1 },
  );
  await promise;
  await subscription.close();
  await client.close();
  return received;
}
