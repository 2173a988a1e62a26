// One thing wrong with the configuration, told so that a person can correct it without reading a manual.

import { docOf } from './environment.ts';
import type { VariableName } from './environment.ts';
import { maskSecretValue, maskSecrets } from './secret.ts';

export interface Problem {
  readonly variable: VariableName;
  /** The whole sentence: the variable, what was given (secrets masked), what is allowed. */
  readonly text: string;
}

export function notAllowed(variable: VariableName, given: string): Problem {
  return { variable, text: `${variable} is ${show(variable, given)}. Allowed: ${allowedOf(variable)}.` };
}

export function missing(variable: VariableName, hint = ''): Problem {
  return { variable, text: `${variable} is not set. Allowed: ${allowedOf(variable)}.${hint}` };
}

/** A value that is allowed by itself and not beside another. */
export function conflicting(variable: VariableName, text: string): Problem {
  return { variable, text: `${variable} ${text}.` };
}

/** A value as people may see it. */
export function show(variable: VariableName, given: string): string {
  if (docOf(variable).isSecret) return maskSecretValue(given);
  const masked = maskSecrets(given);
  return masked.length > 80 ? `"${masked.slice(0, 77)}..."` : `"${masked}"`;
}

function allowedOf(variable: VariableName): string {
  const { allowed, why } = docOf(variable);
  return why === undefined ? allowed : `${allowed} (${why})`;
}
