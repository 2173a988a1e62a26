// An event that the SDK received and decoded, encoded again: what did not survive its decoding (types of numbers, symbols) is
// not there, nor is the user id, but all readers and the dead letters see the same kind of event. Only where transfers cannot be taken.

import type { ReceivedEventData } from '@azure/event-hubs';
import { encodeMessage } from '../codec/encode-message.ts';
import type { TypedBody, TypedMessage } from '../codec/typed-message.ts';
import { typedOf } from '../codec/typed-of.ts';
import type { TypedValue } from '../codec/typed-value.ts';
import { reasonOf } from '../engine/errors.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import { ArrivedEvent } from './arrived-event.ts';

type RawMessage = ReturnType<ReceivedEventData['getRawAmqpMessage']>;
type Names = Readonly<Record<string, TypedValue>>;

export function toReceivedEvent(data: ReceivedEventData): ReceivedEvent {
  const position = {
    sequenceNumber: data.sequenceNumber,
    offset: data.offset,
    enqueuedAtMs: data.enqueuedTimeUtc.getTime(),
    partitionKey: data.partitionKey ?? undefined,
  };
  try {
    return ArrivedEvent.at(position, encodeMessage(typedMessage(data)));
  } catch (error) {
    const defect = `it cannot be encoded again: ${reasonOf(error)}`;
    return ArrivedEvent.at(position, encodeMessage({ messageAnnotations: brokerAnnotations(data) }), defect);
  }
}

function typedMessage(data: ReceivedEventData): TypedMessage {
  const raw = data.getRawAmqpMessage();
  const { header, deliveryAnnotations, messageAnnotations, applicationProperties, footer } = raw;
  return {
    ...(header === undefined ? {} : { header: typedHeader(header) }),
    ...(deliveryAnnotations === undefined ? {} : { deliveryAnnotations: typedNames(deliveryAnnotations) }),
    messageAnnotations: { ...typedNames(messageAnnotations ?? {}), ...brokerAnnotations(data) },
    properties: typedProperties(raw),
    ...(applicationProperties === undefined
      ? {}
      : { applicationProperties: typedNames(applicationProperties) }),
    body: typedBody(raw.bodyType, data.body),
    ...(footer === undefined ? {} : { footer: typedNames(footer) }),
  };
}

function brokerAnnotations(data: ReceivedEventData): Names {
  const { partitionKey } = data;
  return {
    'x-opt-sequence-number': { type: 'long', value: String(data.sequenceNumber) },
    'x-opt-offset': { type: 'string', value: data.offset },
    'x-opt-enqueued-time': { type: 'timestamp', value: String(data.enqueuedTimeUtc.getTime()) },
    ...(typeof partitionKey === 'string'
      ? { 'x-opt-partition-key': { type: 'string', value: partitionKey } as const }
      : {}),
  };
}

function typedHeader({
  durable,
  priority,
  timeToLive,
  firstAcquirer,
  deliveryCount,
}: NonNullable<RawMessage['header']>): Names {
  return present({
    durable: typedOf(durable),
    priority: numberAs('ubyte', priority),
    ttl: numberAs('uint', timeToLive),
    firstAcquirer: typedOf(firstAcquirer),
    deliveryCount: numberAs('uint', deliveryCount),
  });
}

function typedProperties({ properties = {} }: RawMessage): Names {
  const { contentType, contentEncoding, absoluteExpiryTime, creationTime, groupSequence } = properties;
  return present({
    messageId: typedId(properties.messageId),
    to: typedOf(properties.to),
    subject: typedOf(properties.subject),
    replyTo: typedOf(properties.replyTo),
    correlationId: typedId(properties.correlationId),
    contentType: symbolOf(contentType),
    contentEncoding: symbolOf(contentEncoding),
    absoluteExpiryTime: numberAs('timestamp', absoluteExpiryTime),
    creationTime: numberAs('timestamp', creationTime),
    groupId: typedOf(properties.groupId),
    groupSequence: numberAs('uint', groupSequence),
    replyToGroupId: typedOf(properties.replyToGroupId),
  });
}

/** A UUID comes as its 16 bytes, and so does a binary id of that length. */
function typedId(id: unknown): TypedValue {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0)
    return { type: 'ulong', value: String(id) };
  return typedOf(id);
}

function typedBody(kind: RawMessage['bodyType'], body: unknown): TypedBody {
  if (kind === 'value') return { value: typedOf(body) };
  if (kind === 'sequence') {
    const lists: readonly unknown[] = Array.isArray(body) ? body : [body];
    const sections = lists.every((list) => Array.isArray(list)) ? lists : [lists];
    return { sequence: sections.map((list) => list.map((value: unknown) => typedOf(value))) };
  }
  const parts: readonly unknown[] = Array.isArray(body) ? body : [body];
  return {
    data: parts.map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString('base64') : '')),
  };
}

function typedNames(names: object): Names {
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [name, typedOf(value)]));
}

function numberAs(type: 'ubyte' | 'uint' | 'timestamp', value: unknown): TypedValue {
  if (value instanceof Date) return { type, value: String(value.getTime()) };
  return typeof value === 'number' ? { type, value: String(value) } : { type: 'null' };
}

function symbolOf(value: unknown): TypedValue {
  return typeof value === 'string' ? { type: 'symbol', value } : { type: 'null' };
}

function present(fields: Names): Names {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value.type !== 'null'));
}
