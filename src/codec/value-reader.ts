/**
 * Decodes values of any type, in whatever form the caller wants, without recursion: what is open is a chain of bounded
 * length. Sizes and counts are compared with the bytes that are there before anything is allocated for them.
 * Source: AMQP 1.0 part 1.2 to 1.6.
 */
import type { Buffer } from 'node:buffer';
import type { AmqpValue } from './amqp-value.ts';
import { CodecError, hexByte } from './codec-error.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { skipPayload, uint32At } from './skip-value.ts';
import { typeNameOf } from './type-name.ts';
import type { TypedValue } from './typed-value.ts';

/** How decoded values are represented. `undefined` is no value of any form. */
export interface ValueForm<T> {
  /** A value without parts, whose payload (behind a size field) is at [from, to); undefined for an unknown constructor. Throws CodecError. */
  scalar(constructor: number, bytes: Buffer, from: number, to: number): T | undefined;
  list(items: readonly T[]): T;
  /** Keys and values in turn; `at` is where the map begins. Throws CodecError. */
  map(items: readonly T[], at: number): T;
  /** `constructor` is that of the items, `descriptors` are what each of them is described by, outermost first. */
  array(constructor: number, descriptors: readonly T[], items: readonly T[]): T;
  described(descriptor: T, value: T): T;
}

/** What takes `missing` more values before it is one itself. A descriptor is that of an array's items. */
class Open<T> {
  readonly kind: 'list' | 'map' | 'array' | 'described' | 'descriptor';
  readonly at: number;
  readonly end: number;
  readonly around: Open<T> | undefined;
  missing: number;
  readonly items: T[] = [];
  /** Of an array: the constructor of its items, 0 until it has been read, and their descriptors. */
  itemConstructor = 0;
  readonly descriptors: T[] = [];

  constructor(kind: Open<T>['kind'], at: number, end: number, missing: number, around: Open<T> | undefined) {
    this.kind = kind;
    this.at = at;
    this.end = end;
    this.missing = missing;
    this.around = around;
  }
}

export class ValueReader<T extends AmqpValue | TypedValue> {
  /** Behind what was read last. */
  at: number;
  readonly end: number;
  readonly #form: ValueForm<T>;
  readonly #bytes: Buffer;
  readonly #maxDepth: number;
  #itemsLeft: number;
  #depth = 0;
  #innermost: Open<T> | undefined;

  /** Reads [at, end) of bytes, one value after the other. */
  constructor(form: ValueForm<T>, bytes: Buffer, at: number, end: number, limits: Limits = defaultLimits) {
    this.#form = form;
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
    this.#maxDepth = limits.maxDepth;
    this.#itemsLeft = Math.min(limits.maxItems, end - at + limits.extraItems);
  }

  /** The next value. Throws CodecError; the reader is of no more use then. */
  read(): T {
    for (;;) {
      let value = this.#next();
      while (value !== undefined) {
        const open = this.#innermost;
        if (open === undefined) return value;
        value = this.#add(open, value);
      }
    }
  }

