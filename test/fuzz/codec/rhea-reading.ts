// The same bytes through rhea's decoder: where both read a value, it has to be the same value of the same type.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import rhea from 'rhea';
import { CodecError } from '../../../src/codec/codec-error.ts';
import type { TypedItem, TypedValue } from '../../../src/codec/typed-value.ts';
import { mayClaimManyItems } from './claimed-counts.ts';

const lastDateMs = 8.64e15;

/** What we refuse and rhea reads, and why that is right. */
export const refusedByUsAlone: readonly (readonly [reason: RegExp, why: string])[] = [
  [
    /reaches beyond its end|cut off/,
    'rhea cuts binary, text and fixed widths off at the end of the bytes, and ignores sizes',
  ],
  [
    /bytes behind its last item|smaller than its own count/,
    'rhea ignores the size of lists, maps and arrays',
  ],
  [/counts \d+ items in \d+ bytes|more items than/, 'rhea allocates what a count claims'],
  [/deep within each other/, 'rhea recurses as deep as its stack lets it'],
  [/a key without a value/, 'rhea drops the last key of an odd map'],
  [/text is not UTF-8/, 'rhea puts replacement characters, or strips the eighth bit of a symbol'],
  [/neither 0 nor 1/, 'rhea gives the byte as the boolean'],
  [/which is no character/, 'rhea gives any number as a char'],
  [/a value is missing/, 'rhea reads items beyond the size of what holds them'],
  [/unknown constructor/, 'rhea reads on behind the end of what holds an item'],
];

/** Where only rhea refuses: it wants the constructor of no items, which some encoders leave out. */
const refusedByRheaAlone = /offset|range|Unrecognised typecode|Maximum call stack/;

/** Our reading of the first value in bytes, or our refusal, against rhea's. */
export function compareWithRhea(bytes: Buffer, ours: TypedValue | CodecError): void {
  if (ours instanceof CodecError && mayClaimManyItems(bytes)) return;
  let theirs: RheaValue;
  try {
    theirs = new Reader(bytes).read();
  } catch (error) {
    if (ours instanceof CodecError) return;
    assert.match(String(error), refusedByRheaAlone);
    assert.ok(JSON.stringify(ours).includes('"value":[]'), `rhea alone refuses: ${String(error)}`);
    return;
  }
  if (ours instanceof CodecError) {
    assert.ok(
      refusedByUsAlone.some(([reason]) => reason.test(ours.reason)),
      `rhea reads what we refuse: ${ours.message}`,
    );
    return;
  }
  const difference = differenceOf(ours, theirs);
  if (difference === undefined) return;
  // What follows an array without its constructor is taken for it.
  if (difference.endsWith('an array of nothing')) return;
  assert.fail(`not what rhea reads: ${difference}`);
}

/** Missing in rhea's typings. */
const { Reader } = rhea.types as unknown as { readonly Reader: new (bytes: Buffer) => { read(): RheaValue } };

interface RheaValue {
  readonly type: { readonly name: string; readonly typecode: number };
  readonly value: unknown;
  readonly descriptor?: RheaValue;
  readonly array_constructor?: { readonly typecode: number; readonly descriptor?: RheaValue };
}

const rheaNames: Readonly<Record<string, RegExp>> = {
  null: /^Null$/,
  boolean: /^(True|False|Boolean)$/,
  ubyte: /^Ubyte$/,
  byte: /^Byte$/,
  ushort: /^Ushort$/,
  short: /^Short$/,
  uint: /^(Uint|SmallUint|Uint0)$/,
  int: /^(Int|SmallInt)$/,
  ulong: /^(Ulong|SmallUlong|Ulong0)$/,
  long: /^(Long|SmallLong)$/,
  float: /^Float$/,
  double: /^Double$/,
  decimal32: /^Decimal32$/,
  decimal64: /^Decimal64$/,
  decimal128: /^Decimal128$/,
  char: /^CharUTF32$/,
  timestamp: /^Timestamp$/,
  uuid: /^Uuid$/,
  binary: /^Vbin/,
  string: /^Str/,
  symbol: /^Sym/,
  list: /^List/,
  map: /^Map/,
  array: /^Array/,
};

