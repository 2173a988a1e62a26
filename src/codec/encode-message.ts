/** Writes whole messages. */
import { Buffer } from 'node:buffer';
import { section } from './section.ts';
import { headerFieldNames, propertyFieldNames } from './typed-message.ts';
import type { TypedBody, TypedMessage, TypedNames } from './typed-message.ts';
import { writeEntries, writeTyped } from './typed-encoder.ts';
import type { TypedEntry, TypedValue } from './typed-value.ts';
import { ValueWriter } from './value-writer.ts';

/** A message in its lossless form, where data sections may also be bytes. */
export type OutgoingMessage = Omit<TypedMessage, 'body'> & {
  readonly body?: TypedBody | { readonly data: readonly Uint8Array[] };
};

/** The bytes of a message. Throws TypeError for what the lossless form does not allow. */
export function encodeMessage(message: OutgoingMessage): Buffer {
  const { header, deliveryAnnotations, messageAnnotations, properties, applicationProperties, body, footer } =
    message;
  const writer = new ValueWriter();
  if (header !== undefined) writeFields(writer, section.header, header, headerFieldNames);
  writeNames(writer, section.deliveryAnnotations, deliveryAnnotations, 'symbol');
  writeNames(writer, section.messageAnnotations, messageAnnotations, 'symbol');
  if (properties !== undefined) writeFields(writer, section.properties, properties, propertyFieldNames);
  writeNames(writer, section.applicationProperties, applicationProperties, 'string');
  if (body !== undefined && 'data' in body) {
    for (const part of body.data) {
      writeSection(writer, section.data);
      writer.binary(typeof part === 'string' ? Buffer.from(part, 'base64') : part);
    }
  }
  if (body !== undefined && 'sequence' in body) {
    for (const value of body.sequence) {
      writeSection(writer, section.sequence);
      writeTyped(writer, { type: 'list', value });
    }
  }
  if (body !== undefined && 'value' in body) {
    writeSection(writer, section.value);
    writeTyped(writer, body.value);
  }
  writeNames(writer, section.footer, footer, 'symbol');
  return writer.written;
}

/** A section's descriptor. */
export function writeSection(writer: ValueWriter, code: number): void {
  writer.byte(0x00);
  writer.byte(0x53);
  writer.byte(code);
}

function writeFields(
  writer: ValueWriter,
  code: number,
  record: Readonly<Record<string, TypedValue>>,
  names: readonly string[],
): void {
  const unknown = Object.keys(record).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new TypeError(`there is no field ${unknown}`);
  const values = names.map((name): TypedValue => record[name] ?? { type: 'null' });
  while (values.at(-1)?.type === 'null') values.pop();
  writeSection(writer, code);
  writeTyped(writer, { type: 'list', value: values });
}

function writeNames(
  writer: ValueWriter,
  code: number,
  names: TypedNames | undefined,
  keyType: 'string' | 'symbol',
): void {
  if (names === undefined) return;
  const entries: readonly TypedEntry[] = isEntries(names)
    ? names
    : Object.entries(names).map(([name, value]) => [{ type: keyType, value: name }, value]);
  writeSection(writer, code);
  writer.map(entries.length * 2, () => writeEntries(writer, entries, 1));
}

function isEntries(names: TypedNames): names is readonly TypedEntry[] {
  return Array.isArray(names);
}
