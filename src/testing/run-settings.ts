// The settings of a test run: the defaults of `run` (src/config) for handling, and one worker alone in its group.

import type { EngineSettings, HandlingSettings } from '../engine/settings.ts';

/** Equal to the defaults of the configuration: test/unit/testing/run-settings.test.ts fails when they part. */
const handlingDefaults: HandlingSettings = {
  ordering: 'key',
  concurrency: 64,
  partitionConcurrency: 64,
  maxAttempts: 5,
  retryMinMs: 200,
  retryMaxMs: 30_000,
  attemptTimeoutMs: 60_000,
  onExhausted: 'dead-letter',
  stopHoldMs: 300_000,
};

export function runSettings(handling: Partial<HandlingSettings>): EngineSettings {
  return {
    lease: {
      workerId: 'test',
      nonce: 'test',
      leaseMs: 30_000,
      tickMs: 10_000,
      fastTickMs: 1000,
      handoverTimeoutMs: 60_000,
    },
    handling: { ...handlingDefaults, ...handling },
    checkpoint: { everyEvents: 10_000, everyMs: 5000, idleMs: 1000 },
    budget: { maxInFlightEvents: 10_000, maxBufferedBytes: 67_108_864 },
    watch: { stallTimeoutMs: 60_000, probeMs: 30_000 },
    start: { at: 'earliest' },
    onRecreatedHub: 'stop',
    drainDeadlineMs: 30_000,
  };
}
