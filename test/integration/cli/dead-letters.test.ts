// The command against the emulator and Azurite: what is stored, shown and sent back is what was received.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { earliestEventPosition, EventHubConsumerClient } from '@azure/event-hubs';
import type { ReceivedEventData } from '@azure/event-hubs';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import type { TypedMessage } from '../../../src/codec/typed-message.ts';
import { DeadLettersCommand } from './dead-letters-command.ts';
import { letterEvent } from '../../../src/azure/letter-event.ts';
import { VerifiedReplays } from '../../../src/azure/verified-replays.ts';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { applicationProperty, withApplicationProperties } from '../../../src/codec/application-properties.ts';
import { receiveRaw } from '../../support/raw-events.ts';
import { base64, deadLetterOf, keyed } from '../../support/dead-letter.ts';
import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';

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
    const applicationProperties = { big: { type: 'long', value: String(2n ** 60n) } } as const;
    await cli.store(
      letterOf(7, { json: { order: 1 }, messageAnnotations: keyed('car-1'), applicationProperties }),
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
      body: { data: [Buffer.of(0, 255, 1).toString('base64')] },
      messageAnnotations: keyed('car-1'),
      properties: {
        messageId: { type: 'string', value: 'm-1' },
        correlationId: { type: 'string', value: 'c-1' },
        contentType: { type: 'symbol', value: 'application/x-cars' },
      },
      applicationProperties: {
        source: { type: 'string', value: 'gate' },
        count: { type: 'int', value: '3' },
      },
    });
    await cli.store(original, letterOf(8, { text: 'second', partitionId: '1' }));

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

  it('asks which letter is meant where the hub was re-created', async () => {
    const cli = commandLine();
    const [before, after] = [1000, 2000].map((enqueuedAtMs) => deadLetterOf({ enqueuedAtMs }));
    for (const letter of [before, after]) if (letter !== undefined) await cli.store(letter);
    assert.equal(await cli.run('list', '--json'), 0);
    const listed = JSON.parse(cli.out.join('\n')) as { id: string }[];
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['0/7/1000', '0/7/2000'],
    );
    for (const command of ['show', 'replay']) {
      assert.equal(await cli.run(command, '0/7'), 2);
      assert.match(cli.notes.join(' '), /0\/7 has 2 dead letters.*Say which: 0\/7\/1000, 0\/7\/2000/);
    }
    assert.equal(await cli.run('show', '0/7/2000'), 0);
    assert.equal(await cli.run('replay', '0/7/2000'), 0);
    assert.equal(await cli.run('list', '--pending', '--json'), 0);
    assert.equal((JSON.parse(cli.out.join('\n')) as { id: string }[]).length, 1);
  });

  it('sends events that fill the limit: alone, and without our properties where there is no room', async () => {
    const cli = commandLine();
    await cli.store(
      ...[0, 5, 150].map((spare, index) => filling(index, 1_048_576 - spare)),
      filling(3, 1_048_577),
    );
    const from = emulator.hub('orders').partition('1').lastSequenceNumber;
    assert.equal(await cli.run('replay', '--all'), 1);
    assert.match(
      cli.out.join(),
      /^3 dead letters replayed; 2 of them without the properties .*; 1 not taken/,
    );
    assert.match(cli.notes.join(), /1\/3: .*the event has 1048577 bytes, and the event hub takes 1048576/);
    const sent = await receiveRaw(emulator.connectionString(), 'orders', '1', 3, from);
    const labels = sent.map((bytes) => applicationProperty(bytes, 'eventhub-worker-replay-of'));
    assert.deepEqual(labels, [undefined, undefined, '1:2:2000']);
  });

  it('shows the bytes of an event that nobody can decode, and sends the same again', async () => {
    const cli = commandLine();
    const readable = deadLetterOf({
      partitionId: '1',
      reason: 'undecodable',
      message: Buffer.from('005374a001ff005375a0026869', 'hex'),
    });
    const noAmqp = deadLetterOf({
      sequenceNumber: 8,
      reason: 'undecodable',
      message: Buffer.from('ff00', 'hex'),
    });
    await cli.store(readable, noAmqp);
    assert.equal(await cli.run('show', '1/7'), 0);
    assert.ok(cli.out.includes('005374a001ff005375a0026869'), cli.out.join('\n'));
    assert.match(cli.out.join('\n'), /cannot be decoded: application properties: a map is expected/);
    assert.equal(await cli.run('show', '0/8', '--json'), 0);
    const shown = JSON.parse(cli.out.join('\n')) as { encoded: string; message: object };
    assert.equal(shown.encoded, '/wA=');
    const from = emulator.hub('orders').partition('1').lastSequenceNumber;
    assert.equal(await cli.run('replay', '--all'), 1);
    assert.match(cli.notes.join(), /^0\/8: /);
    const [sent] = await receiveRaw(emulator.connectionString(), 'orders', '1', 1, from);
    assert.ok(sent?.toString('hex').endsWith('005374a001ff005375a0026869'));
  });

  it('knows a replay by its letter, and nobody else who claims to be one', async () => {
    const cli = commandLine();
    await cli.store(deadLetterOf({ partitionId: '1', enqueuedAtMs: 1000 }));
    const from = emulator.hub('orders').partition('1').lastSequenceNumber;
    assert.equal(await cli.run('replay', '1/7'), 0);
    const [sent = Buffer.alloc(0)] = await receiveRaw(emulator.connectionString(), 'orders', '1', 1, from);
    const labels = { 'eventhub-worker-replay-of': '1:7:1000' };
    const forged = withApplicationProperties(encodeMessage({ body: { data: [base64('mine')] } }), labels);
    const signal = new AbortController().signal;
    await cli.withStore(async (store) => {
      const replays = new VerifiedReplays(store);
      const position = { sequenceNumber: from + 1, enqueuedAtMs: 2000 };
      assert.deepEqual(await replays.read(letterEvent(sent, position), signal), {
        of: '1:7:1000',
        attempt: 1,
      });
      assert.equal(await replays.read(letterEvent(forged, position), signal), undefined);
    });
  });

  it('hands letters to the handler here and keeps those it does not take', async (t) => {
    const cli = commandLine();
    await cli.store(
      letterOf(1, { json: { order: 1 } }),
      letterOf(2, { json: { order: 'bad' } }),
      letterOf(3, { json: { order: 3 } }),
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
    assert.match(cli.notes.join('\n'), /^0\/1: Event Hubs at .* cannot be reached.*\nStopped: /);
    assert.deepEqual(cli.out, ['0 dead letters replayed; 1 not taken, still there.']);
  });

  function commandLine(): DeadLettersCommand {
    return new DeadLettersCommand(emulator, azurite);
  }
});

function letterOf(
  sequenceNumber: number,
  fields: {
    readonly json?: unknown;
    readonly text?: string;
    readonly partitionId?: string;
  } & Partial<TypedMessage>,
  reason: DeadLetter['reason'] = 'exhausted',
): DeadLetter {
  const { json, text = JSON.stringify(json) ?? '', partitionId = '0', ...sections } = fields;
  const message = { ...sections, body: sections.body ?? { data: [base64(text)] } };
  return deadLetterOf({ sequenceNumber, partitionId, reason, message, enqueuedAtMs: sequenceNumber * 1000 });
}

/** For partition 1; so many bytes encoded. */
function filling(sequenceNumber: number, sizeBytes: number): DeadLetter {
  const body = Buffer.alloc(sizeBytes - 8).toString('base64');
  return letterOf(sequenceNumber, { partitionId: '1', body: { data: [body] } });
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
