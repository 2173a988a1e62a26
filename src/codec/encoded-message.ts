/**
 * A message as it came, decoded as far as it is looked at. Making one only steps over the top-level sections; each getter
 * decodes its own section once.
 * Source: AMQP 1.0 part 3.2. Sections are taken in any order; of all but data and sequence there may be one each.
 */
import { Buffer } from 'node:buffer';
import type { AmqpRecord, AmqpValue } from './amqp-value.ts';
import { BrokerPosition, positionNames } from './broker-position.ts';
import { CodecError } from './codec-error.ts';
import { readHeader, readProperties } from './message-fields.ts';
import type { MessageHeader, MessageProperties } from './message-fields.ts';
import { noNames, readNamed, readNames } from './names-and-values.ts';
import { naturalForm } from './natural-form.ts';
import { SectionCursor, section, sectionNames } from './section.ts';
import { skipValue } from './skip-value.ts';
import { ValueReader } from './value-reader.ts';

export type MessageBody =
  | { readonly kind: 'data'; readonly parts: readonly Uint8Array[] }
  | { readonly kind: 'value'; readonly value: AmqpValue }
  | { readonly kind: 'sequence'; readonly values: readonly (readonly AmqpValue[])[] }
  | { readonly kind: 'none' };

const NONE = -1;
const noBody: MessageBody = Object.freeze({ kind: 'none' });
const emptyFields = Object.freeze({});

export class EncodedMessage {
  /**
   * Why the message cannot be walked as a whole: bytes that are no section, a section cut off or twice. Every getter throws it;
   * `scanPosition` and `annotation` still tell what the annotations in front of the fault say.
   */
  readonly defect: CodecError | undefined = undefined;
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #to: number;
  /** Where the values of the sections begin; of data and sequence those of the first. */
  #headerAt = NONE;
  #deliveryAnnotationsAt = NONE;
  #annotationsAt = NONE;
  #propertiesAt = NONE;
  #applicationPropertiesAt = NONE;
  #footerAt = NONE;
  #bodyAt = NONE;
  #bodyCode = 0;
  #bodySections = 0;
  /** Known after scanPosition(): there are no annotations but the broker's, so that looking for another one costs nothing. */
  #hasPositionOnly = false;

  #header: MessageHeader | undefined = undefined;
  #deliveryAnnotations: AmqpRecord | undefined = undefined;
  #annotations: AmqpRecord | undefined = undefined;
  #properties: MessageProperties | undefined = undefined;
  #applicationProperties: AmqpRecord | undefined = undefined;
  #footer: AmqpRecord | undefined = undefined;
  #body: MessageBody | undefined = undefined;

  /** The message is [from, to) of bytes, which are not copied: who keeps it for long, copies them first. Never throws. */
  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#from = from;
    this.#to = to;
    try {
      const cursor = new SectionCursor(this.#bytes, from, to);
      while (cursor.advance()) this.#note(cursor.code, cursor.start, cursor.value);
    } catch (error) {
      this.defect = this.#located(error);
    }
  }

  /** The whole message, byte for byte. */
  get encoded(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#to);
  }

  get sizeBytes(): number {
    return this.#to - this.#from;
  }

