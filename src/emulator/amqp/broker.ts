/**
 * Runs the AMQP side: takes sockets, dispatches rhea's events to the nodes, keeps the connections' books.
 * Honoured: SASL ANONYMOUS, EXTERNAL, MSSBCBS and PLAIN (key name and key); max-frame-size 64 KiB, idle time-out 4
 *   minutes, TCP_NODELAY; sessions and links that end in any order.
 * Not honoured: transactions.
 * Source: AMQP 1.0 part 2; @azure/core-amqp 4.4.2 dist/esm/ConnectionContextBase.js:68-90; go-amqp link.go, sasl.go.
 */
import type { Duplex } from 'node:stream';
import type { FaultTarget, Faults } from '../faults.ts';
import type { Namespaces } from '../hubs/namespaces.ts';
import { attachTarget } from './address.ts';
import { tokenExpired, tooManyConnections } from './condition.ts';
import { hookFrames } from './frame-hooks.ts';
import type { NamespaceState } from './namespace-state.ts';
import { padFields } from './performative.ts';
import { openReceiver, openSender } from './link-opening.ts';
import { Peer } from './peer.ts';
import { answerRequest, readRequest } from './request.ts';
import { accept, beforeEachFrame, createContainer } from './rhea.ts';
import type { AmqpConnection, AmqpContainer, AmqpContext, AmqpError } from './rhea.ts';
import { offerMechanisms, provenRules } from './sasl.ts';

const MAX_FRAME_BYTES = 64 * 1024;
const CHANNEL_MAX = 4999;
const IDLE_TIME_OUT_MS = 240_000;
/** How often tokens and idle links are looked at. */
const SWEEP_MS = 1000;

export class Broker {
  readonly #namespaces: Namespaces;
  readonly #faults: Faults;
  readonly #container: AmqpContainer;
  readonly #peers = new Map<AmqpConnection, Peer>();
  readonly #sockets = new Set<Duplex>();
  readonly #sweep: NodeJS.Timeout;

