// A dead letter as the event that replays it: the original body and properties, and where it came from. Pure.

import type { OutgoingEvent } from '../../azure/event-sender.ts';
import type { ReceivedEvent } from '../../engine/event.ts';
import { idempotencyKeyOf } from '../../engine/handling/event-view.ts';
import type { DeadLetter } from '../../engine/ports.ts';

/** How often this event has been replayed, 1 for the first time. */
export const replayAttemptProperty = 'eventhub-worker-replay-attempt';
/** The idempotency key of the event as it first came. */
export const replayOfProperty = 'eventhub-worker-replay-of';

/** It goes by its partition key, or without one to the partition it came from. */
export function replayedEventOf({ partitionId, event }: DeadLetter): OutgoingEvent {
  const { body, contentType, messageId, correlationId, partitionKey } = event;
  return {
    body,
    contentType,
    messageId,
    correlationId,
    properties: {
      ...event.properties,
      [replayAttemptProperty]: replaysOf(event) + 1,
      [replayOfProperty]: event.properties[replayOfProperty] ?? idempotencyKeyOf(partitionId, event),
    },
    target: partitionKey === undefined ? { partitionId } : { partitionKey },
  };
}

function replaysOf(event: ReceivedEvent): number {
  const replays = Number(event.properties[replayAttemptProperty]);
  return Number.isSafeInteger(replays) && replays > 0 ? replays : 0;
}
