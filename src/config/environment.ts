// The one schema of everything that can be configured, one documented entry per variable. What a value means to others
// is rules.ts; what is made of them is config.ts.

import { z } from 'zod';
import { connectionVariables } from './connection-variables.ts';
import { localVariables } from './local-variables.ts';
import { processVariables } from './process-variables.ts';
import { processingVariables } from './processing-variables.ts';
import { variableDocs } from './variable.ts';
import type { VariableDoc } from './variable.ts';

export const environment = z.object({
  ...connectionVariables,
  ...processVariables,
  ...processingVariables,
  ...localVariables,
});

/** Every value parsed and filled with its default; what may be absent is undefined. */
export type Environment = z.output<typeof environment>;
export type VariableName = keyof Environment;

export const variableNames: readonly VariableName[] = environment.keyof().options;

/** The documentation of a variable. */
export function docOf(name: VariableName): VariableDoc {
  const doc = variableDocs.get(environment.shape[name]);
  if (doc === undefined) throw new TypeError(`variable ${name} has no documentation`);
  return doc;
}
