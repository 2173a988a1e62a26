/** What an AMQP value reads as in JavaScript, when its meaning matters and not its exact type. */
import type { AmqpDecimal } from './amqp-decimal.ts';
import type { Described } from './described.ts';

/**
 * - boolean, null: themselves. Whole numbers: `number`, or `bigint` where a number cannot hold them (long and ulong beyond 2^53).
 * - float, double: `number`. decimal32, 64, 128: AmqpDecimal.
 * - string, symbol, char: text. uuid: its canonical text. binary: a view of the received bytes.
 * - timestamp: `Date`, or milliseconds as `bigint` beyond the 275,760 years that a Date reaches.
 * - list, array: array. described: Described.
 * - map: a record without a prototype when all its keys are text (so `__proto__` is a key as any other), else a Map in the
 *   sender's order.
 * Not read: maps in which two keys are the same (AMQP 1.0 part 1.6.23 calls them invalid; keeping one would lose the other).
 */
export type AmqpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | AmqpDecimal
  | Described
  | readonly AmqpValue[]
  | AmqpRecord
  | ReadonlyMap<AmqpValue, AmqpValue>;

/** Names and values; has no prototype. */
export interface AmqpRecord {
  readonly [name: string]: AmqpValue;
}
