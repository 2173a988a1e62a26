// How the handling of one event ended.

/** Why an event went to the dead letters. */
export const deadLetterReasons = [
  /** Every attempt failed. */
  'exhausted',
  /** The handler threw a PermanentError. */
  'permanent',
  /** The event does not fit the handler's schema. */
  'invalid',
  /** The handler asked for it: context.deadLetter(reason). */
  'handler',
  /** Its encoding cannot be read; the letter holds the raw bytes. */
  'undecodable',
] as const;

export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** A finished event is handled or durably dead-lettered; only those let the watermark pass. */
export type EventOutcome = 'handled' | 'dead-lettered';
