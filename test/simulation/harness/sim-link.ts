// One link of one process, both ends of it: the reader the broker knows, and the client with its prefetch, heartbeats
// and back-off, as the real adapter behaves. A cut connection looks alive to the client (heartbeats are its own timers)
// until it notices, and to the broker until its idle timeout.

import { plainMessage } from '../../../src/engine/plain-message.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import type { Message, Position, ReceivedEvent } from '../../../src/engine/event.ts';
import type { Link, LinkEnd, LinkListener, LinkOptions } from '../../../src/engine/ports.ts';
import type { LoggedEvent, PartitionLog, Reader } from './partition-log.ts';
import type { SimBroker } from './sim-broker.ts';
import type { SimProcess } from './sim-process.ts';

export class SimLink implements Link {
  readonly process: SimProcess;
  readonly #broker: SimBroker;
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  readonly #whenOver: () => void;
  /** After which place the next attach begins: the last event that the listener was given. */
  #start: Position | { readonly enqueuedAfterMs: number };
  #isOver = false;
  #isBusy = false;
  #isSilent = false;
  /** One connection after the other; what travels on a former one never arrives. */
  #connection = 0;
  #attached: { readonly log: PartitionLog; readonly reader: Reader; nextIndex: number } | undefined;
  #inbox: LoggedEvent[] = [];
  #travelling: LoggedEvent[] = [];
  #cancelHeartbeat: (() => void) | undefined;

