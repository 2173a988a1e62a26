/**
 * A whole message in its lossless form: JSON that keeps every section and every type. What is absent is absent; a field of
 * header or properties that is null is absent too.
 */
import { Buffer } from 'node:buffer';
import { CodecError } from './codec-error.ts';
import { entriesOf, typedForm } from './typed-form.ts';
import type { TypedEntry, TypedValue } from './typed-value.ts';
import { MapItems } from './names-and-values.ts';
import { SectionCursor, section, sectionNames } from './section.ts';
import { ValueReader } from './value-reader.ts';

export interface TypedMessage {
  readonly header?: Readonly<Record<string, TypedValue>>;
  readonly deliveryAnnotations?: TypedNames;
  readonly messageAnnotations?: TypedNames;
  readonly properties?: Readonly<Record<string, TypedValue>>;
  readonly applicationProperties?: TypedNames;
  readonly body?: TypedBody;
  readonly footer?: TypedNames;
}

/** By name where every name is there once and of the section's own type (symbols; strings for application properties); else pairs. */
export type TypedNames = Readonly<Record<string, TypedValue>> | readonly TypedEntry[];

export type TypedBody =
  /** Base64 of each data section. */
  | { readonly data: readonly string[] }
  | { readonly value: TypedValue }
  | { readonly sequence: readonly (readonly TypedValue[])[] };

export const headerFieldNames = ['durable', 'priority', 'ttl', 'firstAcquirer', 'deliveryCount'] as const;

export const propertyFieldNames = [
  'messageId',
  'userId',
  'to',
  'subject',
  'replyTo',
  'correlationId',
  'contentType',
  'contentEncoding',
  'absoluteExpiryTime',
  'creationTime',
  'groupId',
  'groupSequence',
  'replyToGroupId',
] as const;

/** Throws CodecError. */
export function decodeTypedMessage(encoded: Uint8Array): TypedMessage {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length);
  const found: { -readonly [Name in keyof TypedMessage]: TypedMessage[Name] } = {};
  const data: string[] = [];
  const sequence: (readonly TypedValue[])[] = [];
  const cursor = new SectionCursor(bytes, 0, bytes.length);
  while (cursor.advance()) {
    const { code, start, value: at, next: end } = cursor;
    switch (code) {
      case section.header:
        absent(found.header, code, start);
        found.header = fieldsAt(bytes, at, end, headerFieldNames);
        break;
      case section.deliveryAnnotations:
        absent(found.deliveryAnnotations, code, start);
        found.deliveryAnnotations = namesAt(bytes, at, end, 'symbol');
        break;
      case section.messageAnnotations:
        absent(found.messageAnnotations, code, start);
        found.messageAnnotations = namesAt(bytes, at, end, 'symbol');
        break;
      case section.properties:
        absent(found.properties, code, start);
        found.properties = fieldsAt(bytes, at, end, propertyFieldNames);
        break;
      case section.applicationProperties:
        absent(found.applicationProperties, code, start);
        found.applicationProperties = namesAt(bytes, at, end, 'string');
        break;
      case section.footer:
        absent(found.footer, code, start);
        found.footer = namesAt(bytes, at, end, 'symbol');
        break;
      case section.value:
        absent(found.body, code, start);
        found.body = { value: new ValueReader(typedForm, bytes, at, end).read() };
        break;
      case section.data:
        data.push(dataAt(bytes, at, end));
        if (data.length === 1) absent(found.body, code, start);
        found.body = { data };
        break;
      default:
        if (bytes[at] === 0x40) throw new CodecError('a sequence section is not a list', at);
        sequence.push(listAt(bytes, at, end));
        if (sequence.length === 1) absent(found.body, code, start);
        found.body = { sequence };
    }
  }
  if (data.length > 0 && sequence.length > 0) throw new CodecError('data beside sequence sections', 0);
  return found;
}

function absent(known: unknown, code: number, at: number): void {
  if (known !== undefined) throw new CodecError(`a second body or ${sectionNames[code]} section`, at);
}

function dataAt(bytes: Buffer, at: number, end: number): string {
  const value = new ValueReader(typedForm, bytes, at, end).read();
  if (value.type !== 'binary') throw new CodecError('a data section is not binary', at);
  return value.value;
}

function listAt(bytes: Buffer, at: number, end: number): readonly TypedValue[] {
  const value = new ValueReader(typedForm, bytes, at, end).read();
  if (value.type === 'null') return [];
  if (value.type !== 'list') throw new CodecError('a list is expected', at);
  return value.value;
}

function fieldsAt(
  bytes: Buffer,
  at: number,
  end: number,
  names: readonly string[],
): Readonly<Record<string, TypedValue>> {
  const values = listAt(bytes, at, end);
  if (values.length > names.length) {
    throw new CodecError(`${values.length} fields where there are at most ${names.length}`, at);
  }
  const record: Record<string, TypedValue> = {};
  for (const [index, value] of values.entries()) {
    if (value.type !== 'null') record[names[index] as string] = value;
  }
  return record;
}

function namesAt(bytes: Buffer, at: number, end: number, keyType: 'string' | 'symbol'): TypedNames {
  const items = new MapItems(bytes, at, end);
  const reader = new ValueReader(typedForm, bytes, items.at, end);
  const flat: TypedValue[] = [];
  for (let left = items.count; left > 0; left -= 1) flat.push(reader.read());
  if (reader.at !== end) throw new CodecError('bytes are left behind the last value of a map', reader.at);
  const entries = entriesOf(flat);
  const record = Object.create(null) as Record<string, TypedValue>;
  for (const [key, value] of entries) {
    if (key.type !== keyType || key.value in record) return entries;
    record[key.value] = value;
  }
  return record;
}
