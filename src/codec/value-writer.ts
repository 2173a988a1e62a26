/** Writes AMQP values into a buffer that grows, each in its shortest encoding. Source: AMQP 1.0 part 1.6. */
import { Buffer } from 'node:buffer';

export class ValueWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  /** What has been written; valid until more is written. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(byte: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = byte & 0xff;
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  null(): void {
    this.byte(0x40);
  }

  boolean(value: boolean): void {
    this.byte(value ? 0x41 : 0x42);
  }

  uint(value: number): void {
    if (value === 0) this.byte(0x43);
    else if (value < 256) this.#pair(0x52, value);
    else this.fixed(0x70, 4, (bytes, at) => bytes.writeUInt32BE(value, at));
  }

  int(value: number): void {
    if (value >= -128 && value <= 127) this.#pair(0x54, value);
    else this.fixed(0x71, 4, (bytes, at) => bytes.writeInt32BE(value, at));
  }

  ulong(value: bigint): void {
    if (value === 0n) this.byte(0x44);
    else if (value > 0n && value < 256n) this.#pair(0x53, Number(value));
    else this.fixed(0x80, 8, (bytes, at) => bytes.writeBigUInt64BE(value, at));
  }

  long(value: bigint): void {
    if (value >= -128n && value <= 127n) this.#pair(0x55, Number(value));
    else this.fixed(0x81, 8, (bytes, at) => bytes.writeBigInt64BE(value, at));
  }

  double(value: number): void {
    this.fixed(0x82, 8, (bytes, at) => bytes.writeDoubleBE(value, at));
  }

  timestamp(ms: bigint): void {
    this.fixed(0x83, 8, (bytes, at) => bytes.writeBigInt64BE(ms, at));
  }

  binary(value: Uint8Array): void {
    this.#variable(0xa0, value);
  }

  string(text: string): void {
    this.#variable(0xa1, Buffer.from(text));
  }

  symbol(text: string): void {
    this.#variable(0xa3, Buffer.from(text));
  }

  /** A constructor and a payload of fixed width. */
  fixed(constructor: number, width: number, write: (bytes: Buffer, at: number) => unknown): void {
    this.byte(constructor);
    const at = this.#reserve(width);
    write(this.#bytes, at);
  }

  list(count: number, writeItems: () => void): void {
    if (count === 0) this.byte(0x45);
    else this.#compound(0xc0, count, writeItems);
  }

  /** `count` is that of keys and values together. */
  map(count: number, writeItems: () => void): void {
    this.#compound(0xc1, count, writeItems);
  }

  /** `writeItems` writes the shared constructor and then the items without theirs. */
  array(count: number, writeItems: () => void): void {
    this.#compound(0xe0, count, writeItems);
  }

  #pair(constructor: number, byte: number): void {
    this.byte(constructor);
    this.byte(byte);
  }

  #variable(narrow: number, value: Uint8Array): void {
    if (value.length < 256) this.#pair(narrow, value.length);
    else {
      this.byte(narrow + 0x10);
      this.uint32(value.length);
    }
    this.raw(value);
  }

  /** Writes the wide form, and moves the items up where the narrow one does. */
  #compound(narrow: number, count: number, writeItems: () => void): void {
    const start = this.#reserve(9);
    const items = this.#length;
    writeItems();
    const size = this.#length - items;
    if (size < 255 && count < 256) {
      this.#bytes.copyWithin(start + 3, items, this.#length);
      this.#length -= 6;
      this.#bytes[start] = narrow;
      this.#bytes[start + 1] = size + 1;
      this.#bytes[start + 2] = count;
      return;
    }
    this.#bytes[start] = narrow + 0x10;
    this.#bytes.writeUInt32BE(size + 4, start + 1);
    this.#bytes.writeUInt32BE(count, start + 5);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }
}
