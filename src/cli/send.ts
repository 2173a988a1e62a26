// `send`: puts events into the event hub, made up or from a file, and says what became of each: none is dropped silently.

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { Command, Option } from 'commander';
import { Producer } from '../azure/producer.ts';
import type { ProducedEvent } from '../azure/producer.ts';
import { orThrow, readEventHubConfig } from '../config/read-config.ts';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { CommandContext } from './command.ts';
import { wholeNumberBetween } from './option-values.ts';
import { redraw } from './redraw.ts';
import { fileEvents, madeUpEvents } from './send/outgoing.ts';
import type { Outgoing } from './send/outgoing.ts';
import { Pace } from './send/pace.ts';
import { Tally } from './send/tally.ts';
import { Shutdown } from './shutdown.ts';
import { systemClock, systemRandom } from './system-clock.ts';

interface SendOptions {
  readonly count: number;
  readonly keys: number;
  readonly size: number;
  readonly file?: string;
  readonly keyField?: string;
  readonly rate: number;
  readonly retries: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly timeoutMs: number;
  readonly failed?: string;
  readonly json?: true;
}

const redrawMs = 250;

export function createCommand(context: CommandContext): Command {
  const million = 1_000_000;
  const hour = 3_600_000;
  return new Command()
    .description(
      'Sends events to EVENTHUB_NAME: made-up ones, or the lines of a file (one JSON text per line). Events with the same key arrive in order.',
    )
    .option(
      '--count <events>',
      'made-up events; 0 sends until it is told to stop',
      wholeNumberBetween(0, 1e12),
      1000,
    )
    .option('--keys <keys>', 'different partition keys; 0 for none', wholeNumberBetween(0, million), 100)
    .option('--size <bytes>', 'size of a made-up body', wholeNumberBetween(0, million), 256)
    .addOption(
      new Option('--file <path>', 'send the lines of this file instead (- for standard input)').conflicts([
        'count',
        'keys',
        'size',
      ]),
    )
    .option('--key-field <name>', "with --file: the field that holds an event's partition key")
    .option('--rate <events per second>', '0 for as fast as it goes', wholeNumberBetween(0, million), 0)
    .option('--retries <tries>', 'further tries after the first', wholeNumberBetween(0, 1000), 7)
    .option('--retry-min-ms <ms>', 'pause before the second try', wholeNumberBetween(1, hour), 2000)
    .option('--retry-max-ms <ms>', 'longest pause between two tries', wholeNumberBetween(1, hour), 30_000)
    .option('--timeout-ms <ms>', 'for one try', wholeNumberBetween(100, hour), 60_000)
    .option('--failed <path>', 'write the bodies of events that could not be sent here, one per line')
    .option('--json', 'print the result as JSON')
    .action(async (options: SendOptions) => send(context, options));
}

async function send(context: CommandContext, options: SendOptions): Promise<void> {
  const access = orThrow(readEventHubConfig(context.layers()));
  const fileBytes = options.file === undefined ? undefined : sizeOf(options.file);
  using failures = new FailedFile(options.failed);
  using shutdown = new Shutdown(process);
  const tally = new Tally(performance.now());
  const fail = (events: readonly Buffer[], error: WorkerError): void => {
    tally.fail(events.length, error);
    failures.write(events);
  };
  const producer = await Producer.open({
    access,
    clock: systemClock,
    random: systemRandom,
    retries: options.retries,
    backOff: { minMs: options.retryMinMs, maxMs: Math.max(options.retryMinMs, options.retryMaxMs) },
    timeoutMs: options.timeoutMs,
    onRetry: (events) => void (tally.retried += events),
    onSent: (events) => void (tally.sent += events),
    onFailed: (events: readonly ProducedEvent[], error) =>
      fail(
        events.map(({ body }) => body),
        error,
      ),
  });
  let readBytes = 0;
  const done = (): number | undefined => {
    if (fileBytes !== undefined) return fileBytes === 0 ? undefined : readBytes / fileBytes;
    return options.count === 0 ? undefined : (tally.sent + tally.failed) / options.count;
  };
  const drawing =
    context.isTerminal && options.json !== true
      ? setInterval(() => redraw(tally.progressLine(performance.now(), done())), redrawMs)
      : undefined;
  // A second signal gives up what is still being tried.
  shutdown.stop.addEventListener('abort', () => void producer.close(), { once: true });
  try {
    const pace = new Pace(systemClock, options.rate);
    for await (const next of outgoing(options, shutdown.drain)) {
      if (next.kind === 'unusable') {
        fail([next.text], next.error);
        continue;
      }
      await pace.next(shutdown.drain);
      if (shutdown.drain.aborted) break;
      await producer.add(next.event);
      readBytes = next.readBytes;
    }
    await producer.flush();
  } finally {
    clearInterval(drawing);
    if (drawing !== undefined) redraw('');
    await producer.close();
  }
  tell(context, options, tally);
  if (shutdown.drain.aborted && (options.file !== undefined || options.count > 0)) {
    context.note('Stopped before everything was sent.');
    context.exitWith(1);
  }
}

function outgoing(options: SendOptions, signal: AbortSignal): AsyncGenerator<Outgoing> {
  const run = randomUUID();
  const { file: path, keyField, count, keys, size: sizeBytes } = options;
  if (path !== undefined) return fileEvents({ run, path, keyField }, signal);
  return madeUpEvents({ run, count, keys, sizeBytes }, signal);
}

/** Throws EHW_SEND_FAILED after the figures when an event could not be sent. */
function tell(context: CommandContext, options: SendOptions, tally: Tally): void {
  const nowMs = performance.now();
  context.print(options.json === true ? tally.json(nowMs) : tally.closingLine(nowMs));
  if (tally.failed === 0) return;
  const [reason = '', ...others] = tally.reasons;
  for (const other of others) context.note(other);
  const where = options.failed === undefined ? '' : ` Their bodies are in ${options.failed}.`;
  throw new WorkerError('EHW_SEND_FAILED', {
    count: tally.failed,
    reason: reason.replace(/\.$/, '') + where,
  });
}

/** Undefined where the size cannot be known (standard input, a pipe). */
function sizeOf(path: string): number | undefined {
  if (path === '-') return undefined;
  try {
    const found = statSync(path);
    return found.isFile() ? found.size : undefined;
  } catch (thrown) {
    throw new WorkerError('EHW_BAD_USAGE', { reason: `--file ${path} cannot be read: ${reasonOf(thrown)}` });
  }
}

/** Written at once, so that a crash loses nothing of it; made empty at the start, so that it never tells of another run. */
class FailedFile implements Disposable {
  readonly #descriptor: number | undefined;

  constructor(path: string | undefined) {
    try {
      this.#descriptor = path === undefined ? undefined : openSync(path, 'w');
    } catch (thrown) {
      throw new WorkerError('EHW_BAD_USAGE', {
        reason: `--failed ${String(path)} cannot be written: ${reasonOf(thrown)}`,
      });
    }
  }

  write(bodies: readonly Buffer[]): void {
    if (this.#descriptor === undefined) return;
    for (const body of bodies) writeSync(this.#descriptor, Buffer.concat([body, Buffer.from('\n')]));
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
