/**
 * Encodes a record of a Kafka producer as the service hands it to AMQP consumers.
 * Honoured: the record's key as the annotation x-opt-kafka-key, which is no partition key; headers as binary application
 *   properties, null ones as null; the value as one data section; no content type, no message id; a tombstone (a null
 *   value) as an AMQP value of null.
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-exchange-events-different-protocols (headers are bytes);
 *   Azure/azure-event-hubs-spark docs/use-kafka-in-event-hubs.md (x-opt-kafka-key);
 *   https://learn.microsoft.com/azure/event-hubs/log-compaction (tombstones). That a tombstone's body is null is inferred.
 */
import { Buffer } from 'node:buffer';
import { encodeMessage } from '../../codec/encode-message.ts';
import type { TypedValue } from '../../codec/typed-value.ts';
import { readIncoming } from './event-encoding.ts';
import type { EncodedEvent } from './event-encoding.ts';

/** Texts are sent as their UTF-8 bytes. */
export interface KafkaEvent {
  readonly key?: Uint8Array | string;
  /** Null: a tombstone. */
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, Uint8Array | string | null>>;
}

export function encodeKafkaEvent({ key, value, headers = {} }: KafkaEvent): EncodedEvent {
  const names = Object.entries(headers).map(([name, header]) => [name, binary(header)] as const);
  const encoded = encodeMessage({
    ...(key !== undefined && { messageAnnotations: { 'x-opt-kafka-key': binary(key) } }),
    ...(names.length > 0 && { applicationProperties: Object.fromEntries(names) }),
    body: value === null ? { value: { type: 'null' } } : { data: [Buffer.from(value)] },
  });
  const [event] = readIncoming(encoded, 0).events;
  if (event === undefined) throw new TypeError('the event could not be encoded');
  return event;
}

function binary(value: Uint8Array | string | null): TypedValue {
  return value === null ? { type: 'null' } : { type: 'binary', value: Buffer.from(value).toString('base64') };
}
