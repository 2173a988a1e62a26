import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { context, isSpanContextValid, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { defineHandler } from '../../../src/engine/handling/handler.ts';
import type { BatchContext, Handler, HandlerContext } from '../../../src/engine/handling/handler.ts';
import type { WorkerEvent } from '../../../src/engine/handling/worker-event.ts';
import { testEvent } from '../../../src/testing.ts';
import type { TestEventFields } from '../../../src/testing.ts';
import { createRedact } from '../../../src/telemetry/redaction.ts';
import { producerContext } from '../../../src/telemetry/trace-context.ts';
import { tracedHandler } from '../../../src/telemetry/traced-handler.ts';
import { startTracing, tracingChoice } from '../../../src/telemetry/tracing.ts';

const identity = {
  version: '1.2.3',
  workerId: 'w-1',
  namespace: 'ns.servicebus.windows.net',
  eventHub: 'orders',
  consumerGroup: 'fulfilment',
};
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const never = new AbortController().signal;

function event(sequenceNumber: number, properties: Record<string, unknown> = {}): WorkerEvent {
  return testEvent({
    partitionId: '3',
    sequenceNumber,
    enqueuedAt: new Date(1_700_000_000_900),
    messageId: `m-${sequenceNumber}`,
    properties,
    body: 'hello',
  });
}

const eventContext: HandlerContext = {
  partitionId: '3',
  sequenceNumber: 7,
  attempt: 2,
  signal: never,
  log,
  idempotencyKey: 'k',
  replay: async () => undefined,
  deadLetter: () => {},
};
const batchContext: BatchContext = {
  partitionId: '3',
  attempt: 1,
  signal: never,
  log,
  idempotencyKey: () => 'k',
  replay: async () => undefined,
};

/** A handler traced into memory, and the spans that ended. */
function traced(
  t: TestContext,
  handler: Handler,
): { handler: Handler; spans: () => readonly ReadableSpan[] } {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  t.after(async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
  });
  const tracer = provider.getTracer('test');
  return {
    handler: tracedHandler(handler, { tracer, identity, redact: createRedact() }),
    spans: () => exporter.getFinishedSpans(),
  };
}

describe('tracing of handlers', () => {
  it('puts a span with the conventional names around an attempt, linked to the sender', async (t) => {
    let inside: string | undefined;
    const { handler, spans } = traced(
      t,
      defineHandler({
        onEvent: async () => {
          await Promise.resolve();
          inside = trace.getActiveSpan()?.spanContext().spanId;
        },
      }),
    );
    await handler.onEvent?.(event(7, { traceparent }), eventContext);
    const [span] = spans();
    assert.ok(span !== undefined);
    assert.equal(span.name, 'process orders');
    assert.equal(span.kind, SpanKind.CONSUMER);
    assert.equal(inside, span.spanContext().spanId);
    assert.equal(span.parentSpanContext, undefined);
    assert.deepEqual(span.attributes, {
      'messaging.system': 'eventhubs',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '3',
      'messaging.consumer.group.name': 'fulfilment',
      'messaging.client.id': 'w-1',
      'server.address': 'ns.servicebus.windows.net',
      'messaging.eventhubs.message.enqueued_time': 1_700_000_000,
      'messaging.message.body.size': 5,
      'messaging.message.id': 'm-7',
      'eventhub_worker.sequence_number': 7,
      'eventhub_worker.attempt': 2,
    });
    assert.equal(span.links.length, 1);
    assert.equal(span.links[0]?.context.traceId, traceId);
    assert.equal(span.links[0]?.context.isRemote, true);
  });

  it('G11: shows what can be read of an event, and leaves the rest for the handler to meet', (t) => {
    const broken = Object.create(event(7), {
      body: {
        get: () => {
          throw new Error('type code 0x5f');
        },
      },
      properties: {
        get: () => {
          throw new Error('type code 0x5f');
        },
      },
    });
    let calls = 0;
    const { handler, spans } = traced(t, defineHandler({ onEvent: () => void (calls += 1) }));
    void handler.onEvent?.(broken, eventContext);
    assert.equal(calls, 1);
    const [span] = spans();
    assert.equal(span?.attributes['messaging.message.id'], 'm-7');
    assert.equal(span?.attributes['messaging.message.body.size'], undefined);
  });

  it('ends the span with the error when the handler throws or rejects, and passes the error on', async (t) => {
    const failure = new TypeError('AccountKey=SECRET is wrong');
    const { handler, spans } = traced(
      t,
      defineHandler({
        onEvent: ({ sequenceNumber }) => {
          if (sequenceNumber === 1) throw failure;
          return Promise.reject(failure);
        },
      }),
    );
    assert.throws(() => handler.onEvent?.(event(1), eventContext), failure);
    await assert.rejects(async () => handler.onEvent?.(event(2), eventContext), failure);
    assert.equal(spans().length, 2);
    for (const { status, attributes } of spans()) {
      assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: 'AccountKey=[redacted] is wrong' });
      assert.equal(attributes['error.type'], 'TypeError');
    }
  });

  it('gives a batch one span with one link per sending context', async (t) => {
    const { handler, spans } = traced(
      t,
      defineHandler({ batch: { maxEvents: 10, maxWaitMs: 5 }, onBatch: () => [undefined] }),
    );
    const other = `00-${traceId}-00f067aa0ba902b7-00`;
    const events = [
      event(1, { traceparent }),
      event(2, { 'Diagnostic-Id': traceparent }),
      event(3, { 'Diagnostic-Id': other }),
      event(4),
    ];
    assert.deepEqual(handler.onBatch?.(events, batchContext), [undefined]);
    const [span] = spans();
    assert.equal(span?.attributes['messaging.batch.message_count'], 4);
    assert.equal(span?.links.length, 2);
    assert.deepEqual(handler.batch, { maxEvents: 10, maxWaitMs: 5 });
  });

  it("keeps a handler's own this, start, stop and key", async (t) => {
    class Counting {
      #started = 0;
      readonly key = () => `key ${this.#started}`;
      start() {
        this.#started += 1;
      }
      onEvent() {
        assert.equal(this.#started, 1);
      }
    }
    const { handler } = traced(t, new Counting());
    await handler.start?.();
    await handler.stop?.();
    await handler.onEvent?.(event(1), eventContext);
    assert.equal(handler.key?.(event(1)), 'key 1');
    assert.equal(handler.schema, undefined);
  });
});

