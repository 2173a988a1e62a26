/**
 * Maps a partition key to a partition as the service and the official SDKs do.
 * Honoured: Bob Jenkins' lookup3 ("hashlittle2", public domain) with both seeds 0 over the UTF-8 bytes, little endian; the
 * low 16 bits of (b xor c), read as a signed number, modulo the partition count, without its sign.
 * Source: https://burtleburtle.net/bob/c/lookup3.c; the SDK's answers (@azure/event-hubs 6.0.4
 * impl/partitionKeyToIdMapper.js) are compared with ours in test/unit/emulator/partition-key.test.ts.
 */

/** The index of the partition that events with this key go to. */
export function partitionOfKey(key: string, partitionCount: number): number {
  return Math.abs(hashOfKey(key) % partitionCount);
}

/** The signed 16-bit hash of a partition key. */
export function hashOfKey(key: string): number {
  const bytes = Buffer.from(key, 'utf8');
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + bytes.readInt32LE(at)) | 0;
    b = (b + bytes.readInt32LE(at + 4)) | 0;
    c = (c + bytes.readInt32LE(at + 8)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  const tail = Buffer.alloc(12);
  bytes.copy(tail, 0, at);
  // An empty tail happens only for the empty key: lookup3 then skips its final mixing.
  if (at < bytes.length) {
    a = (a + tail.readInt32LE(0)) | 0;
    b = (b + tail.readInt32LE(4)) | 0;
    c = (c + tail.readInt32LE(8)) | 0;
    c = ((c ^ b) - rotate(b, 14)) | 0;
    a = ((a ^ c) - rotate(c, 11)) | 0;
    b = ((b ^ a) - rotate(a, 25)) | 0;
    c = ((c ^ b) - rotate(b, 16)) | 0;
    a = ((a ^ c) - rotate(c, 4)) | 0;
    b = ((b ^ a) - rotate(a, 14)) | 0;
    c = ((c ^ b) - rotate(b, 24)) | 0;
  }
  return ((b ^ c) << 16) >> 16;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
