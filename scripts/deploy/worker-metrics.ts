// The metrics that rules and dashboard may name: the worker's catalogue, Node's own by prom-client, and KEDA's; and how
// to find names in a query.
import { fullName, metricCatalogue } from '../../src/telemetry/metric-catalogue.ts';
import type { MetricEntry } from '../../src/telemetry/metric-catalogue.ts';

/** prom-client's defaults and KEDA's (pkg/metricscollector/prommetrics.go) as far as the dashboard uses them. */
const FOREIGN_METRICS = [
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
  'nodejs_heap_size_used_bytes',
  'nodejs_eventloop_lag_p99_seconds',
  'keda_scaler_metrics_value',
  'keda_scaler_detail_errors_total',
] as const;

/** Every name, a histogram's three included. */
export function metricNames(): readonly string[] {
  const entries: readonly MetricEntry[] = Object.values(metricCatalogue);
  const own = entries.flatMap((entry) => {
    const name = fullName(entry);
    return entry.type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  });
  return [...own, ...FOREIGN_METRICS];
}

/** The names of metrics and recorded series in a query; labels, functions and keywords are not names. */
export function metricsIn(expr: string): readonly string[] {
  return [...expr.matchAll(/\b(?:eventhub_worker[_:]|process_|nodejs_|keda_)[a-z0-9_:]*/g)].map(
    ([name]) => name,
  );
}
