// A place for one worker: its id, its own two proxies (event hub, store), its history files, and whatever process lives
// there at the moment. Every fault is noted in the history at the time it happens.
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { HistoryReader } from '../support/history-file.ts';
import type { ProcessEntry, ProcessId } from '../support/history.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { eventHubThrough, storageThrough } from './connection-strings.ts';
import { ControlledProcess } from './controlled-process.ts';
import type { ProcessEnd } from './controlled-process.ts';
import { monotonicMs } from './monotonic-time.ts';
import { processId } from './run-history.ts';
import { StorageProxy } from './storage-proxy.ts';
import type { StoreLog } from './store-log.ts';
import { until } from './until.ts';

export interface WorkerSlotOptions {
  readonly workerId: string;
  readonly emulatorPort: number;
  readonly azuritePort: number;
  readonly storageConnectionString: string;
  readonly environment: Readonly<Record<string, string>>;
  /** History and log files go there. */
  readonly folder: string;
  readonly reader: HistoryReader;
  readonly storeLog: StoreLog;
  readonly random: () => number;
}

export class WorkerSlot {
  readonly workerId: string;
  readonly eventHubProxy: TcpProxy;
  readonly storageProxy: StorageProxy;
  /** Births, faults and ends of all processes that lived here. */
  readonly entries: ProcessEntry[] = [];
  readonly #options: WorkerSlotOptions;
  #lives = 0;
  #process: ControlledProcess | undefined;
  #httpPort = 0;

  private constructor(options: WorkerSlotOptions, eventHubProxy: TcpProxy, startStorage: StorageProxy) {
    this.workerId = options.workerId;
    this.#options = options;
    this.eventHubProxy = eventHubProxy;
    this.storageProxy = startStorage;
  }

  static async open(options: WorkerSlotOptions): Promise<WorkerSlot> {
    const writer: { slot?: WorkerSlot } = {};
    const eventHubProxy = await TcpProxy.start({ host: '127.0.0.1', port: options.emulatorPort });
    const storageProxy = await StorageProxy.start(options.azuritePort, {
      random: options.random,
      observe: (exchange) => options.storeLog.add(exchange, writer.slot?.processId),
    });
    writer.slot = new WorkerSlot(options, eventHubProxy, storageProxy);
    return writer.slot;
  }

  get process(): ControlledProcess | undefined {
    return this.#process?.isRunning === true ? this.#process : undefined;
  }

  get processId(): ProcessId {
    return processId(this.workerId, this.#process?.pid ?? -1);
  }

  get logPath(): string {
    return join(this.#options.folder, `${this.workerId}-${this.#lives}.log`);
  }

  /** Starts a process; does not wait until it takes part. */
  async start(): Promise<void> {
    if (this.process !== undefined) throw new Error(`${this.workerId} runs already.`);
    this.#lives += 1;
    this.#httpPort = await freePort();
    const { environment, folder, reader, storageConnectionString } = this.#options;
    const historyPath = join(folder, `${this.workerId}-${this.#lives}.jsonl`);
    reader.follow(historyPath);
    this.#process = new ControlledProcess({
      args: ['src/main.ts', 'run'],
      logPath: this.logPath,
      environment: {
        EVENTHUB_CONNECTION_STRING: eventHubThrough(this.eventHubProxy.port),
        STORAGE_CONNECTION_STRING: storageThrough(storageConnectionString, this.storageProxy.port),
        WORKER_ID: this.workerId,
        HANDLER: 'test/chaos/recording-handler.ts',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(this.#httpPort),
        CHAOS_HISTORY_FILE: historyPath,
        ...environment,
      },
    });
    this.#note('born');
    const entry = { ...this.#about(), kind: 'left' as const };
    void this.#process.ended.then(({ atMs, signal }) => {
      // A killed process did not leave: kill() notes that.
      if (signal !== 'SIGKILL') this.entries.push({ ...entry, atMs });
    });
  }

  /** Settles when /readyz says so. */
  async ready(withinMs = 60_000): Promise<void> {
    await until(`${this.workerId} is ready`, withinMs, async () => {
      if (this.process === undefined)
        throw new Error(`${this.workerId} ended:\n${this.#process?.log() ?? ''}`);
      return (await this.probe('/readyz')) === 200;
    });
  }

  /** HTTP status of a probe; undefined when nobody answers within a second. */
  async probe(path: string): Promise<number | undefined> {
    try {
      const signal = AbortSignal.timeout(1000);
      const response = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`, { signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return undefined;
    }
  }

  /** The text of a page of the worker's HTTP server. */
  async page(path: string): Promise<string> {
    const signal = AbortSignal.timeout(5000);
    return (await fetch(`http://127.0.0.1:${this.#httpPort}${path}`, { signal })).text();
  }

  async kill(): Promise<void> {
    const process = this.#running();
    process.kill();
    const { atMs } = await process.ended;
    this.entries.push({ ...this.#about(), kind: 'crashed', atMs });
  }

  /** SIGTERM; settles with the end. */
  terminate(): Promise<ProcessEnd> {
    const process = this.#running();
    process.terminate();
    return process.ended;
  }

  /** SIGSTOP, as a node does that runs out of memory or is moved by its host. */
  pause(): void {
    this.#note('suspended');
    this.#running().pause();
  }

  resume(): void {
    this.#running().resume();
  }

  /** The store does not answer this worker any more. */
  cutStorage(): void {
    this.#note('suspended');
    this.storageProxy.inject('silent');
  }

  restoreStorage(): void {
    this.storageProxy.clear();
    this.storageProxy.cut();
  }

  async close(): Promise<void> {
    if (this.process !== undefined) await this.kill();
    await Promise.all([this.eventHubProxy.close(), this.storageProxy.close()]);
  }

  #running(): ControlledProcess {
    const { process } = this;
    if (process === undefined) throw new Error(`${this.workerId} does not run.`);
    return process;
  }

  #note(kind: ProcessEntry['kind']): void {
    this.entries.push({ ...this.#about(), kind, atMs: monotonicMs() });
  }

  #about(): { readonly process: ProcessId; readonly workerId: string } {
    return { process: this.processId, workerId: this.workerId };
  }
}

/** A port nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
