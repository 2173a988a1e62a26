// A second opinion that shares nothing with ours, nor with rhea: github.com/Azure/go-amqp, which the official Go SDK decodes
// with. Built once into a folder of the system's temporary directory; skipped where Go is not installed.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import type { TypedMessage } from '../../../src/codec/typed-message.ts';
import { mayClaimManyItems } from '../../fuzz/codec/claimed-counts.ts';
import { readCorpus } from '../../fuzz/codec/corpus-file.ts';
import { Mutator } from '../../fuzz/codec/mutator.ts';
import { encodeAnyhow } from '../../support/codec/any-encoding.ts';
import { typedMessage, typedScalar, typedValue } from '../../support/codec/typed-values.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { differenceFromGo } from './go-reading.ts';
import type { GoMessage } from './go-reading.ts';

const run = promisify(execFile);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const mutated = 20_000;

test(
  'G11: what Go reads, we read, with the same values of the same types',
  { timeout: 300_000 },
  async (t) => {
    const hasGo = await run('sh', ['-c', 'command -v go']).catch(() => undefined);
    if (hasGo === undefined) return t.skip('go is not installed here');
    t.diagnostic(`seed ${seed}`);
    const inputs = makeInputs();
    const answers = await decodeWithGo(await buildDecoder(), inputs);
    assert.equal(answers.length, inputs.length);
    let both = 0;
    let goAlone = 0;
    for (const [index, input] of inputs.entries()) {
      const theirs = answers[index];
      if (theirs === undefined || theirs.error !== undefined) continue;
      const ours = readOurs(input);
      if (ours instanceof CodecError) {
        goAlone += 1;
        assert.match(ours.reason, refusedByUsAlone, input.toString('hex'));
        continue;
      }
      both += 1;
      assert.equal(differenceFromGo(ours, theirs), undefined, input.toString('hex'));
    }
    t.diagnostic(`${inputs.length} messages, ${both} read by both, ${goAlone} by Go alone`);
    assert.ok(both > 1000);
  },
);

/** Go takes the last of several sections of one kind, ignores sizes, descriptors of items and the rest of a boolean's byte, and checks no UTF-8. */
const refusedByUsAlone =
  /a second|beside|bytes behind|bytes are left|smaller than|reaches beyond|cut off|counts|more items|UTF-8|neither 0 nor 1|deep within|key without|unknown constructor|a value is missing|fields where|is not a list|is expected|is not binary/;

function makeInputs(): readonly Buffer[] {
  const random = new SeededRandom(seed);
  const choose = (count: number): number => Math.floor(random.next() * count);
  const value = Buffer.from('005377', 'hex');
  const right = [
    ...loadEventCorpus().map((event) => Buffer.from(encodeCorpusEvent(event))),
    ...fc.sample(typedMessage, { seed, numRuns: 2000 }).map((message) => encodeMessage(message)),
    ...fc
      .sample(fc.oneof(typedScalar, typedValue), { seed, numRuns: 3000 })
      .map((typed) => Buffer.concat([value, encodeAnyhow(typed, choose)])),
  ];
  const old = [...right.filter(({ length }) => length < 2048), ...readCorpus().map(({ bytes }) => bytes)];
  const mutator = new Mutator(random);
  const pick = (): Buffer => old[choose(old.length)] ?? value;
  const changed = Array.from({ length: mutated }, () => mutator.mutate(pick(), pick()));
  return [...right, ...old, ...changed].filter(
    (input) => !mayClaimManyItems(input) || !(readOurs(input) instanceof CodecError),
  );
}

function readOurs(input: Buffer): TypedMessage | CodecError {
  try {
    return decodeTypedMessage(input);
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
}

async function buildDecoder(): Promise<string> {
  const folder = join(tmpdir(), 'eventhub-worker-go-decoder');
  await mkdir(folder, { recursive: true });
  await cp(join(import.meta.dirname, 'go'), folder, { recursive: true });
  await run('go', ['build', '-o', 'decoder', '.'], { cwd: folder });
  return join(folder, 'decoder');
}

async function decodeWithGo(decoder: string, inputs: readonly Buffer[]): Promise<readonly GoMessage[]> {
  const child = spawn(decoder, { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = text(child.stdout);
  child.stdin.end(inputs.map((input) => `${input.toString('hex')}\n`).join(''));
  const lines = (await output).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as GoMessage);
}
