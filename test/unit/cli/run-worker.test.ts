import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { CrashGuard } from '../../../src/cli/crash-guard.ts';
import { runWorker } from '../../../src/cli/run-worker.ts';
import type { RunnableWorker } from '../../../src/cli/run-worker.ts';
import { Shutdown } from '../../../src/cli/shutdown.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import type { WorkerEnd } from '../../../src/engine/worker.ts';

const clean: WorkerEnd = { isClean: true, unflushedPartitions: [], unreleasedPartitions: [] };
const unclean: WorkerEnd = { isClean: false, unflushedPartitions: ['3'], unreleasedPartitions: [] };

describe('running a worker', () => {
  it('drains at the first signal and exits 0 when everything was handed over', async (t) => {
    const { worker, source, exitCode } = begin(t);
    source.emit('SIGTERM');
    await turn();
    assert.deepEqual(worker.calls, ['start', 'drain']);
    worker.drained.resolve(clean);
    assert.equal(await exitCode, 0);
  });

  it('exits 1 when a checkpoint or a lease is left behind', async (t) => {
    const { worker, source, exitCode } = begin(t);
    source.emit('SIGINT');
    worker.drained.resolve(unclean);
    assert.equal(await exitCode, 1);
  });

  it('stops at once at the second signal', async (t) => {
    const { worker, source, time, exitCode } = begin(t);
    source.emit('SIGTERM');
    await turn();
    time.nowMs = 500;
    source.emit('SIGTERM');
    assert.equal(await exitCode, 0);
    assert.deepEqual(worker.calls, ['start', 'drain', 'stop']);
  });

  it('takes the echo of a Ctrl-C, which npm forwards after the terminal, for the same signal', async (t) => {
    const { worker, source, time, exitCode } = begin(t);
    source.emit('SIGINT');
    time.nowMs = 20;
    source.emit('SIGINT');
    await turn();
    assert.deepEqual(worker.calls, ['start', 'drain']);
    worker.drained.resolve(clean);
    assert.equal(await exitCode, 0);
  });

  it('can be asked to end while it is still starting', async (t) => {
    const { worker, source, exitCode } = begin(t);
    source.emit('SIGTERM');
    await turn();
    worker.started.reject(new Error('cut short'));
    worker.drained.resolve(clean);
    assert.equal(await exitCode, 0);
  });

  it('tells a failed start as what it failed with, after giving back what it held', async (t) => {
    const { worker, exitCode } = begin(t);
    const error = new WorkerError('EHW_EVENT_HUB_NOT_FOUND', { eventHub: 'orders' });
    worker.started.reject(error);
    await assert.rejects(exitCode, error);
    assert.deepEqual(worker.calls, ['start', 'stop']);
  });

  it('stops and exits 1 after an error that nobody caught', async (t) => {
    const { worker, source, lines, exitCode } = begin(t);
    source.emit('unhandledRejection', new TypeError('x is not a function'));
    assert.equal(await exitCode, 1);
    assert.deepEqual(worker.calls, ['start', 'stop']);
    assert.match(lines.join('\n'), /fatal: an error that nobody caught/);
  });

  it("survives the SDK's escaped close of a dead link", async (t) => {
    const { worker, source, harmless, exitCode } = begin(t);
    const escaped = new Error("Unable to close the receiver 'r1' on amqp session due to operation timeout.");
    escaped.name = 'OperationTimeoutError';
    source.emit('unhandledRejection', escaped);
    await turn();
    assert.deepEqual(worker.calls, ['start']);
    assert.deepEqual(harmless, [escaped]);
    source.emit('SIGTERM');
    worker.drained.resolve(clean);
    assert.equal(await exitCode, 0);
  });

  it('exits 1 when the worker ends by itself', async (t) => {
    const { worker, lines, exitCode } = begin(t);
    worker.over.resolve(new WorkerError('EHW_WORKER_ID_TAKEN', { workerId: 'w1' }));
    assert.equal(await exitCode, 1);
    assert.match(lines.join('\n'), /Another live process uses the worker id w1/);
  });

  it('tells an error that escapes while nobody watches as a failure', async () => {
    const source = new EventEmitter();
    using guard = new CrashGuard(source);
    const escaped = new TypeError('x is not a function');
    source.emit('uncaughtException', escaped);
    await assert.rejects(guard.unwatched, escaped);
  });

  it('gives the signals back afterwards', () => {
    const source = new EventEmitter();
    const shutdown = new Shutdown(source);
    const guard = new CrashGuard(source);
    assert.equal(source.listenerCount('SIGTERM'), 1);
    shutdown[Symbol.dispose]();
    guard[Symbol.dispose]();
    for (const name of source.eventNames()) assert.equal(source.listenerCount(name), 0);
  });
});

class ScriptedWorker implements RunnableWorker {
  readonly calls: string[] = [];
  readonly started = Promise.withResolvers<void>();
  readonly drained = Promise.withResolvers<WorkerEnd>();
  readonly over = Promise.withResolvers<Error | undefined>();
  readonly ended = this.over.promise;

  start(): Promise<void> {
    this.calls.push('start');
    return this.started.promise;
  }

  drain(): Promise<WorkerEnd> {
    this.calls.push('drain');
    return this.drained.promise;
  }

  stop(): Promise<WorkerEnd> {
    this.calls.push('stop');
    return Promise.resolve(clean);
  }
}

function begin(t: TestContext) {
  const source = new EventEmitter();
  const harmless: unknown[] = [];
  const lines: string[] = [];
  const time = { nowMs: 0 };
  const shutdown = new Shutdown(source, () => time.nowMs);
  const guard = new CrashGuard(source);
  const crashed = guard.watch((thrown) => harmless.push(thrown));
  t.after(() => {
    shutdown[Symbol.dispose]();
    guard[Symbol.dispose]();
  });
  const worker = new ScriptedWorker();
  const write = (level: string) => (_: object, message: string) => void lines.push(`${level}: ${message}`);
  const log = { info: write('info'), warn: write('warn'), fatal: write('fatal') };
  const exitCode = runWorker(worker, { shutdown, crashed }, log);
  return { worker, source, time, harmless, lines, exitCode };
}

/** Lets everything that is already settled be noticed. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
