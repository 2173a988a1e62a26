// How the handling of one event ended.

/** Why an event went to the dead letters. */
export type DeadLetterReason =
  /** Every attempt failed. */
  | 'exhausted'
  /** The handler threw a PermanentError. */
  | 'permanent'
  /** The event does not fit the handler's schema. */
  | 'invalid'
  /** The handler asked for it: context.deadLetter(reason). */
  | 'handler';

/** A finished event is handled or durably dead-lettered; only those let the watermark pass. */
export type EventOutcome = 'handled' | 'dead-lettered';
