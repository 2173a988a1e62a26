// Hands a dead letter to a handler on this machine: one attempt, as the worker would make it. What fails stays a letter.

import { WorkerError } from '../../engine/errors.ts';
import { endOfReturned } from '../../engine/handling/attempt-end.ts';
import { parseResults } from '../../engine/handling/batch-results.ts';
import { EventContext, EventsContext } from '../../engine/handling/context.ts';
import { EventView } from '../../engine/handling/event-view.ts';
import type { EventResult, Handler, HandlerLog } from '../../engine/handling/handler.ts';
import { prepareData } from '../../engine/handling/event-data.ts';
import type { ReplayTarget } from './replay.ts';

export function handlerTarget(handler: Handler, log: HandlerLog, timeoutMs: number): ReplayTarget {
  return async (letter) => {
    const view = new EventView(letter.partitionId, letter.event);
    const issues = await prepareData(handler, view);
    if (issues !== undefined) throw new WorkerError('EHW_INVALID_EVENT', { issues });
    await attempt(handler, view, log, timeoutMs);
  };
}

async function attempt(handler: Handler, view: EventView, log: HandlerLog, timeoutMs: number): Promise<void> {
  const single = new EventContext(view, 1, log);
  const batch = new EventsContext(view.partitionId, 1, log);
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
