// The SDK's event as the engine's. One object per event, nothing is copied, decoded or kept.

import type { ReceivedEventData } from '@azure/event-hubs';
import type {
  Message,
  MessageBody,
  MessageProperties,
  MessageValues,
  ReceivedEvent,
} from '../engine/event.ts';

const none: Readonly<Record<string, never>> = Object.freeze({});
const empty = new Uint8Array(0);

export function toReceivedEvent(data: ReceivedEventData): ReceivedEvent {
  const body = bodyOf(data.body);
  const sizeBytes = body.kind === 'data' ? body.parts.reduce((bytes, part) => bytes + part.byteLength, 0) : 0;
  return {
    sequenceNumber: data.sequenceNumber,
    offset: data.offset,
    enqueuedAtMs: data.enqueuedTimeUtc.getTime(),
    partitionKey: data.partitionKey ?? undefined,
    sizeBytes,
    defect: undefined,
    message: new SdkMessage(data, body),
  };
}

class SdkMessage implements Message {
  readonly body: MessageBody;
  readonly #data: ReceivedEventData;

  constructor(data: ReceivedEventData, body: MessageBody) {
    this.#data = data;
    this.body = body;
  }

  get encoded(): Uint8Array {
    return this.body.kind === 'data' ? (this.body.parts[0] ?? empty) : empty;
  }

  get properties(): MessageProperties {
    const { contentType, messageId, correlationId } = this.#data;
    return {
      ...(typeof contentType === 'string' ? { contentType } : {}),
      ...(messageId === undefined || messageId === null ? {} : { messageId }),
      ...(correlationId === undefined || correlationId === null ? {} : { correlationId }),
    };
  }

  get applicationProperties(): MessageValues {
    return this.#data.properties ?? none;
  }

  get annotations(): MessageValues {
    return this.#data.systemProperties ?? none;
  }

  annotation(name: string): unknown {
    return this.annotations[name];
  }

  get header(): MessageValues {
    return none;
  }

  get deliveryAnnotations(): MessageValues {
    return none;
  }

  get footer(): MessageValues {
    return none;
  }
}

function bodyOf(body: unknown): MessageBody {
  if (body instanceof Uint8Array) return { kind: 'data', parts: [body] };
  if (Array.isArray(body) && body.length > 0 && body.every((part) => part instanceof Uint8Array)) {
    return { kind: 'data', parts: body };
  }
  return body === undefined ? { kind: 'none' } : { kind: 'value', value: body };
}
