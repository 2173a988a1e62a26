// Builds an event for a test from the few fields the test cares about; the rest has plain defaults.

import { ArrivedEvent } from '../azure/arrived-event.ts';
import { EncodedMessage } from '../codec/encoded-message.ts';
import type { MessageBody, MessageProperties, MessageValues, ReceivedEvent } from '../engine/event.ts';
import { EventView } from '../engine/handling/event-view.ts';
import type { WorkerEvent } from '../engine/handling/worker-event.ts';
import { plainMessage } from '../engine/plain-message.ts';

/** The AMQP properties (`subject`, `contentEncoding`, `creationTime`, ...) stand beside what a test needs more often. */
export interface TestEventFields<Body = unknown> extends MessageProperties {
  /**
   * Bytes and strings are sent as they are. Anything else is sent as JSON, with content type application/json unless
   * `contentType` says otherwise. Default: an empty body.
   */
  readonly body?: Body;
  /** In place of `body`: an AMQP value (null: a tombstone), several data sections, or a sequence. */
  readonly messageBody?: MessageBody;
  /** In place of everything a sender says: a whole encoded AMQP message, such as a dead letter's. */
  readonly encoded?: Uint8Array;
  /** Default "0". */
  readonly partitionId?: string;
  /** Default 0; in runHandler the next free number of the partition. */
  readonly sequenceNumber?: number;
  readonly partitionKey?: string;
  /** The application properties; of a Kafka sender bytes. */
  readonly properties?: MessageValues;
  /** The message annotations, such as `{ 'x-opt-kafka-key': bytes }` or `{ 'iothub-connection-device-id': 'd-1' }`. */
  readonly annotations?: MessageValues;
  /** Default 2026-01-01T00:00:00Z plus one second per sequence number. */
  readonly enqueuedAt?: Date;
}

/** What `event.data` is typed as: the value given, where it travels as JSON; text and bytes are decoded by content type. */
type DataOf<Body> = Body extends string | Uint8Array | undefined ? unknown : Body;

const epochMs = Date.UTC(2026, 0, 1);

/** An event a handler can be called with. It remembers what was given, so that runHandler can number it. */
export class TestEvent extends EventView {
  readonly given: TestEventFields;

  constructor(given: TestEventFields) {
    super(given.partitionId ?? '0', receivedEventOf(given, given.sequenceNumber ?? 0));
    this.given = given;
  }
}

/** `testEvent({ body: { sensor: 'a', celsius: 21 } })` has typed `data`. */
export function testEvent<Body = undefined>(
  fields: TestEventFields<Body> = {},
): TestEvent & WorkerEvent<DataOf<Body>> {
  return new TestEvent(fields) as TestEvent & WorkerEvent<DataOf<Body>>;
}

/** The same event as the engine receives it. */
export function receivedEventOf(fields: TestEventFields, sequenceNumber: number): ReceivedEvent {
  if (fields.encoded !== undefined) return encodedEvent(fields.encoded, fields, sequenceNumber);
  const { body, messageBody, partitionKey, properties, annotations, ...others } = fields;
  const { partitionId: _, sequenceNumber: __, enqueuedAt: ___, ...messageProperties } = others;
  const bytes = bytesOf(body);
  const isJson = messageBody === undefined && isSentAsJson(body);
  return {
    ...placeOf(fields, sequenceNumber),
    partitionKey,
    sizeBytes: bytes.byteLength,
    defect: undefined,
    message: plainMessage({
      body: messageBody ?? bytes,
      annotations,
      applicationProperties: properties,
      properties: { ...(isJson ? { contentType: 'application/json' } : {}), ...messageProperties },
    }),
  };
}

function encodedEvent(encoded: Uint8Array, fields: TestEventFields, sequenceNumber: number): ReceivedEvent {
  const partitionKey = fields.partitionKey ?? new EncodedMessage(encoded).scanPosition().partitionKey;
  return ArrivedEvent.at({ ...placeOf(fields, sequenceNumber), partitionKey }, encoded);
}

function placeOf(fields: TestEventFields, sequenceNumber: number) {
  const offset = String(sequenceNumber * 64);
  return {
    sequenceNumber,
    offset,
    enqueuedAtMs: fields.enqueuedAt?.getTime() ?? epochMs + sequenceNumber * 1000,
  };
}

function isSentAsJson(body: unknown): boolean {
  return body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  if (body === undefined) return new Uint8Array();
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}
