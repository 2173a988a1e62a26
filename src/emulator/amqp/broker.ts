/**
 * Runs the AMQP side: takes sockets, dispatches rhea's events to the nodes, keeps the connections' books.
 * Honoured: SASL ANONYMOUS, EXTERNAL, MSSBCBS and PLAIN (key name and key); max-frame-size 64 KiB, idle time-out 4
 *   minutes, TCP_NODELAY; an attach is answered with the peer's own terminus and settle modes (go-amqp detaches when
 *   they differ), a refused one with the attach and then a detach with the error; sessions and links end in any order.
 * Not honoured: link resumption (unsettled maps), transactions.
 * Source: AMQP 1.0 part 2; @azure/core-amqp 4.4.2 dist/esm/ConnectionContextBase.js:68-90; go-amqp link.go, sasl.go.
 */
import type { Duplex } from 'node:stream';
import type { FaultTarget } from '../faults.ts';
import { planConsumer, planPublisher } from './attach.ts';
import { attachTarget } from './address.ts';
import type { ConsumerPlan, PublisherPlan } from './attach.ts';
import type { BrokerState } from './broker-state.ts';
import { epochRequired, epochTooLow, tokenExpired, tooManyReceivers } from './condition.ts';
import { ConsumerLink } from './consumer-link.ts';
import { hookFrames } from './frame-hooks.ts';
import { padFields } from './performative.ts';
import { Peer } from './peer.ts';
import { MAX_MESSAGE_BYTES, PUBLISHER_CREDIT, PublisherLink } from './publisher-link.ts';
import { ReplyLink } from './reply-link.ts';
import { answerRequest, readRequest } from './request.ts';
import { accept, beforeEachFrame, createContainer, sameTerminus } from './rhea.ts';
import type {
  AmqpConnection,
  AmqpContainer,
  AmqpContext,
  AmqpError,
  AmqpReceiver,
  AmqpSender,
} from './rhea.ts';
import { offerMechanisms, usedPlain } from './sasl.ts';

const MAX_FRAME_BYTES = 64 * 1024;
const CHANNEL_MAX = 4999;
const IDLE_TIME_OUT_MS = 240_000;
const TOKEN_SWEEP_MS = 1000;
const REQUEST_CREDIT = 100;

export class Broker {
  readonly #state: BrokerState;
  readonly #container: AmqpContainer;
  readonly #peers = new Map<AmqpConnection, Peer>();
  readonly #sweep: NodeJS.Timeout;

