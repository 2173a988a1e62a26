// CloudEvents as they come through Event Hubs: structured and binary mode of the AMQP binding, binary mode of the Kafka binding
// (headers are bytes), and events in Event Grid's own schema, which say the same in other words.
// https://github.com/cloudevents/spec: cloudevents/bindings/amqp-protocol-binding.md, kafka-protocol-binding.md, formats/json-format.md
// https://learn.microsoft.com/azure/event-grid/event-schema

import type { MessageValues } from '../event.ts';
import { PermanentError } from '../handling/handler.ts';
import type { Content } from './content.ts';
import { jsonRecords } from './records.ts';
import { valueText } from './value-text.ts';

export interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | undefined;
  /** To the millisecond; undefined where there is none or it is no time. */
  readonly time: Date | undefined;
  readonly datacontenttype: string | undefined;
  readonly dataschema: string | undefined;
  /** JSON, text or bytes. */
  readonly data: unknown;
  /** Every other attribute, with the type its sender gave it. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** `cloudEvents_` is for clients that cannot write a colon, `ce_` is Kafka's, `ce-` is HTTP's, passed on by bridges. */
export const cloudEventPrefixes = ['cloudEvents:', 'cloudEvents_', 'ce_', 'ce-'] as const;
const structuredType = 'application/cloudevents+json';
const batchType = 'application/cloudevents-batch+json';

type Attributes = Readonly<Record<string, unknown>>;

/**
 * All CloudEvents in one event: one, those of a batch or of Event Grid's array, or none. Throws PermanentError where the sender says
 * that it is a CloudEvent and it is none.
 */
export function cloudEventsOf(content: Content, headers: MessageValues): readonly CloudEvent[] {
  const prefix = cloudEventPrefixes.find((prefix) => Object.hasOwn(headers, `${prefix}specversion`));
  if (prefix !== undefined) return [binaryEvent(content, headers, prefix)];
  const { mediaType } = content.labels;
  if (mediaType === structuredType) return [declared(content.json())];
  if (mediaType === batchType) return jsonRecords(content.json()).map(declared);
  if (content.isTombstone || (mediaType !== undefined && !mediaType.endsWith('json'))) return [];
  const found = undeclaredRecords(content).map((record) => structuredEvent(record) ?? gridEvent(record));
  return found.every((event) => event !== undefined) ? found : [];
}

/** Event Grid and Dapr set no content type everywhere: what has all required attributes is one. */
function undeclaredRecords(content: Content): readonly unknown[] {
  try {
    const json = content.json();
    return Array.isArray(json) ? json : [json];
  } catch (error) {
    if (error instanceof PermanentError) return [];
    throw error;
  }
}

function declared(record: unknown): CloudEvent {
  const event = structuredEvent(record);
  if (event !== undefined) return event;
  throw new PermanentError(
    'The content type says that the body is a CloudEvent, but it lacks one of specversion, id, source and type (text)',
  );
}

function structuredEvent(record: unknown): CloudEvent | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const { data, data_base64: base64, ...attributes } = record as Attributes;
  return eventOf(attributes, () => (typeof base64 === 'string' ? Buffer.from(base64, 'base64') : data));
}

function binaryEvent(content: Content, headers: MessageValues, prefix: string): CloudEvent {
  const isKafka = prefix === 'ce_';
  const attributes = Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      // Kafka has bytes only; in AMQP bytes are a type of CloudEvents.
      .map(([name, value]) => [name.slice(prefix.length), isKafka ? valueText(value) : value]),
  );
  const event = eventOf({ datacontenttype: content.labels.contentType, ...attributes }, () => content.data);
  if (event !== undefined) return event;
  throw new PermanentError(
    `The property ${prefix}specversion says that this is a CloudEvent, but ${prefix}id, ${prefix}source or ${prefix}type is missing`,
  );
}

function eventOf(attributes: Attributes, dataOf: () => unknown): CloudEvent | undefined {
  const { specversion, id, source, type, subject, time, datacontenttype, dataschema, ...extensions } =
    attributes;
  const required = [specversion, id, source, type].map((value) => valueText(value));
  const [specversionText, idText, sourceText, typeText] = required;
  if (specversionText === undefined || idText === undefined) return undefined;
  if (sourceText === undefined || typeText === undefined) return undefined;
  return {
    specversion: specversionText,
    id: idText,
    source: sourceText,
    type: typeText,
    subject: valueText(subject),
    time: timeOf(time),
    datacontenttype: valueText(datacontenttype),
    dataschema: valueText(dataschema),
    get data() {
      return dataOf();
    },
    extensions,
  };
}

/** Its topic is where the event comes from; what CloudEvents has no name for are extensions. */
function gridEvent(record: unknown): CloudEvent | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const { id, topic, subject, eventType, eventTime, data, ...others } = record as Attributes;
  if (typeof id !== 'string' || typeof eventType !== 'string' || typeof eventTime !== 'string')
    return undefined;
  const source = topic ?? '';
  return eventOf(
    { ...others, specversion: '1.0', id, source, type: eventType, subject, time: eventTime },
    () => data,
  );
}

function timeOf(value: unknown): Date | undefined {
  // oxlint-disable-next-line no-restricted-globals -- reads a given time, not the clock
  const time = value instanceof Date ? value : new Date(valueText(value) ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
