// One thing wrong with the configuration, told so that a person can correct it without reading a manual.

import { docOf } from './environment.ts';
import type { VariableName } from './environment.ts';
import type { ProxyVariable } from './proxy.ts';
import { maskSecretValue, maskSecrets } from './secret.ts';

export interface Problem {
  readonly variable: VariableName | ProxyVariable;
  /** The whole sentence: the variable, what was given (secrets masked), what is allowed. */
  readonly text: string;
}

export function notAllowed(variable: VariableName, given: string): Problem {
  return { variable, text: `${variable} is ${show(variable, given)}. Allowed: ${allowedOf(variable)}.` };
}

/** `problem` says what is wrong with a value that is more than its form, without a piece of it. */
export function notReadable(variable: VariableName, given: string, problem: string): Problem {
  return { variable, text: `${variable} ${problem}; given was ${show(variable, given)}.` };
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
  const masked = docOf(variable).isSecret ? maskSecretValue(given) : maskSecrets(given);
  if (masked !== given) return masked;
  return masked.length > 80 ? `"${masked.slice(0, 77)}..."` : `"${masked}"`;
}

function allowedOf(variable: VariableName): string {
  const { allowed, why } = docOf(variable);
  return why === undefined ? allowed : `${allowed} (${why})`;
}
