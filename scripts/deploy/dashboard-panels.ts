// What the Grafana dashboard shows: rows of panels, each with its queries. How Grafana wants it written is
// dashboard.ts. `$selector` stands for the chosen namespace and job.

export type PanelUnit = 'short' | 's' | 'ops' | 'bytes' | 'reqph' | 'percentunit' | 'evps' | 'none';

export interface PanelQuery {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'state-timeline';
  readonly unit: PanelUnit;
  readonly queries: readonly PanelQuery[];
  readonly isStacked?: boolean;
  /** Stat panels: from this value on it is red. */
  readonly redFrom?: number;
}

export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const w = 'eventhub_worker_';

/** A query of one metric per partition: while a partition moves, two workers can report it; the larger value counts. */
function perPartition(metric: string): PanelQuery {
  return { expr: `max by (partition) (${w}${metric}{$selector})`, legend: '{{partition}}' };
}

function ratePer(label: string, metric: string, factor = ''): PanelQuery {
  return {
    expr: `sum by (${label}) (rate(${w}${metric}{$selector}[$__rate_interval]))${factor}`,
    legend: `{{${label}}}`,
  };
}

function quantiles(histogram: string): readonly PanelQuery[] {
  return [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${String(quantile)}, sum by (le) (rate(${w}${histogram}_bucket{$selector}[$__rate_interval])))`,
    legend: `p${String(quantile * 100)}`,
  }));
}

const overview: PanelRow = {
  title: 'Now',
  panels: [
    {
      title: 'Lag',
      description: 'Events between the checkpoints and the ends of the partitions; what KEDA scales on.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(max by (partition) (${w}consumer_lag_events{$selector}))`, legend: 'events' }],
    },
    {
      title: 'Oldest unfinished event',
      description: 'Its age; the lag in time.',
      kind: 'stat',
      unit: 's',
      queries: [{ expr: `max(${w}consumer_lag_seconds{$selector})`, legend: 'age' }],
      redFrom: 300,
    },
    {
      title: 'Finished',
      description: 'Events handled or dead-lettered per second, all workers together.',
      kind: 'stat',
      unit: 'evps',
      queries: [
        { expr: `sum(rate(${w}events_processed_total{$selector}[$__rate_interval]))`, legend: 'events' },
      ],
    },
    {
      title: 'Workers',
      description: 'Live members of the consumer group.',
      kind: 'stat',
      unit: 'none',
      queries: [{ expr: `max(${w}members{$selector})`, legend: 'workers' }],
    },
    {
      title: 'Partitions without an owner',
      description: 'More than 0 for longer than a handover means that events wait and nobody reads them.',
      kind: 'stat',
      unit: 'none',
      queries: [
        {
          expr: `max(${w}partitions_total{$selector}) - (count(count by (partition) (${w}partition_owned{$selector} == 1)) or vector(0))`,
          legend: 'partitions',
        },
      ],
      redFrom: 1,
    },
    {
      title: 'Dead letters, last 24 hours',
      description: 'Events that could not be handled and were put aside.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(increase(${w}events_dead_lettered_total{$selector}[24h]))`, legend: 'events' }],
      redFrom: 1,
    },
  ],
};

const lag: PanelRow = {
  title: 'Lag',
  panels: [
    {
      title: 'Lag by partition, events',
      description: 'One line far above the others: a hot key, a stuck handler or a stalled link.',
      kind: 'timeseries',
      unit: 'short',
      queries: [perPartition('consumer_lag_events')],
    },
    {
      title: 'Lag by partition, time',
      description: 'Age of the oldest unfinished event. Compare it with the retention of the hub.',
      kind: 'timeseries',
      unit: 's',
      queries: [perPartition('consumer_lag_seconds')],
    },
    {
      title: 'Checkpoint age by partition',
      description:
        'Grows on an idle partition; with lag it means that nothing finishes or the store refuses.',
      kind: 'timeseries',
      unit: 's',
      queries: [perPartition('checkpoint_age_seconds')],
    },
  ],
};

const work: PanelRow = {
  title: 'Work',
  panels: [
    {
      title: 'Throughput',
      description: 'Events received, and finished by result.',
      kind: 'timeseries',
      unit: 'evps',
      queries: [
        {
          expr: `sum(rate(${w}events_received_total{$selector}[$__rate_interval]))`,
          legend: 'received',
        },
        ratePer('result', 'events_processed_total'),
      ],
    },
    {
      title: 'Time of an event, from its first attempt to its end',
      description: 'Retries and the waits between them included.',
      kind: 'timeseries',
      unit: 's',
      queries: quantiles('event_duration_seconds'),
    },
    {
      title: 'Retries and dead letters',
      description: 'Attempts that failed and are tried again, and events put aside by cause.',
      kind: 'timeseries',
      unit: 'evps',
      queries: [
        { expr: `sum(rate(${w}events_retried_total{$selector}[$__rate_interval]))`, legend: 'retried' },
        {
          expr: `sum by (reason) (rate(${w}events_dead_lettered_total{$selector}[$__rate_interval]))`,
          legend: 'dead letter: {{reason}}',
        },
      ],
    },
    {
      title: 'Events in the worker',
      description: 'In flight: handling has begun. Buffered: waiting in their lanes.',
      kind: 'timeseries',
      unit: 'short',
      queries: [
        { expr: `sum by (pod) (${w}in_flight_events{$selector})`, legend: '{{pod}} in flight' },
        { expr: `sum by (pod) (${w}buffered_events{$selector})`, legend: '{{pod}} buffered' },
      ],
    },
    {
      title: 'Skipped',
      description:
        'Done: an earlier owner had finished them. Expired: the hub deleted them before they were read.',
      kind: 'timeseries',
      unit: 'evps',
      queries: [ratePer('reason', 'events_skipped_total')],
    },
    {
      title: 'Stalled or blocked partitions',
      description:
        'Partitions with lag and no progress, and those that wait for an event that cannot be handled.',
      kind: 'timeseries',
      unit: 'none',
      queries: [
        { expr: `sum(max by (partition) (${w}partition_stalled{$selector}))`, legend: 'stalled' },
        { expr: `sum(max by (partition) (${w}partition_blocked{$selector}))`, legend: 'blocked' },
      ],
    },
  ],
};

