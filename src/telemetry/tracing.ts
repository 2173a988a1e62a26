// Whether handling is traced, and to where: decided by the standard OTEL_* variables alone. Off, nothing is loaded and the
// handler is used as it is. On, the tracer and the OTLP exporter are loaded, unless the process already has a tracer
// (for example from `node --import`), which is then used.

import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import type { Handler } from '../engine/handling/handler.ts';
import type { WorkerIdentity } from './metrics.ts';
import type { Redact } from './redaction.ts';

export type TracingChoice =
  | { readonly kind: 'off' }
  | { readonly kind: 'on' }
  /** Asked for in a way that is not offered: said once, and tracing stays off. */
  | { readonly kind: 'unsupported'; readonly reason: string };

export interface TracingOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly identity: WorkerIdentity;
  readonly redact: Redact;
  readonly warn: (message: string) => void;
}

export interface Tracing {
  /** The handler with spans, or the same handler when tracing is off. */
  trace(handler: Handler): Handler;
  /** Sends what is still waiting; settles within 5 s, whether the collector answers or not. */
  stop(): Promise<void>;
}

const stopDeadlineMs = 5000;

/** Pure: what the environment asks for. */
export function tracingChoice(environment: TracingOptions['environment']): TracingChoice {
  const given = (name: string) => environment[name]?.trim() ?? '';
  if (given('OTEL_SDK_DISABLED').toLowerCase() === 'true') return { kind: 'off' };
  const exporter = given('OTEL_TRACES_EXPORTER');
  if (exporter === 'none') return { kind: 'off' };
  const hasEndpoint =
    given('OTEL_EXPORTER_OTLP_ENDPOINT') !== '' || given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') !== '';
  if (exporter === '' && !hasEndpoint) return { kind: 'off' };
  if (exporter !== '' && exporter !== 'otlp') {
    return {
      kind: 'unsupported',
      reason: `OTEL_TRACES_EXPORTER=${exporter}: only otlp and none are offered`,
    };
  }
  const protocol = given('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || given('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== '' && protocol !== 'http/protobuf') {
    return {
      kind: 'unsupported',
      reason: `OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}: only http/protobuf is offered (a collector's port 4318)`,
    };
  }
  return { kind: 'on' };
}

export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const choice = tracingChoice(options.environment);
  if (choice.kind === 'unsupported') options.warn(`handling is not traced: ${choice.reason}`);
  if (choice.kind !== 'on') return { trace: (handler) => handler, stop: () => Promise.resolve() };
  const { tracedHandler } = await import('./traced-handler.ts');
  const stop = hasTracer() ? () => Promise.resolve() : await startExporter(options.identity);
  const tracer = tracerOf(options.identity);
  return {
    trace: (handler) =>
      tracedHandler(handler, { tracer, identity: options.identity, redact: options.redact }),
    stop,
  };
}

function tracerOf({ version }: WorkerIdentity): Tracer {
  return trace.getTracer('eventhub-worker', version);
}

/** Whether somebody registered a tracer before us: without one, spans have no identity. The span asked is dropped. */
function hasTracer(): boolean {
  return isSpanContextValid(trace.getTracer('eventhub-worker').startSpan('probe').spanContext());
}

/** Sampler, limits, batching and the exporter's address come from OTEL_* inside these packages. */
async function startExporter(identity: WorkerIdentity): Promise<() => Promise<void>> {
  const [sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
  ]);
  const own = resources.resourceFromAttributes({
    'service.name': 'eventhub-worker',
    'service.version': identity.version,
    'service.instance.id': identity.workerId,
  });
  // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins.
  const given = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.NodeTracerProvider({
    resource: resources.defaultResource().merge(own).merge(given),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return async () => {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, stopDeadlineMs);
    });
    const shutdown = provider.shutdown().catch(() => {
      // The collector does not answer: spans are for looking at, nothing waits for them.
    });
    await Promise.race([shutdown, deadline]);
    clearTimeout(timer);
  };
}
