// Letters as version 1 stored them: body, properties and annotations as plain values, without most of their AMQP types. The
// message is made anew from what they tell.

import { Buffer } from 'node:buffer';
import { encodeMessage } from '../codec/encode-message.ts';
import { propertyFieldNames } from '../codec/typed-message.ts';
import type { TypedValue } from '../codec/typed-value.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import { letterEvent } from './letter-event.ts';
import { isRecord, numberOf, optionalText, textOf } from './record-field.ts';

const partitionKeyAnnotation = 'x-opt-partition-key';
/** Version 1 kept these as text beside the others. */
const textFields: readonly string[] = ['messageId', 'correlationId', 'contentType'];

/** Throws a TypeError that says what is wrong. */
export function versionOneEvent(record: Record<string, unknown>): ReceivedEvent {
  const partitionKey = optionalText(record, 'partitionKey');
  const system = typedEntries(record, 'systemProperties');
  const properties = new Map(system.flatMap(([name, value]) => propertyField(name, value)));
  const annotations = system.filter(([name]) => !isProperty(name));
  for (const field of textFields) {
    const text = optionalText(record, field);
    if (text !== undefined) properties.set(field, { type: 'string', value: text });
  }
  if (partitionKey !== undefined) {
    annotations.push([partitionKeyAnnotation, { type: 'string', value: partitionKey }]);
  }
  const encoded = encodeMessage({
    messageAnnotations: Object.fromEntries(annotations),
    properties: Object.fromEntries(properties),
    applicationProperties: Object.fromEntries(typedEntries(record, 'properties')),
    // Decoded and encoded again: what is no base64 in it is passed over, as version 1 did.
    body: { data: [Buffer.from(textOf(record, 'bodyBase64'), 'base64').toString('base64')] },
  });
  return letterEvent(encoded, {
    sequenceNumber: numberOf(record, 'sequenceNumber'),
    enqueuedAtMs: numberOf(record, 'enqueuedAtMs'),
    offset: textOf(record, 'offset'),
    partitionKey,
  });
}

/** Version 1 kept the fields of the properties section among the annotations, as the SDK does, with times as numbers. */
function propertyField(name: string, value: TypedValue): [string, TypedValue][] {
  if (!isProperty(name) || !('value' in value) || typeof value.value !== 'string') return [];
  const text = value.value;
  switch (name) {
    case 'userId':
      return value.type === 'binary'
        ? [[name, value]]
        : [[name, { type: 'binary', value: Buffer.from(text).toString('base64') }]];
    case 'absoluteExpiryTime':
    case 'creationTime':
      return value.type === 'long' || value.type === 'timestamp'
        ? [[name, { type: 'timestamp', value: text }]]
        : [];
    case 'groupSequence':
      return /^\d{1,9}$/.test(text) ? [[name, { type: 'uint', value: text }]] : [];
    default:
      return value.type === 'string' ? [[name, value]] : [];
  }
}

function isProperty(name: string): boolean {
  return propertyFieldNames.some((field) => field === name);
}

function typedEntries(record: Record<string, unknown>, field: string): [string, TypedValue][] {
  const values = record[field] ?? {};
  if (!isRecord(values)) throw new TypeError(`${field} is no object`);
  return Object.entries(values).map(([name, value]) => [name, typedOf(value)]);
}

function typedOf(value: unknown): TypedValue {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value };
    case 'boolean':
      return { type: 'boolean', value };
    case 'number':
      return Number.isSafeInteger(value)
        ? { type: 'long', value: String(value) }
        : { type: 'double', value: String(value) };
    default:
      if (Array.isArray(value)) return { type: 'list', value: value.map(typedOf) };
      return isRecord(value) ? (markedValue(value) ?? mapOf(value)) : { type: 'null' };
  }
}

function mapOf(value: Record<string, unknown>): TypedValue {
  return {
    type: 'map',
    value: Object.entries(value).map(([name, inner]) => [{ type: 'string', value: name }, typedOf(inner)]),
  };
}

/** An object with one key that begins with `$` stands for a value that JSON has not, unless a sender's own map looked so. */
function markedValue(value: Record<string, unknown>): TypedValue | undefined {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0 || typeof entry[1] !== 'string') return undefined;
  const [mark, text] = entry;
  switch (mark) {
    case '$integer':
      return integerOf(text);
    case '$number':
      return ['NaN', 'Infinity', '-Infinity'].includes(text) ? { type: 'double', value: text } : undefined;
    case '$date': {
      const ms = Date.parse(text);
      return Number.isNaN(ms) ? undefined : { type: 'timestamp', value: String(ms) };
    }
    case '$bytes':
      return { type: 'binary', value: Buffer.from(text, 'base64').toString('base64') };
    default:
      return undefined;
  }
}

function integerOf(text: string): TypedValue | undefined {
  if (!/^-?\d{1,20}$/.test(text)) return undefined;
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) === value) return { type: 'long', value: text };
  return BigInt.asUintN(64, value) === value ? { type: 'ulong', value: text } : undefined;
}
