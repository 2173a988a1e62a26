// What the emulator costs while nothing, and while much, is in it: node test/bench/emulator-size.ts [--rounds 3] [--json]
//   start     a process from its start until it listens, and startEmulator() alone in a process that runs
//   idle      memory with 1,024 partitions, never used
//   retained  memory with 1 GB of 1 KB events in 16 partitions, CPU per event to store them
//   kept      the same with a data directory, and the start that reads it all back
// Each figure comes from a process of its own; median of the rounds, lowest and highest in brackets.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmulator } from '../../src/emulator/index.ts';

const retainedBytes = 1e9;
const bodyBytes = 1024;

interface Sample {
  /** From the start of the process, and what of it was work: the rest is waiting for a busy machine. */
  readonly listeningMs: number;
  readonly listeningCpuMs: number;
  /** startEmulator() alone. */
  readonly startMs: number;
  readonly rssBytes: number;
  readonly storedEvents: number;
  readonly storedBytes: number;
  readonly microsPerEvent: number;
}

interface Wanted {
  readonly partitions: number;
  readonly fillBytes: number;
  readonly dataFolder?: string;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
});

if (values.child === undefined) await main(Number(values.rounds));
else await measure(JSON.parse(values.child) as Wanted);

async function main(rounds: number): Promise<void> {
  const rows: [string, Sample[]][] = [];
  const folder = await mkdtemp(join(tmpdir(), 'emulator-size-'));
  try {
    const cases: readonly (readonly [string, Wanted])[] = [
      ['1 partition, empty', { partitions: 1, fillBytes: 0 }],
      ['1,024 partitions, empty', { partitions: 1024, fillBytes: 0 }],
      ['16 partitions, 1 GB', { partitions: 16, fillBytes: retainedBytes }],
      [
        '16 partitions, 1 GB, data directory',
        { partitions: 16, fillBytes: retainedBytes, dataFolder: folder },
      ],
      ['... started again on it', { partitions: 16, fillBytes: 0, dataFolder: folder }],
    ];
    for (const [name] of cases) rows.push([name, []]);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, [, wanted]] of cases.entries()) rows[index]?.[1].push(await sample(wanted));
      await rm(folder, { recursive: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (values.json) console.log(JSON.stringify(Object.fromEntries(rows), null, 2));
  else print(rows);
}

async function sample(wanted: Wanted): Promise<Sample> {
  const child = fork(new URL(import.meta.url), ['--child', JSON.stringify(wanted)], {
    execArgv: ['--expose-gc'],
  });
  const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(120_000) })) as [Sample];
  child.disconnect();
  await once(child, 'exit');
  return message;
}

async function measure({ partitions, fillBytes, dataFolder }: Wanted): Promise<void> {
  const startedAt = performance.now();
  const emulator = await startEmulator({
    port: 0,
    hubs: [{ name: 'orders', partitionCount: partitions, retentionBytes: 2 * retainedBytes }],
    ...(dataFolder === undefined ? {} : { dataFolder }),
  });
  const listeningMs = performance.now();
  const untilListening = process.cpuUsage();
  const orders = emulator.hub('orders');
  const body = Buffer.alloc(bodyBytes, 'x');
  const cpuBefore = process.cpuUsage();
  let events = 0;
  for (let bytes = 0; bytes < fillBytes; bytes += bodyBytes) {
    orders.append(String(events % partitions), { body });
    events += 1;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  globalThis.gc?.();
  const views = orders.partitions;
  const result: Sample = {
    listeningMs,
    listeningCpuMs: (untilListening.user + untilListening.system) / 1000,
    startMs: listeningMs - startedAt,
    rssBytes: process.memoryUsage.rss(),
    storedEvents: views.reduce((sum, { eventCount }) => sum + eventCount, 0),
    storedBytes: views.reduce((sum, { byteCount }) => sum + byteCount, 0),
    microsPerEvent: events === 0 ? 0 : (user + system) / events,
  };
  process.once('disconnect', () => void emulator.close());
  process.send?.(result);
}

function print(rows: readonly (readonly [string, readonly Sample[]])[]): void {
  console.log(
    '| | process until it listens, ms | startEmulator(), ms | memory, MB | stored, MB | CPU per event, us |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const [name, samples] of rows) {
    const cells = [
      spread(samples, ({ listeningMs }) => listeningMs, 0),
      spread(samples, ({ listeningCpuMs }) => listeningCpuMs, 0),
      spread(samples, ({ startMs }) => startMs, 0),
      spread(samples, ({ rssBytes }) => rssBytes / 1e6, 0),
      spread(samples, ({ storedBytes }) => storedBytes / 1e6, 0),
      spread(samples, ({ microsPerEvent }) => microsPerEvent, 2),
    ];
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
}

function spread(samples: readonly Sample[], of: (sample: Sample) => number, digits: number): string {
  const sorted = samples.map(of).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  if (median === 0) return '-';
  return `${median.toFixed(digits)} (${(sorted[0] ?? 0).toFixed(digits)} - ${(sorted.at(-1) ?? 0).toFixed(digits)})`;
}
