// A consumer group that moves by itself, for looking at the operator page without a hub: lag that breathes, one partition
// that falls behind, leases that wander between workers.

import type { LeaseStatus, PartitionStatus, WorkerStatus } from '../../../src/engine/status.ts';
import type { RecentHistory } from '../../../src/http/recent-history.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';

export interface DemoGroupOptions {
  readonly partitions: number;
  readonly workers: number;
  readonly nowMs: () => number;
}

const minuteMs = 60_000;

export class DemoGroup implements RecentHistory {
  readonly #options: DemoGroupOptions;
  readonly #startedMs: number;

  constructor(options: DemoGroupOptions) {
    this.#options = options;
    this.#startedMs = options.nowMs();
  }

  status(): WorkerStatus {
    const { partitions, workers, nowMs } = this.#options;
    const atMs = nowMs();
    const ids = Array.from({ length: partitions }, (_, index) => index);
    const here = ids
      .filter((id) => this.#ownerOf(id) === workerName(0))
      .map((id) => this.#partition(id, atMs));
    const members = Array.from({ length: workers }, (_, index) => ({
      workerId: workerName(index),
      state: index === workers - 1 && workers > 2 ? ('joining' as const) : ('active' as const),
      ageMs: (atMs + index * 1300) % 10_000,
      load: 4 + ((index * 7) % 11),
    }));
    return workerStatus({
      workerId: workerName(0),
      partitionsTotal: partitions,
      partitions: here,
      leases: ids.map((id) => this.#lease(id, atMs)),
      members,
      lastTickAgeMs: atMs % 10_000,
      inFlightEvents: here.reduce((sum, one) => sum + one.inFlightEvents, 0),
      bufferedEvents: 212,
      bufferedBytes: 431_000,
    });
  }

  /** Last sequence number of each partition. */
  ends(): ReadonlyMap<string, number> {
    const atMs = this.#options.nowMs();
    const ids = Array.from({ length: this.#options.partitions }, (_, index) => index);
    return new Map(ids.map((id) => [String(id), this.#lastOf(id, atMs)]));
  }

  leaseChanges(): ReturnType<RecentHistory['leaseChanges']> {
    const atMs = this.#startedMs;
    return [
      ['handed-over', '9', `${workerName(4)} asked for it; drained and flushed in 340 ms`, 0.4],
      ['seen', '21', `${workerName(2)} -> ${workerName(3)}`, 1.1],
      ['claimed-expired', '8', `${workerName(7)} did not renew for 31 s`, 6.2],
      ['claimed-free', '4', 'free; our share is 4', 48],
      ['claimed-free', '0', 'free; our share is 4', 48],
    ].map(([change, partitionId, why, minutes], index) => ({
      atMs: atMs - Number(minutes) * minuteMs,
      partitionId: String(partitionId),
      change: String(change),
      generation: 1_795_290_000 + index,
      why: String(why),
    }));
  }

  deadLetters(): ReturnType<RecentHistory['deadLetters']> {
    const atMs = this.#startedMs;
    return [
      {
        reason: 'invalid',
        error: 'amount: expected number, received string',
        minutes: 2.3,
        sequenceNumber: 48_211,
      },
      {
        reason: 'exhausted',
        error: '5 attempts; last: 503 from payments',
        minutes: 7.9,
        sequenceNumber: 47_950,
      },
      { reason: 'permanent', error: 'unknown customer 8821', minutes: 31, sequenceNumber: 46_002 },
    ].map(({ minutes, ...letter }) => ({ ...letter, atMs: atMs - minutes * minuteMs, partitionId: '4' }));
  }

  lagOf(partitionId: string): ReturnType<RecentHistory['lagOf']> {
    const nowMs = this.#options.nowMs();
    return Array.from({ length: 90 }, (_, index) => nowMs - (90 - index) * 10_000).map((atMs) => ({
      atMs,
      lagEvents: this.#lagOf(Number(partitionId), atMs),
    }));
  }

  #partition(id: number, atMs: number): PartitionStatus {
    const lagEvents = this.#lagOf(id, atMs);
    const last = this.#lastOf(id, atMs);
    return partitionStatus(String(id), {
      generation: 1_795_290_000 + id,
      lastEnqueuedSequenceNumber: last,
      checkpoint: last - lagEvents,
      watermark: last - Math.floor(lagEvents / 2),
      checkpointAgeMs: (atMs + id * 700) % 5000,
      inFlightEvents: 1 + (id % 4),
      lagEvents,
      lagMs: lagEvents * 9,
      handledEvents: last - lagEvents,
    });
  }

  #lease(id: number, atMs: number): LeaseStatus {
    return {
      partitionId: String(id),
      ownerId: this.#ownerOf(id),
      generation: 1_795_290_000 + id,
      requestedBy: id === 1 && this.#options.workers > 2 ? workerName(this.#options.workers - 1) : '',
      isLive: true,
      checkpoint: this.#lastOf(id, atMs) - this.#lagOf(id, atMs),
      checkpointAgeMs: (atMs + id * 700) % 5000,
    };
  }

  #ownerOf(id: number): string {
    return workerName(id % Math.max(1, this.#options.workers - (this.#options.workers > 2 ? 1 : 0)));
  }

  #lastOf(id: number, atMs: number): number {
    return 48_000 + Math.floor(((atMs - this.#startedMs + 60 * minuteMs) / 1000) * (60 + id * 3));
  }

  /** A slow breath of a few hundred events; partition 6 fell behind nine minutes ago and is catching up. */
  #lagOf(id: number, atMs: number): number {
    const breath = 90 + 70 * Math.sin(atMs / 41_000 + id) + 30 * Math.sin(atMs / 7000 + id * 3);
    if (id !== 6) return Math.max(0, Math.floor(breath));
    const sinceMs = atMs - (this.#startedMs - 9 * minuteMs);
    const hump = sinceMs < 0 ? 0 : 9000 * Math.sin(Math.min(Math.PI, (sinceMs / (11 * minuteMs)) * Math.PI));
    return Math.floor(breath + Math.max(0, hump));
  }
}

function workerName(index: number): string {
  return `orders-worker-6d9f7b5c4-${['x2k4q', 'b7m9d', 'h5w2n', 'q8z6r', 't3c7v', 'k9p4s', 'm6f2j', 'w4d8g'][index] ?? index}`;
}
