// Reads the context an event was sent in: W3C traceparent (with tracestate), or Diagnostic-Id, which the Azure SDKs write in the
// same form. https://www.w3.org/TR/trace-context/#traceparent-header

import { createTraceState, isSpanContextValid, TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import type { WorkerEvent } from '../engine/handling/worker-event.ts';
import { senderTraces } from '../engine/reading/sender-trace.ts';

/** version 00, or a later one with more fields behind; "ff" is forbidden. */
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const maxTraceStateLength = 512;

/** The first well-formed context the sender left; undefined when there is none. Throws what an accessor of the event throws. */
export function producerContext(event: WorkerEvent): SpanContext | undefined {
  for (const { traceparent, tracestate } of senderTraces(event)) {
    const context = parse(traceparent, tracestate);
    if (context !== undefined) return context;
  }
  return undefined;
}

function parse(traceparent: string, tracestate: string | undefined): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = form.exec(traceparent.trim()) ?? [];
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & TraceFlags.SAMPLED) !== 0;
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
  if (!isSpanContextValid(context)) return undefined;
  if (tracestate === undefined || tracestate.length > maxTraceStateLength) return context;
  return { ...context, traceState: createTraceState(tracestate) };
}
