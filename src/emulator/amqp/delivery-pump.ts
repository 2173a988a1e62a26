/**
 * Sends what a connection's feeds (consumer links, reply links) have, one buffer per turn of the event loop, in turn and
 * only as fast as the peer reads: above PARK_BYTES in the socket it waits for 'drain', so a slow reader costs one
 * megabyte and not the whole log.
 */
import type { Duplex } from 'node:stream';
import { FrameBuffer } from './frame-buffer.ts';

const PARK_BYTES = 1024 * 1024;

export interface Feed {
  /** Writes what may be sent now, within its fair share; true when there is more to send at once. */
  fill(frames: FrameBuffer): boolean;
  /** What fill() wrote is in the socket: frames that must come behind it may be written now. */
  afterWrite(): void;
}

type PumpState = 'idle' | 'scheduled' | 'parked' | 'stopped';

export class DeliveryPump {
  readonly #socket: Duplex;
  readonly #frames: FrameBuffer;
  #feeds: Feed[] = [];
  #first = 0;
  #state: PumpState = 'idle';

  constructor(socket: Duplex, maxFrameBytes: number) {
    this.#socket = socket;
    this.#frames = new FrameBuffer(maxFrameBytes);
  }

  add(feed: Feed): void {
    this.#feeds.push(feed);
    this.wake();
  }

  remove(feed: Feed): void {
    this.#feeds = this.#feeds.filter((other) => other !== feed);
  }

  /**
   * Something may be sendable: new events, credit, window. The turn runs in setImmediate, behind the ticks in which
   * rhea writes its attach frames: a transfer must not come before the attach it belongs to.
   */
  wake(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    setImmediate(() => this.#turn());
  }

  stop(): void {
    this.#state = 'stopped';
    this.#feeds = [];
  }

  #turn(): void {
    if (this.#state !== 'scheduled') return;
    this.#state = 'idle';
    const feeds = this.#feeds;
    let hasMore = false;
    for (let index = 0; index < feeds.length; index += 1) {
      const feed = feeds[(this.#first + index) % feeds.length];
      if (feed?.fill(this.#frames) === true) hasMore = true;
    }
    this.#first = feeds.length === 0 ? 0 : (this.#first + 1) % feeds.length;
    if (this.#frames.length > 0) this.#socket.write(this.#frames.take());
    for (const feed of feeds) feed.afterWrite();
    if (this.#socket.writableLength > PARK_BYTES) {
      this.#state = 'parked';
      this.#socket.once('drain', () => {
        if (this.#state !== 'parked') return;
        this.#state = 'idle';
        this.wake();
      });
    } else if (hasMore) {
      this.wake();
    }
  }
}
