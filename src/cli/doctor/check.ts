// What a check is and what it answers. A check looks at the world and judges it; it never changes anything that outlives it.

import type { World } from './world.ts';

export type Status = 'ok' | 'warning' | 'failed' | 'unknown';

export type Detail = string | number | boolean | readonly string[];

/** What a check found. */
export interface Answer {
  readonly status: Status;
  /** One sentence that says what to do, or what is well. */
  readonly message: string;
  /** Figures and lists behind it, in the order in which they are shown. */
  readonly details?: Readonly<Record<string, Detail>>;
}

export interface Finding extends Answer {
  readonly name: string;
}

export interface Check {
  readonly name: string;
  /** Names of checks that must not have failed: without them this one has nothing to look at. */
  readonly needs: readonly string[];
  /** Throws what the world threw: the runner makes a failure of it. */
  readonly run: (world: World, signal: AbortSignal) => Answer | Promise<Answer>;
}

export function ok(message: string, details?: Answer['details']): Answer {
  return answer('ok', message, details);
}

export function warning(message: string, details?: Answer['details']): Answer {
  return answer('warning', message, details);
}

export function failed(message: string, details?: Answer['details']): Answer {
  return answer('failed', message, details);
}

export function unknown(message: string, details?: Answer['details']): Answer {
  return answer('unknown', message, details);
}

function answer(status: Status, message: string, details: Answer['details']): Answer {
  return { status, message, ...(details === undefined ? {} : { details }) };
}
