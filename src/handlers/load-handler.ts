// From the text in HANDLER to a handler whose shape is known: a built-in by name, or the default export of a module. What
// a module does when it is imported is its own; that it can be used is decided here, before anything starts.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { Handler } from '../engine/handling/handler.ts';
import { discardHandler } from './discard.ts';
import { handlerShapeProblem, isHandler } from './handler-shape.ts';
import { logHandler } from './log.ts';

export const builtInHandlers: ReadonlyMap<string, Handler> = new Map([
  ['log', logHandler],
  ['discard', discardHandler],
]);

/**
 * Loads the handler. A path is relative to `directory`.
 * Throws EHW_BAD_HANDLER when there is none, it cannot be imported, or its default export is no handler.
 */
export async function loadHandler(name: string, directory: string): Promise<Handler> {
  const builtIn = builtInHandlers.get(name);
  if (builtIn !== undefined) return builtIn;
  const path = resolve(directory, name);
  await mustBeFile(name, path);
  const exported = await importDefault(name, path);
  if (isHandler(exported)) return exported;
  throw new WorkerError('EHW_BAD_HANDLER', { handler: name, reason: handlerShapeProblem(exported) ?? '' });
}

async function mustBeFile(name: string, path: string): Promise<void> {
  const names = [...builtInHandlers.keys()].join(', ');
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return;
  const reason =
    found === undefined
      ? `there is no file ${path}, and the built-in handlers are ${names}`
      : `${path} is no file; name the module itself`;
  throw new WorkerError('EHW_BAD_HANDLER', { handler: name, reason });
}

async function importDefault(name: string, path: string): Promise<unknown> {
  try {
    const module: unknown = await import(pathToFileURL(path).href);
    return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  } catch (thrown) {
    throw new WorkerError(
      'EHW_BAD_HANDLER',
      { handler: name, reason: `importing it failed with "${reasonOf(thrown)}"` },
      { cause: thrown },
    );
  }
}
