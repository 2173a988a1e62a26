// Fuzzes a part of the product: npm run fuzz -- codec [--minutes 1] [--seed S] [--save].
// Inputs are the committed corpus (test/fuzz/codec/corpus.txt), events as they come and generated messages, changed byte by
// byte; those that reach new parts of the code are kept and changed further. A failure prints its input and its seed.

import { Buffer } from 'node:buffer';
import { parseArgs } from 'node:util';
import { readCorpus, writeCorpus } from '../test/fuzz/codec/corpus-file.ts';
import { fuzzCodec } from '../test/fuzz/codec/fuzz-run.ts';
import type { FuzzReport } from '../test/fuzz/codec/fuzz-run.ts';

const usage = `Usage: npm run fuzz -- codec [--minutes M] [--seed S] [--save]
  --minutes M  how long (default 1)
  --seed S     where chance begins (default: the time)
  --save       add the inputs that reached new parts, or failed, to the committed corpus`;

process.exitCode = await main();

async function main(): Promise<number> {
  let options: { readonly minutes: number; readonly seed: number; readonly isSaving: boolean };
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const { minutes, seed, isSaving } = options;
  console.log(`fuzzing the codec for ${minutes} minutes, seed ${seed}`);
  let last: FuzzReport | undefined;
  const failure = await fuzzCodec(seed, minutes, (report) => {
    last = report;
    console.log(
      `${report.inputs} inputs, ${report.read} of them messages; ${report.parts} parts reached, ${report.kept.length} inputs kept`,
    );
  });
  const found = (last?.kept ?? []).map((hex, index) => ({ name: `seed-${seed}-${index}`, hex }));
  if (failure !== undefined) {
    console.error(`FAILED with seed ${seed}: ${failure.reason}\ninput: ${failure.hex}`);
    found.push({ name: `failed-${seed}`, hex: failure.hex });
  }
  if (isSaving && found.length > 0) {
    writeCorpus([
      ...readCorpus(),
      ...found.map(({ name, hex }) => ({ name, bytes: Buffer.from(hex, 'hex') })),
    ]);
  }
  return failure === undefined ? 0 : 1;
}

function readOptions(): { minutes: number; seed: number; isSaving: boolean } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      save: { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1 || positionals[0] !== 'codec')
    throw new TypeError('what can be fuzzed: codec');
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  if (!(minutes > 0)) throw new TypeError(`--minutes ${values.minutes} is no time`);
  if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed ${values.seed} is no whole number`);
  return { minutes, seed, isSaving: values.save };
}
