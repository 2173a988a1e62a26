// Where values come from: layers of texts, the first one that gives a variable wins. Blank counts as not given, because
// deployment templates pass empty values for what nobody set.

import { variableNames } from './environment.ts';
import type { VariableName } from './environment.ts';

export interface Layer {
  /** Told to people beside the value: "environment", "host name". */
  readonly origin: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** The process's environment among the layers, for what is configured by other programs' variables (OTEL_*). */
export function environmentOf(layers: readonly Layer[]): Layer['values'] {
  return layers.find(({ origin }) => origin === 'environment')?.values ?? {};
}

export interface GivenValue {
  readonly text: string;
  readonly origin: string;
}

export type GivenValues = ReadonlyMap<VariableName, GivenValue>;

/** What is given for each variable, trimmed: a secret read from a file often ends with a line break. */
export function mergeLayers(layers: readonly Layer[]): GivenValues {
  const given = new Map<VariableName, GivenValue>();
  for (const name of variableNames) {
    for (const { origin, values } of layers) {
      const text = values[name]?.trim();
      if (text === undefined || text === '') continue;
      given.set(name, { text, origin });
      break;
    }
  }
  return given;
}
