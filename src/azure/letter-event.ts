// The event of a dead letter: the message as it was stored, read section by section as one off the link is.

import { EncodedMessage } from '../codec/encoded-message.ts';
import { unknownOffset } from '../engine/event.ts';
import type { ReceivedEvent } from '../engine/event.ts';
import { ArrivedEvent } from './arrived-event.ts';

export interface LetterPosition {
  readonly sequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly offset?: string;
  readonly partitionKey?: string | undefined;
}

/** What the position leaves open is read from the message's annotations. */
export function letterEvent(encoded: Uint8Array, position: LetterPosition): ReceivedEvent {
  const { offset = unknownOffset, partitionKey } = new EncodedMessage(encoded).scanPosition();
  return ArrivedEvent.at({ offset, partitionKey, ...position }, encoded);
}
