// Every event of the corpus, encoded and decoded by the real codec, is read as its `expect` says (test/support/events/README.md).

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EncodedMessage } from '../../../../src/codec/encoded-message.ts';
import type { ReceivedEvent } from '../../../../src/engine/event.ts';
import { EventView } from '../../../../src/engine/handling/event-view.ts';
import { PermanentError } from '../../../../src/engine/handling/handler.ts';
import { producerContext } from '../../../../src/telemetry/trace-context.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../../support/events/event-corpus.ts';
import type { CorpusEvent } from '../../../support/events/event-corpus.ts';

type Claim = (event: EventView, expected: never, name: string) => void;
type Tagged = Readonly<Record<string, unknown>>;

/** One claim for each field of `expect`. */
const claims: Readonly<Record<string, Claim>> = {
  text: (event, text: string) => assert.equal(event.text(), text),
  json: (event, json) => {
    assert.deepEqual(event.json(), json);
    assert.deepEqual(plain(event.data), json);
  },
  bytes: (event, bytes: string) => assert.equal(base64Of(event.body), bytes),
  size: (event, bytes: number) => assert.equal(event.body.byteLength, bytes),
  notJson: (event) => assert.throws(() => event.json(), PermanentError),
  empty: (event) => {
    assert.equal(event.body.byteLength, 0);
    assert.equal(event.isTombstone, false);
  },
  tombstone: (event) => {
    assert.equal(event.isTombstone, true);
    assert.equal(event.data, null);
    assert.equal(event.json(), null);
    assert.deepEqual(event.records(), []);
  },
  records: (event, count: number) => assert.equal(event.records().length, count),
  lines: (event, lines: readonly unknown[]) => {
    assert.deepEqual(
      event.lines().map((line) => JSON.parse(line) as unknown),
      lines,
    );
    assert.deepEqual(event.records(), lines);
  },
  decoded: (event, json) => assert.deepEqual(event.json(), json),
  valueFields: (event, fields: Tagged) => assert.deepEqual(jsonTagged(event.value), fields),
  bigNumber: (event, digits: string) => {
    const found = integersIn(event.json({ bigint: true }));
    assert.ok(found.includes(digits), `${digits} is not among ${found.join(', ')}`);
  },
  schema: (event, { registry, id, payload }: { registry: string; id: string; payload?: string }) => {
    assert.equal(event.schema?.registry, registry);
    assert.equal(event.schema?.id, id);
    assert.equal(base64Of(event.schema?.payload), payload ?? base64Of(event.body));
  },
  cloudEvent: (event, expected: Tagged) => {
    const { time, ...attributes } = event.cloudEvent ?? {};
    const found: Tagged = { ...attributes, ...(time === undefined ? {} : { time: time.toISOString() }) };
    assert.deepEqual(pick(found, Object.keys(expected)), expected);
  },
  contentType: (event, contentType: string) => assert.equal(event.contentType, contentType),
  noContentType: (event) => assert.equal(event.contentType, undefined),
  contentEncoding: (event, encoding: string) => assert.equal(event.contentEncoding, encoding),
  messageId: (event, id: string) => assert.equal(event.messageId, id),
  correlationId: (event, id: string) => assert.equal(event.correlationId, id),
  userId: (event, id: string) => assert.equal(event.userId, id),
  key: (event, key: string) => {
    assert.equal(event.partitionKey, key);
    assert.equal(event.orderingKey, key);
  },
  kafkaKey: (event, { bytes, utf8 }: { bytes: string; utf8?: string }) => {
    assert.equal(base64Of(event.annotations['x-opt-kafka-key']), bytes);
    if (utf8 !== undefined) assert.equal(event.orderingKey, utf8);
  },
  deviceId: (event, id: string) => {
    assert.equal(event.annotations['iothub-connection-device-id'], id);
    assert.equal(event.orderingKey, id);
  },
  orderedBy: (event, { annotation }: { annotation: string }) => {
    assert.notEqual(event.orderingKey, undefined);
    assert.ok(annotation in event.annotations);
  },
  trace: (event, traceparent: string) => {
    const context = producerContext(event);
    assert.equal(`00-${context?.traceId}-${context?.spanId}-0${context?.traceFlags}`, traceparent);
  },
  position: (event, position: { offset: string; sequenceNumber: number; enqueuedAt: string }) => {
    const { offset, sequenceNumber, enqueuedAt } = event;
    assert.deepEqual({ offset, sequenceNumber, enqueuedAt: enqueuedAt.toISOString() }, position);
  },
  headers: (event, headers: Readonly<Record<string, Tagged>>) => {
    for (const [name, tagged] of Object.entries(headers)) {
      assertTagged(event.properties[name], tagged, name);
      assert.equal(event.header(name), headerOf(tagged, event.header(name)), name);
    }
  },
  annotations: (event, annotations: Readonly<Record<string, Tagged>>) => {
    for (const [name, tagged] of Object.entries(annotations)) {
      assertTagged(event.annotations[name], tagged, name);
      assertTagged(event.systemProperties[name], tagged, name);
    }
  },
  note: () => {},
};

