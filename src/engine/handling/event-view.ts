// The event as a handler sees it: a thin view over the received event that decodes nothing before it is touched.
// Made once per event and kept over its retries. Validation is schema.ts, the ordering key is key.ts.

import type { ReceivedEvent } from '../event.ts';
import { cloudEventsOf } from '../reading/cloud-event.ts';
import type { CloudEvent } from '../reading/cloud-event.ts';
import { Content } from '../reading/content.ts';
import type { JsonOptions } from '../reading/json.ts';
import { MessageView } from '../reading/message-view.ts';
import { defaultOrderingKey } from '../reading/ordering-key.ts';
import { schemaReferenceOf } from '../reading/schema-reference.ts';
import type { SchemaReference } from '../reading/schema-reference.ts';
import { shownEvent } from '../reading/shown-event.ts';
import type { WorkerEvent } from './worker-event.ts';

/** An empty memo; no decoded value can equal it. */
const untouched: unique symbol = Symbol('untouched');

const inspected = Symbol.for('nodejs.util.inspect.custom');

export class EventView extends MessageView implements WorkerEvent {
  readonly partitionId: string;
  /** Made when the body is touched: an event whose handler only counts has none. */
  #content: Content | undefined = undefined;
  #data: unknown = untouched;

  constructor(partitionId: string, received: ReceivedEvent) {
    super(received);
    this.partitionId = partitionId;
  }

  get sequenceNumber(): number {
    return this.received.sequenceNumber;
  }

  get offset(): string {
    return this.received.offset;
  }

  /** A new Date each time: a handler may change the one it got. */
  get enqueuedAt(): Date {
    // oxlint-disable-next-line no-restricted-globals -- shows a given time, reads no clock
    return new Date(this.received.enqueuedAtMs);
  }

  get partitionKey(): string | undefined {
    return this.received.partitionKey;
  }

  get orderingKey(): string | undefined {
    return defaultOrderingKey(this.received);
  }

  get body(): Uint8Array {
    return this.#read.bytes;
  }

  content(maxBytes?: number): Uint8Array {
    return this.#read.decoded(maxBytes);
  }

  text(): string {
    return this.#read.text();
  }

  json(options?: JsonOptions): unknown {
    return this.#read.json(options);
  }

  get data(): unknown {
    if (this.#data === untouched) this.#data = this.#read.data;
    return this.#data;
  }

  /** Puts the value a schema made of `data` in its place; it stays for every later attempt. */
  accept(validated: unknown): void {
    this.#data = validated;
  }

  get value(): unknown {
    return this.#read.value;
  }

  get isTombstone(): boolean {
    return this.#read.isTombstone;
  }

  records(options?: JsonOptions): readonly unknown[] {
    return this.#read.records(options);
  }

  lines(): readonly string[] {
    return this.#read.lines();
  }

  get cloudEvent(): CloudEvent | undefined {
    const events = this.cloudEvents;
    return events.length === 1 ? events[0] : undefined;
  }

  get cloudEvents(): readonly CloudEvent[] {
    return cloudEventsOf(this.#read, this.properties);
  }

  get schema(): SchemaReference | undefined {
    const { labels } = this.#read;
    return schemaReferenceOf(this.content(), labels.contentType, this.properties['__value_schema_id']);
  }

  toJSON(): Readonly<Record<string, unknown>> {
    return shownEvent(this);
  }

  [inspected](): unknown {
    return shownEvent(this);
  }

  get #read(): Content {
    this.#content ??= new Content(this.message);
    return this.#content;
  }
}

/**
 * Equal for every delivery of one event, different for every other event of the hub: partition, sequence number and the
 * time the broker took the event. The time is part of it because a re-created hub counts from 0 again: without it a
 * handler's table of done keys would swallow new events. Consumer groups see the same key: put the handler's name in front
 * where two groups share one table.
 */
export function idempotencyKeyOf(
  partitionId: string,
  event: Pick<ReceivedEvent, 'sequenceNumber' | 'enqueuedAtMs'>,
): string {
  return `${partitionId}:${event.sequenceNumber}:${event.enqueuedAtMs}`;
}
