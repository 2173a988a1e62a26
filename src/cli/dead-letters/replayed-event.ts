// A dead letter as the event that replays it: the original body and properties, and where it came from. Pure.

import type { OutgoingEvent } from '../../azure/event-sender.ts';
import type { MessageValues } from '../../engine/event.ts';
import { EventView, idempotencyKeyOf } from '../../engine/handling/event-view.ts';
import type { DeadLetter } from '../../engine/ports.ts';

/** How often this event has been replayed, 1 for the first time. */
export const replayAttemptProperty = 'eventhub-worker-replay-attempt';
/** The idempotency key of the event as it first came. */
export const replayOfProperty = 'eventhub-worker-replay-of';

/** It goes by its partition key, or without one to the partition it came from. */
export function replayedEventOf({ partitionId, event }: DeadLetter): OutgoingEvent {
  const { body, contentType, messageId, correlationId, partitionKey, properties } = new EventView(
    partitionId,
    event,
  );
  return {
    body,
    contentType,
    messageId,
    correlationId,
    properties: {
      ...properties,
      [replayAttemptProperty]: replaysOf(properties) + 1,
      [replayOfProperty]: properties[replayOfProperty] ?? idempotencyKeyOf(partitionId, event),
    },
    target: partitionKey === undefined ? { partitionId } : { partitionKey },
  };
}

function replaysOf(properties: MessageValues): number {
  const replays = Number(properties[replayAttemptProperty]);
  return Number.isSafeInteger(replays) && replays > 0 ? replays : 0;
}
