import type { Buffer } from 'node:buffer';
import { typedOf } from './typed-of.ts';
import { encodeTyped } from './typed-encoder.ts';

/** A value of JavaScript in the AMQP type that holds it; see typedOf. Throws TypeError. */
export function encodeValue(value: unknown): Buffer {
  return encodeTyped(typedOf(value));
}
