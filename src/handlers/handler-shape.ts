// Whether a value has the shape of a handler, and if not, what is missing, in words for its author.

import type { Handler } from '../engine/handling/handler.ts';

export function isHandler(value: unknown): value is Handler {
  return handlerShapeProblem(value) === undefined;
}

/** The first thing that keeps the value from being a handler; undefined when it is one. */
export function handlerShapeProblem(value: unknown): string | undefined {
  if (value === undefined) return 'the module has no default export';
  if (typeof value === 'function')
    return 'the default export is a function; put it into an object as onEvent';
  if (!isRecord(value)) return `the default export is ${value === null ? 'null' : typeof value}`;
  const { onEvent, onBatch } = value;
  if (onEvent === undefined && onBatch === undefined) return 'it has neither onEvent nor onBatch';
  if (onEvent !== undefined && onBatch !== undefined) return 'it has both onEvent and onBatch; keep one';
  return functionProblem(value) ?? batchProblem(value) ?? schemaProblem(value['schema']);
}

function functionProblem(handler: Record<string, unknown>): string | undefined {
  for (const name of ['onEvent', 'onBatch', 'decode', 'key', 'start', 'stop']) {
    const member = handler[name];
    if (member !== undefined && typeof member !== 'function') return `${name} is no function`;
  }
  return undefined;
}

function batchProblem({ onBatch, batch }: Record<string, unknown>): string | undefined {
  if (onBatch === undefined) return batch === undefined ? undefined : 'it has batch but no onBatch';
  if (!isRecord(batch)) return 'onBatch needs batch: { maxEvents, maxWaitMs }';
  const { maxEvents, maxWaitMs } = batch;
  if (!isWholeNumber(maxEvents, 1)) return 'batch.maxEvents must be a whole number from 1';
  if (!isWholeNumber(maxWaitMs, 0)) return 'batch.maxWaitMs must be a whole number from 0';
  return undefined;
}

function schemaProblem(schema: unknown): string | undefined {
  if (schema === undefined) return undefined;
  // Some libraries' schemas are callable: a function with the property is a Standard Schema too.
  const isStandard =
    (isRecord(schema) || typeof schema === 'function') &&
    '~standard' in schema &&
    isRecord(schema['~standard']) &&
    typeof schema['~standard']['validate'] === 'function';
  return isStandard ? undefined : 'schema is no Standard Schema (zod, valibot and arktype make them)';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isWholeNumber(value: unknown, min: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min;
}
