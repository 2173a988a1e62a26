// The history of handler runs as a file that survives kill -9: one JSON line per record, appended with one write call,
// so that what was written is in the kernel before the handler goes on. A line torn by the kill is the only loss.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';

const handlerRecord = z.object({
  kind: z.enum(['start', 'end']),
  /** The machine's monotonic clock, comparable between processes. */
  atMs: z.number(),
  workerId: z.string(),
  /** Tells two processes with one worker id apart. */
  pid: z.number(),
  partitionId: z.string(),
  sequenceNumber: z.number(),
  /** Ordering key; "" for an event without one. */
  key: z.string(),
  attempt: z.number(),
  /** The producer's id of the event; "" when it carries none. */
  eventId: z.string(),
  /** Of an end: what the handler did. `aborted`: its signal told it to stop. */
  outcome: z.enum(['ok', 'failed', 'aborted']).optional(),
});

export type HandlerRecord = z.infer<typeof handlerRecord>;

export class HistoryFile {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a');
  }

  append(record: HandlerRecord): void {
    writeSync(this.#descriptor, `${JSON.stringify(record)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** All records of one file in the order written; a torn last line is left out, any other bad line is an error. */
export function readHistoryFile(path: string): HandlerRecord[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  // What follows the last line feed is "" or a torn line.
  lines.pop();
  return lines.map((line, index) => {
    const parsed = handlerRecord.safeParse(JSON.parse(line));
    if (!parsed.success)
      throw new Error(`${path}:${index + 1} is no handler record: ${parsed.error.message}`);
    return parsed.data;
  });
}
