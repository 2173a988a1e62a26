// Other decoders allocate what a count claims, and end their process: such inputs are kept from them.
import type { Buffer } from 'node:buffer';

const mostItems = 4096;

/** Whether a list, map or array with a count beyond a few thousand may be among the bytes. */
export function claimsManyItems(bytes: Buffer): boolean {
  for (const wide of [0xd0, 0xd1, 0xf0]) {
    for (let at = bytes.indexOf(wide); at !== -1; at = bytes.indexOf(wide, at + 1)) {
      if (at + 9 <= bytes.length && bytes.readUInt32BE(at + 5) > mostItems) return true;
    }
  }
  return false;
}
