// Many services put many events or rows into one event. What stands for one record in a body, and nothing is made up: text that is
// no JSON stays the sender's fault, told with its line.

import { reasonOf } from '../errors.ts';
import { PermanentError } from '../handling/handler.ts';
import { parseJson } from './json.ts';
import type { JsonOptions } from './json.ts';

/**
 * The items of an array (Event Grid, CloudEvents batches, Stream Analytics), those of `records` (Azure Monitor, Entra, Defender), or
 * the value itself as the only one.
 */
export function jsonRecords(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  const isEnvelope = typeof json === 'object' && json !== null && 'records' in json;
  return isEnvelope && Array.isArray(json.records) ? json.records : [json];
}

/** One JSON value a line. Throws PermanentError with the first line that is none. */
export function jsonLines(lines: readonly string[], options: JsonOptions): readonly unknown[] {
  return lines.map((line, index) => {
    try {
      return parseJson(line, options);
    } catch (cause) {
      throw new PermanentError(`Line ${index + 1} of ${lines.length} is not JSON: ${reasonOf(cause)}`, {
        cause,
      });
    }
  });
}
