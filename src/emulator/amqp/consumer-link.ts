/**
 * A link on which a consumer receives from one partition.
 * Honoured: link credit and the session window (AMQP 1.0 parts 2.6.7, 2.5.6), drain; settled delivery unless
 *   the receiver asked for unsettled ones; every receiver has its own cursor (nothing is consumed); events that expire while a
 *   receiver is behind are passed over; runtime metrics as delivery annotations when the link desired them, in
 *   the place of the publisher's.
 * Not honoured: outcomes of the receiver (accepted, released, rejected change nothing, as in the service); a delivery is
 *   sent only when the session window holds all its frames.
 * Source: @azure/event-hubs 6.0.4 dist/esm/partitionReceiver.js:331-362; dist/esm/eventData.js:67-72; go azeventhubs 2.0.2
 *   partition_client.go (attaches without a settle mode, never settles, and go-amqp renews credit by what is settled).
 */
import { SectionCursor, section } from '../../codec/section.ts';
import type { Damage } from '../faults.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { OccupiedSeat, Seat } from '../hubs/receiver-roster.ts';
import { receiverStolen } from './condition.ts';
import type { Feed } from './delivery-pump.ts';
import type { FrameBuffer, Piece } from './frame-buffer.ts';
import type { OutgoingSession } from './outgoing-session.ts';
import type { AmqpError, AmqpSender } from './rhea.ts';
import { writeFlow } from './rhea.ts';
import { runtimeMetrics } from './runtime-metrics.ts';

/** One link's share of a turn, so that a partition with a backlog does not starve the others of its connection. */
const SHARE_BYTES = 64 * 1024;

/** Outside limits on delivery: throughput units and injected faults. */
export interface DeliveryGate {
  /** Milliseconds to hold this turn's frames back, 0 to go on, Infinity until woken. */
  holdMs(): number;
  /** What injected faults do to an event in this turn; undefined: nothing to any. */
  damage(): ((sequenceNumber: number) => Damage | undefined) | undefined;
  /** Takes an event of so many bytes from the budget: 0, or after how many milliseconds to ask again. */
  take(bytes: number): number;
}

export interface ConsumerLinkOptions {
  readonly sender: AmqpSender;
  readonly session: OutgoingSession;
  readonly log: PartitionLog;
  readonly name: string;
  readonly epoch: bigint | undefined;
  readonly from: number;
  readonly withRuntimeMetrics: boolean;
  readonly gate: DeliveryGate;
  readonly now: () => number;
  readonly wake: () => void;
  readonly close: (link: ConsumerLink, error: AmqpError) => void;
}

export class ConsumerLink implements Feed, OccupiedSeat {
  readonly name: string;
  readonly epoch: bigint | undefined;
  readonly sender: AmqpSender;
  readonly #options: ConsumerLinkOptions;
  readonly #settled: boolean;
  readonly #stopListening: () => void;
  #cursor: number;
  #draining = false;
  #isExhausted = false;
  #holdTimer: NodeJS.Timeout | undefined;
  #hasServedHold = false;
  #activeAtMs: number;
  #closed = false;

  constructor(options: ConsumerLinkOptions) {
    this.#options = options;
    this.name = options.name;
    this.epoch = options.epoch;
    this.sender = options.sender;
    this.#cursor = options.from;
    this.#activeAtMs = options.now();
    // No mode is 'mixed' (AMQP 1.0 part 2.8.2): the choice is ours, and the service's is settled.
    this.#settled = options.sender.local.attach.snd_settle_mode !== 0;
    this.#stopListening = options.log.onAppend(options.wake);
  }

  /** The sequence number that will be delivered next. */
  get cursor(): number {
    return this.#cursor;
  }

  displacedBy(newcomer: Seat): void {
    const error = receiverStolen(newcomer.name, newcomer.epoch ?? -1n, this.name, this.epoch ?? -1n);
    this.#options.close(this, error);
  }

  /** A receiver that waits for events with credit is not idle: the errors that users met name links without any. */
  idleMs(nowMs: number): number {
    if (this.sender.credit > 0) this.#activeAtMs = nowMs;
    return nowMs - this.#activeAtMs;
  }

  /** The receiver wants its credit used up or given back now. */
  drain(): void {
    this.#draining = true;
    this.#options.wake();
  }