describe('G11: every event of the corpus is read as a consumer should be able to', () => {
  for (const event of loadEventCorpus()) {
    it(event.name, () => {
      for (const [field, expected] of Object.entries(event.expect)) {
        const claim = claims[field];
        assert.ok(claim !== undefined, `the corpus expects "${field}", which nothing here looks at`);
        // A view for each field: none may depend on another's having been read.
        claim(viewOf(event), expected as never, event.name);
      }
      assert.equal(JSON.parse(JSON.stringify(viewOf(event))).sequenceNumber, viewOf(event).sequenceNumber);
    });
  }
});

function viewOf(event: CorpusEvent): EventView {
  const message = new EncodedMessage(encodeCorpusEvent(event));
  const position = message.scanPosition();
  const received: ReceivedEvent = {
    sequenceNumber: position.sequenceNumber ?? 1,
    offset: position.offset ?? '64',
    enqueuedAtMs: position.enqueuedAtMs ?? 0,
    partitionKey: position.partitionKey,
    sizeBytes: message.sizeBytes,
    defect: undefined,
    message,
  };
  return new EventView('0', received);
}

/** A value and its type, as the corpus tags them. */
function assertTagged(value: unknown, tagged: Tagged, name: string): void {
  for (const [tag, expected] of Object.entries(tagged)) {
    if (tag === 'utf8') continue;
    assert.deepEqual(taggedAs(tag, value), expected, `${name} as ${tag}`);
  }
}

function taggedAs(tag: string, value: unknown): unknown {
  const isDescribed = typeof value === 'object' && value !== null && 'descriptor' in value;
  const meaning = isDescribed && 'meaning' in value ? value.meaning : value;
  switch (tag) {
    case 'bytes':
      return base64Of(value);
    case 'integer':
      return typeof value === 'bigint' ? String(value) : undefined;
    case 'decimal':
      return String(value);
    case 'date':
      return meaning instanceof Date ? meaning.toISOString() : undefined;
    case 'null':
      return value === null;
    case 'described':
      return isDescribed ? value.descriptor : undefined;
    case 'ticks':
      return isDescribed && 'value' in value ? String(value.value) : undefined;
    default:
      return meaning;
  }
}

/** What header() gives for it: the same as text. */
function headerOf(tagged: Tagged, given: string | undefined): string | undefined {
  if ('null' in tagged) return undefined;
  // The text of bytes that are no UTF-8, and of a time span, is ours to choose.
  if ('ticks' in tagged) return '06:00:00';
  if ('bytes' in tagged && !('utf8' in tagged)) return given;
  const { utf8, described: _, ...rest } = tagged;
  return String(utf8 ?? Object.values(rest)[0]);
}

function jsonTagged(value: unknown): unknown {
  if (typeof value === 'bigint') return { integer: String(value) };
  if (value instanceof Uint8Array) return { bytes: base64Of(value) };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(jsonTagged);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, jsonTagged(item)]));
}

function integersIn(value: unknown): readonly string[] {
  if (typeof value === 'bigint' || typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(integersIn) : [];
}

function pick(record: Tagged, names: readonly string[]): Tagged {
  return Object.fromEntries(names.map((name) => [name, record[name]]));
}

/** Records of the codec have no prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function base64Of(bytes: unknown): string | undefined {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : undefined;
}
