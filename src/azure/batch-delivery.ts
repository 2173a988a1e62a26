// One call to the event hub, tried again with exponential back-off until it succeeds, cannot succeed, or used up its tries. A
// busy service is no failed try: it lives, and says when it has had enough.

import { WorkerError } from '../engine/errors.ts';
import type { Clock, Random } from '../engine/ports.ts';
import { sleep, withDeadline } from '../engine/waiting.ts';
import { backOffMs } from './back-off.ts';
import type { BackOff } from './back-off.ts';
import { namespaceHost } from './credentials.ts';
import type { EventHubAccess } from './credentials.ts';
import { eventHubError, isHealing } from './map-error.ts';

export interface BatchDeliveryOptions {
  readonly access: EventHubAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly retries: number;
  readonly backOff: BackOff;
  readonly timeoutMs: number;
}

/** A service that says busy for so long needs more throughput units, not more patience. */
const maxBusyMs = 10 * 60_000;

export class BatchDelivery {
  readonly #options: BatchDeliveryOptions;
  readonly #signal: AbortSignal;

  /** Everything ends at once when the signal is aborted. */
  constructor(options: BatchDeliveryOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Throws WorkerError only. `onRetry` is called before the second try and not again. */
  async run<T>(
    call: (abortSignal: AbortSignal) => Promise<T>,
    onRetry: (error: WorkerError) => void,
  ): Promise<T> {
    const { clock, random, backOff, timeoutMs, retries } = this.#options;
    let failures = 0;
    let busy = 0;
    const startedMs = clock.monotonicMs();
    for (;;) {
      try {
        const wait = { operation: 'Sending a batch', timeoutMs, signal: this.#signal };
        return await withDeadline(clock, wait, call);
      } catch (thrown) {
        const error = this.#mapError(thrown);
        const isBusy = error.code === 'EHW_EVENT_HUB_BUSY';
        const mayWait = isBusy && retries > 0 && clock.monotonicMs() - startedMs < maxBusyMs;
        if (!mayWait && (failures >= retries || !mayHeal(thrown, error))) throw error;
        if (this.#signal.aborted) throw error;
        if (failures + busy === 0) onRetry(error);
        if (mayWait) busy += 1;
        else failures += 1;
        await sleep(clock, backOffMs(backOff, failures + busy, random.next()), this.#signal);
      }
    }
  }

  #mapError(thrown: unknown): WorkerError {
    if (this.#signal.aborted && !(thrown instanceof WorkerError)) {
      return new WorkerError('EHW_EVENT_HUB_FAILED', { reason: 'sending was given up' }, { cause: thrown });
    }
    const { namespace, eventHub } = this.#options.access;
    return eventHubError(thrown, {
      host: namespaceHost(namespace),
      eventHub,
      consumerGroup: '',
      isHubKnown: false,
    });
  }
}

/** Both must agree: the SDK calls refused credentials retryable, the catalogue calls an unknown error so. */
function mayHeal(thrown: unknown, error: WorkerError): boolean {
  if (!error.retryable) return false;
  return thrown instanceof WorkerError || error.code === 'EHW_EVENT_HUB_UNREACHABLE' || isHealing(thrown);
}