  /** No frame is written after this: the detach must be the link's last one. */
  stop(): void {
    this.#closed = true;
    this.#stopListening();
    clearTimeout(this.#holdTimer);
  }

  fill(frames: FrameBuffer): boolean {
    this.#isExhausted = false;
    if (this.#closed || this.#isHeld()) return false;
    const before = this.#cursor;
    const hasMore = this.#deliver(frames);
    if (this.#cursor !== before) this.#activeAtMs = this.#options.now();
    this.#isExhausted = !hasMore;
    return hasMore;
  }

  afterWrite(): void {
    if (this.#draining && this.#isExhausted && !this.#closed) this.#giveCreditBack();
  }

  #deliver(frames: FrameBuffer): boolean {
    const { sender, session, log, gate } = this.#options;
    const full = frames.length + SHARE_BYTES;
    const metrics = this.#options.withRuntimeMetrics ? runtimeMetrics(log, this.#options.now()) : undefined;
    const damageTo = gate.damage();
    const channel = session.session.local.channel;
    const handle = sender.local.handle;
    while (sender.credit > 0) {
      const record = log.at(this.#cursor);
      if (record === undefined) return false;
      const { segment } = record;
      for (let index = record.index; index < segment.count; index += 1) {
        if (sender.credit <= 0) return false;
        if (segment.isErased(index)) continue;
        const start = segment.start(index);
        const end = segment.start(index + 1);
        const bytes = end - start + (metrics?.length ?? 0);
        if (frames.length > full || !frames.reserve(bytes)) return true;
        if (session.window < frames.framesFor(bytes)) return false;
        const waitMs = gate.take(bytes);
        if (waitMs > 0) {
          this.#holdFor(waitMs);
          return false;
        }
        const sequenceNumber = segment.firstSequenceNumber + index;
        const damage = damageTo?.(sequenceNumber);
        if (damage === 'lost') {
          this.#cursor = sequenceNumber + 1;
          continue;
        }
        if (damage === 'malformed-frame' || damage === 'huge-frame') {
          frames.spoil(damage, channel);
          return true;
        }
        const pieces =
          damage === undefined
            ? piecesOf(segment.bytes, start, end, segment.headerBytes(index), metrics)
            : garbage(bytes);
        const deliveryId = session.takeDeliveryId();
        session.transferred(frames.deliver({ channel, handle, deliveryId, settled: this.#settled }, pieces));
        sender.credit -= 1;
        sender.delivery_count = (sender.delivery_count + 1) >>> 0;
        this.#cursor = sequenceNumber + 1;
      }
    }
    return false;
  }

  /** True while a fault holds this link back; after a delay one turn passes. */
  #isHeld(): boolean {
    if (this.#holdTimer !== undefined) return true;
    if (this.#hasServedHold) {
      this.#hasServedHold = false;
      return false;
    }
    const holdMs = this.#options.gate.holdMs();
    if (holdMs > 0 && Number.isFinite(holdMs)) this.#holdFor(holdMs);
    return holdMs > 0;
  }

  #holdFor(ms: number): void {
    this.#holdTimer = setTimeout(() => {
      this.#holdTimer = undefined;
      this.#hasServedHold = true;
      this.#options.wake();
    }, ms);
  }

  /** AMQP 1.0 part 2.6.7: a drained sender advances its delivery count by the credit it did not use. */
  #giveCreditBack(): void {
    const { sender } = this.#options;
    this.#draining = false;
    if (sender.credit <= 0) return;
    // rhea uses the rest up one by one, which takes seconds for a credit of millions: leave it one.
    sender.delivery_count = (sender.delivery_count + sender.credit - 1) >>> 0;
    sender.credit = 1;
    sender.set_drained(true);
    writeFlow(sender.session, sender);
  }
}

/** 0x5f is no constructor of AMQP 1.0. */
function garbage(bytes: number): Piece[] {
  return [{ source: Buffer.alloc(bytes, 0x5f), start: 0, end: bytes }];
}

function piecesOf(
  source: Buffer,
  start: number,
  end: number,
  headerBytes: number,
  metrics: Buffer | undefined,
): Piece[] {
  if (metrics === undefined) return [{ source, start, end }];
  const annotations = { source: metrics, start: 0, end: metrics.length };
  const behindHeader = start + headerBytes;
  const restFrom = behindDeliveryAnnotations(source, behindHeader, end);
  if (headerBytes === 0) return [annotations, { source, start: restFrom, end }];
  return [{ source, start, end: behindHeader }, annotations, { source, start: restFrom, end }];
}

/** Where the publisher's delivery annotations end, if there are any: a message has one section of them. */
function behindDeliveryAnnotations(source: Buffer, at: number, end: number): number {
  const cursor = new SectionCursor(source, at, end);
  while (cursor.advance() && cursor.code === section.deliveryAnnotations) at = cursor.next;
  return at;
}
