// An event as the link delivers it, with everything a test does not care about filled in.

import type { MessageProperties, MessageValues, ReceivedEvent } from '../../src/engine/event.ts';
import { plainMessage } from '../../src/engine/plain-message.ts';

export interface ReceivedEventFields extends Partial<ReceivedEvent> {
  readonly sequenceNumber: number;
  readonly body?: Uint8Array;
  readonly annotations?: MessageValues;
  readonly applicationProperties?: MessageValues;
  readonly properties?: MessageProperties;
}

export function receivedEvent(fields: ReceivedEventFields): ReceivedEvent {
  const { body = new Uint8Array(8), annotations, applicationProperties, properties, ...rest } = fields;
  return {
    offset: String(fields.sequenceNumber * 100),
    enqueuedAtMs: 1_700_000_000_000 + fields.sequenceNumber,
    partitionKey: undefined,
    sizeBytes: body.byteLength,
    defect: undefined,
    message: plainMessage({ body, annotations, applicationProperties, properties }),
    ...rest,
  };
}
