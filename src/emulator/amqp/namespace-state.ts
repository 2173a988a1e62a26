/** What every AMQP node works with: one namespace's hubs, tokens and limits, the faults and the clock. */
import type { Faults } from '../faults.ts';
import type { Namespace } from '../hubs/namespace.ts';
import type { Throughput } from '../throughput.ts';
import type { AccessRule } from '../tokens/access-rule.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';

export interface NamespaceLimits {
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  /** Links without traffic are detached after so long. */
  readonly idleDetachMs: number;
}

export interface NamespaceState {
  readonly namespace: Namespace;
  /** Every shared access rule; the first is the one with every right. */
  readonly rules: readonly AccessRule[];
  readonly tokens: TokenVerifier;
  readonly throughput: Throughput;
  readonly limits: NamespaceLimits;
  /** Refuses what no client could read; else it is stored as it came. */
  readonly isStrict: boolean;
  readonly faults: Faults;
  readonly now: () => number;
  /** The name in error texts, and the one by which faults and clients tell it from other namespaces. */
  readonly hostName: string;
  /** Do clients that name this host, as tokens do, mean this namespace? */
  answersTo(host: string): boolean;
}
