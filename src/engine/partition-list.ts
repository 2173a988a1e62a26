// The hub's partitions as this worker knows them: read at the start, and again now and then, because partitions can be
// added while it runs.

import { asError } from './errors.ts';
import type { StartPosition } from './event.ts';
import type { Clock, EventSource } from './ports.ts';
import type { ReportSink } from './reports.ts';
import { sleep, withDeadline } from './waiting.ts';

const refreshMs = 300_000;

export interface PartitionListOptions {
  readonly source: EventSource;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly report: ReportSink;
  /** There are more partitions than before. */
  readonly grown: () => void;
}

export class PartitionList {
  readonly #options: PartitionListOptions;
  readonly #added = new Set<string>();
  #ids: readonly string[] = [];

  constructor(options: PartitionListOptions) {
    this.#options = options;
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  /**
   * Where a partition without a checkpoint begins. One that was added while we ran begins at its first event, whatever the
   * configured start: "latest" would lose everything sent between its creation and our noticing it (G1).
   */
  startOf(partitionId: string, configured: StartPosition): StartPosition {
    return this.#added.has(partitionId) ? { at: 'earliest' } : configured;
  }

  /** The first read; rejects with what the hub answered. */
  async read(signal: AbortSignal): Promise<void> {
    this.#ids = await this.#readIds(signal);
  }

  /** Reads again until the signal is aborted. A failed read changes nothing and is tried again at the next turn. */
  async keepUp(signal: AbortSignal): Promise<void> {
    const { clock, report, grown } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, refreshMs, signal);
      if (signal.aborted) return;
      try {
        const ids = await this.#readIds(signal);
        const added = ids.filter((partitionId) => !this.#ids.includes(partitionId));
        for (const partitionId of added) this.#added.add(partitionId);
        this.#ids = ids;
        if (added.length > 0) grown();
      } catch (error) {
        if (!signal.aborted) report({ kind: 'tick', durationMs: 0, result: 'failed', error: asError(error) });
      }
    }
  }

  #readIds(signal: AbortSignal): Promise<readonly string[]> {
    const { clock, source, callTimeoutMs: timeoutMs } = this.#options;
    return withDeadline(clock, { operation: 'read partition ids', timeoutMs, signal }, (inner) =>
      source.partitionIds(inner),
    );
  }
}
