// The W3C trace context an event was sent in, wherever its sender put it: https://www.w3.org/TR/trace-context/

import type { WorkerEvent } from '../handling/worker-event.ts';
import type { MessageValues } from '../event.ts';
import { cloudEventPrefixes } from './cloud-event.ts';
import { headerText } from './header-text.ts';
import { mediaTypeOf } from './media-type.ts';

export interface SenderTrace {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

/**
 * In order: `traceparent`, then `Diagnostic-Id` (the Azure SDKs' older name of the same), among the application properties (text, or
 * bytes where Kafka wrote them), then among the annotations; then the attribute of a CloudEvent. What they hold is not judged here.
 * Reads the body only where the content type says that it is a CloudEvent. Throws what an accessor of the event throws.
 */
export function* senderTraces(event: WorkerEvent): Iterable<SenderTrace> {
  yield* named(event.properties, '');
  yield* named(event.annotations, '');
  for (const prefix of cloudEventPrefixes) yield* named(event.properties, prefix);
  const { contentType } = event;
  if (contentType === undefined || mediaTypeOf(contentType).name !== 'application/cloudevents+json') return;
  const { traceparent, tracestate } = event.cloudEvent?.extensions ?? {};
  if (typeof traceparent !== 'string') return;
  yield { traceparent, tracestate: typeof tracestate === 'string' ? tracestate : undefined };
}

function* named(values: MessageValues, prefix: string): Iterable<SenderTrace> {
  const traceparent = headerText(values, `${prefix}traceparent`);
  if (traceparent !== undefined) yield { traceparent, tracestate: headerText(values, `${prefix}tracestate`) };
  const diagnosticId = prefix === '' ? headerText(values, 'Diagnostic-Id') : undefined;
  if (diagnosticId !== undefined) yield { traceparent: diagnosticId, tracestate: undefined };
}
