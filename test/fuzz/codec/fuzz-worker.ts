// The loop of the fuzzer, in a thread of its own so that a hang and a full heap are seen from outside: it writes each input into
// shared memory before it tries it.
import { Buffer } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { encodeAnyhow } from '../../support/codec/any-encoding.ts';
import { typedMessage, typedValue } from '../../support/codec/typed-values.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { checkInput } from './claims.ts';
import { readCorpus } from './corpus-file.ts';
import { Coverage } from './coverage.ts';
import type { FuzzOrder, FuzzReport } from './fuzz-run.ts';
import { Mutator } from './mutator.ts';

/** Asking V8 what ran costs as much as hundreds of inputs. */
const batchSize = 512;
const longestSeedBytes = 2_048;
/** One input may take so long; measured again before it counts, because a machine may be busy. */
const longestMs = 100;

const { seed, minutes, current } = workerData as FuzzOrder;
const trace = { counter: new Int32Array(current, 0, 2), bytes: new Uint8Array(current, 8) };
const random = new SeededRandom(seed);
const mutator = new Mutator(random);
const coverage = new Coverage('/src/codec/');
const kept = seeds();
const report: FuzzReport = { inputs: 0, read: 0, parts: 0, kept: [] };

for (const input of kept) attempt(input);
coverage.learn();
const endMs = performance.now() + minutes * 60_000;
let toldMs = performance.now();
while (performance.now() < endMs) {
  explore(Array.from({ length: batchSize }, () => mutator.mutate(pick(), pick())));
  if (performance.now() - toldMs > 10_000) tell();
}
tell();

/** Tries inputs, and keeps those that reach something new: they are found by halves. */
function explore(inputs: readonly Buffer[]): void {
  for (const input of inputs) attempt(input);
  const [only] = inputs;
  if (only === undefined || !coverage.hasNew()) return;
  if (inputs.length > 1) {
    explore(inputs.slice(0, inputs.length >> 1));
    explore(inputs.slice(inputs.length >> 1));
    return;
  }
  attempt(only);
  coverage.learn();
  kept.push(only);
  report.kept.push(only.toString('hex'));
}

function attempt(input: Buffer): void {
  trace.bytes.set(input);
  trace.counter[1] = input.length;
  Atomics.add(trace.counter, 0, 1);
  report.inputs += 1;
  let startedMs = performance.now();
  if (checkInput(input) !== 'refused') report.read += 1;
  for (let tries = 3; performance.now() - startedMs > longestMs; tries -= 1) {
    if (tries === 0) throw new Error(`an input of ${input.length} bytes takes more than ${longestMs} ms`);
    startedMs = performance.now();
    checkInput(input);
  }
}

function tell(): void {
  toldMs = performance.now();
  report.parts = coverage.partCount;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(report);
}

function pick(): Buffer {
  return kept[Math.floor(random.next() * kept.length)] ?? Buffer.alloc(0);
}

/** The committed corpus, events as they come, and values and messages that are right in everything. */
function seeds(): Buffer[] {
  const options = { seed, numRuns: 150 };
  const messages = fc.sample(typedMessage, options).map((message) => encodeMessage(message));
  const values = fc
    .sample(typedValue, options)
    .map((value) => encodeAnyhow(value, (count) => Math.floor(random.next() * count)));
  const events = loadEventCorpus().map((event) => Buffer.from(encodeCorpusEvent(event)));
  const all = [...readCorpus().map(({ bytes }) => bytes), ...messages, ...values, ...events];
  return all.filter((input) => input.length <= longestSeedBytes);
}
