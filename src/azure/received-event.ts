// The SDK's event as the engine's. The hot path: one object per event, nothing is copied, decoded or kept.

import type { ReceivedEventData } from '@azure/event-hubs';
import type { ReceivedEvent } from '../engine/event.ts';

const none: Readonly<Record<string, never>> = Object.freeze({});

export function toReceivedEvent(data: ReceivedEventData): ReceivedEvent {
  const body: unknown = data.body;
  return {
    sequenceNumber: data.sequenceNumber,
    offset: data.offset,
    enqueuedAtMs: data.enqueuedTimeUtc.getTime(),
    partitionKey: data.partitionKey ?? undefined,
    body: body instanceof Uint8Array ? body : bytesOf(body),
    contentType: data.contentType ?? undefined,
    messageId: idText(data.messageId),
    correlationId: idText(data.correlationId),
    properties: data.properties ?? none,
    systemProperties: data.systemProperties ?? none,
  };
}

/** Bodies that are no data section: an AMQP value or sequence, or several data sections. Text stays text, the rest is JSON. */
function bytesOf(body: unknown): Uint8Array {
  if (body === null || body === undefined) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (Array.isArray(body) && body.length > 0 && body.every((part) => part instanceof Uint8Array)) {
    return Buffer.concat(body);
  }
  return Buffer.from(
    JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}

/** AMQP allows text, numbers, UUIDs and bytes as ids. */
function idText(id: string | number | Buffer | undefined | null): string | undefined {
  if (typeof id === 'string' || id === undefined || id === null) return id ?? undefined;
  return typeof id === 'number' ? String(id) : id.toString('hex');
}
