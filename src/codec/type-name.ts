/** Which type a constructor encodes. Source: AMQP 1.0 part 1.6. */
import { CodecError, hexByte } from './codec-error.ts';
import type { AmqpTypeName } from './typed-value.ts';

/** `at` is where the constructor is, for the CodecError that an unknown one is. */
export function typeNameOf(constructor: number, at: number): AmqpTypeName {
  const name = typeNames[constructor];
  if (name === undefined) throw new CodecError(`unknown constructor ${hexByte(constructor)}`, at);
  return name;
}

const typeNames: Readonly<Record<number, AmqpTypeName>> = {
  0x40: 'null',
  0x41: 'boolean',
  0x42: 'boolean',
  0x43: 'uint',
  0x44: 'ulong',
  0x45: 'list',
  0x50: 'ubyte',
  0x51: 'byte',
  0x52: 'uint',
  0x53: 'ulong',
  0x54: 'int',
  0x55: 'long',
  0x56: 'boolean',
  0x60: 'ushort',
  0x61: 'short',
  0x70: 'uint',
  0x71: 'int',
  0x72: 'float',
  0x73: 'char',
  0x74: 'decimal32',
  0x80: 'ulong',
  0x81: 'long',
  0x82: 'double',
  0x83: 'timestamp',
  0x84: 'decimal64',
  0x94: 'decimal128',
  0x98: 'uuid',
  0xa0: 'binary',
  0xa1: 'string',
  0xa3: 'symbol',
  0xb0: 'binary',
  0xb1: 'string',
  0xb3: 'symbol',
  0xc0: 'list',
  0xc1: 'map',
  0xd0: 'list',
  0xd1: 'map',
  0xe0: 'array',
  0xf0: 'array',
};
