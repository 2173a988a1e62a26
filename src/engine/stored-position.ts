// A position as programs store it: a sequence number and an offset, each perhaps missing, and some values that only look like
// one. Pure; who reads a record decides what a missing position means.
//
// Sources: .NET and Java event processor hosts begin a lease with offset "-1", "" or null and sequence number 0
// (PartitionContext, Checkpoint); azure-event-hubs-go stores "-1" (StartOfStream) and "@latest" (EndOfStream) with 0
// (persist/checkpoint.go); Python writes str(None); .NET takes Int64.MinValue for an unknown number, and words in place of an
// offset for geo-replicated hubs, whose records have the sequence number alone.

import { unknownOffset } from './event.ts';
import type { Position } from './event.ts';

export type StoredPosition =
  | { readonly kind: 'position'; readonly position: Position }
  /** Never written, or the start or the end of the stream: no event is meant. */
  | { readonly kind: 'none' }
  /** A number that no sequence number can be. */
  | { readonly kind: 'out-of-range'; readonly text: string };

const int64Limits: readonly string[] = [String(-(2n ** 63n)), String(2n ** 63n - 1n)];

/** `isZeroUnwritten`: a sequence number of 0 without an offset is what a program writes before its first checkpoint. */
export function readStoredPosition(
  sequence: unknown,
  offset: unknown,
  { isZeroUnwritten }: { readonly isZeroUnwritten: boolean },
): StoredPosition {
  const place = offsetOf(offset);
  const number = numberOf(sequence);
  if (number === 'out-of-range') return { kind: 'out-of-range', text: String(sequence) };
  if (isTail(offset)) return { kind: 'none' };
  if (number === undefined || number < 0) {
    if (place === undefined) return { kind: 'none' };
    return { kind: 'position', position: { sequenceNumber: -1, offset: place } };
  }
  if (place === undefined && number === 0 && isZeroUnwritten) return { kind: 'none' };
  return { kind: 'position', position: { sequenceNumber: number, offset: place ?? unknownOffset } };
}

/** The offset of an event has a digit in it, whatever else: words ("None", "no-offset") are none. */
function offsetOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  if (!/\d/.test(trimmed) || trimmed === unknownOffset || int64Limits.includes(trimmed)) return undefined;
  return trimmed;
}

/** Whoever reads from there reads what comes after it asked: nothing that lies behind us. */
function isTail(offset: unknown): boolean {
  return typeof offset === 'string' && offset.trim().toLowerCase() === '@latest';
}

function numberOf(value: unknown): number | 'out-of-range' | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const text = String(value).trim();
  if (int64Limits.includes(text) || isRounded(value)) return undefined;
  if (!/^[+-]?\d+$/.test(text)) return /\d/.test(text) ? 'out-of-range' : undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= -1 ? number : 'out-of-range';
}

/** The limits of 64 bits as JSON.parse makes them. */
function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) === 2 ** 63;
}
