import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import type { DeadLetterReason, EventOutcome } from '../../../src/engine/event-outcome.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import type { CheckpointResult, LeaseChange } from '../../../src/engine/reports.ts';
import type { WorkerStatus } from '../../../src/engine/status.ts';
import { fullName, metricCatalogue } from '../../../src/telemetry/metric-catalogue.ts';
import type { MetricEntry } from '../../../src/telemetry/metric-catalogue.ts';
import { WorkerMetrics } from '../../../src/telemetry/metrics.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';

const identity = {
  version: '1.2.3',
  workerId: 'w-1',
  namespace: 'ns',
  eventHub: 'orders',
  consumerGroup: '$Default',
};

function metricsOf(status: () => WorkerStatus | undefined, clock = new ManualClock()): WorkerMetrics {
  return new WorkerMetrics({ registry: new Registry(), identity, clock, status, withProcessMetrics: false });
}

/** Samples as "name{labels}" -> value, without the prefix. */
async function samplesOf(metrics: WorkerMetrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice('eventhub_worker_'.length, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('metric catalogue', () => {
  const entries: readonly MetricEntry[] = Object.values(metricCatalogue);

  it('follows the naming rules of Prometheus', () => {
    assert.equal(new Set(entries.map(fullName)).size, entries.length);
    for (const { name, type, unit, help, buckets } of entries) {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(name.endsWith('_total') && name !== 'partitions_total', type === 'counter', name);
      if (unit === 'seconds') assert.match(name, /_seconds$/);
      if (unit === 'bytes') assert.match(name, /bytes(_total)?$/);
      assert.match(help, /\.$/);
      assert.equal(buckets !== undefined, type === 'histogram', name);
      assert.deepEqual(
        buckets,
        buckets?.toSorted((a, b) => a - b),
      );
    }
  });

  it('has every name that others rely on', () => {
    const names = new Set(entries.map(({ name }) => name));
    const frozen =
      'info partitions_owned partitions_total partition_owned members consumer_lag_events consumer_lag_seconds ' +
      'checkpoint_sequence_number last_enqueued_sequence_number checkpoint_age_seconds events_received_total ' +
      'events_processed_total events_retried_total events_dead_lettered_total events_skipped_total ' +
      'event_duration_seconds checkpoint_writes_total ownership_changes_total handover_duration_seconds ' +
      'lease_tick_duration_seconds lease_last_success_timestamp_seconds storage_requests_total amqp_errors_total ' +
      'in_flight_events buffered_events buffered_bytes partition_stalled';
    assert.deepEqual(
      frozen.split(' ').filter((name) => !names.has(name)),
      [],
    );
  });

  it('knows every value of the labels that the engine decides', () => {
    const leaseChanges: Record<LeaseChange, 0> = {
      'claimed-free': 0,
      'claimed-expired': 0,
      'claimed-own': 0,
      'claimed-after-timeout': 0,
      received: 0,
      'handed-over': 0,
      released: 0,
      lost: 0,
      stopped: 0,
    };
    const reasons: Record<DeadLetterReason, 0> = {
      exhausted: 0,
      permanent: 0,
      invalid: 0,
      handler: 0,
      undecodable: 0,
    };
    const results: Record<CheckpointResult, 0> = { written: 0, superseded: 0, fenced: 0, failed: 0 };
    const outcomes: Record<EventOutcome, 0> = { handled: 0, 'dead-lettered': 0 };
    assert.deepEqual(metricCatalogue.ownershipChanges.labels.reason, Object.keys(leaseChanges));
    assert.deepEqual(metricCatalogue.eventsDeadLettered.labels.reason, Object.keys(reasons));
    assert.deepEqual(metricCatalogue.checkpointWrites.labels.result, Object.keys(results));
    assert.deepEqual(metricCatalogue.eventsProcessed.labels.result, Object.keys(outcomes));
  });
});

describe('metrics', () => {
  it('export every entry of the catalogue and nothing else', async () => {
    const metrics = metricsOf(() => workerStatus());
    const printed = (await metrics.text())
      .match(/^# TYPE \S+/gm)
      ?.map((line) => line.slice('# TYPE '.length));
    const known = Object.values(metricCatalogue).map((entry) => fullName(entry));
    assert.deepEqual(printed?.toSorted(), known.toSorted());
  });

  it('start the known series at 0, so that the first increment is seen', async () => {
    const samples = await samplesOf(metricsOf(() => undefined));
    assert.equal(samples.get('events_dead_lettered_total{reason="exhausted"}'), 0);
    assert.equal(samples.get('ownership_changes_total{reason="lost"}'), 0);
    assert.equal(samples.get('events_processed_total{result="handled"}'), 0);
    assert.equal(samples.get('event_duration_seconds_count'), 0);
  });

  it('drop the series of a partition with its lease', async () => {
    let status = workerStatus({
      partitions: [partitionStatus('0'), partitionStatus('7', { lagEvents: 42 })],
    });
    const metrics = metricsOf(() => status);
    metrics.report({ kind: 'received', partitionId: '7', events: 5, bytes: 500 });
    const before = await samplesOf(metrics);
    assert.equal(before.get('consumer_lag_events{partition="7"}'), 42);
    assert.equal(before.get('events_received_total{partition="7"}'), 5);
    assert.equal(before.get('received_bytes_total{partition="7"}'), 500);
    assert.equal(before.get('partitions_owned'), 2);

    status = workerStatus({ partitions: [partitionStatus('0'), partitionStatus('7', { state: 'fenced' })] });
    const after = await samplesOf(metrics);
    assert.deepEqual(
      [...after.keys()].filter((name) => name.includes('partition="7"')),
      [],
    );
    assert.equal(after.get('partitions_owned'), 1);
    assert.equal(after.get('consumer_lag_events{partition="0"}'), 10);
  });

  it('count what a partition received from 0 with each lease, whatever is reported in between', async () => {
    const metrics = metricsOf(() => workerStatus({ partitions: [partitionStatus('7')] }));
    const lease = (change: LeaseChange) =>
      metrics.report({ kind: 'lease', partitionId: '7', change, generation: 1, why: '' });
    metrics.report({ kind: 'received', partitionId: '7', events: 5, bytes: 500 });
    lease('lost');
    metrics.report({ kind: 'received', partitionId: '7', events: 3, bytes: 300 });
    lease('claimed-free');
    metrics.report({ kind: 'received', partitionId: '7', events: 2, bytes: 200 });
    assert.equal((await samplesOf(metrics)).get('events_received_total{partition="7"}'), 2);
  });

  it('leave out the end of a partition the broker has not told of', async () => {
    const silent = partitionStatus('0', { lastEnqueuedSequenceNumber: undefined });
    const samples = await samplesOf(metricsOf(() => workerStatus({ partitions: [silent] })));
    assert.equal(samples.has('last_enqueued_sequence_number{partition="0"}'), false);
    assert.equal(samples.get('checkpoint_sequence_number{partition="0"}'), 90);
  });

  it('count each kind of report', async () => {
    const clock = new ManualClock();
    const metrics = metricsOf(() => workerStatus(), clock);
    metrics.report({ kind: 'finished', partitionId: '0', outcome: 'handled', events: 1, durationMs: 0.2 });
    metrics.report({ kind: 'finished', partitionId: '0', outcome: 'handled', events: 10, durationMs: 40 });
    metrics.report({
      kind: 'finished',
      partitionId: '0',
      outcome: 'dead-lettered',
      events: 1,
      durationMs: 1e9,
    });
    const failed = {
      kind: 'attempt.failed',
      partitionId: '0',
      sequenceNumber: 1,
      attempt: 1,
      error: 'x',
    } as const;
    metrics.report({ ...failed, retryInMs: 10 });
    metrics.report({ ...failed, retryInMs: undefined });
    metrics.report({ kind: 'skipped', partitionId: '0', reason: 'done', events: 4 });
    metrics.report({ kind: 'late-result', partitionId: '0', sequenceNumber: 9 });
    metrics.report({ kind: 'tick', durationMs: 20, result: 'ok' });
    clock.advance(5000);
    metrics.report({ kind: 'tick', durationMs: 20_000, result: 'failed' });
    const samples = await samplesOf(metrics);
    assert.equal(samples.get('events_processed_total{result="handled"}'), 11);
    assert.equal(samples.get('events_processed_total{result="dead-lettered"}'), 1);
    assert.equal(samples.get('event_duration_seconds_bucket{le="0.0005"}'), 1);
    assert.equal(samples.get('event_duration_seconds_bucket{le="0.05"}'), 11);
    assert.equal(samples.get('event_duration_seconds_bucket{le="300"}'), 11);
    assert.equal(samples.get('event_duration_seconds_bucket{le="+Inf"}'), 12);
    assert.equal(samples.get('event_duration_seconds_sum'), 1_000_000.4002);
    assert.equal(samples.get('events_retried_total'), 1);
    assert.equal(samples.get('events_skipped_total{reason="done"}'), 4);
    assert.equal(samples.get('events_skipped_total{reason="late"}'), 1);
    assert.equal(samples.get('lease_tick_duration_seconds_count'), 2);
    assert.equal(samples.get('lease_last_success_timestamp_seconds'), clock.epochMs / 1000);
  });

  it('keep the number of series bounded whatever codes the world sends', async () => {
    const metrics = metricsOf(() => undefined);
    for (let code = 0; code < 1000; code += 1) {
      const cause = Object.assign(new Error('refused'), { code: `amqp:${code}` });
      const error = new WorkerError('EHW_EVENT_HUB_FAILED', { reason: 'refused' }, { cause });
      metrics.report({ kind: 'partition.fault', partitionId: '0', error });
    }
    metrics.storageRequest('List', '200');
    const samples = await samplesOf(metrics);
    const codes = [...samples.keys()].filter((name) => name.startsWith('amqp_errors_total'));
    assert.equal(codes.length, 65);
    assert.equal(samples.get('amqp_errors_total{code="amqp:7"}'), 1);
    assert.equal(samples.get('amqp_errors_total{code="other"}'), 936);
    assert.equal(samples.get('storage_requests_total{operation="List",status="200"}'), 1);
  });
});
