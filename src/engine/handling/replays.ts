// Which event another one replays. `dead-letters replay` says so in two application properties, which any sender can set:
// whether they are believed is decided by REPLAY_PROPERTIES.

import type { Message } from '../event.ts';

/** How often this event has been replayed, 1 for the first time. */
export const replayAttemptProperty = 'eventhub-worker-replay-attempt';
/** The idempotency key of the event as it first came. */
export const replayOfProperty = 'eventhub-worker-replay-of';

export interface Replay {
  /** The idempotency key of the event as it first came. */
  readonly of: string;
  /** 1 for the first replay. */
  readonly attempt: number;
}

export interface ReplayReader {
  /** Undefined: it replays none, or that is not to be believed. Rejects when that cannot be found out now. */
  read(event: { readonly message: Message }, signal: AbortSignal): Promise<Replay | undefined>;
}

/** Believes nobody. */
export const ignoredReplays: ReplayReader = { read: async () => undefined };

/** Believes every sender. */
export const statedReplays: ReplayReader = { read: async (event) => statedReplay(event) };

/** What the properties say. Throws WorkerError EHW_EVENT_UNDECODABLE. */
export function statedReplay({ message }: { readonly message: Message }): Replay | undefined {
  const { [replayOfProperty]: of, [replayAttemptProperty]: attempt } = message.applicationProperties;
  if (typeof of !== 'string') return undefined;
  return { of, attempt: typeof attempt === 'number' && Number.isSafeInteger(attempt) ? attempt : 1 };
}
