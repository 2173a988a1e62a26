// The simulated event hub: partitions that grow, expire, are added and created anew, and the network between them and
// each process. Reading is sim-link.ts.

import { WorkerError } from '../../../src/engine/errors.ts';
import type { EventSource } from '../../../src/engine/ports.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import type { LoggedEvent } from './partition-log.ts';
import { PartitionLog } from './partition-log.ts';
import { SimLink } from './sim-link.ts';
import type { SimProcess } from './sim-process.ts';
import type { Trace } from './trace.ts';

export interface BrokerOptions {
  readonly maxBatchEvents: number;
  /** Events a link may hold that its listener has not taken. */
  readonly prefetchEvents: number;
  /** An idle link gives an empty batch this often. */
  readonly maxWaitMs: number;
  /** After so long the broker drops the link of a peer that went silent. */
  readonly idleTimeoutMs: number;
  /** A close that gets no answer settles after so long, as the adapter's does. */
  readonly closeTimeoutMs: number;
  readonly callTimeoutMs: number;
}

/** What a hub may hold and a link may do besides delivering whole events in unbroken order. Each is a chance for one event. */
export interface Flaws {
  /** Numbers before it that no event has. */
  gapRate: number;
  /** Its first delivery is lost on the way. */
  dropRate: number;
  /** It cannot be read. */
  unreadableRate: number;
}

export interface BrokerWatcher {
  sent(log: PartitionLog, event: LoggedEvent): void;
  excused(log: PartitionLog, upTo: number, why: 'expired' | 'recreated'): void;
}

export class SimBroker {
  readonly options: BrokerOptions;
  readonly world: VirtualClock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  logs = new Map<string, PartitionLog>();
  readonly flaws: Flaws = { gapRate: 0.03, dropRate: 0, unreadableRate: 0 };
  /** Events whose first delivery is behind them: a second one is not dropped. */
  readonly #shipped = new Set<string>();
  /** Chance that one call for properties fails. */
  faultRate = 0;
  readonly #watcher: BrokerWatcher;
  readonly #cutOff = new Set<SimProcess>();
  readonly #silent = new Set<SimProcess>();
  readonly #links = new Set<SimLink>();
  #life = 0;
  #events = 0;

  constructor(
    world: VirtualClock,
    random: SeededRandom,
    watcher: BrokerWatcher,
    trace: Trace,
    partitions: number,
    options: BrokerOptions,
  ) {
    this.world = world;
    this.random = random;
    this.trace = trace;
    this.options = options;
    this.#watcher = watcher;
    for (let index = 0; index < partitions; index += 1) this.addPartition();
  }

  get life(): number {
    return this.#life;
  }

