// What a variable of the environment is: a zod schema from its text, and the documentation that every use of it shares
// (problems, `config`, docs/configuration.md). Knows no variable by name.

import { z } from 'zod';
import type { Read } from './connection-string.ts';

export const variableGroups = [
  'Event Hubs',
  'Storage',
  'Worker',
  'Handling',
  'Checkpoints',
  'Leases',
  'Limits',
  'HTTP',
  'Log',
  'Local',
] as const;

export type VariableGroup = (typeof variableGroups)[number];

export interface VariableDoc {
  readonly group: VariableGroup;
  /** One sentence: what it changes. */
  readonly description: string;
  /** What may be given, as the end of the sentence "Allowed: ...". */
  readonly allowed: string;
  /** Why the range is as it is. */
  readonly why: string | undefined;
  readonly unit: string | undefined;
  /** The default as one would write it in the environment; undefined when there is none. */
  readonly default: string | undefined;
  /** What holds when it is not given and there is no default value to print. */
  readonly otherwise: string | undefined;
  readonly isSecret: boolean;
}

/** The documentation of each schema; z.toJSONSchema reads it too. */
export const variableDocs = z.registry<VariableDoc>();

interface Described {
  readonly group: VariableGroup;
  readonly description: string;
  readonly otherwise?: string;
}

interface TextOptions extends Described {
  readonly allowed: string;
  readonly pattern: RegExp;
  readonly isSecret?: boolean;
}

/** A text that may be absent. */
export function optionalText(options: TextOptions) {
  return z.string().regex(options.pattern).optional().register(variableDocs, docOf(options, undefined));
}

/** A text with a default. */
export function text(options: TextOptions & { readonly default: string }) {
  return z
    .string()
    .regex(options.pattern)
    .default(options.default)
    .register(variableDocs, docOf(options, options.default));
}

interface NumberOptions extends Described {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** Why not less than min and not more than max. */
  readonly why: string;
}

/** A text that is read into something else and may be absent; `read` says what is wrong with one that is not allowed. */
export function optionalReadText<Value>(
  options: Described & {
    readonly allowed: string;
    readonly isSecret?: boolean;
    readonly read: (given: string) => Read<Value>;
  },
) {
  return z
    .string()
    .transform((given, context): Value => {
      const read = options.read(given);
      if (read.kind === 'read') return read.value;
      context.addIssue({ code: 'custom', message: read.problem, params: { isExplained: true } });
      return z.NEVER;
    })
    .optional()
    .register(variableDocs, docOf(options, undefined));
}

/** A whole number in a range, with a default. */
export function wholeNumber(options: NumberOptions & { readonly default: number }) {
  return numberIn(options)
    .default(options.default)
    .register(variableDocs, docOfNumber(options, String(options.default)));
}

/** A whole number in a range that may be absent. */
export function optionalWholeNumber(options: NumberOptions) {
  return numberIn(options).optional().register(variableDocs, docOfNumber(options, undefined));
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  options: Described & { readonly words: Words; readonly default: Words[number] },
) {
  const allowed = options.words.join(' | ');
  return z
    .enum(options.words)
    .default(() => options.default)
    .register(variableDocs, docOf({ ...options, allowed }, options.default));
}

/** A text that is turned into something else; `parse` gives undefined for what is not allowed. */
export function parsedText<Value>(
  options: Described & {
    readonly allowed: string;
    readonly parse: (given: string) => Value | undefined;
    readonly default: string;
  },
) {
  return z
    .string()
    .default(options.default)
    .transform((given, context): Value => {
      const value = options.parse(given);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: 'not allowed' });
      return z.NEVER;
    })
    .register(variableDocs, docOf(options, options.default));
}

function numberIn(range: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(range.min).max(range.max));
}

function docOfNumber(options: NumberOptions, byDefault: string | undefined): VariableDoc {
  const allowed = `a whole number from ${String(options.min)} to ${String(options.max)}`;
  return { ...docOf({ ...options, allowed }, byDefault), unit: options.unit, why: options.why };
}

function docOf(
  options: Described & { readonly allowed: string; readonly isSecret?: boolean },
  byDefault: string | undefined,
): VariableDoc {
  return {
    group: options.group,
    description: options.description,
    allowed: options.allowed,
    why: undefined,
    unit: undefined,
    default: byDefault,
    otherwise: options.otherwise,
    isSecret: options.isSecret ?? false,
  };
}
