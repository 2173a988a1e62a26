// Our lossless form beside what the official Go SDK's decoder made of the same bytes.
import { Buffer } from 'node:buffer';
import type { TypedMessage, TypedNames } from '../../../src/codec/typed-message.ts';
import type { TypedItem, TypedValue } from '../../../src/codec/typed-value.ts';

/** A value as go/main.go prints it. */
export interface GoValue {
  readonly type: string;
  readonly value?: unknown;
  readonly descriptor?: GoValue;
}

export interface GoMessage {
  readonly error?: string;
  readonly deliveryAnnotations: GoValue;
  readonly messageAnnotations: GoValue;
  readonly applicationProperties: GoValue;
  readonly footer: GoValue;
  readonly properties?: Readonly<Record<string, GoValue>>;
  readonly data: readonly string[] | null;
  readonly value: GoValue;
  readonly sequence: readonly GoValue[];
}

/** What Go does not tell us, so that nothing is compared. */
class NotTold extends Error {}

/** Where the two differ; undefined when they read the same values of the same types. */
export function differenceFromGo(ours: TypedMessage, theirs: GoMessage): string | undefined {
  const { body } = ours;
  const pairs: [string, () => string | undefined][] = [
    ['delivery annotations', () => namesDifference(ours.deliveryAnnotations, theirs.deliveryAnnotations)],
    ['message annotations', () => namesDifference(ours.messageAnnotations, theirs.messageAnnotations)],
    [
      'application properties',
      () => namesDifference(ours.applicationProperties, theirs.applicationProperties),
    ],
    ['footer', () => namesDifference(ours.footer, theirs.footer)],
    ...Object.entries(ours.properties ?? {}).map(([name, value]): [string, () => string | undefined] => [
      name,
      () => differenceOf(value, theirs.properties?.[goFieldName(name)]),
    ]),
  ];
  if (body !== undefined && 'value' in body)
    pairs.push(['value', () => differenceOf(body.value, theirs.value)]);
  if (body !== undefined && 'data' in body) {
    pairs.push([
      'data',
      () => (JSON.stringify(body.data) === JSON.stringify(theirs.data) ? undefined : 'other bytes'),
    ]);
  }
  if (body !== undefined && 'sequence' in body) {
    const lists = body.sequence.map((value): TypedValue => ({ type: 'list', value }));
    pairs.push(['sequence', () => itemsDifference(lists, theirs.sequence)]);
  }
  for (const [what, compare] of pairs) {
    const difference = told(compare);
    if (difference !== undefined) return `${what}: ${difference}`;
  }
  return undefined;
}

function told(compare: () => string | undefined): string | undefined {
  try {
    return compare();
  } catch (error) {
    if (error instanceof NotTold) return undefined;
    throw error;
  }
}

function goFieldName(name: string): string {
  return name.replace(/^./, (first) => first.toUpperCase()).replace(/Id$/, 'ID');
}

function namesDifference(names: TypedNames | undefined, theirs: GoValue): string | undefined {
  if (names === undefined) return undefined;
  const entries = Array.isArray(names)
    ? (names as readonly (readonly [TypedValue, TypedValue])[])
    : Object.entries(names as Readonly<Record<string, TypedValue>>).map(
        ([name, value]) => [{ type: 'string', value: name }, value] as const,
      );
  return mapDifference(entries, theirs);
}

function differenceOf(ours: TypedValue, theirs: GoValue | undefined): string | undefined {
  if (theirs === undefined) return `nothing for ${ours.type}`;
  if (theirs.type === 'composite') throw new NotTold();
  switch (ours.type) {
    case 'null':
      return theirs.type === 'null' ? undefined : `${theirs.type} for null`;
    case 'described':
      if (theirs.type !== 'described') return `${theirs.type} for described`;
      return (
        differenceOf(ours.descriptor, theirs.descriptor) ?? differenceOf(ours.value, theirs.value as GoValue)
      );
    case 'list':
      return theirs.type === 'list'
        ? itemsDifference(ours.value, theirs.value as readonly GoValue[])
        : `${theirs.type} for list`;
    case 'map':
      return mapDifference(ours.value, theirs);
    case 'array':
      // Go reads no descriptors of items, and says nothing of the type of no items.
      if (ours.descriptors !== undefined || ours.value.length === 0) throw new NotTold();
      return itemsDifference(
        ours.value.map((item) => typedItem(ours.of, item)),
        theirs.value as readonly GoValue[],
      );
    default:
      return scalarDifference(ours.type, ours.value, theirs);
  }
}

function typedItem(of: string, item: TypedItem): TypedValue {
  if (of === 'array') return { type: 'array', ...(item as object) } as TypedValue;
  return { type: of, value: item } as TypedValue;
}

function itemsDifference(ours: readonly TypedValue[], theirs: readonly GoValue[]): string | undefined {
  if (ours.length !== theirs.length) return `${theirs.length} items for ${ours.length}`;
  for (const [index, item] of ours.entries()) {
    const difference = differenceOf(item, theirs[index]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Go's maps have no order, and one entry of each key. */
function mapDifference(
  ours: readonly (readonly [TypedValue, TypedValue])[],
  theirs: GoValue,
): string | undefined {
  if (theirs.type !== 'map') return `${theirs.type} for map`;
  const entries = theirs.value as readonly (readonly [GoValue, GoValue])[];
  if (ours.some(([key]) => key.type !== 'string' && key.type !== 'symbol')) throw new NotTold();
  const texts = new Set(ours.map(([key]) => 'value' in key && key.value));
  if (texts.size !== ours.length) throw new NotTold();
  if (entries.length !== ours.length) return `${entries.length} entries for ${ours.length}`;
  for (const [key, value] of ours) {
    const entry = entries.find(([other]) => 'value' in key && other.value === key.value);
    const difference = differenceOf(value, entry?.[1]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function scalarDifference(type: string, value: string | boolean, theirs: GoValue): string | undefined {
  const expected = type === 'string' || type === 'symbol' ? 'text' : type;
  if (theirs.type !== expected) return `${theirs.type} for ${type}`;
  const same =
    theirs.value === (type === 'float' || type === 'double' ? numberBits(type, String(value)) : value);
  return same ? undefined : `${String(theirs.value)} for ${type} ${String(value)}`;
}

function numberBits(type: 'float' | 'double', text: string): string {
  if (text.startsWith('NaN:')) return text.slice(4);
  const bits = Buffer.alloc(type === 'float' ? 4 : 8);
  if (type === 'float') bits.writeFloatBE(Number(text));
  else bits.writeDoubleBE(Number(text));
  return bits.toString('hex');
}
