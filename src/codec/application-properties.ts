/** Puts entries into the application properties of an encoded message, and leaves every other byte as it is. */
import { Buffer } from 'node:buffer';
import type { AmqpValue } from './amqp-value.ts';
import { CodecError } from './codec-error.ts';
import { writeSection } from './encode-message.ts';
import { MapItems, readNamed, textStart } from './names-and-values.ts';
import { writeTyped } from './typed-encoder.ts';
import { typedOf } from './typed-of.ts';
import { SectionCursor, section } from './section.ts';
import { skipValue } from './skip-value.ts';
import { ValueWriter } from './value-writer.ts';

/**
 * The message with these entries in its application properties, behind the others and in place of those of equal names.
 * An absent section is put where the specification has it: in front of the body. Throws CodecError when the message cannot
 * be walked, TypeError for a value that has no AMQP type (see encodeValue).
 */
export function withApplicationProperties(
  encoded: Uint8Array,
  entries: Readonly<Record<string, string | number | bigint | boolean | Date | null>>,
): Buffer {
  const names = Object.keys(entries).map((name) => Buffer.from(name));
  let start = encoded.length;
  let end = encoded.length;
  let kept: { readonly count: number; readonly bytes: readonly Uint8Array[] } = { count: 0, bytes: [] };
  const cursor = new SectionCursor(encoded, 0, encoded.length);
  while (cursor.advance()) {
    if (cursor.code === section.applicationProperties) {
      ({ start, next: end } = cursor);
      kept = itemsWithout(names, encoded, cursor.value, cursor.next);
      break;
    }
    if (cursor.code > section.applicationProperties && start === encoded.length) {
      start = cursor.start;
      end = cursor.start;
    }
  }
  const writer = new ValueWriter();
  writeSection(writer, section.applicationProperties);
  writer.map(kept.count + names.length * 2, () => {
    for (const bytes of kept.bytes) writer.raw(bytes);
    for (const [name, value] of Object.entries(entries)) {
      writer.string(name);
      writeTyped(writer, typedOf(value));
    }
  });
  return Buffer.concat([encoded.subarray(0, start), writer.written, encoded.subarray(end)]);
}

/** One application property, without decoding the others; undefined when there is none of this name. Throws CodecError. */
export function applicationProperty(encoded: Uint8Array, name: string): AmqpValue | undefined {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length);
  const cursor = new SectionCursor(bytes, 0, bytes.length);
  while (cursor.advance()) {
    if (cursor.code === section.applicationProperties) {
      return readNamed(bytes, cursor.value, cursor.next, name);
    }
  }
  return undefined;
}

/** The encoded keys and values of a map but those of these names. */
export function itemsWithout(
  names: readonly Buffer[],
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly count: number; readonly bytes: readonly Uint8Array[] } {
  const items = new MapItems(bytes, at, end);
  const kept: Uint8Array[] = [];
  let position = items.at;
  for (let left = items.count; left > 0; left -= 2) {
    const value = skipValue(bytes, position, end);
    const next = skipValue(bytes, value, end);
    const text = textStart(bytes, position);
    if (text === -1 || !names.some((name) => name.equals(bytes.subarray(text, value))))
      kept.push(bytes.subarray(position, next));
    position = next;
  }
  if (position !== end) throw new CodecError('bytes are left behind the last value of a map', position);
  return { count: kept.length * 2, bytes: kept };
}
