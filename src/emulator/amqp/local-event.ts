/** Encodes an event given by a test in this process, as the JS SDK's producer would. */
import { Buffer } from 'node:buffer';
import { encodeMessage } from '../../codec/encode-message.ts';
import { typedOf } from '../../codec/typed-of.ts';
import type { TypedValue } from '../../codec/typed-value.ts';
import { readIncoming } from './event-encoding.ts';
import type { EncodedEvent } from './event-encoding.ts';

export interface LocalEvent {
  /** Bytes go as they are; everything else as JSON. */
  readonly body: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly partitionKey?: string;
  /** Message annotations, such as Kafka's key. */
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly messageId?: string;
  readonly contentType?: string;
  readonly correlationId?: string;
}

export function encodeLocalEvent(event: LocalEvent): EncodedEvent {
  const { body, properties, partitionKey, messageId, contentType, correlationId } = event;
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body ?? null));
  const encoded = encodeMessage({
    ...((partitionKey !== undefined || event.annotations !== undefined) && {
      messageAnnotations: typedNames({
        ...event.annotations,
        ...(partitionKey !== undefined && { 'x-opt-partition-key': partitionKey }),
      }),
    }),
    properties: {
      ...(messageId !== undefined && { messageId: { type: 'string', value: messageId } }),
      ...(correlationId !== undefined && { correlationId: { type: 'string', value: correlationId } }),
      ...(contentType !== undefined && { contentType: { type: 'symbol', value: contentType } }),
    },
    ...(properties !== undefined && { applicationProperties: typedNames(properties) }),
    body: { data: [bytes] },
  });
  const [first] = readIncoming(encoded, 0).events;
  if (first === undefined) throw new TypeError('the event could not be encoded');
  return first;
}

function typedNames(properties: Readonly<Record<string, unknown>>): Record<string, TypedValue> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, typedOf(value)]));
}
