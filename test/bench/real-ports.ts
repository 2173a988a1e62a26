// Real time and chance behind the engine's ports, for benchmarks that run the engine outside the program.

import type { HandlerLog } from '../../src/engine/handling/handler.ts';
import type { Clock, Random } from '../../src/engine/ports.ts';

export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const realRandom: Random = { next: () => Math.random() };

const silent = (): void => {};
export const silentLog: HandlerLog = { debug: silent, info: silent, warn: silent, error: silent };
