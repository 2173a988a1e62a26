/** Decodes single values. */
import { Buffer } from 'node:buffer';
import type { AmqpValue } from './amqp-value.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { naturalForm } from './natural-form.ts';
import { typedForm } from './typed-form.ts';
import type { TypedValue } from './typed-value.ts';
import { ValueReader } from './value-reader.ts';
import type { ValueForm } from './value-reader.ts';

export interface Decoded<T> {
  readonly value: T;
  /** The position behind the value. */
  readonly next: number;
}

/** As JavaScript holds it best. Throws CodecError. */
export function decodeValue(
  bytes: Uint8Array,
  at = 0,
  end: number = bytes.length,
  limits: Limits = defaultLimits,
): Decoded<AmqpValue> {
  return decode(naturalForm, bytes, at, end, limits);
}

/** In its lossless form. Throws CodecError. */
export function decodeTyped(
  bytes: Uint8Array,
  at = 0,
  end: number = bytes.length,
  limits: Limits = defaultLimits,
): Decoded<TypedValue> {
  return decode(typedForm, bytes, at, end, limits);
}

function decode<T extends AmqpValue | TypedValue>(
  form: ValueForm<T>,
  bytes: Uint8Array,
  at: number,
  end: number,
  limits: Limits,
): Decoded<T> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const reader = new ValueReader(form, buffer, at, end, limits);
  const value = reader.read();
  return { value, next: reader.at };
}
