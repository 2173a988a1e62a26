// The history of handler runs as a file that survives kill -9: one JSON line per record, appended with one write call,
// so that what was written is in the kernel before the handler goes on. A line torn by the kill is the only loss.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
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

/** Reads history files while they grow: each poll gives the records written since the last one. */
export class HistoryReader {
  readonly records: HandlerRecord[] = [];
  readonly #files = new Map<string, { descriptor: number; rest: string; line: number }>();

  /** Follows a file that exists or is about to. */
  follow(path: string): void {
    this.#files.set(path, { descriptor: openSync(path, 'a+'), rest: '', line: 0 });
  }

  /** Adds what is new to `records`. A torn last line waits for its rest, and is left out when there is none. */
  poll(): void {
    for (const [path, file] of this.#files) {
      const lines = (file.rest + readOn(file.descriptor)).split('\n');
      file.rest = lines.pop() ?? '';
      for (const line of lines) {
        file.line += 1;
        const parsed = handlerRecord.safeParse(JSON.parse(line));
        if (!parsed.success) {
          throw new Error(`${path}:${file.line} is no handler record: ${parsed.error.message}`);
        }
        this.records.push(parsed.data);
      }
    }
  }

  close(): void {
    for (const { descriptor } of this.#files.values()) closeSync(descriptor);
    this.#files.clear();
  }
}

/** Everything from the descriptor's place to the end of the file. Records are ASCII: no character is cut in two. */
function readOn(descriptor: number): string {
  const chunk = Buffer.allocUnsafe(256 * 1024);
  let text = '';
  for (;;) {
    const bytesRead = readSync(descriptor, chunk, 0, chunk.length, null);
    if (bytesRead === 0) return text;
    text += chunk.toString('utf8', 0, bytesRead);
  }
}
