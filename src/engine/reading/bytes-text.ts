// Bytes where people and logs want text: Kafka's headers and keys, ids of .NET, signatures.

/** Strict about nothing, so that no exception is paid for: what is no UTF-8 shows as U+FFFD. A leading mark stays. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** C0 and C1 controls but tab and line ends, and what the decoder puts for bytes that are no UTF-8. */
// oxlint-disable-next-line no-control-regex -- control characters are what tells numbers and digests from text
const noText = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFD]/;

/** The text the bytes spell in UTF-8; undefined when they spell none. Different bytes never give the same text. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  const text = utf8.decode(bytes);
  return noText.test(text) ? undefined : text;
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
