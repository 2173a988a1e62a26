/** Takes annotations out of an encoded message, and leaves every other byte as it is. */
import { Buffer } from 'node:buffer';
import { itemsWithout } from './application-properties.ts';
import { writeSection } from './encode-message.ts';
import { SectionCursor, section } from './section.ts';
import { ValueWriter } from './value-writer.ts';

/** The message without these message annotations; without the section when none is left. Throws CodecError. */
export function withoutAnnotations(encoded: Uint8Array, names: readonly string[]): Uint8Array {
  const cursor = new SectionCursor(encoded, 0, encoded.length);
  while (cursor.advance()) {
    if (cursor.code !== section.messageAnnotations) continue;
    const kept = itemsWithout(
      names.map((name) => Buffer.from(name)),
      encoded,
      cursor.value,
      cursor.next,
    );
    const writer = new ValueWriter();
    if (kept.count > 0) {
      writeSection(writer, section.messageAnnotations);
      writer.map(kept.count, () => {
        for (const bytes of kept.bytes) writer.raw(bytes);
      });
    }
    return Buffer.concat([encoded.subarray(0, cursor.start), writer.written, encoded.subarray(cursor.next)]);
  }
  return encoded;
}
