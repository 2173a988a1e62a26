/** A link on which a client gets the answers of `$cbs` or `$management`, in order and as its credit allows. */
import type { Feed } from './delivery-pump.ts';
import type { FrameBuffer } from './frame-buffer.ts';
import type { OutgoingSession } from './outgoing-session.ts';
import type { AmqpSender } from './rhea.ts';

/** Answers a client may leave uncollected; the link is of no use to it beyond that. */
const MAX_WAITING = 1000;

export class ReplyLink implements Feed {
  readonly sender: AmqpSender;
  readonly #session: OutgoingSession;
  readonly #waiting: Buffer[] = [];

  constructor(sender: AmqpSender, session: OutgoingSession) {
    this.sender = sender;
    this.#session = session;
  }

  /** Is this where an answer with that reply-to goes? JS names its link so, Go and Java its target address. */
  isFor(replyTo: string | undefined): boolean {
    return replyTo === undefined || this.sender.name === replyTo || this.sender.target?.address === replyTo;
  }

  push(message: Buffer): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(message);
    return true;
  }

  fill(frames: FrameBuffer): boolean {
    const { sender } = this;
    for (;;) {
      const message = this.#waiting[0];
      if (message === undefined || sender.credit <= 0) return false;
      if (!frames.reserve(message.length)) return true;
      if (this.#session.window < frames.framesFor(message.length)) return false;
      this.#waiting.shift();
      const delivery = {
        channel: this.#session.session.local.channel,
        handle: sender.local.handle,
        deliveryId: this.#session.takeDeliveryId(),
        settled: sender.local.attach.snd_settle_mode === 1,
      };
      this.#session.transferred(
        frames.deliver(delivery, [{ source: message, start: 0, end: message.length }]),
      );
      sender.credit -= 1;
      sender.delivery_count = (sender.delivery_count + 1) >>> 0;
    }
  }

  /** Nothing follows an answer. */
  afterWrite(): void {}
}
