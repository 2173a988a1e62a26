// Keeps one partition's link supplied with credit by its CreditWindow. AMQP credit is absolute: each flow frame says how many
// transfers may come after those already received, so that setting it is safe while transfers are on their way.

import { CreditWindow } from './credit-window.ts';
import type { CreditLimits } from './credit-window.ts';
import { writeCredit } from './rhea-connection.ts';
import type { RheaLink } from './rhea-connection.ts';
import type { AttachedReceiver, ReceivePath } from './sdk-connection.ts';

/** What an event costs in memory beside its message, roughly: the objects made of it. */
export const eventOverheadBytes = 1024;

export class LinkCredit {
  readonly #window: CreditWindow;
  readonly #sdkPrefetchEvents: number;
  #link: RheaLink | undefined;
  /** The link's sender was told that nothing more may come; rhea's figure of credit then means nothing. */
  #isRevoked = false;

  /** `sdkPrefetchEvents`: the prefetchCount given to the SDK, from which it subtracts its queue when it asks for credit. */
  constructor(limits: CreditLimits, sdkPrefetchEvents: number) {
    this.#window = new CreditWindow(limits);
    this.#sdkPrefetchEvents = sdkPrefetchEvents;
  }

  /**
   * Takes over the credit of a link that was just attached and has none yet. `path`: whose queue its events wait in; those in
   * ours are told by arrived().
   */
  attach(receiver: AttachedReceiver, path: ReceivePath = 'sdk'): void {
    const link = receiver['_link'];
    this.#link = link;
    this.#isRevoked = false;
    receiver.addCredit = (wanted) => {
      if (path === 'sdk') this.#window.queueIs(Math.max(0, this.#sdkPrefetchEvents - wanted));
      this.#topUp();
    };
    if (path === 'transfers') return;
    receiver.on('message', (context) => {
      if (this.#window.arrived(bytesOf(context)) && link === this.#link) this.#revoke(link);
    });
  }

  /** These came into our queue. */
  arrived(events: readonly { readonly sizeBytes: number }[]): void {
    let isFull = false;
    for (const { sizeBytes } of events) isFull = this.#window.arrived(sizeBytes + eventOverheadBytes);
    if (isFull && this.#link !== undefined) this.#revoke(this.#link);
  }

  /** These left the queue for the engine: room for as many more. */
  taken(events: number, bytes: number): void {
    this.#window.taken(events, bytes + events * eventOverheadBytes);
    this.#topUp();
  }

  get queuedBytes(): number {
    return this.#window.queuedBytes;
  }

  #topUp(): void {
    const link = this.#link;
    if (link === undefined) return;
    const credit = this.#window.credit;
    const outstanding = this.#isRevoked ? 0 : link.credit;
    // Half of the window at a time, so that flow frames are few: each is a write to the socket.
    if (credit <= outstanding || credit < 2 * outstanding) return;
    this.#isRevoked = false;
    writeCredit(link, credit);
  }

  /**
   * Tells the sender that nothing more may come. What it sent before it heard of that still arrives and is counted against the
   * old credit here, so rhea's own figure is put back; the next grant is absolute and corrects it.
   */
  #revoke(link: RheaLink): void {
    if (this.#isRevoked || link.credit <= 0) return;
    this.#isRevoked = true;
    const outstanding = link.credit;
    writeCredit(link, 0);
    link.credit = outstanding;
  }
}

function bytesOf(context: unknown): number {
  return bodyBytes(context) + eventOverheadBytes;
}

/** A rhea message's body is one data section, several, or a value. */
function bodyBytes(context: unknown): number {
  const content = (context as { message?: { body?: { content?: unknown } } }).message?.body?.content;
  if (content instanceof Uint8Array) return content.byteLength;
  if (typeof content === 'string') return content.length;
  if (!Array.isArray(content)) return 0;
  let bytes = 0;
  for (const part of content) if (part instanceof Uint8Array) bytes += part.byteLength;
  return bytes;
}
