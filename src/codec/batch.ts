/**
 * Batches as the clients send them: one message of format 0x80013700, each of whose data sections is an encoded message.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventDataBatch.js; Azure/azure-amqp, AmqpConstants.AmqpBatchedMessageFormat.
 */
import { CodecError } from './codec-error.ts';
import { SectionCursor, section } from './section.ts';

export const BATCH_FORMAT = 0x80013700;

/** Where each message of a batch is: [from, to) in bytes. Throws CodecError. */
export function readBatch(
  bytes: Uint8Array,
  from = 0,
  to: number = bytes.length,
): (readonly [from: number, to: number])[] {
  const messages: (readonly [number, number])[] = [];
  const cursor = new SectionCursor(bytes, from, to);
  while (cursor.advance()) {
    if (cursor.code === section.data) messages.push([dataStart(bytes, cursor.value), cursor.next]);
  }
  return messages;
}

/** Where the bytes of a data section's value begin. Throws CodecError. */
export function dataStart(bytes: Uint8Array, value: number): number {
  if (bytes[value] === 0xa0) return value + 2;
  if (bytes[value] === 0xb0) return value + 5;
  throw new CodecError('a data section is not binary', value);
}
