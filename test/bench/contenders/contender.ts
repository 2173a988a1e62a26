// One consumer as a process of its own, whatever it is written in: started on a hub, asked what it has handled, ended.

import type { BenchHub } from '../hub.ts';

export const contenderNames = ['run', 'bare', 'sequential', 'limiter', 'go', 'java'] as const;
export type ContenderName = (typeof contenderNames)[number];

/** What it does with each event. */
export interface Work {
  /** It waits so long; 0: it returns at once. */
  readonly handlerMs: number;
  /** It waits for none of so many first events: what warms up takes a slow consumer minutes otherwise. */
  readonly unwaitedEvents: number;
  /** It reads every application property. */
  readonly readsProperties: boolean;
  /** It reads the time in the body and remembers how long ago that was; and starts at the end of the hub. */
  readonly measuresLatency: boolean;
}

/** Where the events are. */
export interface Place {
  readonly connectionString: string;
  /** Of the emulator's TLS listener, where that is used. */
  readonly certificateFile: string | undefined;
  readonly hub: BenchHub;
  /** Of Azurite, for those that keep leases and checkpoints. */
  readonly storageConnectionString: string;
}

export interface Latencies {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Contender {
  readonly pid: number;
  /** Events handled so far. */
  count(): Promise<number>;
  /** Of the events since the last call. */
  latencies(): Promise<Latencies>;
  stop(): Promise<void>;
}
