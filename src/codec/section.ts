/** The sections of a message, and what names them on the wire. Source: AMQP 1.0 part 3.2. */
import { CodecError } from './codec-error.ts';
import { skipValue, uint32At } from './skip-value.ts';

export const section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

/** What each section is called in an error. */
export const sectionNames: Readonly<Record<number, string>> = {
  [section.header]: 'header',
  [section.deliveryAnnotations]: 'delivery annotations',
  [section.messageAnnotations]: 'message annotations',
  [section.properties]: 'properties',
  [section.applicationProperties]: 'application properties',
  [section.data]: 'data',
  [section.sequence]: 'sequence',
  [section.value]: 'value',
  [section.footer]: 'footer',
};

const symbols: readonly (readonly [symbol: string, code: number])[] = [
  ['amqp:header:list', section.header],
  ['amqp:delivery-annotations:map', section.deliveryAnnotations],
  ['amqp:message-annotations:map', section.messageAnnotations],
  ['amqp:properties:list', section.properties],
  ['amqp:application-properties:map', section.applicationProperties],
  ['amqp:data:binary', section.data],
  ['amqp:amqp-sequence:list', section.sequence],
  ['amqp:amqp-value:*', section.value],
  ['amqp:footer:map', section.footer],
];

/** Walks the top-level sections of a message one after the other; allocates nothing for them. */
export class SectionCursor {
  /** Where the current section begins, where its value does, and what is behind it. */
  start = 0;
  value = 0;
  next: number;
  code = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.next = at;
    this.#end = end;
  }

  /** Goes to the next section; false behind the last. Throws CodecError when what follows is none. */
  advance(): boolean {
    const bytes = this.#bytes;
    const at = this.next;
    if (at >= this.#end) return false;
    if (bytes[at] !== 0x00) throw new CodecError('no section begins here', at);
    // Nearly always a smallulong.
    if (bytes[at + 1] === 0x53 && at + 2 < this.#end) {
      this.code = bytes[at + 2] as number;
      this.value = at + 3;
    } else {
      this.value = skipValue(bytes, at + 1, this.#end);
      this.code = codeOf(bytes, at + 1, this.value);
    }
    if (this.code < section.header || this.code > section.footer) {
      throw new CodecError(`there is no section 0x${this.code.toString(16)} in a message`, at);
    }
    this.start = at;
    this.next = skipValue(bytes, this.value, this.#end);
    return true;
  }
}

/** A section's code from a descriptor in any of its encodings; the symbolic form is legal, though no client is known to send it. */
function codeOf(bytes: Uint8Array, at: number, end: number): number {
  switch (bytes[at]) {
    case 0x53:
      return bytes[at + 1] as number;
    case 0x80:
      return uint32At(bytes, at + 1) === 0 ? uint32At(bytes, at + 5) : -1;
    case 0xa3:
      return codeOfSymbol(bytes, at + 2, end);
    case 0xb3:
      return codeOfSymbol(bytes, at + 5, end);
    default:
      throw new CodecError('a section needs a ulong or a symbol as its descriptor', at);
  }
}

function codeOfSymbol(bytes: Uint8Array, from: number, to: number): number {
  for (const [symbol, code] of symbols) if (isText(bytes, from, to, symbol)) return code;
  throw new CodecError('no section has this symbol as its descriptor', from);
}

/** Whether [from, to) holds this ASCII text. */
export function isText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  // Names that are alike differ at their ends more often than at their beginnings.
  for (let index = text.length - 1; index >= 0; index -= 1) {
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
