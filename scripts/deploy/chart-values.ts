// Reads values.yaml as documentation: every key with its default, the comment above it and its "@schema" line.
// Says nothing about how that becomes a schema or a page.
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';

export interface ChartValue {
  readonly path: readonly string[];
  /** The comment above the key as one paragraph; empty when there is none. */
  readonly description: string;
  /** What the "@schema" line adds to the schema inferred from the default. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Whether the schema of this value is generated from the worker's configuration. */
  readonly isFromConfig: boolean;
  readonly default: unknown;
  /** The keys below it; empty for anything but a mapping with keys. */
  readonly children: readonly ChartValue[];
}

/** Throws with the line when a "@schema" comment is no JSON object. */
export function readChartValues(text: string): readonly ChartValue[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`values.yaml: ${error.message}`);
  const lines = text.split('\n');

  const readMap = (node: unknown, parent: readonly string[]): readonly ChartValue[] => {
    if (!isMap(node)) return [];
    return node.items.map((pair): ChartValue => {
      if (!isScalar(pair.key)) throw new Error('values.yaml: every key must be plain text');
      const path = [...parent, String(pair.key.value)];
      const line = lineCounter.linePos(pair.key.range?.[0] ?? 0).line;
      const comment = commentAbove(lines, line);
      return {
        path,
        ...comment,
        default: toJson(pair.value),
        children: isMap(pair.value) && pair.value.flow !== true ? readMap(pair.value, path) : [],
      };
    });
  };
  return readMap(document.contents, []);
}

function toJson(node: unknown): unknown {
  const hasToJson = typeof node === 'object' && node !== null && 'toJSON' in node;
  return hasToJson && typeof node.toJSON === 'function' ? node.toJSON() : node;
}

function commentAbove(
  lines: readonly string[],
  keyLine: number,
): Pick<ChartValue, 'description' | 'schema' | 'isFromConfig'> {
  const words: string[] = [];
  let schema: Record<string, unknown> = {};
  let isFromConfig = false;
  // keyLine counts from 1, so lines[keyLine - 1] is the key itself.
  for (let index = keyLine - 2; index >= 0; index -= 1) {
    const comment = /^\s*#\s?(.*)$/.exec(lines[index] ?? '')?.[1];
    if (comment === undefined) break;
    if (comment === '@schema-from-config') isFromConfig = true;
    else if (comment.startsWith('@schema '))
      schema = parseSchema(comment.slice('@schema '.length), index + 1);
    else words.unshift(comment);
  }
  return { description: words.join(' ').trim(), schema, isFromConfig };
}

function parseSchema(text: string, line: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw new Error(`values.yaml:${String(line)}: the @schema comment is not JSON: ${text}`, { cause });
  }
  throw new Error(`values.yaml:${String(line)}: the @schema comment must be a JSON object: ${text}`);
}
