// One life of a worker: a simulated process with the real engine in it.

import type { Handler } from '../../../src/engine/handling/handler.ts';
import { reasonOf } from '../../../src/engine/errors.ts';
import type { Report } from '../../../src/engine/reports.ts';
import type { EnginePorts } from '../../../src/engine/ports.ts';
import type { WorkerEnd } from '../../../src/engine/worker.ts';
import { Worker } from '../../../src/engine/worker.ts';
import type { GroupSettings } from './settings.ts';
import type { SimProcess } from './sim-process.ts';
import type { Trace } from './trace.ts';

const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface SimWorkerOptions {
  readonly process: SimProcess;
  readonly ports: Omit<EnginePorts, 'clock' | 'report' | 'handlerLog'>;
  readonly handler: Handler;
  readonly settings: GroupSettings;
  readonly trace: Trace;
  readonly heard: (report: Report) => void;
  /** It ended by itself: after a drain or stop with how that went, otherwise with an error. */
  readonly ended: (end: WorkerEnd | Error) => void;
}

export class SimWorker {
  readonly process: SimProcess;
  readonly #worker: Worker;
  readonly #options: SimWorkerOptions;
  #isLeaving = false;
  #isStarted = false;

  constructor(options: SimWorkerOptions) {
    const { process, settings, trace } = options;
    this.process = process;
    this.#options = options;
    this.#worker = new Worker({
      ports: {
        ...options.ports,
        clock: process.clock,
        handlerLog: () => silentLog,
        report: (report) => {
          options.heard(report);
          if (!dullReports.has(report.kind)) trace.note(process.id, () => describe(report));
        },
      },
      handler: options.handler,
      settings: {
        ...settings,
        lease: { ...settings.lease, workerId: process.workerId, nonce: process.id },
      },
    });
    this.#worker.start().then(
      () => (this.#isStarted = true),
      // A start that is cut short by a drain has no more to say: the drain tells how it ended.
      (error: unknown) => {
        if (!this.#isLeaving) this.#end(toError(error));
      },
    );
    void this.#worker.ended.then((error) => {
      if (error !== undefined) this.#end(error);
    });
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** start() has settled. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  get engine(): Worker {
    return this.#worker;
  }

  /** SIGTERM. */
  drain(): void {
    this.#leave('drain', this.#worker.drain());
  }

  /** The second SIGTERM. */
  stop(): void {
    this.#leave('stop', this.#worker.stop());
  }

  #leave(how: string, end: Promise<WorkerEnd>): void {
    this.#isLeaving = true;
    this.#options.trace.note(this.process.id, () => how);
    end.then(
      (value) => this.#end(value),
      (error: unknown) => this.#end(toError(error)),
    );
  }

  #end(end: WorkerEnd | Error): void {
    if (this.process.isDead) return;
    this.#options.trace.note(this.process.id, () =>
      end instanceof Error ? `ended by itself: ${end.message}` : `left ${JSON.stringify(end)}`,
    );
    this.#options.ended(end);
  }
}

const dullReports: ReadonlySet<string> = new Set(['tick', 'received', 'finished', 'attempt.failed']);

function describe(report: Report): string {
  const { kind, ...rest } = report;
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${value instanceof Error ? reasonOf(value) : String(value)}`,
  );
  return `${kind} ${details.join(' ')}`;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
