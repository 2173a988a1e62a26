// A handler that behaves as the one given and writes down each call, at the pace of the test's clock.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { BatchHandler, EventHandler, EventResult, Handler } from '../engine/handling/handler.ts';
import type { WorkerEvent } from '../engine/handling/worker-event.ts';
import type { SkippingClock } from './skipping-clock.ts';

/** One call of onEvent or onBatch. Times are of the test's clock, from the start of the run. */
export interface HandlerCall {
  readonly events: readonly WorkerEvent[];
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly result: 'returned' | 'threw';
  /** What was thrown, when it threw. */
  readonly error: unknown;
}

/** What the calls add up to: the calls as they ended, and the events that some call finished without an error. */
export interface Observation {
  readonly calls: HandlerCall[];
  readonly succeeded: Set<string>;
}

export function observed(handler: Handler, clock: SkippingClock, seen: Observation): Handler {
  const schema = handler.schema === undefined ? undefined : paced(handler.schema, clock);
  if (handler.onBatch === undefined) return observedEventHandler(handler, schema, clock, seen);
  return observedBatchHandler(handler, schema, clock, seen);
}

function observedEventHandler(
  handler: EventHandler,
  schema: StandardSchemaV1 | undefined,
  clock: SkippingClock,
  seen: Observation,
): EventHandler {
  return {
    ...hooksOf(handler, clock),
    ...(schema === undefined ? {} : { schema }),
    onEvent: (event, context) =>
      observe([event], context.attempt, clock, seen, async () => {
        await handler.onEvent(event, context);
        seen.succeeded.add(positionOf(event));
      }),
  };
}

function observedBatchHandler(
  handler: BatchHandler,
  schema: StandardSchemaV1 | undefined,
  clock: SkippingClock,
  seen: Observation,
): BatchHandler {
  return {
    ...hooksOf(handler, clock),
    ...(schema === undefined ? {} : { schema }),
    batch: handler.batch,
    onBatch: (events, context) =>
      observe(events, context.attempt, clock, seen, async () => {
        const results = await handler.onBatch(events, context);
        events.forEach((event, index) => {
          if (isSuccess(results?.[index])) seen.succeeded.add(positionOf(event));
        });
        return results;
      }),
  };
}

export function positionOf(event: Pick<WorkerEvent, 'partitionId' | 'sequenceNumber'>): string {
  return `${event.partitionId}/${event.sequenceNumber}`;
}

async function observe<Result>(
  events: readonly WorkerEvent[],
  attempt: number,
  clock: SkippingClock,
  seen: Observation,
  call: () => Promise<Result>,
): Promise<Result> {
  const startedAtMs = clock.monotonicMs();
  const note = (result: HandlerCall['result'], error: unknown): void => {
    const durationMs = clock.monotonicMs() - startedAtMs;
    seen.calls.push({ events: [...events], attempt, startedAtMs, durationMs, result, error });
  };
  try {
    const result = await clock.during(call);
    note('returned', undefined);
    return result;
  } catch (error) {
    note('threw', error);
    throw error;
  }
}

/** The methods keep their `this`: a handler may be an instance of a class. */
function hooksOf(handler: Handler, clock: SkippingClock): Pick<Handler, 'decode' | 'key' | 'start' | 'stop'> {
  const { decode, key } = handler;
  return {
    ...(decode === undefined ? {} : { decode: (event) => pacedBy(clock, decode.call(handler, event)) }),
    ...(key === undefined ? {} : { key: (event) => key.call(handler, event) }),
    start: () => clock.during(() => handler.start?.()),
    stop: () => clock.during(() => handler.stop?.()),
  };
}

/** An asynchronous schema takes real time too; a synchronous one stays synchronous. */
function paced(schema: StandardSchemaV1, clock: SkippingClock): StandardSchemaV1 {
  const { validate, ...standard } = schema['~standard'];
  return {
    '~standard': {
      ...standard,
      validate: (value) => {
        return pacedBy(clock, validate(value));
      },
    },
  };
}

function pacedBy<Result>(clock: SkippingClock, result: Result | Promise<Result>): Result | Promise<Result> {
  return result instanceof Promise ? clock.during(() => result) : result;
}

function isSuccess(result: EventResult): boolean {
  return result === undefined || ('ok' in result && result.ok);
}
