// A message made from plain values, for events that never were on a wire.

import type { Message, MessageBody, MessageProperties, MessageValues } from './event.ts';

export interface PlainMessageFields {
  readonly body?: Uint8Array | MessageBody | undefined;
  readonly properties?: MessageProperties | undefined;
  readonly applicationProperties?: MessageValues | undefined;
  readonly annotations?: MessageValues | undefined;
  /** Default: the bytes of a body that is given as bytes. */
  readonly encoded?: Uint8Array | undefined;
}

export function plainMessage(fields: PlainMessageFields = {}): Message {
  const { body = new Uint8Array(0), annotations = {} } = fields;
  const isBytes = body instanceof Uint8Array;
  return {
    encoded: fields.encoded ?? (isBytes ? body : new Uint8Array(0)),
    header: {},
    deliveryAnnotations: {},
    annotations,
    properties: fields.properties ?? {},
    applicationProperties: fields.applicationProperties ?? {},
    body: isBytes ? { kind: 'data', parts: [body] } : body,
    footer: {},
    annotation: (name) => annotations[name],
  };
}
