/** What every AMQP node works with: the namespace, the verifier of tokens, the limits, the faults and the clock. */
import type { Faults } from '../faults.ts';
import type { Namespace } from '../hubs/namespace.ts';
import type { Throughput } from '../throughput.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';

export interface BrokerState {
  readonly namespace: Namespace;
  readonly tokens: TokenVerifier;
  readonly throughput: Throughput;
  readonly faults: Faults;
  readonly now: () => number;
  /** The name in error texts: the service puts its own host name there. */
  readonly hostName: string;
}
