/**
 * One client connection: its claims, sessions and links, and the pump that sends to it. Owns their end: whatever way the
 * connection goes (close frame, TCP reset, cut), every link leaves the books, or its epoch would block the next receiver.
 */
import type { Duplex } from 'node:stream';
import { faultMatches } from '../faults.ts';
import type { FaultTarget } from '../faults.ts';
import type { ReceiverRoster } from '../hubs/receiver-roster.ts';
import { Claims } from './claims.ts';
import { idle } from './condition.ts';
import type { ConsumerLink } from './consumer-link.ts';
import { DeliveryPump } from './delivery-pump.ts';
import { OutgoingSession } from './outgoing-session.ts';
import type { NamespaceState } from './namespace-state.ts';
import type { PublisherLink } from './publisher-link.ts';
import type { ReplyLink } from './reply-link.ts';
import type { AmqpConnection, AmqpError, AmqpReceiver, AmqpSender, AmqpSession } from './rhea.ts';

/** What a link on this connection is to us, with the path its token must cover. */
export type PeerLink =
  | {
      readonly kind: 'consumer';
      readonly link: ConsumerLink;
      readonly path: string;
      readonly target: FaultTarget;
      readonly roster: ReceiverRoster;
    }
  | {
      readonly kind: 'publisher';
      readonly link: PublisherLink;
      readonly path: string;
      readonly target: FaultTarget;
    }
  | { readonly kind: 'request'; readonly node: 'cbs' | 'management'; readonly receiver: AmqpReceiver }
  | { readonly kind: 'reply'; readonly node: 'cbs' | 'management'; readonly link: ReplyLink };

export class Peer {
  readonly connection: AmqpConnection;
  readonly state: NamespaceState;
  readonly socket: Duplex;
  readonly claims = new Claims();
  readonly pump: DeliveryPump;
  readonly #links = new Map<AmqpSender | AmqpReceiver, PeerLink>();
  readonly #sessions = new Map<AmqpSession, OutgoingSession>();

  constructor(connection: AmqpConnection, state: NamespaceState, maxFrameBytes: number) {
    const { socket } = connection;
    this.connection = connection;
    this.state = state;
    this.socket = socket;
    this.pump = new DeliveryPump(socket, maxFrameBytes);
  }

  /** What the peer calls itself, for error texts. */
  get name(): string {
    return this.connection.remote.open?.container_id ?? '';
  }

  get links(): readonly PeerLink[] {
    return [...this.#links.values()];
  }

  session(session: AmqpSession): OutgoingSession {
    let outgoing = this.#sessions.get(session);
    if (outgoing === undefined) {
      outgoing = new OutgoingSession(session);
      this.#sessions.set(session, outgoing);
    }
    return outgoing;
  }

  link(amqpLink: AmqpSender | AmqpReceiver): PeerLink | undefined {
    return this.#links.get(amqpLink);
  }

  add(amqpLink: AmqpSender | AmqpReceiver, link: PeerLink): void {
    this.#links.set(amqpLink, link);
    if (link.kind === 'consumer' || link.kind === 'reply') this.pump.add(link.link);
  }

  /** Takes a link out of the books; no frame is sent for it afterwards. */
  remove(amqpLink: AmqpSender | AmqpReceiver): void {
    const link = this.#links.get(amqpLink);
    if (link === undefined) return;
    this.#links.delete(amqpLink);
    if (link.kind === 'consumer') {
      link.link.stop();
      link.roster.leave(link.link);
    }
    if (link.kind === 'consumer' || link.kind === 'reply') this.pump.remove(link.link);
  }

  /** Detaches a link with an error. */
  detach(amqpLink: AmqpSender | AmqpReceiver, error: AmqpError): void {
    this.remove(amqpLink);
    amqpLink.close(error);
  }

  /** Detaches the entity links that match. Returns how many. */
  detachMatching(target: FaultTarget, error: AmqpError): number {
    return this.#detachWhere(
      (link) => faultMatches(target, link.target),
      () => error,
    );
  }

  /** Detaches the links whose token ran out. */
  detachExpired(nowMs: number, error: (path: string) => AmqpError): void {
    this.#detachWhere(
      ({ kind, path }) => !this.claims.cover(path, kind === 'consumer' ? 'listen' : 'send', nowMs),
      (link) => error(link.path),
    );
  }

  /** Detaches the links that were without traffic for too long. */
  detachIdle(nowMs: number, afterMs: number): void {
    this.#detachWhere(
      ({ link }) => link.idleMs(nowMs) >= afterMs,
      ({ kind, link }) => {
        const { name } = kind === 'consumer' ? link.sender : link.receiver;
        return idle(name, kind === 'consumer' ? 'Consumer' : 'Publisher', afterMs);
      },
    );
  }

  endSession(session: AmqpSession): void {
    for (const amqpLink of this.#links.keys()) {
      if (amqpLink.session === session) this.remove(amqpLink);
    }
    this.#sessions.delete(session);
  }

  end(): void {
    for (const amqpLink of this.#links.keys()) this.remove(amqpLink);
    this.#sessions.clear();
    this.pump.stop();
  }

  /** Cuts the connection without a word, as a broken network does. */
  cut(): void {
    this.end();
    this.socket.destroy();
  }

  #detachWhere(
    matches: (link: PeerLink & { kind: 'consumer' | 'publisher' }) => boolean,
    error: (link: PeerLink & { kind: 'consumer' | 'publisher' }) => AmqpError,
  ): number {
    let count = 0;
    for (const [amqpLink, link] of this.#links) {
      if ((link.kind !== 'consumer' && link.kind !== 'publisher') || !matches(link)) continue;
      this.detach(amqpLink, error(link));
      count += 1;
    }
    return count;
  }
}
