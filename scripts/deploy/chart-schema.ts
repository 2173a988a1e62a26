// Makes values.schema.json: the documented values, closed at every level, and for `config` the worker's own schema, so
// that the chart and the worker accept the same. Reads nothing and writes nothing.
import { z } from 'zod';
import { docOf, environment, variableNames } from '../../src/config/environment.ts';
import type { VariableName } from '../../src/config/environment.ts';
import type { ChartValue } from './chart-values.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

export function chartSchema(values: readonly ChartValue[], chartNames: ReadonlySet<string>): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the eventhub-worker chart',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(values.map((value) => [last(value.path), schemaOf(value, chartNames)])),
      // Helm adds it to every chart that is a dependency of another.
      global: { type: 'object' },
    },
  };
}

/** The variables that `config` may set: all but those the chart computes from other values. */
export function configurableNames(chartNames: ReadonlySet<string>): readonly VariableName[] {
  return variableNames.filter((name) => !chartNames.has(name));
}

function schemaOf(value: ChartValue, chartNames: ReadonlySet<string>): JsonSchema {
  const base = value.isFromConfig ? configSchema(chartNames) : inferredSchema(value, chartNames);
  const merged: Record<string, unknown> = { ...base, ...value.schema };
  // {"properties": null} opens what the default would close.
  if (merged['properties'] === null) delete merged['properties'];
  return value.description === '' ? merged : { description: value.description, ...merged };
}

function inferredSchema(value: ChartValue, chartNames: ReadonlySet<string>): JsonSchema {
  if (typeof value.default === 'boolean') return { type: 'boolean' };
  if (typeof value.default === 'number') return { type: 'integer' };
  if (typeof value.default === 'string') return { type: 'string' };
  if (Array.isArray(value.default)) return { type: 'array' };
  if (value.default === null) return {};
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      value.children.map((child) => [last(child.path), schemaOf(child, chartNames)]),
    ),
  };
}

function configSchema(chartNames: ReadonlySet<string>): JsonSchema {
  const { properties = {} } = z.toJSONSchema(environment, { unrepresentable: 'any' });
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      configurableNames(chartNames).map((name) => [name, variableSchema(name, properties[name])]),
    ),
  };
}

// What a variable may be once parsed is what a person writes in YAML: a number where the worker makes a number of it.
function variableSchema(name: VariableName, parsed: unknown): JsonSchema {
  const doc = docOf(name);
  const description = `${doc.description} Allowed: ${doc.allowed}.`;
  const constraints: Record<string, unknown> = typeof parsed === 'object' ? { ...parsed } : {};
  // JavaScript's patterns are not Go's; the worker checks what they say.
  delete constraints['pattern'];
  if (constraints['type'] === 'number') return { description, ...constraints, type: 'integer' };
  return { description, type: 'string', ...constraints };
}

function last(path: readonly string[]): string {
  return path.at(-1) ?? '';
}
