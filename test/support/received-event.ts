// An event as the link delivers it, with everything a test does not care about filled in.

import type { ReceivedEvent } from '../../src/engine/event.ts';

export function receivedEvent(
  fields: Partial<ReceivedEvent> & { readonly sequenceNumber: number },
): ReceivedEvent {
  return {
    offset: String(fields.sequenceNumber * 100),
    enqueuedAtMs: 1_700_000_000_000 + fields.sequenceNumber,
    partitionKey: undefined,
    body: new Uint8Array(8),
    contentType: undefined,
    messageId: undefined,
    correlationId: undefined,
    properties: {},
    systemProperties: {},
    ...fields,
  };
}
