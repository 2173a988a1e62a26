// An event as it came off the wire. Its position is read at once, by a scan of the broker's annotations; everything else when
// somebody touches it.

import type { BrokerPosition } from '../codec/broker-position.ts';
import { CodecError } from '../codec/codec-error.ts';
import { EncodedMessage } from '../codec/encoded-message.ts';
import { WorkerError } from '../engine/errors.ts';
import { unknownOffset } from '../engine/event.ts';
import type {
  Message,
  MessageBody,
  MessageHeader,
  MessageProperties,
  MessageValues,
  ReceivedEvent,
} from '../engine/event.ts';
import { searchPosition } from './position-search.ts';

type Place = Pick<ReceivedEvent, 'sequenceNumber' | 'offset' | 'enqueuedAtMs' | 'partitionKey'>;

export class ArrivedEvent implements ReceivedEvent {
  readonly sequenceNumber: number;
  readonly offset: string;
  readonly enqueuedAtMs: number;
  readonly partitionKey: string | undefined;
  readonly defect: string | undefined;
  readonly #encoded: EncodedMessage;
  /** Made when it is touched. */
  #message: Message | undefined = undefined;

  private constructor(encoded: EncodedMessage, place: Place, defect: string | undefined) {
    this.#encoded = encoded;
    this.sequenceNumber = place.sequenceNumber;
    this.offset = place.offset;
    this.enqueuedAtMs = place.enqueuedAtMs;
    this.partitionKey = place.partitionKey;
    this.defect = defect;
  }

  get message(): Message {
    this.#message ??= new ArrivedMessage(this.#encoded);
    return this.#message;
  }

  /**
   * Of the message in [from, to) of `bytes`, which are kept. Undefined when the broker's sequence number cannot be found in it,
   * not even by its bytes; `lastSequenceNumber` is that of the event before it, or -1.
   */
  static read(bytes: Buffer, from: number, to: number, lastSequenceNumber: number): ArrivedEvent | undefined {
    const encoded = new EncodedMessage(bytes, from, to);
    let position: BrokerPosition | undefined = encoded.scanPosition();
    if (position.sequenceNumber === undefined) {
      position = searchPosition(bytes, from, to, lastSequenceNumber);
    }
    if (position?.sequenceNumber === undefined) return undefined;
    const { sequenceNumber, offset = unknownOffset, enqueuedAtMs = 0, partitionKey } = position;
    return new ArrivedEvent(
      encoded,
      { sequenceNumber, offset, enqueuedAtMs, partitionKey },
      encoded.defect?.message,
    );
  }

  /** Of a message whose position is known without it; a `defect` of its own is told without being named. */
  static at(place: Place, bytes: Uint8Array, defect?: string): ArrivedEvent {
    const encoded = new EncodedMessage(bytes);
    return new ArrivedEvent(encoded, place, defect ?? encoded.defect?.message);
  }

  get sizeBytes(): number {
    return this.#encoded.sizeBytes;
  }
}

/** The codec's message with the errors of the catalogue. */
class ArrivedMessage implements Message {
  readonly #encoded: EncodedMessage;

  constructor(encoded: EncodedMessage) {
    this.#encoded = encoded;
  }

  get encoded(): Uint8Array {
    return this.#encoded.encoded;
  }

  get header(): MessageHeader {
    return this.#read((encoded) => encoded.header);
  }

  get deliveryAnnotations(): MessageValues {
    return this.#read((encoded) => encoded.deliveryAnnotations);
  }

  get annotations(): MessageValues {
    return this.#read((encoded) => encoded.annotations);
  }

  get properties(): MessageProperties {
    return this.#read((encoded) => encoded.properties);
  }

  get applicationProperties(): MessageValues {
    return this.#read((encoded) => encoded.applicationProperties);
  }

  get body(): MessageBody {
    return this.#read((encoded) => encoded.body);
  }

  get footer(): MessageValues {
    return this.#read((encoded) => encoded.footer);
  }

  annotation(name: string): unknown {
    return this.#read((encoded) => encoded.annotation(name));
  }

  #read<T>(section: (encoded: EncodedMessage) => T): T {
    try {
      return section(this.#encoded);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new WorkerError('EHW_EVENT_UNDECODABLE', { reason: error.message }, { cause: error });
    }
  }
}
