// Other decoders allocate what a count claims, and end their process. Where we read a value its counts are known to be right;
// where we refuse it, only bytes in which no count of more than 255 can stand are given to them.
import type { Buffer } from 'node:buffer';

/** list32, map32 and array32; their items may be any bytes further on, also without a constructor in front. */
const wideConstructors = [0xd0, 0xd1, 0xf0];

export function mayClaimManyItems(bytes: Buffer): boolean {
  return wideConstructors.some((constructor) => bytes.includes(constructor));
}
