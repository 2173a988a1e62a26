// Hands a dead letter to a handler on this machine: one attempt, as the worker would make it. What fails stays a letter.

import { asError, WorkerError } from '../../engine/errors.ts';
import { endOfReturned } from '../../engine/handling/attempt-end.ts';
import { parseResults } from '../../engine/handling/batch-results.ts';
import { EventContext, EventsContext } from '../../engine/handling/context.ts';
import { EventView } from '../../engine/handling/event-view.ts';
import type { EventResult, Handler, HandlerLog } from '../../engine/handling/handler.ts';
import { orderingKeyOf } from '../../engine/handling/key.ts';
import type { ReplayReader } from '../../engine/handling/replays.ts';
import { prepareData } from '../../engine/handling/event-data.ts';
import type { OpenLetter, ReplayTarget } from './replay.ts';

export interface HandlerTargetOptions {
  readonly handler: Handler;
  readonly log: HandlerLog;
  readonly replays: ReplayReader;
  readonly timeoutMs: number;
}

export function handlerTarget(options: HandlerTargetOptions): ReplayTarget {
  const { handler } = options;
  return {
    laneOf: ({ entry, event }) => {
      const key = orderingKeyOf(new EventView(entry.partitionId, event), handler.key);
      return typeof key === 'string' ? key : undefined;
    },
    async send([first]) {
      if (first === undefined) return [];
      try {
        await handle(first, options);
        return [{ kind: 'taken', isLabelled: true }];
      } catch (thrown) {
        return [{ kind: 'refused', error: asError(thrown) }];
      }
    },
  };
}

async function handle({ entry, event }: OpenLetter, options: HandlerTargetOptions): Promise<void> {
  const { handler } = options;
  if (event.defect !== undefined) throw new WorkerError('EHW_EVENT_UNDECODABLE', { reason: event.defect });
  const view = new EventView(entry.partitionId, event);
  const issues = await prepareData(handler, view);
  if (issues !== undefined) throw new WorkerError('EHW_INVALID_EVENT', { issues });
  await attempt(view, options);
}

async function attempt(
  view: EventView,
  { handler, log, replays, timeoutMs }: HandlerTargetOptions,
): Promise<void> {
  const single = new EventContext(view, 1, log, replays);
  const batch = new EventsContext(view.partitionId, 1, log, replays);
  const timer = setTimeout(() => {
    const late = new WorkerError('EHW_ATTEMPT_TIMED_OUT', { timeoutMs });
    single.abort('timed-out', late);
    batch.abort('timed-out', late);
  }, timeoutMs);
  try {
    if (handler.onBatch === undefined) {
      await handler.onEvent(view, single);
      throwUnlessFinished(single);
      if (single.deadLetterText !== undefined)
        throw new Error(`the handler asked for a dead letter: ${single.deadLetterText}`);
      return;
    }
    const results = parseResults(await handler.onBatch([view], batch), 1);
    throwUnlessFinished(batch);
    throwFailure(results?.[0]);
  } finally {
    clearTimeout(timer);
  }
}

/** A handler that was told to stop and returned has not handled its event. */
function throwUnlessFinished({ asked }: EventContext | EventsContext): void {
  const end = endOfReturned(asked);
  if (end.kind !== 'finished') throw end.kind === 'failed' ? end.error : asked?.reason;
}

function throwFailure(result: EventResult): void {
  if (result === undefined || ('ok' in result && result.ok)) return;
  if ('deadLetter' in result) throw new Error(`the handler asked for a dead letter: ${result.deadLetter}`);
  throw result.error;
}
