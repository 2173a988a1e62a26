// How many letters `dead-letters replay` sends back a second, against the emulator and Azurite, each a process of its own:
//   node test/bench/replay.ts [--letters 10000] [--bytes 500] [--keys 100]
// --keys 0: letters without a key. Prints the JSON of the command, and the CPU it took.

import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openAzure } from '../../src/azure/azure.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { orThrow, readGroupConfig } from '../../src/config/read-config.ts';
import { startAzurite, uniqueContainerName } from '../support/azurite.ts';
import { base64, deadLetterOf, keyed } from '../support/dead-letter.ts';
import { realClock } from '../support/real-clock.ts';

const { values } = parseArgs({
  options: {
    letters: { type: 'string', default: '10000' },
    bytes: { type: 'string', default: '500' },
    keys: { type: 'string', default: '100' },
  },
});
const [letters, bytes, keys] = [values.letters, values.bytes, values.keys].map(Number) as [
  number,
  number,
  number,
];
const partitions = 8;
const main = new URL('../../src/main.ts', import.meta.url).pathname;

const azurite = await startAzurite();
const emulator = spawn(process.execPath, [main, 'emulator', '--port', '0', '--hub', `orders:${partitions}`], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const env = {
    EVENTHUB_CONNECTION_STRING: await connectionStringFrom(emulator.stdout),
    EVENTHUB_NAME: 'orders',
    STORAGE_CONNECTION_STRING: azurite.connectionString,
    CHECKPOINT_CONTAINER: uniqueContainerName(),
    DEAD_LETTER_CONTAINER: uniqueContainerName(),
  };
  await store(env);
  console.log(JSON.stringify(await replay(env)));
} finally {
  emulator.kill();
  await azurite.stop();
}

async function connectionStringFrom(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [found] = /Endpoint=\S+/.exec(line) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error('the emulator printed no connection string');
}

async function store(env: Record<string, string>): Promise<void> {
  const config = orThrow(readGroupConfig([{ origin: 'environment', values: env }]));
  const random = { next: () => 0.5 };
  const azure = await openAzure({ ...config, workerId: 'bench', clock: realClock, random });
  const signal = new AbortController().signal;
  const body = { data: [base64('x'.repeat(bytes))] };
  let next = 0;
  const storeSome = async (): Promise<void> => {
    for (let index = next++; index < letters; index = next++) {
      const key = keys === 0 ? {} : { messageAnnotations: keyed(`key-${index % keys}`) };
      const place = {
        partitionId: String(index % partitions),
        sequenceNumber: Math.floor(index / partitions),
      };
      await azure.deadLetters.put(deadLetterOf({ ...place, message: { ...key, body } }), signal);
    }
  };
  await Promise.all(Array.from({ length: 32 }, storeSome));
  await azure.close();
}

/** In this process, so that its CPU can be told from that of the emulator and Azurite. */
async function replay(env: Record<string, string>): Promise<object> {
  let printed = '';
  const before = process.cpuUsage();
  await runCommandLine(['dead-letters', 'replay', '--all', '--json'], {
    env,
    writeOut: (text) => void (printed += text),
    writeError: (text) => void process.stderr.write(text),
    isTerminal: false,
    failures: new EventEmitter(),
  });
  const { user, system } = process.cpuUsage(before);
  const result = JSON.parse(printed) as object;
  return { ...result, cpuUsPerLetter: Math.round((user + system) / letters) };
}
