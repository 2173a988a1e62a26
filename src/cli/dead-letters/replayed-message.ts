// The message that replays a letter: the original's bytes, with two properties that say what it replays. Pure.

import { CodecError } from '../../codec/codec-error.ts';
import { applicationProperty, withApplicationProperties } from '../../codec/application-properties.ts';
import { withoutAnnotations } from '../../codec/message-annotations.ts';
import { idempotencyKeyOf } from '../../engine/handling/event-view.ts';
import { replayAttemptProperty, replayOfProperty } from '../../engine/handling/replays.ts';
import type { OpenLetter } from './replay.ts';

/** What the broker gives each event it stores; an event that is sent again gets its own. */
const brokerAnnotations = ['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time'];

export interface ReplayedMessage {
  /** Every byte as it came but the broker's annotations. */
  readonly plain: Uint8Array;
  /** The same with our properties; undefined where no reader finds the place for them. */
  readonly labelled: Uint8Array | undefined;
}

export function replayedMessageOf({ entry, event }: OpenLetter): ReplayedMessage {
  const { encoded } = event.message;
  const plain = unlessUndecodable(() => withoutAnnotations(encoded, brokerAnnotations));
  if (plain === undefined) return { plain: encoded, labelled: undefined };
  const labelled = unlessUndecodable(() => {
    const of = applicationProperty(plain, replayOfProperty);
    return withApplicationProperties(plain, {
      [replayAttemptProperty]: replaysOf(applicationProperty(plain, replayAttemptProperty)) + 1,
      [replayOfProperty]: typeof of === 'string' ? of : idempotencyKeyOf(entry.partitionId, event),
    });
  });
  return { plain, labelled };
}

function replaysOf(attempt: unknown): number {
  const replays = Number(attempt);
  return Number.isSafeInteger(replays) && replays > 0 ? replays : 0;
}

function unlessUndecodable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
