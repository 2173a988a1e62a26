// The dashboard's queries and the chart's rules against two real workers scraped by a real Prometheus: every metric
// exists, every query is understood and has an answer, every rule is healthy, and no alert fires on workers that work.
// Slow tier; takes Prometheus from Debian.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { dashboardQueries } from '../../scripts/deploy/dashboard.ts';
import { renderedRules } from '../../scripts/deploy/rendered-rules.ts';
import { metricsIn } from '../../scripts/deploy/worker-metrics.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import { startAzurite, uniqueContainerName } from '../support/azurite.ts';
import type { Azurite } from '../support/azurite.ts';
import { startPrometheus } from './prometheus.ts';
import type { Prometheus } from './prometheus.ts';
import { WorkerProcess } from './worker-process.ts';

const JOB = 'orders-eventhub-worker';
const NAMESPACE = 'shop';
const PARTITIONS = 4;
const DEADLINE_MS = 60_000;

/** Series that exist only after something went wrong, or where KEDA is scraped. */
const MAY_BE_ABSENT = /amqp_errors_total|keda_/;

describe('what is watched', () => {
  let emulator: Emulator;
  let azurite: Azurite;
  let prometheus: Prometheus;
  const workers: WorkerProcess[] = [];
  const traffic = new AbortController();

  before(async () => {
    emulator = await startEmulator({ port: 0, hubs: [{ name: 'orders', partitionCount: PARTITIONS }] });
    azurite = await startAzurite();
    const [checkpoints, deadLetters] = [uniqueContainerName(), uniqueContainerName()];
    const storage = BlobServiceClient.fromConnectionString(azurite.connectionString);
    for (const name of [checkpoints, deadLetters]) await storage.createContainer(name);
    for (const id of ['a', 'b']) {
      workers.push(
        new WorkerProcess({
          EVENTHUB_CONNECTION_STRING: emulator.connectionString('orders'),
          STORAGE_CONNECTION_STRING: azurite.connectionString,
          CHECKPOINT_CONTAINER: checkpoints,
          DEAD_LETTER_CONTAINER: deadLetters,
          HANDLER: 'discard',
          WORKER_ID: id,
          LEASE_MS: '6000',
          TICK_MS: '1000',
          HANDOVER_TIMEOUT_MS: '10000',
        }),
      );
    }
    const targets = await Promise.all(
      workers.map(async (worker, index) => ({
        address: `127.0.0.1:${String(await listeningPort(worker))}`,
        labels: { namespace: NAMESPACE, pod: `worker-${String(index)}` },
      })),
    );
    prometheus = await startPrometheus(JOB, targets, (await renderedRules()).text);
    void send(emulator, traffic.signal);
    await waitFor(prometheus, `sum(eventhub_worker_partitions_owned{job="${JOB}"}) == ${String(PARTITIONS)}`);
    await waitFor(prometheus, `sum(rate(eventhub_worker_events_processed_total{job="${JOB}"}[10s])) > 10`);
    // Long enough for every recorded series and for a second sample of what the workers export only once they own.
    await sleep(10_000);
  });

  after(async () => {
    traffic.abort();
    for (const worker of workers) await worker.end();
    await prometheus.stop();
    await emulator.close();
    await azurite.stop();
  });

  it('has every metric that rules and dashboard name in its own /metrics', async () => {
    const [worker] = workers;
    assert.ok(worker !== undefined);
    const response = await fetch(`http://127.0.0.1:${String(await listeningPort(worker))}/metrics`);
    const exported = new Set(
      [...(await response.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
    );
    const { rules } = await renderedRules();
    const expressions = [...rules.map((rule) => rule.expr), ...dashboardQueries(NAMESPACE, JOB, '10s')];
    const named = expressions
      .flatMap(metricsIn)
      .filter((name) => !name.includes(':') && !name.startsWith('keda_'));
    const missing = new Set(named.filter((name) => !exported.has(name.replace(/_(bucket|sum|count)$/, ''))));
    assert.deepEqual([...missing], []);
  });

  it('answers every query of the dashboard', async (t) => {
    const empty: string[] = [];
    const queries = dashboardQueries(NAMESPACE, JOB, '10s');
    for (const expr of queries) {
      const samples = await prometheus.query(expr);
      if (samples.length === 0 && !MAY_BE_ABSENT.test(expr)) empty.push(expr);
    }
    assert.deepEqual(empty, [], 'queries without an answer');
    t.diagnostic(`${String(queries.length)} queries`);
  });

  it('evaluates every rule, and no alert fires', async (t) => {
    const rules = await prometheus.rules();
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );
    assert.deepEqual(await prometheus.query('ALERTS{alertstate="firing"}'), []);
    t.diagnostic(`${String(rules.length)} rules`);
  });

  it('records the series that people ask for most', async () => {
    const { rules } = await renderedRules();
    for (const { record } of rules) {
      if (record !== undefined) assert.notDeepEqual(await prometheus.query(record), [], record);
    }
  });
});

async function send(emulator: Emulator, signal: AbortSignal): Promise<void> {
  const hub = emulator.hub('orders');
  for (let number = 0; !signal.aborted; number += 1) {
    for (const partitionId of hub.partitionIds) hub.append(partitionId, { body: { number } });
    await sleep(20);
  }
}

async function listeningPort(worker: WorkerProcess): Promise<number> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    if (worker.httpPort !== undefined) return worker.httpPort;
    const isOver = performance.now() > deadline || !worker.isRunning;
    assert.ok(!isOver, `the worker named no port:\n${worker.output}`);
    await sleep(50);
  }
}

async function waitFor(prometheus: Prometheus, expr: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while ((await prometheus.query(expr)).length === 0) {
    assert.ok(performance.now() < deadline, `never true: ${expr}`);
    await sleep(250);
  }
}
