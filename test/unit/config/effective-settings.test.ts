import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectiveSettings } from '../../../src/config/effective-settings.ts';
import { findMisspellings } from '../../../src/config/misspelling.ts';
import { eventHubString, workerEnvironment } from '../../support/worker-environment.ts';

describe('the effective settings', () => {
  it('say where each value comes from', () => {
    const settings = settingsOf({ ...workerEnvironment, WORKER_ID: '' });
    assert.equal(settings.get('HANDLER')?.origin, 'environment');
    assert.equal(settings.get('CONCURRENCY')?.origin, 'default');
    assert.equal(settings.get('CONCURRENCY')?.value, '64');
    assert.equal(settings.get('WORKER_ID')?.origin, 'host name');
    assert.equal(settings.get('PARTITION_CONCURRENCY')?.origin, 'not set: CONCURRENCY');
  });

  it('name the connection string as the origin of the event hub it holds', () => {
    const settings = settingsOf({ EVENTHUB_CONNECTION_STRING: `${eventHubString};EntityPath=payments` });
    assert.equal(settings.get('EVENTHUB_NAME')?.value, 'payments');
    assert.equal(settings.get('EVENTHUB_NAME')?.origin, 'EVENTHUB_CONNECTION_STRING');
  });

  it('mask keys and nothing but keys', () => {
    const settings = settingsOf(workerEnvironment);
    assert.equal(
      settings.get('EVENTHUB_CONNECTION_STRING')?.value,
      'Endpoint=sb://Orders-Prod.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=***',
    );
    assert.match(
      settings.get('STORAGE_CONNECTION_STRING')?.value ?? '',
      /AccountName=orders;AccountKey=\*\*\*;/,
    );
  });

  it('show a secret without a known form by its length alone', () => {
    const settings = settingsOf({ STORAGE_CONNECTION_STRING: 'something-else' });
    assert.equal(settings.get('STORAGE_CONNECTION_STRING')?.value, '*** (14 characters)');
  });
});

describe('misspelt variables', () => {
  it('are found when one or two letters are wrong', () => {
    assert.deepEqual(findMisspellings(['CHECKPOINT_EVERY_EVENT', 'EVENTHUB_CONSUMERGROUP']), [
      { given: 'CHECKPOINT_EVERY_EVENT', meant: 'CHECKPOINT_EVERY_EVENTS' },
      { given: 'EVENTHUB_CONSUMERGROUP', meant: 'EVENTHUB_CONSUMER_GROUP' },
    ]);
  });

  it('are not what Kubernetes and shells put into every process', () => {
    const others = [
      'HTTP_PROXY',
      'HOSTNAME',
      'EVENTHUB_WORKER_PORT',
      'EVENTHUB_WORKER_SERVICE_HOST',
      'PATH',
      'LOGNAME',
    ];
    assert.deepEqual(findMisspellings(others), []);
  });
});

function settingsOf(values: Readonly<Record<string, string>>) {
  const layers = [
    { origin: 'environment', values },
    { origin: 'host name', values: { WORKER_ID: 'pod-7' } },
  ];
  return new Map(effectiveSettings(layers).map((setting) => [setting.variable, setting]));
}
