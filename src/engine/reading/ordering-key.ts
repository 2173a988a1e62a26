// From what an event's order comes when its handler names no key of its own.

import type { ReceivedEvent } from '../event.ts';
import { hexOf, textOfBytes } from './bytes-text.ts';
import { valueText } from './value-text.ts';

/**
 * Annotations whose events were sent to one partition because they belong together. Kafka's record key (binary) stands in one of
 * its own, and is not the partition key: https://learn.microsoft.com/azure/event-hubs/event-hubs-exchange-events-different-protocols.
 * IoT Hub writes the device: https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-messages-read-builtin. A module's events
 * belong to its device's.
 */
const keyAnnotations = ['x-opt-kafka-key', 'iothub-connection-device-id'] as const;

/** Half a character: no text that came over a wire has it, so bytes and text never meet in one key. */
const bytesMark = '\uD800';

/**
 * The partition key, else Kafka's key, else the device; undefined: the event needs no order. Reads an annotation only where there is
 * no partition key, and none but those two.
 * Throws WorkerError EHW_EVENT_UNDECODABLE.
 */
export function defaultOrderingKey({ partitionKey, message }: ReceivedEvent): string | undefined {
  if (partitionKey !== undefined) return partitionKey;
  for (const name of keyAnnotations) {
    const key = keyText(message.annotation(name));
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Where an event's default ordering key comes from; `none`: it has none. Throws WorkerError EHW_EVENT_UNDECODABLE. */
export type OrderingSource = 'partition key' | (typeof keyAnnotations)[number] | 'none';

export function orderingSourceOf({ partitionKey, message }: ReceivedEvent): OrderingSource {
  if (partitionKey !== undefined) return 'partition key';
  return keyAnnotations.find((name) => keyText(message.annotation(name)) !== undefined) ?? 'none';
}

function keyText(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return textOfBytes(value) ?? `${bytesMark}${hexOf(value)}`;
  return valueText(value);
}
