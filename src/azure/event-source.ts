// The engine's EventSource on one EventHubConsumerClient: one AMQP connection for all partitions of a worker. Leases,
// balancing and checkpoints are the engine's: the SDK's own load balancing is not used (design, section 5).

import type { EventHubConsumerClient, EventPosition } from '@azure/event-hubs';
import { WorkerError } from '../engine/errors.ts';
import { unknownOffset } from '../engine/event.ts';
import type { PartitionProperties } from '../engine/event.ts';
import type { Clock, EventSource, Link, LinkListener, LinkOptions, Random } from '../engine/ports.ts';
import { withDeadline } from '../engine/waiting.ts';
import { namespaceHost } from './credentials.ts';
import type { ClientFactory, EventHubAccess } from './credentials.ts';
import { LinkCredit } from './link-credit.ts';
import { eventHubError } from './map-error.ts';
import { endEveryMs, PartitionEnd } from './partition-end.ts';
import { PartitionLink } from './partition-link.ts';
import { ConnectionAccess } from './sdk-connection.ts';
import type { ReceivePath, ReceiverRequest } from './sdk-connection.ts';
import { settleWithin } from './settle-within.ts';

export interface EventSourceOptions extends EventHubAccess {
  readonly consumerGroup: string;
  /** Also the receiver name the broker uses in its messages about links. */
  readonly workerId: string;
  readonly maxBatchSize: number;
  /** Events of one partition that may be queued or on their way; at least maxBatchSize. */
  readonly prefetchEvents: number;
  /** The same in bytes. */
  readonly prefetchBytes: number;
  /** For tests: 'sdk' leaves the receiving to the SDK, as where its insides are not as expected. */
  readonly receivePath?: ReceivePath;
  /** At each link: who receives its events. */
  readonly onReceivePath?: (path: ReceivePath) => void;
  /** Something odd that stops nothing: one line for a person. */
  readonly onWarning?: (text: string) => void;
}

export interface EventSourceParts {
  readonly clients: ClientFactory;
  readonly clock: Clock;
  readonly random: Random;
}

/** Between two heartbeats of an idle link, and how long a cut connection can go unnoticed by a waiting one. */
const maxWaitSeconds = 2;
const attachTimeoutMs = 30_000;
const callTimeoutMs = 15_000;
const closeTimeoutMs = 5000;
/** Short, because it is also how long a partition stands still after the outage; one try costs one connection attempt. */
const backOff = { minMs: 250, maxMs: 2000 };
const breachBackOff = { minMs: 1000, maxMs: 30_000 };

const receiverNameProperty = 'com.microsoft:receiver-name';
const epochProperty = 'com.microsoft:epoch';

interface OpenClient {
  readonly client: EventHubConsumerClient;
  readonly access: ConnectionAccess;
}

export class AzureEventSource implements EventSource {
  readonly #options: EventSourceOptions;
  readonly #parts: EventSourceParts;
  readonly #links = new Map<string, PartitionLink>();
  readonly #closing = new AbortController();
  #partitionCount = 1;
  #open: OpenClient;
  #isHubKnown = false;
  #isWarned = false;

  constructor(options: EventSourceOptions, parts: EventSourceParts) {
    this.#options = options;
    this.#parts = parts;
    this.#open = this.#connect();
  }

