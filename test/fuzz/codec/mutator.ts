// Makes new inputs of old ones: changed bytes, sizes, counts and constructors, parts cut out, repeated, or of another input.
import { Buffer } from 'node:buffer';

export interface Chance {
  /** In [0, 1). */
  next(): number;
}

const constructors = Buffer.from(
  '00404142434445505152535455566061707172737480818283849498a0a1a3b0b1b3c0c1d0d1e0f05f',
  'hex',
);
const words = [
  0, 1, 2, 4, 5, 8, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x7f_ff_ff_ff, 0xff_ff_ff_f0, 0xff_ff_ff_ff,
];
const longest = 4_096;

export class Mutator {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** One to four changes. */
  mutate(input: Buffer, other: Buffer): Buffer {
    let bytes: Buffer = Buffer.from(input);
    for (let left = 1 + this.#below(4); left > 0; left -= 1) bytes = this.#change(bytes, other);
    return bytes.subarray(0, longest);
  }

  #change(bytes: Buffer, other: Buffer): Buffer {
    const at = this.#below(bytes.length + 1);
    switch (this.#below(9)) {
      case 0:
        return written(bytes, at, Buffer.from([this.#below(256)]));
      case 1:
        return written(bytes, at, constructors.subarray(this.#below(constructors.length)).subarray(0, 1));
      case 2:
        return written(bytes, at, word(words[this.#below(words.length)] ?? 0));
      case 3:
        return written(bytes, at, Buffer.from([(bytes[at] ?? 0) + this.#below(5) - 2]));
      case 4:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + this.#below(8))]);
      case 5:
        return this.#repeated(bytes, at);
      case 6:
        return bytes.subarray(0, at);
      case 7:
        return Buffer.concat([bytes.subarray(0, at), this.#piece(other), bytes.subarray(at)]);
      default:
        return this.#wrapped(bytes, at);
    }
  }

  #repeated(bytes: Buffer, at: number): Buffer {
    const part = bytes.subarray(at, at + 1 + this.#below(16));
    const times = this.#below(10) === 0 ? 200 : 1 + this.#below(3);
    const repeats = Array.from({ length: times }, () => part);
    return Buffer.concat([bytes.subarray(0, at), ...repeats, bytes.subarray(at)]);
  }

  /** What follows becomes the only item of a list, map or array of the right size. */
  #wrapped(bytes: Buffer, at: number): Buffer {
    const rest = bytes.subarray(at);
    const constructor = [0xd0, 0xd1, 0xf0][this.#below(3)] ?? 0xd0;
    const head = Buffer.concat([Buffer.from([constructor]), word(rest.length + 4), word(1 + this.#below(2))]);
    return Buffer.concat([bytes.subarray(0, at), head, rest]);
  }

  #piece(bytes: Buffer): Buffer {
    const from = this.#below(bytes.length + 1);
    return bytes.subarray(from, from + 1 + this.#below(64));
  }

  #below(count: number): number {
    return Math.floor(this.#chance.next() * count);
  }
}

function written(bytes: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at + part.length)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