  constructor(namespaces: Namespaces, faults: Faults) {
    this.#namespaces = namespaces;
    this.#faults = faults;
    this.#container = createContainer('eventhub-emulator');
    offerMechanisms(
      this.#container,
      namespaces.all.map(({ tokens }) => tokens),
    );
    this.#listen();
    this.#sweep = setInterval(() => this.#sweepLinks(), SWEEP_MS).unref();
  }

  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** Speaks AMQP on a socket that was just accepted. */
  accept(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { outcome } = this.#faults.judge('connect', {});
    if (outcome === 'cut' || typeof outcome === 'object') {
      socket.destroy();
      return;
    }
    // Silence: the connection stands and nobody answers, as behind a firewall that drops packets.
    if (outcome === 'silence') {
      socket.on('error', () => socket.destroy());
      return;
    }
    const connection = this.#container.create_connection({
      container_id: 'eventhub-emulator',
      max_frame_size: MAX_FRAME_BYTES,
      channel_max: CHANNEL_MAX,
      idle_time_out: IDLE_TIME_OUT_MS,
      receiver_options: { autoaccept: false, credit_window: 0 },
    });
    beforeEachFrame(connection, padFields);
    connection.accept(socket);
    // A destroyed socket raises neither 'end' nor 'error', and rhea's idle timers would keep the process alive.
    socket.once('close', () => connection.eof());
  }

  /** Cuts every socket, also those that have not spoken AMQP yet or only half closed. */
  dropConnections(): number {
    for (const peer of this.#peers.values()) peer.end();
    const count = this.#sockets.size;
    for (const socket of this.#sockets) socket.destroy();
    return count;
  }

  /** Cuts the connections of one namespace. */
  cut(state: NamespaceState): void {
    for (const peer of this.peers) if (peer.state === state) peer.cut();
  }

  detachLinks(target: FaultTarget, error: AmqpError): number {
    return this.peers.reduce((count, peer) => count + peer.detachMatching(target, error), 0);
  }

  wakeAll(): void {
    for (const peer of this.peers) peer.pump.wake();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.dropConnections();
  }

  #listen(): void {
    const on = (event: string, listener: (context: AmqpContext) => void): void => {
      this.#container.on(event, listener);
    };
    on('connection_open', ({ connection }) => this.#open(connection));
    on('sender_open', ({ connection, sender }) => {
      const peer = this.#peers.get(connection);
      if (sender !== undefined && peer !== undefined) openSender(peer, sender);
    });
    on('receiver_open', ({ connection, receiver }) => {
      const peer = this.#peers.get(connection);
      if (receiver !== undefined && peer !== undefined) openReceiver(peer, receiver);
    });
    on('message', (context) => this.#onMessage(context));
    on('sender_close', ({ connection, sender }) => {
      if (sender !== undefined) this.#peers.get(connection)?.remove(sender);
    });
    on('receiver_close', ({ connection, receiver }) => {
      if (receiver !== undefined) this.#peers.get(connection)?.remove(receiver);
    });
    on('session_close', ({ connection, session }) => {
      if (session !== undefined) this.#peers.get(connection)?.endSession(session);
    });
    on('connection_close', ({ connection }) => this.#end(connection));
    on('disconnected', ({ connection }) => this.#end(connection));
    // A peer that closes with an error, or breaks the protocol, is its own problem: without a listener rhea throws.
    for (const event of [
      'error',
      'protocol_error',
      'connection_error',
      'session_error',
      'sender_error',
      'receiver_error',
    ]) {
      on(event, () => undefined);
    }
  }

  #open(connection: AmqpConnection): void {
    const peer = this.#peer(connection);
    const { hostName, limits } = peer.state;
    const count = this.peers.filter(({ state }) => state === peer.state).length;
    if (count > limits.maxConnections) {
      this.#end(connection);
      return connection.close(tooManyConnections(hostName));
    }
    for (const rule of provenRules(connection, peer.state.tokens)) peer.claims.grantRule(rule);
  }

  /** rhea opens sessions and links only on an open connection, so the peer's frame size is known here. */
  #peer(connection: AmqpConnection): Peer {
    let peer = this.#peers.get(connection);
    if (peer === undefined) {
      const { max_frame_size: theirs, hostname } = connection.remote.open ?? {};
      const state = this.#namespaces.forHost(hostname ?? undefined);
      peer = new Peer(connection, state, Math.min(theirs ?? MAX_FRAME_BYTES, MAX_FRAME_BYTES));
      this.#peers.set(connection, peer);
      this.#hook(peer);
    }
    return peer;
  }

  #hook(peer: Peer): void {
    hookFrames(peer.connection, {
      onFlow: (_session, sender, drain) => {
        const link = sender === undefined ? undefined : peer.link(sender);
        if (drain && link?.kind === 'consumer') link.link.drain();
        peer.pump.wake();
      },
      onAttach: ({ role, address }) => {
        const verdict = this.#faults.judge('attach', attachTarget(peer.state.hostName, role, address));
        if (verdict.outcome === 'cut') peer.cut();
        return verdict;
      },
      onFlood: () => peer.cut(),
      wantsRaw: (receiver) => peer.link(receiver)?.kind === 'publisher',
    });
  }

  #onMessage({ connection, receiver, message, delivery }: AmqpContext): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined || receiver === undefined || delivery === undefined) return;
    const link = peer.link(receiver);
    if (link?.kind === 'publisher' && Buffer.isBuffer(message))
      return link.link.onTransfer(message, delivery);
    if (link?.kind !== 'request') return;
    accept(delivery);
    answerRequest(peer, { node: link.node, session: receiver.session, message: readRequest(message) });
  }

  #sweepLinks(): void {
    for (const peer of this.#peers.values()) {
      const nowMs = peer.state.now();
      peer.detachExpired(nowMs, tokenExpired);
      peer.detachIdle(nowMs, peer.state.limits.idleDetachMs);
    }
  }

  #end(connection: AmqpConnection): void {
    this.#peers.get(connection)?.end();
    this.#peers.delete(connection);
  }
}
