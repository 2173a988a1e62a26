// A property of each type an SDK can write: as it arrives, as a dead letter shows it, and as a replay leaves it for a raw receiver.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { letterEvent } from '../../../src/azure/letter-event.ts';
import { withApplicationProperties } from '../../../src/codec/application-properties.ts';
import { withoutAnnotations } from '../../../src/codec/message-annotations.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import { DeadLettersCommand } from '../../integration/cli/dead-letters-command.ts';
import { startAzurite } from '../../support/azurite.ts';
import { deadLetterOf } from '../../support/dead-letter.ts';
import { receiveRaw } from '../../support/raw-events.ts';
import { mustRun } from '../command.ts';
import type { SuiteRun } from '../suite-report.ts';
import { goProgram, javaProgram, pythonProgram } from './peer.ts';
import { outcomeOf } from './peer-suites.ts';

export interface TypedSender {
  readonly language: string;
  readonly version: string;
  /** A loopback address of its own with the default port: not every client takes a port in the Endpoint. */
  readonly host: string;
  install(): Promise<readonly [file: string, args: readonly string[]]>;
}

const javascript = fileURLToPath(new URL('javascript-typed-sender.ts', import.meta.url));

export const javascriptSender: TypedSender = {
  language: 'JavaScript',
  version: '6.0.4',
  host: '127.0.0.75',
  install: async () => [process.execPath, [javascript]],
};

export const typedSenders: readonly TypedSender[] = [
  javascriptSender,
  { language: 'Go', version: '2.0.2', host: '127.0.0.76', install: () => goProgram('typed-sender') },
  {
    language: 'Python',
    version: '5.15.1',
    host: '127.0.0.77',
    install: () => pythonProgram('typed_sender.py'),
  },
  { language: 'Java', version: '5.20.4', host: '127.0.0.78', install: () => javaProgram('TypedSender') },
];

const brokers = ['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time'];

export async function runTypedSender(sender: TypedSender): Promise<SuiteRun> {
  const startedMs = performance.now();
  const [file, args] = await sender.install();
  const azurite = await startAzurite();
  const emulator = await startEmulator({
    host: sender.host,
    port: 5672,
    hubs: [{ name: 'orders', partitionCount: 1 }],
  });
  try {
    const connectionString = emulator.connectionString('orders');
    const { stdout } = await mustRun(file, [...args, connectionString], { timeoutMs: 120_000 });
    const sent: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    const [arrived = Buffer.alloc(0)] = await receiveRaw(connectionString, 'orders', '0', 1);
    const cli = new DeadLettersCommand(emulator, azurite);
    const event = letterEvent(arrived, { sequenceNumber: 0, enqueuedAtMs: 1000 });
    await cli.store({ ...deadLetterOf(), event });
    const shownCode = await cli.run('show', '0/0', '--json');
    const shown = JSON.parse(cli.out.join('\n')) as { message: { applicationProperties: unknown } };
    const replayCode = await cli.run('replay', '0/0');
    const [replayed = Buffer.alloc(0)] = await receiveRaw(connectionString, 'orders', '0', 1, 0);
    return {
      suite: `${sender.language}, every type of property, our program`,
      version: sender.version,
      tests: [
        outcomeOf('a property of each type arrives as it was sent', () =>
          assert.deepEqual(
            JSON.parse(JSON.stringify(decodeTypedMessage(arrived).applicationProperties)),
            sent,
          ),
        ),
        outcomeOf('its dead letter shows every type', () => {
          assert.equal(shownCode, 0);
          assert.deepEqual(shown.message.applicationProperties, sent);
        }),
        outcomeOf('a replay has the same bytes', () => {
          assert.equal(replayCode, 0);
          const labels = { 'eventhub-worker-replay-attempt': 1, 'eventhub-worker-replay-of': '0:0:1000' };
          const expected = withApplicationProperties(withoutAnnotations(arrived, brokers), labels);
          assert.deepEqual(withoutAnnotations(replayed, brokers), expected);
        }),
      ],
      gaps: [],
      seconds: (performance.now() - startedMs) / 1000,
    };
  } finally {
    await emulator.close();
    await azurite.stop();
  }
}
