/** A journal's file as the segment it was, with room for more. */
import { DataFolderError } from '../journal/data-folder-error.ts';
import type { EventRecord } from '../journal/journal-record.ts';
import type { JournalFile } from '../journal/partition-journal.ts';
import { LogSegment } from './log-segment.ts';

export interface RestoredSegment {
  readonly segment: LogSegment;
  readonly last: EventRecord;
  /** Events below it had been expired before their time. */
  readonly beginSequenceNumber: number;
}

/** Undefined: the file has no events. Throws DataFolderError when it does not begin at `next`, or events are missing in it. */
export function restoredSegment(
  { path, firstSequenceNumber, records }: JournalFile,
  previous: LogSegment | undefined,
  next: number | undefined,
): RestoredSegment | undefined {
  const events = records.filter((record): record is EventRecord => record.kind === 'event');
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const begin = next ?? firstSequenceNumber;
  if (!events.every(({ position }, index) => position.sequenceNumber === begin + index)) {
    throw new DataFolderError(`${path}: events from ${begin} on are missing in front of it or in it`);
  }
  const byteCount = events.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const segment = LogSegment.after(previous, firstSequenceNumber, first.position.offset, byteCount);
  for (const { position, headerBytes, bytes } of events) {
    const write = (target: Buffer, at: number): number => at + bytes.copy(target, at);
    segment.append({ maxBytes: bytes.length, headerBytes, write }, position);
  }
  let beginSequenceNumber = firstSequenceNumber;
  for (const record of records) {
    if (record.kind === 'expiry') {
      beginSequenceNumber = Math.max(beginSequenceNumber, record.beginSequenceNumber);
    }
  }
  return { segment, last, beginSequenceNumber };
}
