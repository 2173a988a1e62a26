/**
 * The AMQP side of idempotent publishing: what a publisher claims when it attaches, what it is told, and the numbers its
 * events carry.
 * Honoured: the capability com.microsoft:idempotent-producer; link properties and event annotations
 *   com.microsoft:producer-epoch (short), -id (long), -sequence-number (int); a missing or empty one is decided here.
 * Source: @azure/event-hubs 6.0.4 dist/esm/util/constants.js, eventHubSender.js:500-537, eventData.js:227-246.
 */
import { BATCH_FORMAT, readBatch } from '../../codec/batch.ts';
import { CodecError } from '../../codec/codec-error.ts';
import { EncodedMessage } from '../../codec/encoded-message.ts';
import { nextNumber } from '../hubs/producer-ledger.ts';
import type { BatchNumbers, ProducerClaim, ProducerIdentity } from '../hubs/producer-ledger.ts';
import { amqpType } from './rhea.ts';
import type { AmqpReceiver, AmqpValue } from './rhea.ts';

export const IDEMPOTENT_CAPABILITY = 'com.microsoft:idempotent-producer';

const EPOCH = 'com.microsoft:producer-epoch';
const PRODUCER_ID = 'com.microsoft:producer-id';
const SEQUENCE_NUMBER = 'com.microsoft:producer-sequence-number';

/** Undefined: the publisher does not ask for idempotent publishing. */
export function producerClaim(receiver: AmqpReceiver): ProducerClaim | undefined {
  const { desired_capabilities: desired, properties } = receiver.remote.attach;
  if (![desired].flat().includes(IDEMPOTENT_CAPABILITY)) return undefined;
  return {
    producerId: numberIn(properties?.[PRODUCER_ID]),
    epoch: numberIn(properties?.[EPOCH]),
    sequenceNumber: numberIn(properties?.[SEQUENCE_NUMBER]),
  };
}

/** Answers the attach with what the publisher has to go on from. */
export function tellIdentity(receiver: AmqpReceiver, identity: ProducerIdentity): void {
  const { attach } = receiver.local;
  attach.offered_capabilities = IDEMPOTENT_CAPABILITY;
  attach.properties = {
    [PRODUCER_ID]: amqpType.long(identity.producerId),
    [EPOCH]: amqpType.short(identity.epoch),
    [SEQUENCE_NUMBER]: amqpType.int(identity.sequenceNumber),
  };
}

/** The numbers of a message's events. Throws CodecError when one has none, another publisher's, or they do not run on. */
export function batchNumbers(bytes: Buffer, format: number, of: ProducerIdentity): BatchNumbers {
  const ranges = format === BATCH_FORMAT ? readBatch(bytes) : [[0, bytes.length] as const];
  let first: number | undefined;
  let last: number | undefined;
  for (const [from, to] of ranges) {
    const event = new EncodedMessage(bytes, from, to);
    const number = event.annotation(SEQUENCE_NUMBER);
    const isOwn = event.annotation(PRODUCER_ID) === of.producerId && event.annotation(EPOCH) === of.epoch;
    if (!isOwn || typeof number !== 'number' || (last !== undefined && number !== nextNumber(last))) {
      throw new CodecError('an event has no publishing number of its own link', from);
    }
    first ??= number;
    last = number;
  }
  if (first === undefined || last === undefined) throw new CodecError('the batch holds no events', 0);
  return { first, last };
}

function numberIn(value: AmqpValue): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
