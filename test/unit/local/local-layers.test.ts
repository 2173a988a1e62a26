import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orThrow, readConfig } from '../../../src/config/read-config.ts';
import { localLayers } from '../../../src/local/local-layers.ts';
import { canonicalStorageString, eventHubString, storageString } from '../../support/worker-environment.ts';

const connections = {
  eventHubConnectionString:
    'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=k;SharedAccessKey=v;UseDevelopmentEmulator=true',
  eventHub: 'orders',
  storageConnectionString: storageString,
};

describe('the configuration of `local`', () => {
  it('is complete without anything from outside but a host name', () => {
    const config = configOf({});
    assert.equal(config.handler, 'discard');
    assert.equal(config.http.host, '127.0.0.1');
    assert.equal(config.eventHub.namespace, '127.0.0.1');
  });

  it('takes what a person sets over its own defaults', () => {
    const config = configOf({ HANDLER: 'log', LOG_LEVEL: 'debug', HTTP_PORT: '0' });
    assert.equal(config.handler, 'log');
    assert.equal(config.log.level, 'debug');
    assert.equal(config.http.port, 0);
  });

  it('never connects to anything but its own emulators', () => {
    const config = configOf({
      EVENTHUB_CONNECTION_STRING: eventHubString,
      EVENTHUB_NAMESPACE: 'production',
      EVENTHUB_NAME: 'payments',
      EVENTHUB_CONSUMER_GROUP: 'billing',
      EVENTHUB_TRANSPORT: 'websockets',
      STORAGE_ACCOUNT: 'production',
    });
    assert.equal(config.eventHub.namespace, '127.0.0.1');
    assert.equal(config.eventHub.eventHub, 'orders');
    assert.equal(config.eventHub.consumerGroup, '$Default');
    assert.equal(config.eventHub.transport, 'amqp');
    assert.deepEqual(config.storage.credentials, {
      kind: 'connection-string',
      connectionString: canonicalStorageString,
    });
  });
});

function configOf(values: Readonly<Record<string, string>>) {
  const given = [
    { origin: 'environment', values },
    { origin: 'host name', values: { WORKER_ID: 'laptop' } },
  ];
  return orThrow(readConfig(localLayers(given, connections)));
}
