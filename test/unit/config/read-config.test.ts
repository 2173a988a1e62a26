import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { docOf, environment, variableNames } from '../../../src/config/environment.ts';
import { orThrow, readConfig, readEventHubConfig, readLocalConfig } from '../../../src/config/read-config.ts';
import { WorkerError } from '../../../src/engine/errors.ts';
import {
  canonicalEventHubString,
  canonicalStorageString,
  eventHubString,
  storageString,
  workerEnvironment,
} from '../../support/worker-environment.ts';

type Values = Readonly<Record<string, string | undefined>>;

describe('reading the configuration', () => {
  it('fills every default that the documents promise', () => {
    const config = configOf({});
    assert.deepEqual(config.eventHub, {
      namespace: 'orders-prod.servicebus.windows.net',
      eventHub: 'orders',
      consumerGroup: '$Default',
      givenNamespace: 'Orders-Prod.servicebus.windows.net',
      port: undefined,
      isEmulator: false,
      proxy: undefined,
      credentials: { kind: 'connection-string', connectionString: canonicalEventHubString },
      transport: 'amqp',
      maxBatchSize: 250,
      prefetchEvents: 1000,
      prefetchBytes: 4_194_304,
    });
    assert.deepEqual(config.engine.checkpoint, { everyEvents: 10_000, everyMs: 5000, idleMs: 1000 });
    assert.deepEqual(config.engine.lease, {
      workerId: 'worker-1',
      leaseMs: 30_000,
      tickMs: 10_000,
      fastTickMs: 1000,
      handoverTimeoutMs: 60_000,
    });
    assert.equal(config.engine.handling.concurrency, 64);
    assert.equal(config.engine.handling.partitionConcurrency, 64);
    assert.equal(config.engine.handling.maxAttempts, 5);
    assert.deepEqual(config.engine.start, { at: 'earliest' });
    assert.equal(config.engine.onRecreatedHub, 'stop');
    assert.equal(config.engine.drainDeadlineMs, 30_000);
    assert.deepEqual(config.http, { host: '0.0.0.0', port: 8080 });
  });

  it('is frozen to its leaves', () => {
    const config = configOf({});
    assert.ok(Object.isFrozen(config));
    assert.ok(Object.isFrozen(config.engine.lease));
    assert.ok(Object.isFrozen(config.eventHub.credentials));
  });

  it('tells every problem at once, each with the variable, what was given and what is allowed', () => {
    const problems = problemsOf({
      CONCURRENCY: 'many',
      ORDERING: 'strict',
      HTTP_PORT: '70000',
      START_POSITION: 'yesterday',
      EVENTHUB_NAME: undefined,
      HANDLER: '',
    });
    assert.deepEqual(problems.map(({ variable }) => variable).sort(), [
      'CONCURRENCY',
      'EVENTHUB_NAME',
      'HANDLER',
      'HTTP_PORT',
      'ORDERING',
      'START_POSITION',
    ]);
    const concurrency = problems.find(({ variable }) => variable === 'CONCURRENCY');
    assert.match(
      concurrency?.text ?? '',
      /CONCURRENCY is "many"\. Allowed: a whole number from 1 to 10000 \(/,
    );
  });

  it('throws one coded error with a line for each problem', () => {
    assert.throws(
      () => orThrow(readConfig([{ origin: 'environment', values: {} }])),
      (error: unknown) =>
        error instanceof WorkerError &&
        error.code === 'EHW_BAD_CONFIGURATION' &&
        /\n {2}EVENTHUB_CONNECTION_STRING is not set\..*\n/.test(error.message) &&
        /\n {2}STORAGE_CONNECTION_STRING is not set\./.test(error.message) &&
        /\n {2}HANDLER is not set\./.test(error.message),
    );
  });

  it('never prints a key, whatever variable it was pasted into', () => {
    const problems = problemsOf({
      EVENTHUB_CONNECTION_STRING: 'SharedAccessKeyName=listen;SharedAccessKey=c2VjcmV0LWtleQ==',
      EVENTHUB_NAME: 'x;SharedAccessKey=c2VjcmV0LWtleQ==',
      STORAGE_CONNECTION_STRING: 'c3RvcmFnZS1rZXk=',
    });
    const text = problems.map((problem) => problem.text).join('\n');
    assert.equal(problems.length, 3);
    assert.doesNotMatch(text, /c2VjcmV0|c3RvcmFn/);
    assert.match(text, /SharedAccessKey=\*\*\*/);
  });

  it('takes a blank value for one that is not given, and a line break after a secret for nothing', () => {
    const config = configOf({ CONCURRENCY: ' ', STORAGE_CONNECTION_STRING: `${storageString}\n` });
    assert.equal(config.engine.handling.concurrency, 64);
    assert.deepEqual(config.storage.credentials, {
      kind: 'connection-string',
      connectionString: canonicalStorageString,
    });
  });

  it('lets the first layer that gives a variable win', () => {
    const reading = readConfig([
      { origin: 'command line', values: { LOG_LEVEL: 'debug', CONCURRENCY: '' } },
      { origin: 'environment', values: { ...workerEnvironment, LOG_LEVEL: 'warn', CONCURRENCY: '3' } },
    ]);
    const config = orThrow(reading);
    assert.equal(config.log.level, 'debug');
    assert.equal(config.engine.handling.concurrency, 3);
  });

  it('asks a command only for what it needs', () => {
    const layers = [
      {
        origin: 'environment',
        values: { EVENTHUB_CONNECTION_STRING: eventHubString, EVENTHUB_NAME: 'orders', LEASE_MS: '1' },
      },
    ];
    assert.equal(readEventHubConfig(layers).kind, 'valid');
    assert.equal(readLocalConfig(layers).kind, 'valid');
    assert.equal(readConfig(layers).kind, 'invalid');
  });

  it('makes full addresses from names when an identity is used', () => {
    const config = configOf({
      EVENTHUB_CONNECTION_STRING: undefined,
      STORAGE_CONNECTION_STRING: undefined,
      EVENTHUB_NAMESPACE: 'Orders-Prod',
      STORAGE_ACCOUNT: 'ordersstore',
    });
    assert.equal(config.eventHub.namespace, 'orders-prod.servicebus.windows.net');
    assert.deepEqual(config.eventHub.credentials, { kind: 'identity' });
    assert.deepEqual(config.storage.credentials, {
      kind: 'identity',
      accountUrl: 'https://ordersstore.blob.core.windows.net',
    });
  });

  it('keeps addresses of other clouds as they are given', () => {
    const config = configOf({
      EVENTHUB_CONNECTION_STRING: undefined,
      STORAGE_CONNECTION_STRING: undefined,
      EVENTHUB_NAMESPACE: 'orders.servicebus.chinacloudapi.cn',
      STORAGE_ACCOUNT: 'https://orders.blob.core.chinacloudapi.cn',
    });
    assert.equal(config.eventHub.namespace, 'orders.servicebus.chinacloudapi.cn');
    assert.deepEqual(config.storage.credentials, {
      kind: 'identity',
      accountUrl: 'https://orders.blob.core.chinacloudapi.cn',
    });
  });

  it('finds the event hub in the connection string', () => {
    const config = configOf({
      EVENTHUB_NAME: undefined,
      EVENTHUB_CONNECTION_STRING: `${eventHubString};EntityPath=payments`,
    });
    assert.equal(config.eventHub.eventHub, 'payments');
  });

  for (const [given, expected] of [
    ['latest', { at: 'latest' }],
    ['2026-01-31T12:00:00Z', { at: 'time', enqueuedAfterMs: 1_769_860_800_000 }],
    ['2026-01-31T13:00:00+01:00', { at: 'time', enqueuedAfterMs: 1_769_860_800_000 }],
  ] as const) {
    it(`understands START_POSITION ${given}`, () => {
      assert.deepEqual(configOf({ START_POSITION: given }).engine.start, expected);
    });
  }

  it('refuses a start time without a zone, which would mean another time on each machine', () => {
    assert.match(textsOf({ START_POSITION: '2026-01-31T12:00:00' }), /START_POSITION/);
  });

  it('accepts both ends of every range and nothing beyond', () => {
    for (const name of variableNames) {
      const schema = environment.shape[name];
      const range = /^a whole number from (\d+) to (\d+)$/.exec(docOf(name).allowed);
      if (range === null) continue;
      const [min, max] = [Number(range[1]), Number(range[2])];
      assert.ok(schema.safeParse(String(min)).success, `${name} ${min}`);
      assert.ok(schema.safeParse(String(max)).success, `${name} ${max}`);
      assert.ok(!schema.safeParse(String(max + 1)).success, `${name} ${max + 1}`);
      assert.ok(!schema.safeParse(String(min - 1)).success, `${name} ${min - 1}`);
      assert.ok(!schema.safeParse('1.5').success && !schema.safeParse('1e3').success, name);
    }
  });
});

function readingOf(changes: Values) {
  return readConfig([{ origin: 'environment', values: { ...workerEnvironment, ...changes } }]);
}

function configOf(changes: Values) {
  return orThrow(readingOf(changes));
}

function problemsOf(changes: Values) {
  const reading = readingOf(changes);
  return reading.kind === 'invalid' ? reading.problems : [];
}

function textsOf(changes: Values): string {
  return problemsOf(changes)
    .map(({ text }) => text)
    .join('\n');
}
