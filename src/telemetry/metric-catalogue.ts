// The one catalogue of the worker's metrics: name, type, unit, labels, meaning. docs/metrics.md is printed from it.
// How the values come about is metrics.ts; Node's and the process's own metrics are prom-client's defaults.

import { deadLetterReasons } from '../engine/event-outcome.ts';

const metricPrefix = 'eventhub_worker_';

export type MetricUnit = 'events' | 'bytes' | 'seconds' | 'timestamp' | 'sequence number' | 'count' | 'flag';

export interface MetricEntry {
  /** Without the prefix. */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly unit: MetricUnit;
  readonly help: string;
  /** Label name -> the values it takes, or undefined where the world decides them. Known values start at 0. */
  readonly labels: Readonly<Record<string, readonly string[] | undefined>>;
  /** Histograms only: upper bounds in the metric's unit. */
  readonly buckets?: readonly number[];
}

const none = {} as const;
/** Series with this label exist for owned partitions only and vanish with the lease. */
const partition = { partition: undefined } as const;

const shortTimes = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const metricCatalogue = {
  info: {
    name: 'info',
    type: 'gauge',
    unit: 'flag',
    help: 'Always 1; says who this worker is and what it reads.',
    labels: {
      version: undefined,
      worker_id: undefined,
      event_hubs_namespace: undefined,
      eventhub: undefined,
      consumer_group: undefined,
    },
  },
  receivePath: {
    name: 'receive_path',
    type: 'gauge',
    unit: 'flag',
    help: '1 for who receives the events: "transfers" is this worker, "sdk" the client library, at several times the cost. The latter means that its version is not the tested one. Absent before the first link.',
    labels: { path: undefined },
  },
  partitionsOwned: {
    name: 'partitions_owned',
    type: 'gauge',
    unit: 'count',
    help: 'Partitions this worker holds a lease of. Summed over the workers it equals partitions_total at rest.',
    labels: none,
  },
  partitionsTotal: {
    name: 'partitions_total',
    type: 'gauge',
    unit: 'count',
    help: 'Partitions of the event hub.',
    labels: none,
  },
  partitionOwned: {
    name: 'partition_owned',
    type: 'gauge',
    unit: 'flag',
    help: '1 for each partition this worker owns. More than one worker with the series is a second owner: alert.',
    labels: partition,
  },
  members: {
    name: 'members',
    type: 'gauge',
    unit: 'count',
    help: 'Live workers of the consumer group as this worker sees them, itself included.',
    labels: none,
  },
  consumerLagEvents: {
    name: 'consumer_lag_events',
    type: 'gauge',
    unit: 'events',
    help: 'Events between the stored checkpoint and the end of the partition: the number KEDA scales on.',
    labels: partition,
  },
  consumerLagSeconds: {
    name: 'consumer_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest unfinished event, 0 when there is none.',
    labels: partition,
  },
  checkpointSequenceNumber: {
    name: 'checkpoint_sequence_number',
    type: 'gauge',
    unit: 'sequence number',
    help: 'Sequence number of the stored checkpoint.',
    labels: partition,
  },
  lastEnqueuedSequenceNumber: {
    name: 'last_enqueued_sequence_number',
    type: 'gauge',
    unit: 'sequence number',
    help: 'Last sequence number the broker told of. Absent until it has.',
    labels: partition,
  },
  checkpointAgeSeconds: {
    name: 'checkpoint_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the checkpoint was last written. Grows on an idle partition: alert on it together with lag.',
    labels: partition,
  },
  partitionStalled: {
    name: 'partition_stalled',
    type: 'gauge',
    unit: 'flag',
    help: '1 while a partition with lag makes no progress, or one that was taken cannot begin (its lag is not known then).',
    labels: partition,
  },
  partitionBlocked: {
    name: 'partition_blocked',
    type: 'gauge',
    unit: 'flag',
    help: '1 while a lane waits on an event whose attempts are exhausted (ON_EXHAUSTED=block).',
    labels: partition,
  },
  eventsReceived: {
    name: 'events_received_total',
    type: 'counter',
    unit: 'events',
    help: "Events received from the event hub. Its rate against 4,096/s per throughput unit is this worker's share of the egress limit.",
    labels: partition,
  },
  receivedBytes: {
    name: 'received_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: "Bytes of event bodies received. Its rate against 2 MB/s per throughput unit is this worker's share of the egress limit.",
    labels: partition,
  },
  eventsProcessed: {
    name: 'events_processed_total',
    type: 'counter',
    unit: 'events',
    help: 'Events finished: handled, or durably dead-lettered.',
    labels: { result: ['handled', 'dead-lettered'] },
  },
  eventsRetried: {
    name: 'events_retried_total',
    type: 'counter',
    unit: 'events',
    help: 'Attempts that failed and will be tried again.',
    labels: none,
  },
  eventsDeadLettered: {
    name: 'events_dead_lettered_total',
    type: 'counter',
    unit: 'events',
    help: 'Events put into the dead letters, by cause.',
    labels: { reason: deadLetterReasons },
  },
  eventsSkipped: {
    name: 'events_skipped_total',
    type: 'counter',
    unit: 'events',
    help: 'Events that do not count here: done = finished before by an earlier owner; expired = gone from the hub before they were read; gap = sequence numbers that no event has (compaction, transaction markers), read twice; late = their handler ended after the lease was lost, the new owner handles them.',
    labels: { reason: ['done', 'expired', 'gap', 'late'] },
  },
  eventDuration: {
    name: 'event_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time of the attempt that finished an event: from the call of the handler to its end.',
    labels: none,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },
  checkpointWrites: {
    name: 'checkpoint_writes_total',
    type: 'counter',
    unit: 'count',
    help: 'Checkpoint writes: written; superseded = the store held a later one; fenced = a newer owner holds the partition; failed.',
    labels: { result: ['written', 'superseded', 'fenced', 'failed'] },
  },
  ownershipChanges: {
    name: 'ownership_changes_total',
    type: 'counter',
    unit: 'count',
    help: 'Leases that came or went, by cause.',
    labels: {
      reason: [
        'claimed-free',
        'claimed-expired',
        'claimed-own',
        'claimed-after-timeout',
        'received',
        'handed-over',
        'released',
        'lost',
        'stopped',
      ],
    },
  },
  handoverDuration: {
    name: 'handover_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the moment a requested partition stops taking events to the lease being handed over.',
    labels: none,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
  },
  leaseTickDuration: {
    name: 'lease_tick_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of one look at the group and what it led to.',
    labels: none,
    buckets: shortTimes,
  },
  leaseLastSuccess: {
    name: 'lease_last_success_timestamp_seconds',
    type: 'gauge',
    unit: 'timestamp',
    help: 'Unix time of the last look at the group that succeeded; 0 before the first.',
    labels: none,
  },
  storageRequests: {
    name: 'storage_requests_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests to Blob Storage by operation and HTTP status (or the error when there was no answer).',
    labels: { operation: undefined, status: undefined },
  },
  amqpErrors: {
    name: 'amqp_errors_total',
    type: 'counter',
    unit: 'count',
    help: 'Errors of the AMQP connection and its links, by the code the SDK or the broker gave. They heal by themselves; a rate that stays is worth a look.',
    labels: { code: undefined },
  },
  inFlightEvents: {
    name: 'in_flight_events',
    type: 'gauge',
    unit: 'events',
    help: 'Events whose handling has begun and not ended.',
    labels: none,
  },
  bufferedEvents: {
    name: 'buffered_events',
    type: 'gauge',
    unit: 'events',
    help: 'Events received and waiting in their lanes.',
    labels: none,
  },
  bufferedBytes: {
    name: 'buffered_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Bytes of the events in this worker, waiting or in flight. Never above the budget.',
    labels: none,
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricKey = keyof typeof metricCatalogue;

/** The name as Prometheus sees it. */
export function fullName(entry: MetricEntry): string {
  return metricPrefix + entry.name;
}
