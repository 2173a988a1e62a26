/**
 * The lossless form of a value: its AMQP type by name, and its value as JSON can hold it. Encoded again it has the same
 * types and values (in the shortest encoding of each).
 *
 * Numbers and timestamps (ms) are decimal text, binary is base64, decimals are hex, a uuid its canonical text, a char its
 * character. A NaN other than the usual one is `NaN:` and its bits in hex.
 */

export type NumberTypeName =
  | 'ubyte'
  | 'byte'
  | 'ushort'
  | 'short'
  | 'uint'
  | 'int'
  | 'ulong'
  | 'long'
  | 'float'
  | 'double'
  | 'timestamp';

/** Types whose value is text in this form. */
export type TextFormTypeName =
  | NumberTypeName
  | 'decimal32'
  | 'decimal64'
  | 'decimal128'
  | 'char'
  | 'uuid'
  | 'binary'
  | 'string'
  | 'symbol';

/** Types an array's items may have. */
export type AmqpTypeName = 'null' | 'boolean' | TextFormTypeName | 'list' | 'map' | 'array';

export type TypedValue =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: TextFormTypeName; readonly value: string }
  | { readonly type: 'list'; readonly value: readonly TypedValue[] }
  | { readonly type: 'map'; readonly value: readonly TypedEntry[] }
  | ({ readonly type: 'array' } & TypedArray)
  | { readonly type: 'described'; readonly descriptor: TypedValue; readonly value: TypedValue };

export type TypedEntry = readonly [key: TypedValue, value: TypedValue];

/** Items of one type: each is what `value` would be, null for a null, `{ of, value }` for an array. */
export interface TypedArray {
  readonly of: AmqpTypeName;
  /** What each item is described by, outermost first. */
  readonly descriptors?: readonly TypedValue[];
  readonly value: readonly TypedItem[];
}

export type TypedItem = null | boolean | string | readonly TypedValue[] | readonly TypedEntry[] | TypedArray;
