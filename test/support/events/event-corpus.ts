// Events in the shapes in which services and clients put them on the wire (README.md), as the codec's lossless form.
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import type { TypedMessage } from '../../../src/codec/typed-message.ts';

export interface CorpusEvent {
  readonly name: string;
  readonly source: string;
  readonly message: TypedMessage;
  readonly expect: Readonly<Record<string, unknown>>;
}

/** A long text written short: `item` so many times, # in it replaced by its index. */
interface RepeatedText {
  readonly prefix?: string;
  readonly item: string;
  readonly count: number;
  readonly separator?: string;
  readonly suffix?: string;
}

type StoredBody =
  | { readonly data: readonly (string | RepeatedText)[] }
  | Exclude<TypedMessage['body'], undefined>;

export function loadEventCorpus(): readonly CorpusEvent[] {
  const text = readFileSync(new URL('./corpus.json', import.meta.url), 'utf8');
  const stored = JSON.parse(text) as readonly (CorpusEvent & { message: { body?: StoredBody } })[];
  return stored.map((event) => {
    const { body } = event.message;
    if (body === undefined || !('data' in body)) return event;
    const data = body.data.map((part) => (typeof part === 'string' ? part : base64Of(part)));
    return { ...event, message: { ...event.message, body: { data } } };
  });
}

export function encodeCorpusEvent(event: CorpusEvent): Uint8Array {
  return encodeMessage(event.message);
}

function base64Of(text: RepeatedText): string {
  const { prefix = '', item, count, separator = '', suffix = '' } = text;
  const items = Array.from({ length: count }, (_, index) =>
    item.replaceAll('#', String(index).padStart(6, '0')),
  );
  return Buffer.from(prefix + items.join(separator) + suffix).toString('base64');
}
