// Runs the fuzzer's thread and watches it: a failed claim, an input that hangs, a heap that fills.
import { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import { checkInput } from './claims.ts';

/** What the thread is told. */
export interface FuzzOrder {
  readonly seed: number;
  readonly minutes: number;
  /** A count of inputs and the length of the current one as 32-bit integers, and its bytes. */
  readonly current: SharedArrayBuffer;
}

/** What the thread tells of itself. */
export interface FuzzReport {
  inputs: number;
  /** Inputs that are messages. */
  read: number;
  /** Parts of the codec that were reached. */
  parts: number;
  /** Inputs that reached new parts, in hex. */
  readonly kept: string[];
}

export interface FuzzFailure {
  readonly reason: string;
  /** The input in hex, made as short as it fails. */
  readonly hex: string;
}

const hangMs = 15_000;
const heapMb = 256;
const sharedBytes = 8 + 65_536;

export async function fuzzCodec(
  seed: number,
  minutes: number,
  tell: (report: FuzzReport) => void,
): Promise<FuzzFailure | undefined> {
  const current = new SharedArrayBuffer(sharedBytes);
  const counter = new Int32Array(current, 0, 2);
  const order: FuzzOrder = { seed, minutes, current };
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const ended = Promise.withResolvers<FuzzFailure | undefined>();
  const fail = (reason: string, isRepeatable: boolean): void => {
    const input = Buffer.from(new Uint8Array(current, 8, counter[1]));
    ended.resolve({ reason, hex: (isRepeatable ? shortest(input, reason) : input).toString('hex') });
  };
  let seenCount = -1;
  const watch = setInterval(() => {
    const count = Atomics.load(counter, 0);
    if (count === seenCount) fail(`hangs for more than ${hangMs} ms`, false);
    seenCount = count;
  }, hangMs);
  worker.on('message', tell);
  // A hang and a full heap are not tried again: they would hang and fill this thread.
  worker.on('error', (error) => {
    const isHeapFull = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    fail(error instanceof Error ? error.message : String(error), !isHeapFull);
  });
  worker.on('exit', () => ended.resolve(undefined));
  try {
    return await ended.promise;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

/** Cuts parts out as long as the rest still fails in the same way. */
function shortest(input: Buffer, reason: string): Buffer {
  if (failureOf(input) !== reason) return input;
  let best = input;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= best.length;) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (failureOf(shorter) === reason) best = shorter;
      else at += size;
    }
  }
  return best;
}

function failureOf(input: Buffer): string | undefined {
  if (input.length > 4096) return undefined;
  try {
    checkInput(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