  /** Reads a value without parts, or opens one that has parts and gives undefined. */
  #next(): T | undefined {
    const open = this.#innermost;
    const end = open?.end ?? this.end;
    const start = this.at;
    let constructor = open?.itemConstructor ?? 0;
    if (constructor === 0) {
      if (start >= end) throw new CodecError('a value is missing', start);
      constructor = this.#bytes[start] as number;
      this.at = start + 1;
      if (open?.kind === 'array') return this.#beginItems(open, constructor, start);
    }
    switch (constructor) {
      case 0x00:
        return this.#enter('described', start, end, 2);
      case 0x45:
        return this.#form.list([]);
      case 0xc0:
      case 0xd0:
        return this.#beginCompound('list', constructor === 0xd0, start, end);
      case 0xc1:
      case 0xd1:
        return this.#beginCompound('map', constructor === 0xd1, start, end);
      case 0xe0:
      case 0xf0:
        return this.#beginCompound('array', constructor === 0xf0, start, end);
      default:
        return this.#scalar(constructor, start, end);
    }
  }

  #scalar(constructor: number, start: number, end: number): T {
    const payload = this.at;
    const next = skipPayload(this.#bytes, constructor, payload, end);
    if (next > end) throw new CodecError('a value reaches beyond its end', start);
    this.at = next;
    const category = constructor >>> 4;
    const sizeBytes = category === 0xa ? 1 : category === 0xb ? 4 : 0;
    const value = this.#form.scalar(constructor, this.#bytes, payload + sizeBytes, next);
    if (value === undefined) throw new CodecError(`unknown constructor ${hexByte(constructor)}`, start);
    return value;
  }

  #beginCompound(kind: 'list' | 'map' | 'array', isWide: boolean, start: number, end: number): T | undefined {
    const head = this.at;
    const headBytes = isWide ? 8 : 2;
    if (head + headBytes > end) throw new CodecError(`a ${kind} is cut off`, start);
    const size = isWide ? uint32At(this.#bytes, head) : (this.#bytes[head] as number);
    const count = isWide ? uint32At(this.#bytes, head + 4) : (this.#bytes[head + 1] as number);
    const sizedEnd = head + headBytes / 2 + size;
    if (sizedEnd > end) throw new CodecError(`a ${kind} reaches beyond its end`, start);
    this.at = head + headBytes;
    if (this.at > sizedEnd) throw new CodecError(`a ${kind} is smaller than its own count`, start);
    if (kind === 'map' && count % 2 === 1) throw new CodecError('a map has a key without a value', start);
    if (kind !== 'array' && count > sizedEnd - this.at) {
      throw new CodecError(`a ${kind} counts ${count} items in ${sizedEnd - this.at} bytes`, start);
    }
    this.#spend(count, start);
    this.#enter(kind, start, sizedEnd, count);
    const open = this.#innermost;
    if (count > 0 || open === undefined) return undefined;
    if (kind === 'array' && this.at < sizedEnd) return undefined;
    // An array without items may lack their constructor: some encoders leave it out. It is then one of nulls.
    open.itemConstructor = 0x40;
    return this.#close(open);
  }

  /** What the items of an array have in common: descriptors, and at last a constructor. */
  #beginItems(open: Open<T>, constructor: number, start: number): T | undefined {
    if (constructor === 0x00) return this.#enter('descriptor', start, open.end, 1);
    typeNameOf(constructor, start);
    if (open.missing * (leastBytes[constructor >>> 4] as number) > open.end - this.at) {
      throw new CodecError(`an array counts ${open.missing} items in ${open.end - this.at} bytes`, open.at);
    }
    open.itemConstructor = constructor;
    return open.missing === 0 ? this.#close(open) : undefined;
  }

  #enter(kind: Open<T>['kind'], at: number, end: number, missing: number): undefined {
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) {
      throw new CodecError(`values lie more than ${this.#maxDepth} deep within each other`, at);
    }
    this.#innermost = new Open(kind, at, end, missing, this.#innermost);
  }

  /** Gives what was open when the value was the last one missing. */
  #add(open: Open<T>, value: T): T | undefined {
    open.missing -= 1;
    if (open.kind === 'descriptor') {
      open.around?.descriptors.push(value);
      this.#leave(open);
      return undefined;
    }
    open.items.push(value);
    return open.missing === 0 ? this.#close(open) : undefined;
  }

  #close(open: Open<T>): T {
    const { kind, items } = open;
    if (kind !== 'described' && this.at !== open.end) {
      throw new CodecError(`a ${kind} has ${open.end - this.at} bytes behind its last item`, open.at);
    }
    this.#leave(open);
    if (kind === 'list') return this.#form.list(items);
    if (kind === 'map') return this.#form.map(items, open.at);
    if (kind === 'array') return this.#form.array(open.itemConstructor, open.descriptors, items);
    return this.#form.described(items[0] as T, items[1] as T);
  }

  #leave(open: Open<T>): void {
    this.#depth -= 1;
    this.#innermost = open.around;
  }

  #spend(count: number, at: number): void {
    this.#itemsLeft -= count;
    if (this.#itemsLeft < 0) throw new CodecError('more items than a value of this size may hold', at);
  }
}

/** The fewest bytes that an array's item takes, by the upper half of its constructor. */
const leastBytes: readonly number[] = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 1, 4, 2, 8, 2, 8];
