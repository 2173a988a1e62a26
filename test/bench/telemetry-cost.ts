// What telemetry costs per event: the whole report sink for a finished event, next to prom-client's own calls for the same;
// and a handler call with tracing off, with the tracer of the API alone, and with the real tracer, sampled and not.
//   node test/bench/telemetry-cost.ts
// The budget is 200 ns per event; a worker at 60,000 events/s then spends 1.2 % of a core on being measured.

import { AlwaysOffSampler, AlwaysOnSampler, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Sampler } from '@opentelemetry/sdk-trace-node';
import { Counter, Histogram, Registry } from 'prom-client';
import type { EventHandler, Handler, HandlerContext } from '../../src/engine/handling/handler.ts';
import { testEvent } from '../../src/testing.ts';
import { metricCatalogue } from '../../src/telemetry/metric-catalogue.ts';
import { createLogging } from '../../src/telemetry/logging.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { tracedHandler } from '../../src/telemetry/traced-handler.ts';
import { startTracing } from '../../src/telemetry/tracing.ts';
import { realClock } from '../support/real-clock.ts';
import { partitionStatus, workerStatus } from '../support/worker-status.ts';

const budgetNs = 200;
const rounds = 7;
const callsPerRound = 1_000_000;

const owned = Array.from({ length: 32 }, (_, index) => partitionStatus(String(index)));
const status = workerStatus({ partitions: owned, partitionsTotal: 32 });
const identity = {
  version: '0',
  workerId: 'w-1',
  namespace: 'ns',
  eventHub: 'orders',
  consumerGroup: '$Default',
};
const telemetry = createTelemetry({
  identity,
  clock: realClock,
  logging: createLogging({ level: 'silent', bindings: {}, isPretty: false, secrets: [] }),
  status: () => status,
  secrets: [],
  withProcessMetrics: false,
});

const registry = new Registry();
const histogram = new Histogram({
  name: 'bare_seconds',
  help: 'the same buckets',
  buckets: [...metricCatalogue.eventDuration.buckets],
  registers: [registry],
});
const counter = new Counter({ name: 'bare_total', help: 'h', labelNames: ['result'], registers: [registry] });

// Other kinds of report first: the sink must be measured as it is in a worker, where it has seen them all.
for (const partition of owned) {
  const { partitionId } = partition;
  telemetry.report({ kind: 'lease', partitionId, change: 'claimed-free', generation: 1, why: '' });
  telemetry.report({ kind: 'received', partitionId, events: 100, bytes: 1000 });
  telemetry.report({ kind: 'late-result', partitionId, sequenceNumber: 1 });
}

const finished = medianNs((index) => {
  const durationMs = (index % 1000) / 30;
  telemetry.report({ kind: 'finished', partitionId: '7', outcome: 'handled', events: 1, durationMs });
});
const bare = medianNs((index) => {
  histogram.observe((index % 1000) / 30_000);
  counter.inc({ result: 'handled' });
});
const beganMs = performance.now();
const scrapes = 100;
for (let scrape = 0; scrape < scrapes; scrape += 1) await telemetry.metrics.text();
const scrapeMs = (performance.now() - beganMs) / scrapes;

const handler: EventHandler = { onEvent: () => {} };
const redact = (text: string) => text;
const off = await startTracing({ environment: {}, identity, redact, warn: console.warn });
const plain = callsOf(handler);
const tracedOff = callsOf(off.trace(handler));
const unsampled = callsOf(tracedWith(new AlwaysOffSampler()));
const sampled = callsOf(tracedWith(new AlwaysOnSampler()));

console.log(`report sink, one finished event   ${finished.toFixed(1)} ns (budget ${budgetNs} ns)`);
console.log(`prom-client observe + inc         ${bare.toFixed(1)} ns`);
console.log(`one scrape, 32 partitions         ${scrapeMs.toFixed(2)} ms`);
console.log(`handler call, not traced          ${plain.toFixed(1)} ns`);
console.log(`handler call, tracing off         ${tracedOff.toFixed(1)} ns (the same function)`);
console.log(`handler call, on, not sampled     ${unsampled.toFixed(1)} ns`);
console.log(`handler call, on, sampled         ${sampled.toFixed(1)} ns (without exporting)`);
if (finished > budgetNs) process.exitCode = 1;

function tracedWith(sampler: Sampler): Handler {
  const tracer = new NodeTracerProvider({ sampler }).getTracer('bench');
  return tracedHandler(handler, { tracer, identity, redact });
}

function callsOf(one: Handler): number {
  const properties = { 'Diagnostic-Id': '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  const event = testEvent({ partitionId: '7', sequenceNumber: 1, properties, body: new Uint8Array(1000) });
  const context: HandlerContext = {
    partitionId: '7',
    sequenceNumber: 1,
    attempt: 1,
    signal: new AbortController().signal,
    log: telemetry.handlerLog('7'),
    idempotencyKey: '',
    replay: async () => undefined,
    deadLetter: () => {},
  };
  return medianNs(() => void one.onEvent?.(event, context), callsPerRound / 10);
}

function medianNs(call: (index: number) => void, calls = callsPerRound): number {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = process.hrtime.bigint();
    for (let index = 0; index < calls; index += 1) call(index);
    samples.push(Number(process.hrtime.bigint() - began) / calls);
  }
  return samples.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}
