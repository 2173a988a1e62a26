/**
 * A decimal32, decimal64 or decimal128: no number of JavaScript holds it, so it stays its bits, with its text at hand.
 * Source: AMQP 1.0 part 1.6.13 to 1.6.15: IEEE 754-2008 in the binary integer decimal encoding.
 */
import { Buffer } from 'node:buffer';

interface DecimalFormat {
  readonly exponentBits: bigint;
  readonly bias: number;
  readonly maxCoefficient: bigint;
}

const formats = new Map<number, DecimalFormat>([
  [4, { exponentBits: 8n, bias: 101, maxCoefficient: 10n ** 7n }],
  [8, { exponentBits: 10n, bias: 398, maxCoefficient: 10n ** 16n }],
  [16, { exponentBits: 14n, bias: 6176, maxCoefficient: 10n ** 34n }],
]);

export class AmqpDecimal {
  /** 4, 8 or 16 bytes, most significant first. */
  readonly bits: Uint8Array;

  constructor(bits: Uint8Array) {
    if (!formats.has(bits.length)) throw new RangeError('a decimal has 4, 8 or 16 bytes');
    this.bits = bits;
  }

  /** Decimal digits with the sender's scale, such as `12.50`; beyond 40 places with an exponent; NaN, Infinity, -Infinity. */
  toString(): string {
    const format = formats.get(this.bits.length);
    if (format === undefined) return 'NaN';
    const { exponentBits, bias, maxCoefficient } = format;
    const width = BigInt(this.bits.length * 8);
    const bits = BigInt(`0x${Buffer.from(this.bits).toString('hex')}`);
    const sign = bits >> (width - 1n) === 1n ? '-' : '';
    const top = (bits >> (width - 6n)) & 0x1fn;
    if (top === 0x1fn) return 'NaN';
    if (top === 0x1en) return `${sign}Infinity`;
    // Two leading ones say that the coefficient begins with binary 100, which is left out.
    const isLarge = top >= 0x18n;
    const coefficientBits = width - 1n - exponentBits - (isLarge ? 2n : 0n);
    const exponent = Number((bits >> coefficientBits) & ((1n << exponentBits) - 1n)) - bias;
    const low = bits & ((1n << coefficientBits) - 1n);
    const coefficient = isLarge ? (0b100n << coefficientBits) | low : low;
    // A coefficient with more digits than the format holds stands for zero (IEEE 754-2008 3.5.2).
    return sign + scaled(coefficient < maxCoefficient ? coefficient : 0n, exponent);
  }

  toJSON(): string {
    return this.toString();
  }
}

const MAX_PLACES = 40;

function scaled(coefficient: bigint, exponent: number): string {
  const digits = coefficient.toString();
  if (exponent === 0) return digits;
  if (exponent > 0 || -exponent > MAX_PLACES) return `${digits}E${exponent > 0 ? '+' : ''}${exponent}`;
  const padded = digits.padStart(1 - exponent, '0');
  return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}
