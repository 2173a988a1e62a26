/** Encodes an event given by a test in this process, as the JS SDK's producer would. */
import { readIncoming } from './event-encoding.ts';
import type { EncodedEvent } from './event-encoding.ts';
import { dataSection, encodeMessage } from './rhea.ts';

export interface LocalEvent {
  /** Bytes go as they are; everything else as JSON. */
  readonly body: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly partitionKey?: string;
  readonly messageId?: string;
  readonly contentType?: string;
  readonly correlationId?: string;
}

export function encodeLocalEvent(event: LocalEvent): EncodedEvent {
  const { body, properties, partitionKey, messageId, contentType, correlationId } = event;
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body ?? null));
  const encoded = encodeMessage({
    message_id: messageId,
    content_type: contentType,
    correlation_id: correlationId,
    application_properties: properties,
    message_annotations: partitionKey === undefined ? undefined : { 'x-opt-partition-key': partitionKey },
    body: dataSection(Buffer.from(bytes)),
  });
  const [first] = readIncoming(encoded, 0).events;
  if (first === undefined) throw new TypeError('the event could not be encoded');
  return first;
}
