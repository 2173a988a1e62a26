// JSON text as values.

// https://github.com/tc39/proposal-json-parse-with-source: V8 has it, TypeScript's library does not know it yet.
declare global {
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): unknown;
  }
}

export interface JsonOptions {
  /** Integers that a number cannot hold exactly (beyond 2^53) become bigint instead of being rounded. Default false. */
  readonly bigint?: boolean;
}

/** Throws SyntaxError. A member called `__proto__` is a member as any other; of members with one name the last counts. */
export function parseJson(text: string, { bigint = false }: JsonOptions = {}): unknown {
  return bigint ? JSON.parse(text, exactInteger) : JSON.parse(text);
}

const digitsOnly = /^-?\d+$/;

function exactInteger(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return digitsOnly.test(source) ? BigInt(source) : value;
}
