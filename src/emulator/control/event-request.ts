/** Reads events that come as JSON from another process and appends them. Throws TypeError that says what is wrong. */
import { z } from 'zod';
import type { HubView } from '../hubs/hub-view.ts';

const texts = z.record(z.string(), z.string());

/** One of: an event as an SDK sends it, a record of a Kafka producer (texts), a whole encoded message. */
const event = z.union([
  z.strictObject({
    body: z.unknown(),
    properties: z.record(z.string(), z.unknown()).exactOptional(),
    partitionKey: z.string().exactOptional(),
    messageId: z.string().exactOptional(),
    contentType: z.string().exactOptional(),
    correlationId: z.string().exactOptional(),
  }),
  z.strictObject({
    kafka: z.strictObject({
      key: z.string().exactOptional(),
      value: z.string().nullable(),
      headers: texts.exactOptional(),
    }),
  }),
  z.strictObject({ encodedBase64: z.base64() }),
]);

export function appendAs(hub: HubView, partitionId: string, body: unknown): number {
  const read = event.safeParse(body);
  if (!read.success) {
    throw new TypeError(
      "an event has 'body', or 'kafka' with 'value', or 'encodedBase64' with a whole message",
    );
  }
  const { data } = read;
  if ('kafka' in data) return hub.appendKafka(partitionId, data.kafka);
  if ('encodedBase64' in data) {
    return hub.appendEncoded(partitionId, Buffer.from(data.encodedBase64, 'base64'));
  }
  return hub.append(partitionId, data);
}