  /** What the broker says of the event; fields that cannot be read are undefined. Never throws. */
  scanPosition(): BrokerPosition {
    const position = new BrokerPosition();
    if (this.#annotationsAt === NONE) return position;
    try {
      position.read(this.#bytes, this.#annotationsAt, this.#endOf(this.#annotationsAt));
      this.#hasPositionOnly = position.others === 0;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
    return position;
  }

  /** One message annotation, without decoding the others; undefined when there is none of this name. Throws CodecError. */
  annotation(name: string): AmqpValue | undefined {
    if (this.#annotations !== undefined) return this.#annotations[name];
    if (this.#annotationsAt === NONE || (this.#hasPositionOnly && !positionNames.has(name))) return undefined;
    try {
      return readNamed(this.#bytes, this.#annotationsAt, this.#endOf(this.#annotationsAt), name);
    } catch (error) {
      throw this.#located(error);
    }
  }

  /** Empty when the section is absent, as all getters are. Throws CodecError, as all getters do. */
  get header(): MessageHeader {
    return (this.#header ??= this.#read(this.#headerAt, readHeader) ?? emptyFields);
  }

  get deliveryAnnotations(): AmqpRecord {
    return (this.#deliveryAnnotations ??= this.#read(this.#deliveryAnnotationsAt, readNames) ?? noNames);
  }

  /** The message annotations. */
  get annotations(): AmqpRecord {
    return (this.#annotations ??= this.#read(this.#annotationsAt, readNames) ?? noNames);
  }

  get properties(): MessageProperties {
    return (this.#properties ??= this.#read(this.#propertiesAt, readProperties) ?? emptyFields);
  }

  get applicationProperties(): AmqpRecord {
    return (this.#applicationProperties ??= this.#read(this.#applicationPropertiesAt, readNames) ?? noNames);
  }

  get footer(): AmqpRecord {
    return (this.#footer ??= this.#read(this.#footerAt, readNames) ?? noNames);
  }

  get body(): MessageBody {
    return (this.#body ??= this.#readBody());
  }

  #readBody(): MessageBody {
    if (this.defect !== undefined) throw this.defect;
    try {
      if (this.#bodyAt === NONE) return noBody;
      if (this.#bodyCode === section.value) {
        return { kind: 'value', value: this.#valueAt(this.#bodyAt, this.#endOf(this.#bodyAt)) };
      }
      return this.#bodyCode === section.data ? this.#dataBody() : this.#sequenceBody();
    } catch (error) {
      throw this.#located(error);
    }
  }

  #dataBody(): MessageBody {
    const parts: Uint8Array[] = [];
    this.#eachBodySection((at, end) => {
      const constructor = this.#bytes[at];
      if (constructor === 0xa0) parts.push(this.#bytes.subarray(at + 2, end));
      else if (constructor === 0xb0) parts.push(this.#bytes.subarray(at + 5, end));
      else throw new CodecError('a data section is not binary', at);
    });
    return { kind: 'data', parts };
  }

  #sequenceBody(): MessageBody {
    const values: (readonly AmqpValue[])[] = [];
    this.#eachBodySection((at, end) => {
      const constructor = this.#bytes[at];
      if (constructor !== 0x45 && constructor !== 0xc0 && constructor !== 0xd0) {
        throw new CodecError('a sequence section is not a list', at);
      }
      values.push(this.#valueAt(at, end) as readonly AmqpValue[]);
    });
    return { kind: 'sequence', values };
  }

  #eachBodySection(read: (at: number, end: number) => void): void {
    const cursor = new SectionCursor(this.#bytes, this.#from, this.#to);
    while (cursor.advance()) if (cursor.code === this.#bodyCode) read(cursor.value, cursor.next);
  }

  #valueAt(at: number, end: number): AmqpValue {
    return new ValueReader(naturalForm, this.#bytes, at, end).read();
  }

  #read<T>(at: number, read: (bytes: Buffer, at: number, end: number) => T): T | undefined {
    if (this.defect !== undefined) throw this.defect;
    if (at === NONE) return undefined;
    try {
      return read(this.#bytes, at, this.#endOf(at));
    } catch (error) {
      throw this.#located(error);
    }
  }

  #endOf(at: number): number {
    return skipValue(this.#bytes, at, this.#to);
  }

  #note(code: number, start: number, value: number): void {
    switch (code) {
      case section.header:
        this.#headerAt = this.#only(this.#headerAt, code, start, value);
        return;
      case section.deliveryAnnotations:
        this.#deliveryAnnotationsAt = this.#only(this.#deliveryAnnotationsAt, code, start, value);
        return;
      case section.messageAnnotations:
        this.#annotationsAt = this.#only(this.#annotationsAt, code, start, value);
        return;
      case section.properties:
        this.#propertiesAt = this.#only(this.#propertiesAt, code, start, value);
        return;
      case section.applicationProperties:
        this.#applicationPropertiesAt = this.#only(this.#applicationPropertiesAt, code, start, value);
        return;
      case section.footer:
        this.#footerAt = this.#only(this.#footerAt, code, start, value);
        return;
      default:
        this.#noteBody(code, start, value);
    }
  }

  #noteBody(code: number, start: number, value: number): void {
    this.#bodySections += 1;
    if (this.#bodySections === 1) {
      this.#bodyAt = value;
      this.#bodyCode = code;
    } else if (code !== this.#bodyCode) {
      throw new CodecError(
        `a ${sectionNames[code]} section beside ${sectionNames[this.#bodyCode]} sections`,
        start,
      );
    } else if (code === section.value) throw new CodecError('a second value section', start);
  }

  #only(known: number, code: number, start: number, value: number): number {
    if (known !== NONE) throw new CodecError(`a second ${sectionNames[code]} section`, start);
    return value;
  }

  /** Positions count from the message's first byte. */
  #located(error: unknown): CodecError {
    if (error instanceof CodecError) return new CodecError(error.reason, error.at - this.#from);
    throw error;
  }
}