  addPartition(): string {
    const partitionId = String(this.logs.size);
    this.logs.set(partitionId, new PartitionLog(partitionId, this.#life));
    return partitionId;
  }

  /** Takes an event into a partition at once; sequence numbers begin with 0 and have gaps now and then. */
  send(partitionId: string, key: string | undefined): void {
    const log = this.logs.get(partitionId);
    if (log === undefined) throw new RangeError(`There is no partition ${partitionId}.`);
    const gap =
      log.events.length > 0 && this.random.chance(this.flaws.gapRate) ? this.random.integer(1, 20) : 0;
    const sequenceNumber = log.lastSequenceNumber + 1 + gap;
    const place = this.random.integer(0, 0xffff).toString(36);
    const event: LoggedEvent = {
      id: `${log.life}.${partitionId}.${sequenceNumber}`,
      sequenceNumber,
      offset: `${place}:${log.life}:${(this.#events += 1).toString(36)}`,
      enqueuedAtMs: this.world.nowMs(),
      key,
      content: this.random.chance(this.flaws.unreadableRate)
        ? this.random.pick(['broken', 'unreadable'])
        : 'whole',
    };
    this.#watcher.sent(log, event);
    log.append(event);
  }

  /** Takes numbers into a partition that no event has. */
  trail(partitionId: string, count: number): void {
    this.trace.note('hub', () => `partition ${partitionId}: ${count} numbers without events`);
    this.logs.get(partitionId)?.trail(count);
  }

  /** Whether this delivery gets lost on its way. */
  isDropped({ id }: LoggedEvent): boolean {
    if (this.flaws.dropRate === 0 || this.#shipped.has(id)) return false;
    this.#shipped.add(id);
    const isDropped = this.random.chance(this.flaws.dropRate);
    if (isDropped) this.trace.note('hub', () => `the delivery of ${id} gets lost`);
    return isDropped;
  }

  /** Drops the oldest events of a partition, whether they were read or not. */
  expire(partitionId: string, count: number): void {
    const log = this.logs.get(partitionId);
    if (log === undefined) return;
    const upTo = log.expire(count);
    this.trace.note('hub', () => `partition ${partitionId}: events up to ${upTo} expired`);
    this.#watcher.excused(log, upTo, 'expired');
  }

  /** Deletes the hub and creates it again, empty, with as many partitions; every link dies. */
  recreate(): void {
    this.#life += 1;
    this.trace.note('hub', () => `created anew (life ${this.#life})`);
    const before = this.logs;
    this.logs = new Map();
    for (const log of before.values()) {
      this.#watcher.excused(log, log.lastSequenceNumber, 'recreated');
      this.addPartition();
    }
    for (const link of this.#links) link.connectionLost();
  }

  isReachable(process: SimProcess): boolean {
    return !this.#cutOff.has(process) && !process.isDead;
  }

  /** Cuts the network between a process and the hub: nothing is told to either side. */
  cut(process: SimProcess): void {
    this.#cutOff.add(process);
    for (const link of this.#links) if (link.process === process) link.connectionCut();
  }

  heal(process: SimProcess): void {
    this.#cutOff.delete(process);
  }

  /** The process is gone: its sockets close, which the broker sees at once unless the network is cut. */
  processEnded(process: SimProcess): void {
    const sees = !this.#cutOff.has(process);
    for (const link of this.#links) {
      if (link.process !== process) continue;
      link.abandon(sees ? 0 : this.options.idleTimeoutMs);
      this.#links.delete(link);
    }
  }

  /** A peer said nothing for the idle timeout: the broker closes its connection. */
  dropSilentPeer(process: SimProcess): void {
    for (const link of this.#links) if (link.process === process) link.connectionLost();
  }

  /** Nothing arrives any more on the process's connection, nor on links opened on it later: only a new client helps. */
  silenceClient(process: SimProcess): void {
    this.trace.note(process.id, () => 'its client falls silent');
    this.#silent.add(process);
  }

  isSilent(process: SimProcess): boolean {
    return this.#silent.has(process);
  }

  /** A link of the process dies, or falls silent although it looks alive. */
  breakLink(process: SimProcess, how: 'dies' | 'silent'): void {
    const links = [...this.#links].filter((link) => link.process === process && link.isOpen);
    if (links.length === 0) return;
    const link = this.random.pick(links);
    if (how === 'dies') link.die('the service ended the link');
    else link.fallSilent();
  }

  sourceFor(process: SimProcess): EventSource {
    return {
      open: (options, listener) => {
        const link = new SimLink(this, process, options, listener, () => this.#links.delete(link));
        this.#links.add(link);
        return link;
      },
      partitionIds: (signal) => this.#call(process, 'partitionIds', signal, () => [...this.logs.keys()]),
      partitionProperties: (partitionId, signal) =>
        this.#call(process, `properties of ${partitionId}`, signal, () => {
          const log = this.logs.get(partitionId);
          if (log !== undefined) return log.properties();
          throw new WorkerError('EHW_EVENT_HUB_FAILED', { reason: `no partition ${partitionId}` });
        }),
      recycle: async () => {
        this.trace.note(process.id, () => 'recycles its connection');
        this.#silent.delete(process);
        for (const link of this.#links) if (link.process === process) link.die('the client was recycled');
        await new Promise<void>((resolve) => {
          this.world.schedule(this.latencyMs(), () => process.deliver(resolve));
        });
      },
    };
  }

  latencyMs(): number {
    return this.random.integer(1, 20);
  }

  #call<Answer>(
    process: SimProcess,
    name: string,
    signal: AbortSignal,
    answer: () => Answer,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      let isOver = false;
      const end = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        cancel();
        signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => end(() => reject(signal.reason));
      const timeoutMs = this.options.callTimeoutMs;
      const cancel = process.outerClock.schedule(timeoutMs, () =>
        end(() => reject(new WorkerError('EHW_TIMED_OUT', { operation: name, timeoutMs }))),
      );
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      const fails = this.random.chance(this.faultRate);
      this.world.schedule(this.latencyMs(), () => {
        if (!this.isReachable(process)) return;
        const settle = (): void => {
          try {
            if (fails) throw new WorkerError('EHW_EVENT_HUB_FAILED', { reason: 'internal error' });
            resolve(answer());
          } catch (error) {
            reject(error);
          }
        };
        this.world.schedule(this.latencyMs(), () => {
          if (this.isReachable(process)) process.deliver(() => end(settle));
        });
      });
    });
  }
}
