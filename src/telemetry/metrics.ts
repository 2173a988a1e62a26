// Fills the metric catalogue: counters from the engine's reports, gauges from one status() snapshot per scrape.
// Partition series are written anew at each scrape from the partitions owned then, so they vanish with the lease.

import { collectDefaultMetrics, Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Clock } from '../engine/ports.ts';
import type { Report } from '../engine/reports.ts';
import type { PartitionStatus, WorkerStatus } from '../engine/status.ts';
import { DurationHistogram } from './duration-histogram.ts';
import { rootCodeOf } from './error-details.ts';
import { fullName, metricCatalogue } from './metric-catalogue.ts';
import type { MetricEntry, MetricKey } from './metric-catalogue.ts';
import { PartitionTraffic } from './partition-traffic.ts';

export interface WorkerIdentity {
  readonly version: string;
  readonly workerId: string;
  readonly namespace: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
}

export interface MetricsOptions {
  /** Where prom-client keeps the series; one of its own for each worker, never the global one. */
  readonly registry: Registry;
  readonly identity: WorkerIdentity;
  readonly clock: Clock;
  /** Undefined before the worker is built. */
  readonly status: () => WorkerStatus | undefined;
  /** Also export Node's and the process's own metrics (process_*, nodejs_*). */
  readonly withProcessMetrics: boolean;
}

/** Distinct values a label takes from the outside world (status codes, AMQP conditions); further ones count as "other". */
const maxOutsideValues = 64;

export class WorkerMetrics {
  readonly contentType: string;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #status: () => WorkerStatus | undefined;
  readonly #gauges = new Map<MetricKey, Gauge>();
  readonly #counters = new Map<MetricKey, Counter>();
  readonly #eventDuration = new DurationHistogram(metricCatalogue.eventDuration);
  readonly #handoverDuration = new DurationHistogram(metricCatalogue.handoverDuration);
  readonly #tickDuration = new DurationHistogram(metricCatalogue.leaseTickDuration);
  readonly #traffic = new PartitionTraffic();
  readonly #outsideValues = new Map<string, Set<string>>();
  #handled = 0;
  #deadLettered = 0;

