import assert from 'node:assert/strict';
import { it } from 'node:test';
import { orThrow, readConfig } from '../../../src/config/read-config.ts';
import { runSettings } from '../../../src/testing/run-settings.ts';

it('a test run handles events with the defaults of the configuration', () => {
  const values = {
    EVENTHUB_NAMESPACE: 'orders',
    EVENTHUB_NAME: 'orders',
    STORAGE_ACCOUNT: 'orders',
    HANDLER: 'log',
    WORKER_ID: 'test',
  };
  const { engine } = orThrow(readConfig([{ origin: 'environment', values }]));
  const { lease, ...settings } = runSettings({});
  assert.deepEqual(settings.handling, engine.handling);
  assert.deepEqual(settings.checkpoint, engine.checkpoint);
  assert.deepEqual(settings.budget, engine.budget);
  assert.deepEqual(settings.watch, engine.watch);
  assert.deepEqual(settings.start, engine.start);
  assert.deepEqual({ ...lease, nonce: undefined }, { ...engine.lease, nonce: undefined });
});

it('changes only what it is told to', () => {
  assert.deepEqual(runSettings({ maxAttempts: 2 }).handling, { ...runSettings({}).handling, maxAttempts: 2 });
});