const ownership: PanelRow = {
  title: 'Ownership',
  panels: [
    {
      title: 'Owners of the partitions',
      description:
        'One bar per partition and owner; two bars of one partition at the same time are two owners.',
      kind: 'state-timeline',
      unit: 'none',
      queries: [
        {
          expr: `max by (partition, pod) (${w}partition_owned{$selector})`,
          legend: '{{partition}}: {{pod}}',
        },
      ],
    },
    {
      title: 'Partitions per worker',
      description: 'Equal shares are the aim.',
      kind: 'timeseries',
      unit: 'none',
      isStacked: true,
      queries: [{ expr: `max by (pod) (${w}partitions_owned{$selector})`, legend: '{{pod}}' }],
    },
    {
      title: 'Leases that came and went',
      description: 'Handed over and received is calm; lost and claimed after a timeout is not.',
      kind: 'timeseries',
      unit: 'short',
      queries: [
        {
          expr: `sum by (reason) (increase(${w}ownership_changes_total{$selector}[$__rate_interval]))`,
          legend: '{{reason}}',
        },
      ],
    },
    {
      title: 'Handover',
      description: 'From the moment a partition stops taking events until its lease is handed over.',
      kind: 'timeseries',
      unit: 's',
      queries: quantiles('handover_duration_seconds'),
    },
    {
      title: 'Look at the group',
      description: 'Duration of one look at members, leases and checkpoints.',
      kind: 'timeseries',
      unit: 's',
      queries: quantiles('lease_tick_duration_seconds'),
    },
    {
      title: 'Time since the last successful look',
      description: 'Above LEASE_MS a worker holds nothing any more.',
      kind: 'timeseries',
      unit: 's',
      queries: [
        {
          expr: `max by (pod) (time() - ${w}lease_last_success_timestamp_seconds{$selector})`,
          legend: '{{pod}}',
        },
      ],
    },
  ],
};

const azure: PanelRow = {
  title: 'Azure',
  panels: [
    {
      title: 'Storage operations per hour',
      description: 'What the storage account bills.',
      kind: 'timeseries',
      unit: 'reqph',
      isStacked: true,
      queries: [ratePer('operation', 'storage_requests_total', ' * 3600')],
    },
    {
      title: 'Storage operations by status',
      description:
        '412 is a lost race and harmless in small numbers; 403 is a missing role; 503 is throttling.',
      kind: 'timeseries',
      unit: 'ops',
      queries: [ratePer('status', 'storage_requests_total')],
    },
    {
      title: 'Checkpoint writes',
      description: 'Fenced: a newer owner holds the partition. Superseded: the store held a later one.',
      kind: 'timeseries',
      unit: 'ops',
      queries: [ratePer('result', 'checkpoint_writes_total')],
    },
    {
      title: 'AMQP errors',
      description: 'Errors of the connection and its links by code.',
      kind: 'timeseries',
      unit: 'ops',
      queries: [ratePer('code', 'amqp_errors_total')],
    },
    {
      title: 'Received bytes',
      description: 'One throughput unit lets 2 MB/s out.',
      kind: 'timeseries',
      unit: 'bytes',
      queries: [
        { expr: `sum(rate(${w}received_bytes_total{$selector}[$__rate_interval]))`, legend: 'per second' },
      ],
    },
    {
      title: 'What KEDA sees',
      description:
        'KEDA reports at most partitions x eventsPerReplica. At its cap while the lag is 0: it reads another path.',
      kind: 'timeseries',
      unit: 'short',
      queries: [
        { expr: 'max(keda_scaler_metrics_value{scaledObject="$job",scaler="eventhub-lag"})', legend: 'KEDA' },
        { expr: `sum(max by (partition) (${w}consumer_lag_events{$selector}))`, legend: 'workers' },
      ],
    },
  ],
};

const processes: PanelRow = {
  title: 'Process',
  panels: [
    {
      title: 'Memory',
      description: 'Resident memory, heap, and bytes of buffered events; the last never exceeds its budget.',
      kind: 'timeseries',
      unit: 'bytes',
      queries: [
        { expr: 'sum by (pod) (process_resident_memory_bytes{$selector})', legend: '{{pod}} resident' },
        { expr: 'sum by (pod) (nodejs_heap_size_used_bytes{$selector})', legend: '{{pod}} heap' },
        { expr: `sum by (pod) (${w}buffered_bytes{$selector})`, legend: '{{pod}} events' },
      ],
    },
    {
      title: 'CPU',
      description: 'Cores used.',
      kind: 'timeseries',
      unit: 'percentunit',
      queries: [
        {
          expr: 'sum by (pod) (rate(process_cpu_seconds_total{$selector}[$__rate_interval]))',
          legend: '{{pod}}',
        },
      ],
    },
    {
      title: 'Event loop delay, p99',
      description: 'A handler that computes for long delays everything else in its worker.',
      kind: 'timeseries',
      unit: 's',
      queries: [{ expr: 'max by (pod) (nodejs_eventloop_lag_p99_seconds{$selector})', legend: '{{pod}}' }],
    },
  ],
};

export const panelRows: readonly PanelRow[] = [overview, lag, work, ownership, azure, processes];
