// Server-sent events to the open operator pages: one text for all of them, a bound on how many there are and on how much
// waits for a slow one. What is sent is decided by page-feed.ts.

/** What is needed of node:http's ServerResponse. */
export interface PageConnection {
  readonly writableLength: number;
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  write(text: string): unknown;
  end(): unknown;
  destroy(): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
}

/** More pages than people on call; further ones are refused with 503. */
export const maxPages = 16;
const maxWaitingBytes = 1024 * 1024;

export class EventStream {
  readonly #pages = new Set<PageConnection>();
  readonly #onEmpty: () => void;

  /** `onEmpty` is called when the last page has gone. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  get isFull(): boolean {
    return this.#pages.size >= maxPages;
  }

  get isEmpty(): boolean {
    return this.#pages.size === 0;
  }

  /** Takes over a connection whose headers are not sent yet and writes the first text. */
  open(page: PageConnection, headers: Readonly<Record<string, string>>, first: string): void {
    page.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    page.write(first);
    this.#pages.add(page);
    const forget = () => {
      if (this.#pages.delete(page) && this.#pages.size === 0) this.#onEmpty();
    };
    page.on('close', forget);
    page.on('error', forget);
  }

  send(text: string): void {
    for (const page of this.#pages) {
      // A page that does not read is cut off; its EventSource connects again by itself when it can.
      if (page.writableLength > maxWaitingBytes) page.destroy();
      else page.write(text);
    }
  }

  close(): void {
    for (const page of this.#pages) page.end();
  }
}

/** One event in the stream's format. JSON has no raw line breaks, so one data line is enough. */
export function serverSentEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
