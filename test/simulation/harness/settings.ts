// The engine's settings in the simulation: the product's defaults, or the documented fast ones.

import type { EngineSettings } from '../../../src/engine/settings.ts';

/** All but the worker's own name, which each process has for itself. */
export interface GroupSettings extends Omit<EngineSettings, 'lease'> {
  readonly lease: Omit<EngineSettings['lease'], 'workerId' | 'nonce'>;
}

export const defaultSettings: GroupSettings = {
  lease: { leaseMs: 30_000, tickMs: 10_000, fastTickMs: 1_000, handoverTimeoutMs: 60_000 },
  handling: {
    ordering: 'key',
    concurrency: 64,
    partitionConcurrency: 64,
    maxAttempts: 5,
    retryMinMs: 100,
    retryMaxMs: 5_000,
    attemptTimeoutMs: 30_000,
    onExhausted: 'dead-letter',
    stopHoldMs: 60_000,
  },
  checkpoint: { everyEvents: 1_000, everyMs: 5_000, idleMs: 1_000 },
  budget: { maxInFlightEvents: 2_000, maxBufferedBytes: 64 * 1024 * 1024 },
  watch: { stallTimeoutMs: 60_000, probeMs: 30_000 },
  start: { at: 'earliest' },
  onRecreatedHub: 'reset',
  drainDeadlineMs: 30_000,
};

export const fastLease: GroupSettings['lease'] = {
  leaseMs: 8_000,
  tickMs: 2_000,
  fastTickMs: 500,
  handoverTimeoutMs: 16_000,
};
