// From the wire through the worker into a letter and back onto the wire: every event of the corpus keeps its sections and types.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { applicationProperty, withApplicationProperties } from '../../../src/codec/application-properties.ts';
import { withoutAnnotations } from '../../../src/codec/message-annotations.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import type { TypedMessage } from '../../../src/codec/typed-message.ts';
import type { TypedValue } from '../../../src/codec/typed-value.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { deadLetterOf } from '../../support/dead-letter.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';
import { receiveRaw, sendRaw } from '../../support/raw-events.ts';
import { accessTo, fromStart, RecordingListener, sourceFor, until } from '../azure/source-fixture.ts';
import { DeadLettersCommand } from './dead-letters-command.ts';

const brokers = ['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time'];

describe('a dead letter on its way back', () => {
  let emulator: Emulator;
  let azurite: Azurite;
  before(async () => {
    [emulator, azurite] = await Promise.all([
      startEmulator({ port: 0, hubs: [{ name: 'orders', partitionCount: 1 }] }),
      startAzurite(),
    ]);
  });
  after(async () => {
    await Promise.all([emulator.close(), azurite.stop()]);
  });

  it('G11: every event of the corpus is stored, shown, replayed and received again as it was sent', async (t) => {
    const corpus = loadEventCorpus();
    const cli = new DeadLettersCommand(emulator, azurite);
    const connectionString = emulator.connectionString();
    await sendRaw(connectionString, 'orders', corpus.map(encodeCorpusEvent));
    const first = await receiveRaw(connectionString, 'orders', '0', corpus.length);
    const source = await sourceFor(t, accessTo(connectionString, 'orders'));
    const worker = new RecordingListener();
    const link = source.open({ partitionId: '0', generation: 1, start: fromStart }, worker);
    await until('every event', () => worker.events.length === corpus.length);
    // The broker lets nobody without a generation read beside it.
    await link.close();
    await cli.store(...worker.events.map((event) => ({ ...deadLetterOf(), event })));

    for (const [index, event] of corpus.entries()) {
      assert.equal(await cli.run('show', `0/${index}`, '--json'), 0, event.name);
      const shown = JSON.parse(cli.out.join('\n')) as { message: TypedMessage; encoded: string };
      assert.deepEqual(ofSender(shown.message), ofSender(event.message), event.name);
      assert.equal(shown.encoded, first[index]?.toString('base64'), event.name);
      assert.equal(await cli.run('show', `0/${index}`), 0, event.name);
    }

    assert.equal(await cli.run('replay', '--all', '--json'), 0, cli.notes.join('\n'));
    const result = JSON.parse(cli.out.join('')) as Record<string, unknown>;
    assert.equal(result['replayed'], corpus.length);
    assert.equal(result['withoutReplayProperties'], 0);
    const again = await receiveRaw(connectionString, 'orders', '0', corpus.length, corpus.length - 1);
    // Keys go side by side, so events of different keys may change places.
    const replayed = new Map(again.map((bytes) => [replayOf(bytes), bytes]));
    for (const [index, event] of corpus.entries()) {
      const bytes = [...replayed].find(([of]) => of.startsWith(`0:${index}:`))?.[1];
      assert.ok(bytes !== undefined, `${event.name} did not come back`);
      assert.deepEqual(ofSender(decodeTypedMessage(bytes)), ofSender(event.message), event.name);
      const original = withoutAnnotations(first[index] ?? bytes, brokers);
      const labelled = withApplicationProperties(original, {
        'eventhub-worker-replay-attempt': 1,
        'eventhub-worker-replay-of': replayOf(bytes),
      });
      assert.deepEqual(withoutAnnotations(bytes, brokers), labelled, event.name);
    }
  });
});

function replayOf(bytes: Buffer): string {
  const of = applicationProperty(bytes, 'eventhub-worker-replay-of');
  assert.equal(typeof of, 'string');
  return typeof of === 'string' ? of : '';
}

/** What the sender wrote: without the broker's annotations and our properties. */
function ofSender(message: TypedMessage): unknown {
  return JSON.parse(
    JSON.stringify({
      ...message,
      messageAnnotations: without(message.messageAnnotations, (name) => brokers.includes(name)),
      applicationProperties: without(message.applicationProperties, (name) =>
        name.startsWith('eventhub-worker-replay-'),
      ),
    }),
  );
}

function without(
  names: TypedMessage['messageAnnotations'],
  isLeftOut: (name: string) => boolean,
): Readonly<Record<string, TypedValue>> {
  if (names === undefined) return {};
  return Object.fromEntries(Object.entries(names).filter(([name]) => !isLeftOut(name)));
}
