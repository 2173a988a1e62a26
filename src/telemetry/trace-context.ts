// Reads the producer's trace context from an event's properties: W3C traceparent (with tracestate), or Diagnostic-Id, which
// the Azure SDKs write in the same form. https://www.w3.org/TR/trace-context/#traceparent-header

import { createTraceState, isSpanContextValid, TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';

/** version 00, or a later one with more fields behind; "ff" is forbidden. */
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const maxTraceStateLength = 512;

/** The context in which the event was sent; undefined when there is none or it is malformed. */
export function producerContext(properties: Readonly<Record<string, unknown>>): SpanContext | undefined {
  return (
    parse(properties['traceparent'], properties['tracestate']) ??
    parse(properties['Diagnostic-Id'], undefined)
  );
}

function parse(traceparent: unknown, tracestate: unknown): SpanContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
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
  if (typeof tracestate !== 'string' || tracestate.length > maxTraceStateLength) return context;
  return { ...context, traceState: createTraceState(tracestate) };
}
