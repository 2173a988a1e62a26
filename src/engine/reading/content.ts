// The body of a message, read: as bytes, text and JSON, with what its sender said of charset and compression. Made for an event
// whose body somebody touches; decodes each form once.

import { reasonOf } from '../errors.ts';
import type { Message, MessageBody } from '../event.ts';
import { PermanentError } from '../handling/handler.ts';
import { bodyBytes } from './body-bytes.ts';
import { decodeText, undeclaredTextOf } from './charset.ts';
import { decodeContent, maxDecodedBytes } from './content-encoding.ts';
import { contentLabels } from './content-labels.ts';
import type { ContentLabels } from './content-labels.ts';
import { parseJson } from './json.ts';
import type { JsonOptions } from './json.ts';
import { formatOf } from './media-type.ts';
import { jsonRecords, jsonLines } from './records.ts';
import { registryPrefixOf } from './schema-reference.ts';
import { jsonTextOf } from './value-json.ts';

export class Content {
  readonly #message: Message;
  #body: MessageBody | undefined = undefined;
  #bytes: Uint8Array | undefined = undefined;
  #decoded: Uint8Array | undefined = undefined;
  #text: string | undefined = undefined;
  #labels: ContentLabels | undefined = undefined;
  readonly #json: Forms<unknown> = {};
  readonly #records: Forms<readonly unknown[]> = {};

  constructor(message: Message) {
    this.#message = message;
  }

  /** As sent: data sections one after another; text in UTF-8; other values as JSON; nothing for a tombstone. */
  get bytes(): Uint8Array {
    this.#bytes ??= bodyBytes(this.#sent);
    return this.#bytes;
  }

  /** A null where a body would be: no body section, or the AMQP value null. An empty body is none. */
  get isTombstone(): boolean {
    const body = this.#sent;
    return body.kind === 'none' || (body.kind === 'value' && body.value === null);
  }

  /** The AMQP value, or the items of all sequence sections; undefined for bytes and where there is no body. */
  get value(): unknown {
    const body = this.#sent;
    if (body.kind === 'value') return body.value;
    return body.kind === 'sequence' ? body.values.flat() : undefined;
  }

  get labels(): ContentLabels {
    this.#labels ??= contentLabels(this.#message);
    return this.#labels;
  }

  /** Without compression. Throws PermanentError: not what the encoding says, or longer than maxBytes. */
  decoded(maxBytes = maxDecodedBytes): Uint8Array {
    this.#decoded ??= this.#isBytes ? decodeContent(this.bytes, this.labels.encoding, maxBytes) : this.bytes;
    return this.#decoded;
  }

  /** Throws PermanentError. */
  text(): string {
    this.#text ??= this.#isBytes ? decodeText(this.decoded(), this.labels.charset) : textOfValue(this.value);
    return this.#text;
  }

  /** null for a tombstone. Throws PermanentError. */
  json(options: JsonOptions = {}): unknown {
    return once(this.#json, options, () => {
      if (this.isTombstone) return null;
      try {
        return this.#parse(options);
      } catch (error) {
        throw this.#noJson(error);
      }
    });
  }

  /** What the handler gets without a schema. Throws PermanentError. */
  get data(): unknown {
    if (this.isTombstone) return null;
    if (!this.#isBytes && typeof this.value !== 'string') return this.value;
    const { mediaType, charset } = this.labels;
    const format = formatOf(mediaType);
    if (format === 'json') return this.json();
    if (format === 'text') return this.text();
    // What cannot be decompressed is a fault; what is no JSON is not.
    const content = this.decoded();
    try {
      return this.json();
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
    }
    return charset === undefined ? (undeclaredTextOf(content) ?? content) : this.text();
  }

  /** Events or rows inside. Throws PermanentError. */
  records(options: JsonOptions = {}): readonly unknown[] {
    return once(this.#records, options, () => {
      if (this.isTombstone || this.bytes.byteLength === 0) return [];
      if (!this.#isBytes && Array.isArray(this.value)) return this.value;
      const isLines = /[/+-](ndjson|jsonl|jsonlines|stream\+json)$/.test(this.labels.mediaType ?? '');
      if (isLines) return jsonLines(this.lines(), options);
      try {
        return jsonRecords(this.json(options));
      } catch (error) {
        // Lines are what is tried last: the one document says better what is wrong with itself.
        const lines = this.lines();
        if (!(error instanceof PermanentError) || lines.length < 2) throw error;
        try {
          return jsonLines(lines, options);
        } catch {
          throw error;
        }
      }
    });
  }

  /** The lines of the text that are not blank. Throws PermanentError. */
  lines(): readonly string[] {
    return this.text()
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '');
  }

  get #sent(): MessageBody {
    this.#body ??= this.#message.body;
    return this.#body;
  }

  get #isBytes(): boolean {
    const body = this.#sent;
    return body.kind === 'data' || (body.kind === 'value' && body.value instanceof Uint8Array);
  }

  #parse(options: JsonOptions): unknown {
    try {
      return parseJson(this.text(), options);
    } catch (error) {
      // Confluent's JSON serializer puts a schema's id in front.
      const payload = error instanceof SyntaxError ? registryPrefixOf(this.decoded())?.payload : undefined;
      if (payload === undefined) throw error;
      return parseJson(decodeText(payload, this.labels.charset), options);
    }
  }

  #noJson(error: unknown): unknown {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) return error;
    const { contentType } = this.labels;
    const { contentEncoding } = this.#message.properties;
    const claim = contentType === undefined ? 'no content type' : `content type ${contentType}`;
    const encoded = contentEncoding === undefined ? '' : `, content encoding ${contentEncoding}`;
    return new PermanentError(
      `The body is not JSON (${this.bytes.byteLength} bytes, ${claim}${encoded}): ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** A decoded form with numbers as JSON.parse gives them, and with exact integers. */
interface Forms<Value> {
  usual?: { readonly value: Value };
  exact?: { readonly value: Value };
}

function once<Value>(forms: Forms<Value>, { bigint = false }: JsonOptions, decode: () => Value): Value {
  const name = bigint ? 'exact' : 'usual';
  forms[name] ??= { value: decode() };
  return forms[name].value;
}

function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : jsonTextOf(value);
}
