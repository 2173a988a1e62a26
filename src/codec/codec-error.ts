/** Bytes that are no AMQP, or that are beyond a limit: what is wrong, and where, for a person. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  /** What is wrong, without the position. */
  readonly reason: string;
  /** The byte it was found at, counted from the start of what was decoded. */
  readonly at: number;

  constructor(reason: string, at: number) {
    super(`${reason} (byte ${at})`);
    this.reason = reason;
    this.at = at;
  }
}

/** A byte, or a constructor, as people write it: 0x5f. */
export function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
