/**
 * What one partition knows of its idempotent publishers, and the rule that decides about a batch.
 * Honoured: a publisher has an id (given, or made by the service), an epoch, and numbers its events one by one; a batch that
 *   repeats one of the last five, number for number, is a retry: accepted and not stored again; any other number than the
 *   next is out of order; a lower epoch than the current one is a publisher that was replaced; a new epoch counts afresh.
 *   The first batch of an epoch may begin at any number: with a start of 0, JavaScript sends 1 first and Python 0.
 * Not honoured: how long the service remembers a publisher; here the last MAX_PRODUCERS of a partition, until it is gone.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventHubSender.js:480-537 and its live tests
 *   test/internal/eventHubProducerClient.idem.spec.ts ("fails with invalid sequence number", "can use ownerLevel to kick off
 *   other producers"); Kafka's ProducerStateManager, whose rule it is (five batches; duplicate by first and last number).
 */
import { randomInt } from 'node:crypto';

const MAX_PRODUCERS = 10_000;
const REMEMBERED_BATCHES = 5;
const MAX_NUMBER = 2 ** 31 - 1;
const MAX_EPOCH = 2 ** 15 - 1;

/** What a publisher says of itself when it attaches; what it leaves out the service decides. */
export interface ProducerClaim {
  readonly producerId: number | undefined;
  readonly epoch: number | undefined;
  readonly sequenceNumber: number | undefined;
}

/** What it is told in return. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
  /** Of the last event published. */
  readonly sequenceNumber: number;
}

export type ProducerAdmission =
  | { readonly outcome: 'admitted'; readonly identity: ProducerIdentity }
  | { readonly outcome: 'replaced'; readonly currentEpoch: number }
  | { readonly outcome: 'out-of-range'; readonly field: string };

/** The numbers of a batch's first and last event. */
export interface BatchNumbers {
  readonly first: number;
  readonly last: number;
}

export type BatchVerdict =
  | { readonly outcome: 'store' }
  | { readonly outcome: 'already-stored' }
  | { readonly outcome: 'out-of-order'; readonly expected: number }
  | { readonly outcome: 'replaced'; readonly currentEpoch: number };

interface Producer {
  readonly epoch: number;
  /** Of this epoch, the latest last. */
  readonly batches: readonly BatchNumbers[];
  readonly sequenceNumber: number;
}

export class ProducerLedger {
  readonly #producers = new Map<number, Producer>();

  admit({ producerId, epoch, sequenceNumber }: ProducerClaim): ProducerAdmission {
    if (!isBetween(epoch ?? 0, 0, MAX_EPOCH)) return { outcome: 'out-of-range', field: 'epoch' };
    if (!isBetween(sequenceNumber ?? 0, -1, MAX_NUMBER)) {
      return { outcome: 'out-of-range', field: 'sequence number' };
    }
    const id = producerId ?? randomInt(1, MAX_NUMBER);
    const known = this.#producers.get(id);
    const current = known ?? { epoch: epoch ?? 0, batches: [], sequenceNumber: sequenceNumber ?? 0 };
    const wanted = epoch ?? current.epoch;
    if (wanted < current.epoch) return { outcome: 'replaced', currentEpoch: current.epoch };
    const next =
      wanted === current.epoch
        ? current
        : { epoch: wanted, batches: [], sequenceNumber: sequenceNumber ?? 0 };
    this.#remember(id, next);
    // A publisher that says where it stands is taken at its word: a wrong one shows at its first batch.
    return {
      outcome: 'admitted',
      identity: {
        producerId: id,
        epoch: next.epoch,
        sequenceNumber: sequenceNumber ?? next.sequenceNumber,
      },
    };
  }

  judge(producerId: number, epoch: number, batch: BatchNumbers): BatchVerdict {
    const producer = this.#producers.get(producerId);
    if (producer === undefined) return { outcome: 'store' };
    if (epoch < producer.epoch) return { outcome: 'replaced', currentEpoch: producer.epoch };
    const isRetry = producer.batches.some(({ first, last }) => first === batch.first && last === batch.last);
    if (isRetry) return { outcome: 'already-stored' };
    const expected = nextNumber(producer.sequenceNumber);
    const isNext = producer.batches.length === 0 || batch.first === expected;
    return isNext ? { outcome: 'store' } : { outcome: 'out-of-order', expected };
  }

  stored(producerId: number, epoch: number, batch: BatchNumbers): void {
    const batches = this.#producers.get(producerId)?.batches ?? [];
    this.#remember(producerId, {
      epoch,
      batches: [...batches, batch].slice(-REMEMBERED_BATCHES),
      sequenceNumber: batch.last,
    });
  }

  /** The one that has been silent for longest is forgotten for a new one. */
  #remember(id: number, producer: Producer): void {
    this.#producers.delete(id);
    this.#producers.set(id, producer);
    const [oldest] = this.#producers.keys();
    if (this.#producers.size > MAX_PRODUCERS && oldest !== undefined) this.#producers.delete(oldest);
  }
}

/** Numbers are 32 bits wide and begin again at 0. */
export function nextNumber(sequenceNumber: number): number {
  return sequenceNumber >= MAX_NUMBER ? 0 : sequenceNumber + 1;
}

function isBetween(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
