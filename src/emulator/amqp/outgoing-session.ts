/**
 * The sending half of one session's books: delivery ids and the peer's transfer window.
 * Invariant: rhea's own sending queue stays empty, because every delivery goes through FrameBuffer; so the ids are ours
 * alone, and rhea's next_transfer_id (which it reports in its flow frames) is kept up to date here.
 * Honoured: AMQP 1.0 part 2.5.6 (session flow control), with serial-number arithmetic.
 */
import type { AmqpSession } from './rhea.ts';

export class OutgoingSession {
  readonly session: AmqpSession;
  #nextDeliveryId = 0;

  constructor(session: AmqpSession) {
    this.session = session;
  }

  /** How many more transfer frames the peer takes now. */
  get window(): number {
    const {
      remote_window: size,
      remote_next_transfer_id: from,
      next_transfer_id: next,
    } = this.session.outgoing;
    if (size === undefined) return 0;
    return size - ((next - (from ?? 0)) >>> 0);
  }

  takeDeliveryId(): number {
    const id = this.#nextDeliveryId;
    this.#nextDeliveryId = (id + 1) >>> 0;
    return id;
  }

  transferred(frames: number): void {
    this.session.outgoing.next_transfer_id = (this.session.outgoing.next_transfer_id + frames) >>> 0;
  }
}