  constructor(state: BrokerState) {
    this.#state = state;
    this.#container = createContainer('eventhub-emulator');
    offerMechanisms(this.#container, state.tokens);
    this.#listen();
    this.#sweep = setInterval(() => this.#detachExpired(), TOKEN_SWEEP_MS).unref();
  }

  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** Speaks AMQP on a socket that was just accepted. */
  accept(socket: Duplex): void {
    const { outcome } = this.#state.faults.judge('connect', {});
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
    socket.once('close', () => this.#end(connection));
  }

  dropConnections(): number {
    const peers = this.peers;
    for (const peer of peers) peer.cut();
    return peers.length;
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
      if (sender !== undefined) this.#attachSender(this.#peer(connection), sender);
    });
    on('receiver_open', ({ connection, receiver }) => {
      if (receiver !== undefined) this.#attachReceiver(this.#peer(connection), receiver);
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
    if (usedPlain(connection)) peer.claims.grantAll();
  }

  /** rhea opens sessions and links only on an open connection, so the peer's frame size is known here. */
  #peer(connection: AmqpConnection): Peer {
    let peer = this.#peers.get(connection);
    if (peer === undefined) {
      const theirs = connection.remote.open?.max_frame_size ?? MAX_FRAME_BYTES;
      peer = new Peer(connection, connection.socket, Math.min(theirs, MAX_FRAME_BYTES));
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
        const verdict = this.#state.faults.judge('attach', attachTarget(role, address));
        if (verdict.outcome === 'cut') peer.cut();
        return verdict;
      },
      wantsRaw: (receiver) => peer.link(receiver)?.kind === 'publisher',
    });
  }

  #attachSender(peer: Peer, sender: AmqpSender): void {
    echo(sender);
    const { refusal } = sender.remote.attach;
    if (refusal !== undefined) return sender.close(refusal);
    const plan = planConsumer(sender, peer.claims, this.#state);
    if (plan.kind === 'refused') return sender.close(plan.error);
    if (plan.kind === 'node') {
      const link = new ReplyLink(sender, peer.session(sender.session));
      return peer.add(sender, { kind: 'reply', node: plan.node, link });
    }
    const target: FaultTarget = {
      hub: plan.hub.name,
      partitionId: plan.log.id,
      consumerGroup: plan.consumerGroup,
      role: 'receiver',
    };
    this.#seat(peer, sender, plan, target);
  }

  #seat(peer: Peer, sender: AmqpSender, plan: ConsumerPlan, target: FaultTarget): void {
    const { faults, throughput, now } = this.#state;
    const link = new ConsumerLink({
      sender,
      session: peer.session(sender.session),
      log: plan.log,
      name: plan.name,
      epoch: plan.epoch,
      from: plan.from,
      withRuntimeMetrics: plan.withRuntimeMetrics,
      gate: {
        holdMs: () => {
          const verdict = faults.judge('deliver', target);
          if (verdict.outcome === 'cut') peer.cut();
          return verdict.outcome === 'proceed' ? verdict.delayMs : Infinity;
        },
        take: (bytes) => throughput.takeEgress(bytes),
      },
      now,
      wake: () => peer.pump.wake(),
      close: (_link, error) => peer.detach(sender, error),
    });
    const roster = plan.hub.roster(plan.log.id, plan.consumerGroup);
    const admission = roster.join(link);
    switch (admission.outcome) {
      case 'admitted':
        return peer.add(sender, { kind: 'consumer', link, path: plan.path, target, roster });
      case 'epoch-too-low': {
        const { holder, holderEpoch } = admission;
        return refuse(link, epochTooLow(link.name, link.epoch ?? -1, holder.name, holderEpoch));
      }
      case 'epoch-required':
        return refuse(link, epochRequired(admission.holderEpoch));
      case 'full':
        return refuse(link, tooManyReceivers(admission.names.length, admission.names));
      default:
        return admission satisfies never;
    }
  }

  #attachReceiver(peer: Peer, receiver: AmqpReceiver): void {
    echo(receiver);
    const { refusal } = receiver.remote.attach;
    if (refusal !== undefined) return receiver.close(refusal);
    const plan = planPublisher(receiver, peer.claims, this.#state);
    if (plan.kind === 'refused') return receiver.close(plan.error);
    if (plan.kind === 'node') {
      grantCredit(receiver, REQUEST_CREDIT);
      return peer.add(receiver, { kind: 'request', node: plan.node, receiver });
    }
    const target: FaultTarget = { hub: plan.hub.name, ...partitionOf(plan), role: 'sender' };
    receiver.local.attach.max_message_size = MAX_MESSAGE_BYTES;
    grantCredit(receiver, PUBLISHER_CREDIT);
    const link = new PublisherLink({
      receiver,
      hubName: plan.hub.name,
      partitionId: plan.partitionId,
      state: this.#state,
      cut: () => peer.cut(),
    });
    peer.add(receiver, { kind: 'publisher', link, path: plan.path, target });
  }

  #onMessage({ connection, receiver, message, delivery }: AmqpContext): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined || receiver === undefined || delivery === undefined) return;
    const link = peer.link(receiver);
    if (link?.kind === 'publisher' && Buffer.isBuffer(message))
      return link.link.onTransfer(message, delivery);
    if (link?.kind !== 'request') return;
    accept(delivery);
    answerRequest(
      peer,
      { node: link.node, session: receiver.session, message: readRequest(message) },
      this.#state,
    );
  }

  #detachExpired(): void {
    const nowMs = this.#state.now();
    for (const peer of this.#peers.values()) peer.detachExpired(nowMs, tokenExpired);
  }

  #end(connection: AmqpConnection): void {
    this.#peers.get(connection)?.end();
    this.#peers.delete(connection);
  }
}

/** Answers an attach as the peer asked for it. */
function echo(link: AmqpSender | AmqpReceiver): void {
  const { attach } = link.remote;
  link.local.attach.source = sameTerminus(attach.source);
  link.local.attach.target = sameTerminus(attach.target);
  link.local.attach.snd_settle_mode = attach.snd_settle_mode;
  link.local.attach.rcv_settle_mode = attach.rcv_settle_mode;
}

function grantCredit(receiver: AmqpReceiver, credit: number): void {
  receiver.set_credit_window(credit);
  receiver.add_credit(credit);
}

function refuse(link: ConsumerLink, error: AmqpError): void {
  link.stop();
  link.sender.close(error);
}

function partitionOf(plan: PublisherPlan): { partitionId?: string } {
  return plan.partitionId === undefined ? {} : { partitionId: plan.partitionId };
}
