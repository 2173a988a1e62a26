// Which faults a chaos run injects, drawn from its seed alone: the same seed gives the same faults in the same order.
// Two lanes run side by side (processes; network and store), so that faults of both kinds meet.
import type { SeededRandom } from '../support/seeded-random.ts';

export type Fault =
  /** kill -9, and a new process with the same worker id after a while. */
  | { readonly kind: 'kill'; readonly slot: number; readonly restartAfterMs: number }
  /** SIGTERM, and a new process after its end. */
  | { readonly kind: 'terminate'; readonly slot: number; readonly restartAfterMs: number }
  /** SIGSTOP, SIGCONT. */
  | { readonly kind: 'pause'; readonly slot: number; readonly forMs: number }
  /** SIGTERM and restart of every worker, one after another. */
  | { readonly kind: 'rolling-restart' }
  /** The worker's connections to the event hub are reset. */
  | { readonly kind: 'hub-cut'; readonly slot: number }
  /** They stay open and carry nothing; then they go on, or are reset. */
  | {
      readonly kind: 'hub-half-open';
      readonly slot: number;
      readonly forMs: number;
      readonly thenCut: boolean;
    }
  | { readonly kind: 'hub-delay'; readonly slot: number; readonly forMs: number; readonly delayMs: number }
  /** One worker does not reach the store. */
  | { readonly kind: 'store-cut'; readonly slot: number; readonly forMs: number }
  /** The store answers 503, for all workers. */
  | { readonly kind: 'store-busy'; readonly forMs: number; readonly share: number }
  /** The store commits and its answers get lost, for all workers. */
  | { readonly kind: 'store-lost-answers'; readonly forMs: number; readonly share: number };

export interface PlannedFault {
  /** Quiet time before it. */
  readonly afterMs: number;
  readonly fault: Fault;
}

export interface PlanOptions {
  readonly slots: number;
  readonly leaseMs: number;
}

/** Faults of processes without end. */
export function* processFaults(random: SeededRandom, options: PlanOptions): Generator<PlannedFault, never> {
  for (;;) {
    const slot = whole(random, 0, options.slots - 1);
    const afterMs = whole(random, 500, options.leaseMs);
    const draw = random.next();
    if (draw < 0.3) {
      // Sometimes at once (its own leases come back), sometimes after the lease has run out.
      const restartAfterMs = random.next() < 0.4 ? 0 : whole(random, 0, 2 * options.leaseMs);
      yield { afterMs, fault: { kind: 'kill', slot, restartAfterMs } };
    } else if (draw < 0.55) {
      // From below the lease to far above it.
      const forMs = whole(random, options.leaseMs / 2, options.leaseMs * 2.5);
      yield { afterMs, fault: { kind: 'pause', slot, forMs } };
    } else if (draw < 0.9) {
      const restartAfterMs = whole(random, 0, options.leaseMs);
      yield { afterMs, fault: { kind: 'terminate', slot, restartAfterMs } };
    } else {
      yield { afterMs, fault: { kind: 'rolling-restart' } };
    }
  }
}

/** Faults of the network and the store without end. */
export function* networkFaults(random: SeededRandom, options: PlanOptions): Generator<PlannedFault, never> {
  for (;;) {
    const slot = whole(random, 0, options.slots - 1);
    const afterMs = whole(random, 500, options.leaseMs);
    const forMs = whole(random, 1_000, options.leaseMs * 2);
    const share = 0.2 + 0.8 * random.next();
    const draw = random.next();
    if (draw < 0.2) yield { afterMs, fault: { kind: 'hub-cut', slot } };
    else if (draw < 0.4) {
      yield { afterMs, fault: { kind: 'hub-half-open', slot, forMs, thenCut: random.next() < 0.5 } };
    } else if (draw < 0.5) {
      const delayMs = whole(random, 20, 500);
      yield { afterMs, fault: { kind: 'hub-delay', slot, forMs, delayMs } };
    } else if (draw < 0.65) yield { afterMs, fault: { kind: 'store-cut', slot, forMs } };
    else if (draw < 0.85) {
      yield { afterMs, fault: { kind: 'store-busy', forMs: Math.min(forMs, options.leaseMs), share } };
    } else {
      yield {
        afterMs,
        fault: { kind: 'store-lost-answers', forMs: Math.min(forMs, options.leaseMs), share },
      };
    }
  }
}

/** One line for people. */
export function describeFault(fault: Fault): string {
  const { kind, ...details } = fault;
  const named = Object.entries(details).map(([name, value]) =>
    name === 'slot'
      ? `worker-${Number(value) + 1}`
      : `${name}=${typeof value === 'number' ? Math.round(value * 100) / 100 : String(value)}`,
  );
  return [kind, ...named].join(' ');
}

function whole(random: SeededRandom, from: number, to: number): number {
  return Math.round(from + random.next() * (to - from));
}