  open({ partitionId, generation, start }: LinkOptions, listener: LinkListener): Link {
    const { maxBatchSize } = this.#options;
    const prefetchCount = Math.max(this.#options.prefetchEvents, maxBatchSize);
    const link = new PartitionLink({
      partitionId,
      maxBatchSize,
      listener,
      clock: this.#parts.clock,
      random: this.#parts.random,
      credit: new LinkCredit(
        { maxEvents: prefetchCount, maxBytes: this.#options.prefetchBytes },
        prefetchCount,
      ),
      backOff,
      breachBackOff,
      closeTimeoutMs,
      mapError: this.#mapError,
      end: new PartitionEnd({
        clock: this.#parts.clock,
        read: () => this.partitionProperties(partitionId, this.#closing.signal),
        everyMs: () => endEveryMs(this.#partitionCount),
      }),
      onGone: (gone) => {
        if (this.#links.get(partitionId) === gone) this.#links.delete(partitionId);
      },
    });
    const { client } = this.#open;
    const isSubscribed = link.start((handlers) =>
      client.subscribe(partitionId, handlers, {
        ownerLevel: generation,
        startPosition: toEventPosition(start),
        maxBatchSize,
        prefetchCount,
        maxWaitTimeInSeconds: maxWaitSeconds,
        skipParsingBodyAsJson: true,
      }),
    );
    // Takes the place of one that is still closing; a link that was refused must not take the place of the one in its way.
    if (isSubscribed) this.#links.set(partitionId, link);
    return link;
  }

  async partitionIds(signal: AbortSignal): Promise<readonly string[]> {
    const found = await this.#call('Reading the partitions of the event hub', signal, (abortSignal) =>
      this.#open.client.getPartitionIds({ abortSignal }),
    );
    this.#partitionCount = found.length;
    return found;
  }

  async partitionProperties(partitionId: string, signal: AbortSignal): Promise<PartitionProperties> {
    const found = await this.#call(`Reading the range of partition ${partitionId}`, signal, (abortSignal) =>
      this.#open.client.getPartitionProperties(partitionId, { abortSignal }),
    );
    return {
      partitionId,
      beginSequenceNumber: found.beginningSequenceNumber,
      lastSequenceNumber: found.lastEnqueuedSequenceNumber,
      lastOffset: found.lastEnqueuedOffset,
      lastEnqueuedAtMs: found.lastEnqueuedOnUtc.getTime(),
      isEmpty: found.isEmpty,
    };
  }

  async recycle(): Promise<void> {
    const old = this.#open;
    this.#open = this.#connect();
    const error = new WorkerError('EHW_EVENT_HUB_FAILED', {
      reason: 'the connection was thrown away and made new',
    });
    for (const link of this.#links.values()) link.end({ kind: 'died', error });
    await this.#disconnect(old);
  }

  /** Ends every link without a word and the connection with them. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    await this.#disconnect(this.#open);
  }

  #connect(): OpenClient {
    const { workerId, consumerGroup } = this.#options;
    const client = this.#parts.clients.consumer(this.#options, {
      consumerGroup,
      identifier: workerId,
      // No tries inside the SDK: each fault comes to the link, which backs off and keeps the SDK's loop alive. With tries
      // left to the SDK the last one ends in an AggregateError that kills the loop.
      retryOptions: { maxRetries: 0, timeoutInMs: attachTimeoutMs },
    });
    const access: ConnectionAccess = new ConnectionAccess(
      client,
      {
        attaching: async (request) => {
          // The SDK names single-partition receivers at random; the broker's messages should name the worker.
          if (request.properties?.[epochProperty] === undefined) return;
          request.properties[receiverNameProperty] = workerId;
          request.target = workerId;
          await this.#linkOf(request)?.attaching(request);
        },
        attached: (attached) => this.#linkOf(attached.request)?.attached(attached),
        disconnected: (error) => {
          // A client that was thrown away says nothing of the links of its successor.
          const breach = this.#open.access === access ? error : undefined;
          for (const link of this.#links.values()) link.disconnected(breach);
        },
        receiving: (path, reason) => this.#noteReceivePath(path, reason),
      },
      this.#options.receivePath,
    );
    return { client, access };
  }

  #noteReceivePath(path: ReceivePath, reason: string | undefined): void {
    const { onReceivePath, onWarning } = this.#options;
    onReceivePath?.(path);
    if (reason === undefined || this.#isWarned) return;
    this.#isWarned = true;
    onWarning?.(
      `events are received through the SDK, at several times the cost: ${reason}; its version is not the tested one`,
    );
  }

  #linkOf(request: ReceiverRequest): PartitionLink | undefined {
    const partitionId = /\/Partitions\/([^/]+)$/.exec(request.source.address)?.[1];
    return partitionId === undefined ? undefined : this.#links.get(partitionId);
  }

  async #disconnect({ client, access }: OpenClient): Promise<void> {
    await settleWithin(this.#parts.clock, closeTimeoutMs, () => client.close());
    // The SDK closes a connection only when it is open at that moment, and may wait for ever for its end.
    access.destroy();
  }

  /**
   * An opening that was given up poisons the SDK's connection: 1. a call begins to open it, and the network swallows the
   * packets 2. the call is aborted 3. the next one opens a second socket on the same connection object, and neither comes up,
   * not even when the network is back. A link's own opening is never aborted, so this happens only before the first link.
   */
  #replaceUnopened(open: OpenClient): void {
    if (open !== this.#open || open.access.isOpen || this.#links.size > 0) return;
    if (!this.#closing.signal.aborted) void this.recycle();
  }

  async #call<T>(
    operation: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const open = this.#open;
    try {
      const answer = await withDeadline(
        this.#parts.clock,
        { operation, timeoutMs: callTimeoutMs, signal },
        (abortSignal) => open.access.unlessBroken(run(abortSignal)),
      );
      this.#isHubKnown = true;
      return answer;
    } catch (thrown) {
      this.#replaceUnopened(open);
      // The caller's own abort stays what it is.
      if (signal.aborted) throw thrown;
      throw this.#mapError(thrown);
    }
  }

  readonly #mapError = (thrown: unknown): WorkerError =>
    eventHubError(thrown, {
      host: namespaceHost(this.#options.namespace),
      eventHub: this.#options.eventHub,
      consumerGroup: this.#options.consumerGroup,
      isHubKnown: this.#isHubKnown,
    });
}

export function toEventPosition(start: LinkOptions['start']): EventPosition {
  if ('enqueuedAfterMs' in start) return { enqueuedOn: start.enqueuedAfterMs };
  if (start.offset !== unknownOffset) return { offset: start.offset };
  // "-1" as an offset means before the first event, which a sequence number cannot express in a hub that has retained range.
  return start.sequenceNumber < 0 ? { offset: unknownOffset } : { sequenceNumber: start.sequenceNumber };
}