describe('trace context of an event', () => {
  it('is read from traceparent first, then from Diagnostic-Id', () => {
    const context = producerContext(
      event(1, { traceparent, tracestate: 'a=1,b=2', 'Diagnostic-Id': 'nonsense' }),
    );
    assert.ok(context !== undefined && isSpanContextValid(context));
    assert.equal(context.spanId, 'b7ad6b7169203331');
    assert.equal(context.traceState?.get('b'), '2');
    assert.equal(producerContext(event(1, { 'Diagnostic-Id': traceparent }))?.traceId, traceId);
  });

  it('is none where it is malformed', () => {
    const zeros = '0'.repeat(32);
    for (const bad of [
      '',
      'x',
      7,
      null,
      Buffer.from(traceparent.toUpperCase()),
      `${traceparent}-extra`,
      `ff${traceparent.slice(2)}`,
      traceparent.toUpperCase(),
      `00-${zeros}-b7ad6b7169203331-01`,
      `00-${traceId}-0000000000000000-01`,
    ]) {
      assert.equal(producerContext(event(1, { traceparent: bad })), undefined, String(bad));
    }
    const later = `01-${traceparent.slice(3)}-extra`;
    assert.equal(producerContext(event(1, { traceparent: later }))?.traceId, traceId);
  });

  it('is found wherever senders put it', () => {
    const bytes = Buffer.from(traceparent);
    const places: TestEventFields[] = [
      { properties: { traceparent: bytes } },
      { properties: { Traceparent: traceparent } },
      { properties: { 'Diagnostic-Id': bytes } },
      { annotations: { traceparent } },
      { annotations: { 'Diagnostic-Id': traceparent } },
      { properties: { 'cloudEvents:traceparent': traceparent } },
      { properties: { cloudEvents_traceparent: traceparent } },
      { properties: { ce_traceparent: bytes } },
      { properties: { traceparent: 'malformed' }, annotations: { traceparent } },
      {
        contentType: 'application/cloudevents+json; charset=utf-8',
        body: JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 't', traceparent }),
      },
    ];
    for (const place of places) {
      assert.equal(producerContext(testEvent(place))?.traceId, traceId, JSON.stringify(place));
    }
  });

  it('reads no body that is not said to be a CloudEvent', () => {
    const event = testEvent({ body: JSON.stringify({ traceparent }) });
    assert.equal(producerContext(event), undefined);
  });
});

describe('whether to trace', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  it('is decided by OTEL_* alone, and off by default', () => {
    assert.deepEqual(tracingChoice({}), { kind: 'off' });
    assert.deepEqual(tracingChoice({ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }), {
      kind: 'off',
    });
    assert.deepEqual(tracingChoice(endpoint), { kind: 'on' });
    assert.deepEqual(tracingChoice({ OTEL_TRACES_EXPORTER: 'otlp' }), { kind: 'on' });
    assert.deepEqual(tracingChoice({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }), { kind: 'off' });
    assert.deepEqual(tracingChoice({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }), { kind: 'off' });
    assert.equal(tracingChoice({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }).kind, 'unsupported');
    assert.equal(tracingChoice({ OTEL_TRACES_EXPORTER: 'zipkin' }).kind, 'unsupported');
  });

  it('off costs nothing: the handler is the very same', async () => {
    const handler = defineHandler({ onEvent: () => {} });
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const redact = createRedact();
    const off = await startTracing({ environment: {}, identity, redact, warn });
    assert.equal(off.trace(handler), handler);
    assert.deepEqual(warnings, []);
    const environment = { OTEL_TRACES_EXPORTER: 'zipkin' };
    const unsupported = await startTracing({ environment, identity, redact, warn });
    assert.equal(unsupported.trace(handler), handler);
    assert.match(warnings[0] ?? '', /OTEL_TRACES_EXPORTER=zipkin/);
    await unsupported.stop();
  });
});
