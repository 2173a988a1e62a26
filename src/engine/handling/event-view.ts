// The event as a handler sees it: a thin view over the received event that decodes nothing before it is touched.
// Made once per event and kept over its retries. Validation is schema.ts, the ordering key is key.ts.

import { reasonOf } from '../errors.ts';
import type { MessageId, ReceivedEvent } from '../event.ts';
import { bodyBytes } from './body-bytes.ts';
import { PermanentError } from './handler.ts';
import type { WorkerEvent } from './handler.ts';

/** An empty memo; no decoded value can equal it. */
const untouched: unique symbol = Symbol('untouched');

const inspected = Symbol.for('nodejs.util.inspect.custom');
const utf8 = new TextDecoder('utf-8');

export class EventView implements WorkerEvent {
  readonly partitionId: string;
  readonly received: ReceivedEvent;
  #body: Uint8Array | undefined = undefined;
  #text: string | undefined = undefined;
  #json: unknown = untouched;
  #data: unknown = untouched;

  constructor(partitionId: string, received: ReceivedEvent) {
    this.partitionId = partitionId;
    this.received = received;
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

  get messageId(): string | undefined {
    return idText(this.received.message.properties.messageId);
  }

  get correlationId(): string | undefined {
    return idText(this.received.message.properties.correlationId);
  }

  get contentType(): string | undefined {
    return this.received.message.properties.contentType;
  }

  get properties(): Readonly<Record<string, unknown>> {
    return this.received.message.applicationProperties;
  }

  get systemProperties(): Readonly<Record<string, unknown>> {
    const { annotations, properties } = this.received.message;
    return { ...annotations, ...properties };
  }

  get body(): Uint8Array {
    this.#body ??= bodyBytes(this.received.message.body);
    return this.#body;
  }

  text(): string {
    this.#text ??= utf8.decode(this.body);
    return this.#text;
  }

  json(): unknown {
    if (this.#json === untouched) {
      try {
        this.#json = JSON.parse(this.text());
      } catch (error) {
        throw new PermanentError(this.#whyNoJson(error), { cause: error });
      }
    }
    return this.#json;
  }

  get data(): unknown {
    if (this.#data === untouched) this.#data = this.#decoded();
    return this.#data;
  }

  /** Puts the value a schema made of `data` in its place; it stays for every later attempt. */
  accept(validated: unknown): void {
    this.#data = validated;
  }

  /** What a log line shows: the position and the text, never the raw bytes. Never throws: a log may be written later. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { partitionId, sequenceNumber, enqueuedAt, partitionKey } = this;
    const place = { partitionId, sequenceNumber, enqueuedAt, partitionKey };
    try {
      const { messageId, contentType, properties } = this;
      return { ...place, messageId, contentType, properties, text: this.text() };
    } catch (error) {
      return { ...place, unreadable: reasonOf(error) };
    }
  }

  [inspected](): unknown {
    return this.toJSON();
  }

  #decoded(): unknown {
    const format = formatOf(this.contentType);
    if (format === 'json') return this.json();
    if (format === 'text') return this.text();
    try {
      return this.json();
    } catch {
      return this.text();
    }
  }

  #whyNoJson(error: unknown): string {
    const { contentType, body } = this;
    const claim = contentType === undefined ? 'no content type' : `content type ${contentType}`;
    return `The body is not JSON (${body.byteLength} bytes, ${claim}): ${reasonOf(error)}`;
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

/** Ids are text, numbers or bytes on the wire. */
function idText(id: MessageId | undefined): string | undefined {
  if (id === undefined || typeof id === 'string') return id;
  return id instanceof Uint8Array ? hexOf(id) : String(id);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type Format = 'json' | 'text' | 'unknown';

/** What a content type says of the body; parameters (charset) and case do not matter. */
function formatOf(contentType: string | undefined): Format {
  if (contentType === undefined) return 'unknown';
  const end = contentType.indexOf(';');
  const media = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  if (media === 'application/json' || media === 'text/json' || media.endsWith('+json')) return 'json';
  return media.startsWith('text/') ? 'text' : 'unknown';
}
