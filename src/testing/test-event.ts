// Builds an event for a test from the few fields the test cares about; the rest has plain defaults.

import type { ReceivedEvent } from '../engine/event.ts';
import { EventView } from '../engine/handling/event-view.ts';
import type { WorkerEvent } from '../engine/handling/handler.ts';
import { plainMessage } from '../engine/plain-message.ts';

export interface TestEventFields<Body = unknown> {
  /**
   * Bytes and strings are sent as they are. Anything else is sent as JSON, with content type application/json unless
   * `contentType` says otherwise. Default: an empty body.
   */
  readonly body?: Body;
  readonly contentType?: string;
  /** Default "0". */
  readonly partitionId?: string;
  /** Default 0; in runHandler the next free number of the partition. */
  readonly sequenceNumber?: number;
  readonly partitionKey?: string;
  readonly messageId?: string;
  readonly correlationId?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly systemProperties?: Readonly<Record<string, unknown>>;
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
  const { messageId, correlationId } = fields;
  const contentType = fields.contentType ?? (isSentAsJson(fields.body) ? 'application/json' : undefined);
  const body = bytesOf(fields.body);
  return {
    sequenceNumber,
    offset: String(sequenceNumber * 64),
    enqueuedAtMs: fields.enqueuedAt?.getTime() ?? epochMs + sequenceNumber * 1000,
    partitionKey: fields.partitionKey,
    sizeBytes: body.byteLength,
    defect: undefined,
    message: plainMessage({
      body,
      annotations: fields.systemProperties,
      applicationProperties: fields.properties,
      properties: {
        ...(contentType === undefined ? {} : { contentType }),
        ...(messageId === undefined ? {} : { messageId }),
        ...(correlationId === undefined ? {} : { correlationId }),
      },
    }),
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
