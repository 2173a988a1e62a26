import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '../../../src/config/read-config.ts';
import { eventHubString, storageString, workerEnvironment } from '../../support/worker-environment.ts';

interface Broken {
  readonly claim: string;
  readonly changes: Readonly<Record<string, string | undefined>>;
  readonly says: RegExp;
}

const broken: readonly Broken[] = [
  {
    claim: 'a lease must outlast three ticks',
    changes: { LEASE_MS: '20000' },
    says: /^LEASE_MS is 20000, but TICK_MS is 10000: it must be at least 3 x TICK_MS \(30000\)/,
  },
  {
    claim: 'a connection string and a namespace exclude each other',
    changes: { EVENTHUB_NAMESPACE: 'orders-prod' },
    says: /^EVENTHUB_CONNECTION_STRING is set and so is EVENTHUB_NAMESPACE \("orders-prod"\)/,
  },
  {
    claim: 'a storage connection string and an account exclude each other',
    changes: { STORAGE_ACCOUNT: 'orders' },
    says: /^STORAGE_CONNECTION_STRING is set and so is STORAGE_ACCOUNT/,
  },
  {
    claim: 'one of connection string and namespace is needed',
    changes: { EVENTHUB_CONNECTION_STRING: undefined },
    says: /^EVENTHUB_CONNECTION_STRING is not set\. .*EVENTHUB_NAMESPACE/,
  },
  {
    claim: 'EntityPath and EVENTHUB_NAME must agree, and both are named',
    changes: { EVENTHUB_CONNECTION_STRING: `${eventHubString};EntityPath=payments` },
    says: /^EVENTHUB_NAME is "orders", but EVENTHUB_CONNECTION_STRING has EntityPath=payments/,
  },
  {
    claim: 'the string of a storage account is recognised where Event Hubs is meant',
    changes: { EVENTHUB_CONNECTION_STRING: storageString },
    says: /^EVENTHUB_CONNECTION_STRING is the connection string of a storage account/,
  },
  {
    claim: 'the string of Event Hubs is recognised where storage is meant',
    changes: { STORAGE_CONNECTION_STRING: eventHubString },
    says: /^STORAGE_CONNECTION_STRING is the connection string of Event Hubs/,
  },
  {
    claim: 'a string without a key is told so',
    changes: { EVENTHUB_CONNECTION_STRING: 'Endpoint=sb://orders.servicebus.windows.net/' },
    says: /has neither SharedAccessKeyName with SharedAccessKey/,
  },
  {
    claim: 'what is neither true nor false is no emulator',
    changes: { EVENTHUB_CONNECTION_STRING: `${eventHubString};UseDevelopmentEmulator=yes` },
    says: /UseDevelopmentEmulator with another value than true/,
  },
  {
    claim: 'dead letters have a container of their own',
    changes: { DEAD_LETTER_CONTAINER: 'checkpoints' },
    says: /^DEAD_LETTER_CONTAINER is the same as CHECKPOINT_CONTAINER/,
  },
  {
    claim: 'a partition runs no more calls than the worker',
    changes: { PARTITION_CONCURRENCY: '65' },
    says: /^CONCURRENCY is 64, but PARTITION_CONCURRENCY is 65/,
  },
  {
    claim: 'retry waits grow',
    changes: { RETRY_MIN_MS: '40000' },
    says: /^RETRY_MAX_MS is 30000, but RETRY_MIN_MS is 40000/,
  },
  {
    claim: 'a live owner is waited for at least as long as a dead one',
    changes: { HANDOVER_TIMEOUT_MS: '20000' },
    says: /^HANDOVER_TIMEOUT_MS is 20000, but LEASE_MS is 30000/,
  },
  {
    claim: 'a full batch has room',
    changes: { MAX_IN_FLIGHT_EVENTS: '100' },
    says: /^MAX_IN_FLIGHT_EVENTS is 100, but MAX_BATCH_SIZE is 250/,
  },
  {
    claim: 'prefetch fills a batch',
    changes: { PREFETCH_EVENTS: '100' },
    says: /^PREFETCH_EVENTS is 100, but MAX_BATCH_SIZE is 250/,
  },
];

describe('rules between variables', () => {
  for (const { claim, changes, says } of broken) {
    it(claim, () => {
      const reading = readConfig([{ origin: 'environment', values: { ...workerEnvironment, ...changes } }]);
      assert.equal(reading.kind, 'invalid');
      if (reading.kind !== 'invalid') return;
      assert.equal(reading.problems.length, 1, JSON.stringify(reading.problems));
      assert.match(reading.problems[0]?.text ?? '', says);
    });
  }

  it('says nothing of a rule whose variable is already wrong by itself', () => {
    const reading = readConfig([
      { origin: 'environment', values: { ...workerEnvironment, LEASE_MS: 'long', TICK_MS: '200000' } },
    ]);
    const variables = reading.kind === 'invalid' ? reading.problems.map(({ variable }) => variable) : [];
    assert.deepEqual(variables, ['LEASE_MS']);
  });

  it('takes EntityPath in other capitals for the same event hub', () => {
    const values = {
      ...workerEnvironment,
      EVENTHUB_CONNECTION_STRING: `${eventHubString};EntityPath=Orders`,
    };
    assert.equal(readConfig([{ origin: 'environment', values }]).kind, 'valid');
  });
});