function differenceOf(ours: TypedValue, theirs: RheaValue): string | undefined {
  if (ours.type === 'described') {
    const { descriptor } = theirs;
    if (descriptor === undefined) return 'no descriptor';
    let { value } = ours;
    // rhea keeps the outermost of several descriptors.
    while (value.type === 'described') ({ value } = value);
    return differenceOf(ours.descriptor, descriptor) ?? differenceOf(value, theirs);
  }
  if (rheaNames[ours.type]?.test(theirs.type.name) !== true) return `${theirs.type.name} for ${ours.type}`;
  if (ours.type === 'null') return undefined;
  if (ours.type === 'list') return listDifference(ours.value, theirs.value);
  if (ours.type === 'map') return listDifference(ours.value.flat(), theirs.value);
  if (ours.type === 'array') {
    const { array_constructor: shared, value } = theirs;
    if (ours.value.length === 0)
      return Array.isArray(value) && value.length === 0 ? undefined : 'an array of nothing';
    const [descriptor] = ours.descriptors ?? [];
    const described =
      descriptor === undefined || shared?.descriptor === undefined
        ? undefined
        : differenceOf(descriptor, shared.descriptor);
    return (
      described ??
      listDifference(
        ours.value.map((item) => typedItem(ours.of, item)),
        value,
      )
    );
  }
  return scalarDifference(ours, theirs.value);
}

function typedItem(of: string, item: TypedItem): TypedValue {
  if (of === 'array') return { type: 'array', ...(item as object) } as TypedValue;
  return { type: of, value: item } as TypedValue;
}

function listDifference(ours: readonly TypedValue[], theirs: unknown): string | undefined {
  if (!Array.isArray(theirs) || theirs.length !== ours.length) return `not ${ours.length} items`;
  for (const [index, item] of ours.entries()) {
    const difference = differenceOf(item, theirs[index] as RheaValue);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function scalarDifference(
  ours: Exclude<TypedValue, { type: 'null' | 'list' | 'map' | 'array' | 'described' }>,
  theirs: unknown,
): string | undefined {
  const text = String(ours.value);
  const same = (is: boolean): string | undefined =>
    is ? undefined : `${ours.type} ${String(theirs)} for ${text}`;
  switch (ours.type) {
    case 'boolean':
      return same(Boolean(theirs) === ours.value);
    case 'binary':
      return same(Buffer.isBuffer(theirs) && theirs.toString('base64') === text);
    case 'decimal32':
    case 'decimal64':
    case 'decimal128':
    case 'uuid':
      return same(Buffer.isBuffer(theirs) && theirs.toString('hex') === text.replaceAll('-', ''));
    case 'string':
      return same(theirs === text);
    case 'symbol':
      // rhea strips the eighth bit of what is no ASCII.
      return same(theirs === text || /[^\0-\x7f]/.test(text));
    case 'char':
      return same(theirs === text.codePointAt(0));
    case 'float':
    case 'double':
      return same(Object.is(theirs, Number(text.startsWith('NaN') ? 'NaN' : text)));
    case 'timestamp':
      // rhea makes a Date of everything: beyond the range of one an invalid or any other.
      return same(
        theirs instanceof Date && (theirs.getTime() === Number(text) || Math.abs(Number(text)) > lastDateMs),
      );
    default:
      return same(wholeNumber(ours.type, theirs) === text || Number(theirs) === Number(text));
  }
}

/** rhea keeps the bytes of numbers from 2^53 + 2^32 on, and rounds those in front of it. */
function wholeNumber(type: string, theirs: unknown): string {
  if (!Buffer.isBuffer(theirs)) return String(theirs);
  return String(type === 'ulong' ? theirs.readBigUInt64BE() : theirs.readBigInt64BE());
}
