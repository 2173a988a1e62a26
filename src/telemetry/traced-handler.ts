// Puts a span around each call of a handler: one per attempt of an event or a batch, linked to the contexts in which the
// events were sent. Links and not parents: an event may be handled long after its trace ended, more than once, in a batch.
// Names follow the OpenTelemetry conventions for messaging and Azure Event Hubs (semantic conventions 1.3x).

import { context as activeContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Link, Span, Tracer } from '@opentelemetry/api';
import { reasonOf } from '../engine/errors.ts';
import type { BatchHandler, EventHandler, Handler } from '../engine/handling/handler.ts';
import type { WorkerEvent } from '../engine/handling/worker-event.ts';
import { codeOf } from './error-details.ts';
import type { WorkerIdentity } from './metrics.ts';
import type { Redact } from './redaction.ts';
import { producerContext } from './trace-context.ts';

export interface HandlerTracingOptions {
  readonly tracer: Tracer;
  readonly identity: WorkerIdentity;
  readonly redact: Redact;
}

/** What the SDK keeps of links by default; more would be dropped there. */
const maxLinks = 128;

/** The handler with spans. Everything but the traced call is forwarded to the original, `this` included. */
export function tracedHandler(handler: Handler, options: HandlerTracingOptions): Handler {
  return handler.onEvent === undefined
    ? tracedBatchHandler(handler, options)
    : tracedEventHandler(handler, options);
}

function tracedEventHandler(handler: EventHandler, options: HandlerTracingOptions): Handler {
  const spans = new HandlingSpans(options);
  return {
    ...forwarded(handler),
    onEvent: (event, context) =>
      spans.around([event], context.partitionId, context.attempt, () => handler.onEvent(event, context)),
  };
}

function tracedBatchHandler(handler: BatchHandler, options: HandlerTracingOptions): Handler {
  const spans = new HandlingSpans(options);
  return {
    ...forwarded(handler),
    batch: handler.batch,
    onBatch: (events, context) =>
      spans.around(events, context.partitionId, context.attempt, () => handler.onBatch(events, context)),
  };
}

function forwarded(handler: Handler) {
  return {
    ...(handler.schema === undefined ? {} : { schema: handler.schema }),
    ...(handler.decode === undefined ? {} : { decode: (event: WorkerEvent) => handler.decode?.(event) }),
    ...(handler.key === undefined ? {} : { key: (event: WorkerEvent) => handler.key?.(event) }),
    start: () => handler.start?.(),
    stop: () => handler.stop?.(),
  };
}

class HandlingSpans {
  readonly #tracer: Tracer;
  readonly #redact: Redact;
  readonly #name: string;
  readonly #common: Attributes;

  constructor({ tracer, identity, redact }: HandlerTracingOptions) {
    this.#tracer = tracer;
    this.#redact = redact;
    this.#name = `process ${identity.eventHub}`;
    this.#common = {
      'messaging.system': 'eventhubs',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': identity.eventHub,
      'messaging.consumer.group.name': identity.consumerGroup,
      'messaging.client.id': identity.workerId,
      'server.address': identity.namespace,
    };
  }

  /** Calls within a span and ends it when the call, or the promise it gave, is over. The result passes unchanged. */
  around<Result>(
    events: readonly WorkerEvent[],
    partitionId: string,
    attempt: number,
    call: () => Result,
  ): Result {
    const span = this.#tracer.startSpan(this.#name, {
      kind: SpanKind.CONSUMER,
      attributes: { ...this.#common, ...attributesOf(events, partitionId, attempt) },
      links: linksOf(events),
    });
    let result: Result;
    try {
      result = activeContext.with(trace.setSpan(activeContext.active(), span), call);
    } catch (error) {
      this.#fail(span, error);
      throw error;
    }
    if (result instanceof Promise) {
      void result.then(
        () => span.end(),
        (error: unknown) => this.#fail(span, error),
      );
    } else {
      span.end();
    }
    return result;
  }

  #fail(span: Span, error: unknown): void {
    const message = this.#redact(reasonOf(error));
    span.setAttribute('error.type', codeOf(error) ?? (error instanceof Error ? error.name : typeof error));
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.end();
  }
}

function attributesOf(events: readonly WorkerEvent[], partitionId: string, attempt: number): Attributes {
  const [event] = events;
  const common = {
    'messaging.destination.partition.id': partitionId,
    'eventhub_worker.attempt': attempt,
  };
  if (event === undefined || events.length !== 1) {
    return { ...common, 'messaging.batch.message_count': events.length };
  }
  return {
    ...common,
    'messaging.eventhubs.message.enqueued_time': Math.floor(event.enqueuedAt.getTime() / 1000),
    'eventhub_worker.sequence_number': event.sequenceNumber,
    ...definedOf({
      'messaging.message.body.size': readable(() => event.body.byteLength),
      'messaging.message.id': readable(() => event.messageId),
      'messaging.message.conversation_id': readable(() => event.correlationId),
    }),
  };
}

/** A span shows what can be read. That an event cannot is the handler's to meet, which may never touch that part. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function definedOf(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** One link per sending context: events sent in one batch share theirs. */
function linksOf(events: readonly WorkerEvent[]): Link[] {
  const links = new Map<string, Link>();
  for (const event of events) {
    const context = readable(() => producerContext(event));
    if (context === undefined) continue;
    links.set(`${context.traceId}-${context.spanId}`, {
      context,
      attributes: {
        'messaging.eventhubs.message.enqueued_time': Math.floor(event.enqueuedAt.getTime() / 1000),
      },
    });
    if (links.size >= maxLinks) break;
  }
  return [...links.values()];
}
