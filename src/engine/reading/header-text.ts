// A header by its name, as text. Headers are the application properties: Kafka's headers, what HTTP senders and SDKs add.

import type { MessageValues } from '../event.ts';
import { valueText } from './value-text.ts';

/**
 * The property of exactly this name, else the first whose name differs in case only: AMQP and Kafka tell cases apart, but HTTP
 * and its conventions (Content-Type, traceparent) do not. Undefined where it is absent or null.
 */
export function headerText(values: MessageValues, name: string): string | undefined {
  if (Object.hasOwn(values, name)) return valueText(values[name]);
  const lower = name.toLowerCase();
  for (const key in values) {
    if (key.length === lower.length && key.toLowerCase() === lower) return valueText(values[key]);
  }
  return undefined;
}
