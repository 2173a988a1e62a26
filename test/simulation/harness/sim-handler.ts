// The team's function in the simulation: fast, slow, failing, hanging or deaf to its signal, as chance and the run's mood
// want it. Every run of it is told to the history, start and end.

import type { Clock } from '../../../src/engine/ports.ts';
import type {
  BatchContext,
  EventResult,
  Handler,
  HandlerContext,
} from '../../../src/engine/handling/handler.ts';
import type { WorkerEvent } from '../../../src/engine/handling/worker-event.ts';
import { PermanentError } from '../../../src/engine/handling/handler.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/** How handlers behave at the moment; commands change it. */
export interface HandlerMood {
  /** Usual duration of a call: up to this. */
  maxMs: number;
  /** Chance that an attempt throws. */
  failRate: number;
  /** Chance that an event can never be handled. */
  poisonRate: number;
  /** Chance that a call takes `hangMs`. */
  hangRate: number;
  hangMs: number;
  /** Whether a hanging call ignores its signal. */
  isDeaf: boolean;
}

/** What the history needs of an event. */
export type HandledEvent = Pick<WorkerEvent, 'partitionId' | 'sequenceNumber' | 'messageId' | 'properties'>;

export interface HandlerWatcher {
  started(event: HandledEvent, call: number): void;
  finished(event: HandledEvent, call: number, outcome: 'handled' | 'failed'): void;
}

export type HandlerForm = 'event' | 'batch';

export function makeHandler(
  form: HandlerForm,
  clock: Clock,
  random: SeededRandom,
  mood: HandlerMood,
  watcher: HandlerWatcher,
): Handler {
  let calls = 0;
  const run = async (events: readonly WorkerEvent[], signal: AbortSignal): Promise<void> => {
    const call = (calls += 1);
    for (const event of events) watcher.started(event, call);
    try {
      for (const event of events) void event.body;
      await work(clock, random, mood, signal);
      if (events.some((event) => isPoison(event, mood))) throw new PermanentError('poison');
      if (random.chance(mood.failRate)) throw new Error('the handler failed');
    } catch (error) {
      for (const event of events) watcher.finished(event, call, 'failed');
      throw error;
    }
    // Whoever was told to stop has not said by its return that it was done: the event comes again.
    const outcome = signal.aborted ? 'failed' : 'handled';
    for (const event of events) watcher.finished(event, call, outcome);
  };
  if (form === 'event') {
    return { onEvent: (event: WorkerEvent, context: HandlerContext) => run([event], context.signal) };
  }
  return {
    batch: { maxEvents: 8, maxWaitMs: 50 },
    onBatch: async (
      events: readonly WorkerEvent[],
      context: BatchContext,
    ): Promise<readonly EventResult[] | void> => {
      await run(events, context.signal);
    },
  };
}

/** The same event is poison each time it is delivered. */
function isPoison(event: WorkerEvent, mood: HandlerMood): boolean {
  if (mood.poisonRate === 0) return false;
  let hash = 7;
  for (const character of event.messageId ?? '') hash = (hash * 31 + character.charCodeAt(0)) % 9_973;
  return hash / 9_973 < mood.poisonRate;
}

function work(clock: Clock, random: SeededRandom, mood: HandlerMood, signal: AbortSignal): Promise<void> {
  const hangs = random.chance(mood.hangRate);
  const durationMs = hangs ? mood.hangMs : random.integer(0, mood.maxMs);
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      cancel();
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => end(() => reject(signal.reason));
    const cancel = clock.schedule(durationMs, () => end(resolve));
    if (hangs && mood.isDeaf) return;
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}