  constructor(options: MetricsOptions) {
    this.#registry = options.registry;
    this.#clock = options.clock;
    this.#status = options.status;
    this.contentType = options.registry.contentType;
    for (const key of keysOf(metricCatalogue)) this.#register(key, metricCatalogue[key]);
    const { version, workerId, namespace, eventHub, consumerGroup } = options.identity;
    this.#set('info', 1, {
      version,
      event_hubs_namespace: namespace,
      worker_id: workerId,
      eventhub: eventHub,
      consumer_group: consumerGroup,
    });
    this.#set('leaseLastSuccess', 0);
    if (options.withProcessMetrics) collectDefaultMetrics({ register: options.registry });
  }

  /** Counts what the engine tells. `finished` comes once per event: it touches plain numbers only. */
  readonly report = (report: Report): void => {
    switch (report.kind) {
      case 'finished':
        this.#eventDuration.count(report.durationMs, report.events);
        if (report.outcome === 'handled') this.#handled += report.events;
        else this.#deadLettered += report.events;
        return;
      case 'received':
        this.#traffic.add(report.partitionId, report.events, report.bytes);
        return;
      case 'skipped':
        this.#count('eventsSkipped', { reason: report.reason }, report.events);
        return;
      case 'gap':
        this.#count('eventsSkipped', { reason: 'gap' }, report.events);
        return;
      case 'late-result':
        this.#count('eventsSkipped', { reason: 'late' });
        return;
      case 'attempt.failed':
        if (report.retryInMs !== undefined) this.#count('eventsRetried', {});
        return;
      case 'dead-lettered':
        this.#count('eventsDeadLettered', { reason: report.reason });
        return;
      case 'checkpoint':
        this.#count('checkpointWrites', { result: report.result });
        return;
      case 'lease':
        this.#count('ownershipChanges', { reason: report.change });
        // At the beginning too: a batch reported after the last lease ended must not count for the next one.
        this.#traffic.drop(report.partitionId);
        return;
      case 'handover':
        this.#handoverDuration.count(report.durationMs, 1);
        return;
      case 'partition.fault':
        this.#count('amqpErrors', { code: this.#bounded('code', rootCodeOf(report.error) ?? 'unknown') });
        return;
      case 'tick':
        this.#tickDuration.count(report.durationMs, 1);
        if (report.result === 'ok') this.#set('leaseLastSuccess', this.#clock.nowMs() / 1000);
        return;
      default:
      // The rest has no counter: its state is in the status.
    }
  };

  /** For the storage adapter: one answered or failed request. */
  readonly storageRequest = (operation: string, status: string): void => {
    this.#count('storageRequests', {
      operation: this.#bounded('operation', operation),
      status: this.#bounded('status', status),
    });
  };

  /** For the event source, at each link: who receives its events. */
  readonly receivePath = (path: string): void => {
    this.#gauges.get('receivePath')?.reset();
    this.#set('receivePath', 1, { path });
  };

  /** One scrape in the exposition format named by contentType. */
  async text(): Promise<string> {
    const status = this.#status();
    if (status !== undefined) this.#fillFrom(status);
    const processed = this.#counters.get('eventsProcessed');
    processed?.reset();
    processed?.inc({ result: 'handled' }, this.#handled);
    processed?.inc({ result: 'dead-lettered' }, this.#deadLettered);
    const histograms = [this.#eventDuration, this.#handoverDuration, this.#tickDuration];
    return [await this.#registry.metrics(), ...histograms.map((one) => one.text()), ''].join('\n');
  }

  #fillFrom(status: WorkerStatus): void {
    const owned = status.partitions.filter(isOwned);
    this.#set('partitionsOwned', owned.length);
    this.#set('partitionsTotal', status.partitionsTotal);
    this.#set('members', status.members.length);
    this.#set('inFlightEvents', status.inFlightEvents);
    this.#set('bufferedEvents', status.bufferedEvents);
    this.#set('bufferedBytes', status.bufferedBytes);
    for (const key of partitionKeys) {
      this.#gauges.get(key)?.reset();
      this.#counters.get(key)?.reset();
    }
    for (const one of owned) this.#fillPartition(one);
  }

  #fillPartition(one: PartitionStatus): void {
    const labels = { partition: one.partitionId };
    const traffic = this.#traffic.of(one.partitionId);
    this.#set('partitionOwned', 1, labels);
    this.#set('consumerLagEvents', one.lagEvents, labels);
    this.#set('consumerLagSeconds', one.lagMs / 1000, labels);
    this.#set('checkpointSequenceNumber', one.checkpoint, labels);
    this.#set('checkpointAgeSeconds', one.checkpointAgeMs / 1000, labels);
    this.#set('partitionStalled', one.stalled ? 1 : 0, labels);
    this.#set('partitionBlocked', one.blocked ? 1 : 0, labels);
    if (one.lastEnqueuedSequenceNumber !== undefined) {
      this.#set('lastEnqueuedSequenceNumber', one.lastEnqueuedSequenceNumber, labels);
    }
    this.#count('eventsReceived', labels, traffic.events);
    this.#count('receivedBytes', labels, traffic.bytes);
  }

  #register(key: MetricKey, entry: MetricEntry): void {
    const configuration = {
      name: fullName(entry),
      help: entry.help,
      labelNames: Object.keys(entry.labels),
      registers: [this.#registry],
    };
    if (entry.type === 'gauge') this.#gauges.set(key, new Gauge(configuration));
    if (entry.type !== 'counter') return;
    this.#counters.set(key, new Counter(configuration));
    // A series that begins at its first increment hides that increment from increase(): known values begin at 0.
    for (const [label, values] of Object.entries(entry.labels)) {
      for (const value of values ?? []) this.#count(key, { [label]: value }, 0);
    }
  }

  #set(key: MetricKey, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.#gauges.get(key)?.set(labels, value);
  }

  #count(key: MetricKey, labels: Readonly<Record<string, string>>, by = 1): void {
    this.#counters.get(key)?.inc(labels, by);
  }

  #bounded(label: string, value: string): string {
    let seen = this.#outsideValues.get(label);
    if (seen === undefined) this.#outsideValues.set(label, (seen = new Set()));
    if (seen.has(value)) return value;
    if (seen.size >= maxOutsideValues) return 'other';
    seen.add(value);
    return value;
  }
}

/** A fenced or closed partition belongs to somebody else, whatever is still finishing here. */
export function isOwned(partition: PartitionStatus): boolean {
  return partition.state !== 'fenced' && partition.state !== 'closed';
}

const partitionKeys: readonly MetricKey[] = keysOf(metricCatalogue).filter(
  (key) => 'partition' in metricCatalogue[key].labels,
);

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(record) as Key[];
}
