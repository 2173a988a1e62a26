// A message for people and programs to read: every section in the codec's lossless form, each by itself, so that one nobody
// can decode hides no other.

import { Buffer } from 'node:buffer';
import { section, SectionCursor, sectionNames } from '../codec/section.ts';
import { decodeTypedMessage } from '../codec/typed-message.ts';
import type { TypedMessage } from '../codec/typed-message.ts';
import { reasonOf } from '../engine/errors.ts';

export interface ReadableMessage extends TypedMessage {
  /** Sections that cannot be read, with their bytes in base64; `rest`: no section begins there. */
  readonly undecodable?: readonly {
    readonly section: string;
    readonly reason: string;
    readonly base64: string;
  }[];
  /** Sections that are too large to be shown. */
  readonly omitted?: readonly { readonly section: string; readonly sizeBytes: number }[];
}

type Span = readonly [from: number, to: number];

/** `maxSectionBytes`: larger sections are omitted; data or sequence sections count together. Never throws. */
export function readableMessage(
  encoded: Uint8Array,
  maxSectionBytes = Number.POSITIVE_INFINITY,
): ReadableMessage {
  const undecodable: { section: string; reason: string; base64: string }[] = [];
  const omitted: { section: string; sizeBytes: number }[] = [];
  let view: TypedMessage = {};
  const spans = spansOf(encoded, (reason, from) => {
    const base64 = base64Of(encoded.subarray(from, Math.min(encoded.length, from + maxSectionBytes)));
    undecodable.push({ section: 'rest', reason, base64 });
  });
  for (const [code, ranges] of spans) {
    const bytes = Buffer.concat(ranges.map(([from, to]) => encoded.subarray(from, to)));
    const name = sectionNames[code] ?? '';
    if (bytes.length > maxSectionBytes) {
      omitted.push({ section: name, sizeBytes: bytes.length });
      continue;
    }
    try {
      view = { ...decodeTypedMessage(bytes), ...view };
    } catch (error) {
      undecodable.push({ section: name, reason: reasonOf(error), base64: base64Of(bytes) });
    }
  }
  return {
    ...view,
    ...(undecodable.length === 0 ? {} : { undecodable }),
    ...(omitted.length === 0 ? {} : { omitted }),
  };
}

/** Where the sections of each kind are. */
function spansOf(
  encoded: Uint8Array,
  onFault: (reason: string, from: number) => void,
): ReadonlyMap<number, readonly Span[]> {
  const spans = new Map<number, Span[]>();
  const cursor = new SectionCursor(encoded, 0, encoded.length);
  let end = 0;
  try {
    while (cursor.advance()) {
      const span: Span = [cursor.start, cursor.next];
      end = cursor.next;
      const known = spans.get(cursor.code);
      // Only a body may have several sections of a kind; another's second one is a fault of its own.
      if (known === undefined) spans.set(cursor.code, [span]);
      else if (cursor.code === section.data || cursor.code === section.sequence) known.push(span);
      else onFault(`a second ${sectionNames[cursor.code] ?? ''} section`, cursor.start);
    }
  } catch (error) {
    onFault(reasonOf(error), end);
  }
  return spans;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