  constructor(
    broker: SimBroker,
    process: SimProcess,
    options: LinkOptions,
    listener: LinkListener,
    whenOver: () => void,
  ) {
    this.#broker = broker;
    this.process = process;
    this.#options = options;
    this.#listener = listener;
    this.#whenOver = whenOver;
    this.#start = options.start;
    this.#note(() => `opens after ${JSON.stringify(options.start)}`);
    this.#armHeartbeat();
    this.#connect();
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#note(() => 'closes');
      this.#stop();
    }
    const { world, options } = this.#broker;
    await new Promise<void>((resolve) => {
      if (!this.#broker.isReachable(this.process)) {
        this.#detachAfter(options.idleTimeoutMs);
        this.process.outerClock.schedule(options.closeTimeoutMs, resolve);
        return;
      }
      world.schedule(this.#broker.latencyMs(), () => {
        this.#detachAfter(0);
        world.schedule(this.#broker.latencyMs(), () => this.process.deliver(resolve));
      });
    });
  }

  /** The network between process and broker is cut; both will notice, each in its own time. */
  connectionCut(): void {
    this.#connection += 1;
    this.#travelling = [];
    this.#detachAfter(this.#broker.options.idleTimeoutMs);
    this.#reconnectAfter(this.#broker.random.integer(200, 15_000), 'the connection went silent');
  }

  /** The broker closed the connection and the client knows. */
  connectionLost(): void {
    this.#connection += 1;
    this.#travelling = [];
    this.#detachAfter(0);
    this.#reconnectAfter(this.#broker.latencyMs(), 'the connection was closed');
  }

  /** The link ends by itself, and says so. */
  die(why: string): void {
    this.#connection += 1;
    this.#detachAfter(0);
    const error = new WorkerError('EHW_EVENT_HUB_FAILED', { reason: why });
    this.#tellEnd({ kind: 'died', error });
  }

  /** From now on nothing arrives any more, although the link looks alive: only a watchdog finds out. */
  fallSilent(): void {
    this.#note(() => 'falls silent');
    this.#isSilent = true;
  }

  /** The process is gone without a word. */
  abandon(afterMs: number): void {
    this.#stop();
    this.#detachAfter(afterMs);
  }

  #connect(): void {
    const connection = this.#connection;
    const attach = (): void => {
      if (this.#isOver || connection !== this.#connection) return;
      if (this.#broker.isReachable(this.process)) this.#attach();
      else this.#reconnectAfter(this.#broker.random.integer(1_000, 5_000), 'no connection');
    };
    this.#broker.world.schedule(this.#broker.latencyMs(), () => this.process.deliver(attach));
  }

  #attach(): void {
    const log = this.#broker.logs.get(this.#options.partitionId);
    const nextIndex = log?.indexAfter(this.#start);
    if (log === undefined || nextIndex === undefined) return this.#tellEnd({ kind: 'invalid-position' });
    const reader: Reader = {
      generation: this.#options.generation,
      detached: () => {
        if (this.#attached?.reader !== reader) return;
        this.#attached = undefined;
        this.#tellEnd({ kind: 'fenced' });
      },
      wake: () => this.#ship(),
    };
    if (log.attach(reader) === 'refused') return this.#tellEnd({ kind: 'fenced' });
    this.#note(() => `attached at index ${nextIndex}`);
    this.#attached = { log, reader, nextIndex };
    this.#inbox = [];
    this.#travelling = [];
    this.#ship();
  }

  /** Sends what the credit allows; order is kept whatever the latencies. */
  #ship(): void {
    const attached = this.#attached;
    if (attached === undefined || this.#isSilent || this.#broker.isSilent(this.process)) return;
    const { world, options } = this.#broker;
    const credit = options.prefetchEvents - this.#travelling.length - this.#inbox.length;
    const events = attached.log.events.slice(attached.nextIndex, attached.nextIndex + Math.max(0, credit));
    if (events.length === 0) return;
    attached.nextIndex += events.length;
    // The stock SDK's receivers do not notice; what they lose is not ours to find.
    const isOurs = this.#options.generation > 0;
    const delivered = events.filter((event) => !(isOurs && this.#broker.isDropped(event)));
    this.#travelling.push(...delivered);
    const connection = this.#connection;
    world.schedule(this.#broker.latencyMs(), () => {
      if (connection !== this.#connection || this.#attached !== attached) return;
      // Whichever packet this was: what was sent first arrives first.
      this.#inbox.push(...this.#travelling.splice(0, delivered.length));
      this.process.deliver(() => this.#pump());
    });
  }

  /** The client's side: one batch at a time to the listener. */
  #pump(): void {
    if (this.#isOver || this.#isBusy || this.#inbox.length === 0) return;
    const events = this.#inbox.splice(0, this.#broker.options.maxBatchEvents);
    const last = events.at(-1);
    if (last !== undefined) this.#start = { sequenceNumber: last.sequenceNumber, offset: last.offset };
    this.#give(events);
  }

  #give(events: readonly LoggedEvent[]): void {
    this.#isBusy = true;
    this.#cancelHeartbeat?.();
    const log = this.#attached?.log;
    const end =
      log === undefined
        ? undefined
        : { sequenceNumber: log.lastSequenceNumber, enqueuedAtMs: log.properties().lastEnqueuedAtMs };
    const given = events.map((event) => receivedOf(event, this.#options.generation));
    const isTold =
      end !== undefined && !this.#isSilent && (events.length > 0 || this.#broker.random.chance(0.3));
    void this.#listener.receive({ events: given, end: isTold ? end : undefined }).then(() => {
      this.#isBusy = false;
      if (this.#isOver) return;
      this.#armHeartbeat();
      this.#ship();
      this.#pump();
    });
  }

  #armHeartbeat(): void {
    this.#cancelHeartbeat?.();
    this.#cancelHeartbeat = this.process.outerClock.schedule(this.#broker.options.maxWaitMs, () => {
      if (!this.#isOver && !this.#isBusy) this.#give([]);
    });
  }

  #reconnectAfter(delayMs: number, why: string): void {
    if (this.#isOver) return;
    const connection = this.#connection;
    this.process.outerClock.schedule(delayMs, () => {
      if (this.#isOver || connection !== this.#connection) return;
      this.#connection += 1;
      this.#listener.fault(new WorkerError('EHW_EVENT_HUB_UNREACHABLE', { host: 'hub', reason: why }));
      this.#connect();
    });
  }

  #tellEnd(end: LinkEnd): void {
    if (this.#isOver) return;
    const connection = this.#connection;
    this.#broker.world.schedule(this.#broker.latencyMs(), () => {
      if (!this.#broker.isReachable(this.process)) {
        // The word is lost with the connection; the next attach hears it again.
        if (end.kind !== 'died' || connection !== this.#connection) return;
      }
      this.process.deliver(() => {
        if (this.#isOver) return;
        this.#note(() => `ended: ${end.kind}`);
        this.#stop();
        this.#listener.ended(end);
      });
    });
  }

  #stop(): void {
    this.#isOver = true;
    this.#cancelHeartbeat?.();
    this.#inbox = [];
    this.#whenOver();
  }

  /** Takes the link out of the broker; after a cut only when the broker noticed. */
  #detachAfter(delayMs: number): void {
    const attached = this.#attached;
    this.#attached = undefined;
    if (attached !== undefined && delayMs > 0) {
      this.#broker.world.schedule(delayMs, () => attached.log.detach(attached.reader));
    } else attached?.log.detach(attached.reader);
  }

  #note(text: () => string): void {
    const { partitionId, generation } = this.#options;
    this.#broker.trace.note(this.process.id, () => `link ${partitionId} (${generation}) ${text()}`);
  }
}

function receivedOf(event: LoggedEvent, generation: number): ReceivedEvent {
  const message = plainMessage({
    properties: { messageId: event.id },
    applicationProperties: { generation },
  });
  return {
    sequenceNumber: event.sequenceNumber,
    offset: event.offset,
    enqueuedAtMs: event.enqueuedAtMs,
    partitionKey: event.key,
    sizeBytes: 0,
    defect: event.content === 'broken' ? 'broken in the simulation' : undefined,
    message: event.content === 'unreadable' ? unreadable(message) : message,
  };
}

function unreadable(message: Message): Message {
  return Object.create(message, {
    body: {
      get: () => {
        throw new WorkerError('EHW_EVENT_UNDECODABLE', { reason: 'unreadable in the simulation' });
      },
    },
  });
}
