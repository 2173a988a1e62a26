// The effective configuration for people: each variable, its value with secrets masked, and where it came from.

import { readEventHubsString } from './event-hubs-string.ts';
import { docOf, variableNames } from './environment.ts';
import type { VariableName } from './environment.ts';
import { mergeLayers } from './layers.ts';
import type { GivenValues, Layer } from './layers.ts';
import { maskSecretValue, maskSecrets } from './secret.ts';
import type { VariableGroup } from './variable.ts';

export interface EffectiveSetting {
  readonly variable: VariableName;
  readonly group: VariableGroup;
  /** Empty when the variable is not set and has no default. */
  readonly value: string;
  readonly unit: string | undefined;
  /** "environment", "default", or what stands in for the variable. */
  readonly origin: string;
}

export function effectiveSettings(layers: readonly Layer[]): readonly EffectiveSetting[] {
  const given = mergeLayers(layers);
  return variableNames.map((variable) => {
    const { group, unit } = docOf(variable);
    return { variable, group, unit, ...valueOf(variable, given) };
  });
}

function valueOf(
  variable: VariableName,
  given: GivenValues,
): { readonly value: string; readonly origin: string } {
  const { isSecret, otherwise, default: byDefault } = docOf(variable);
  const own = given.get(variable);
  if (own !== undefined) {
    return { value: isSecret ? maskSecretValue(own.text) : maskSecrets(own.text), origin: own.origin };
  }
  if (variable === 'EVENTHUB_NAME') {
    const read = readEventHubsString(given.get('EVENTHUB_CONNECTION_STRING')?.text ?? '');
    if (read.kind === 'read' && read.value.eventHub !== undefined) {
      return { value: read.value.eventHub, origin: 'EVENTHUB_CONNECTION_STRING' };
    }
  }
  if (byDefault !== undefined) return { value: byDefault, origin: 'default' };
  return { value: '', origin: `not set: ${otherwise ?? 'nothing'}` };
}
