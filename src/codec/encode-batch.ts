/** Batches as the clients send them (see batch.ts), made of messages that are encoded already. */
import type { Buffer } from 'node:buffer';
import { writeSection } from './encode-message.ts';
import { section } from './section.ts';
import { ValueWriter } from './value-writer.ts';

const PARTITION_KEY = 'x-opt-partition-key';

/** The partition key in the envelope's annotations decides the partition for all of them. */
export function encodeBatch(messages: readonly Uint8Array[], partitionKey: string | undefined): Buffer {
  const writer = new ValueWriter();
  if (partitionKey !== undefined) {
    writeSection(writer, section.messageAnnotations);
    writer.map(2, () => {
      writer.symbol(PARTITION_KEY);
      writer.string(partitionKey);
    });
  }
  for (const message of messages) {
    writeSection(writer, section.data);
    writer.binary(message);
  }
  return writer.written;
}

/** What a message of this size adds to a batch. */
export function sizeInBatch(messageBytes: number): number {
  return messageBytes + (messageBytes < 256 ? 5 : 8);
}
