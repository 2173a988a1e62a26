/**
 * Opens the links that peers attach: each gets its place in the connection's books, or is detached with an error.
 * Honoured: an attach is answered with the peer's own terminus and settle modes (go-amqp detaches when they differ); a
 *   refused one with the attach and then a detach with the error, as AMQP 1.0 part 2.6.3 has it.
 * Not honoured: link resumption (unsettled maps).
 * Source: go-amqp link.go (attach), receiver.go; AMQP 1.0 part 2.6.
 */
import type { FaultTarget } from '../faults.ts';
import type { ProducerClaim, ProducerIdentity } from '../hubs/producer-ledger.ts';
import { planConsumer, planPublisher } from './attach.ts';
import type { ConsumerPlan, NodePlan, PublisherPlan } from './attach.ts';
import {
  argumentOutOfRange,
  cbsAlreadyOpen,
  publisherReplaced,
  epochRequired,
  epochTooLow,
  tooManyReceivers,
} from './condition.ts';
import { ConsumerLink } from './consumer-link.ts';
import type { Peer } from './peer.ts';
import { tellIdentity } from './producer-numbers.ts';
import { PUBLISHER_CREDIT, PublisherLink } from './publisher-link.ts';
import { ReplyLink } from './reply-link.ts';
import { sameTerminus } from './rhea.ts';
import type { AmqpError, AmqpReceiver, AmqpSender } from './rhea.ts';

/** Requests a client may have under way at `$cbs` or `$management`. */
const REQUEST_CREDIT = 100;

/** The peer attached to receive: we send. */
export function openSender(peer: Peer, sender: AmqpSender): void {
  const { state } = peer;
  echo(sender);
  const { refusal } = sender.remote.attach;
  if (refusal !== undefined) return refuseLink(sender, refusal);
  const plan = planConsumer(sender, peer.claims, state);
  if (plan.kind === 'refused') return refuseLink(sender, plan.error);
  if (plan.kind === 'node') {
    if (hasCbs(peer, plan, 'reply')) return refuseLink(sender, cbsAlreadyOpen(peer.name));
    const link = new ReplyLink(sender, peer.session(sender.session));
    return peer.add(sender, { kind: 'reply', node: plan.node, link });
  }
  const target: FaultTarget = {
    namespace: state.hostName,
    hub: plan.hub.name,
    partitionId: plan.log.id,
    consumerGroup: plan.consumerGroup,
    role: 'receiver',
  };
  seat(peer, sender, plan, target);
}

function seat(peer: Peer, sender: AmqpSender, plan: ConsumerPlan, target: FaultTarget): void {
  const { faults, throughput, now } = peer.state;
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
      damage: () =>
        faults.isEmpty ? undefined : (sequenceNumber) => faults.damageTo(target, sequenceNumber),
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
      return refuse(link, epochTooLow(link.name, link.epoch ?? -1n, holder.name, holderEpoch));
    }
    case 'epoch-required':
      return refuse(link, epochRequired(admission.holderEpoch));
    case 'full':
      return refuse(link, tooManyReceivers(admission.names.length, admission.names));
    default:
      return admission satisfies never;
  }
}

/** The peer attached to send: we receive. */
export function openReceiver(peer: Peer, receiver: AmqpReceiver): void {
  const { state } = peer;
  echo(receiver);
  const { refusal } = receiver.remote.attach;
  if (refusal !== undefined) return refuseLink(receiver, refusal);
  const plan = planPublisher(receiver, peer.claims, state);
  if (plan.kind === 'refused') return refuseLink(receiver, plan.error);
  if (plan.kind === 'node') {
    if (hasCbs(peer, plan, 'request')) return refuseLink(receiver, cbsAlreadyOpen(peer.name));
    grantCredit(receiver, REQUEST_CREDIT);
    return peer.add(receiver, { kind: 'request', node: plan.node, receiver });
  }
  const target: FaultTarget = {
    namespace: state.hostName,
    hub: plan.hub.name,
    ...partitionOf(plan),
    role: 'sender',
  };
  let identity: ProducerIdentity | undefined;
  if (plan.claim !== undefined) {
    const admitted = admitProducer(plan, plan.claim);
    if ('condition' in admitted) return refuseLink(receiver, admitted);
    identity = admitted;
    tellIdentity(receiver, identity);
  }
  receiver.local.attach.max_message_size = state.limits.maxMessageBytes;
  grantCredit(receiver, PUBLISHER_CREDIT);
  const link = new PublisherLink({
    receiver,
    hubName: plan.hub.name,
    partitionId: plan.partitionId,
    publisher: plan.publisher,
    identity,
    target,
    state,
    cut: () => peer.cut(),
  });
  peer.add(receiver, { kind: 'publisher', link, path: plan.path, target });
}

/**
 * Has this connection a `$cbs` link of that kind already? The service allows one: go azeventhubs internal/namespace.go
 * ("You're not allowed to have multiple $cbs links open in a single connection") guards its claims with a lock for it.
 */
function hasCbs(peer: Peer, plan: NodePlan, kind: 'request' | 'reply'): boolean {
  return plan.node === 'cbs' && peer.links.some((link) => link.kind === kind && link.node === 'cbs');
}

/** Answers an attach as the peer asked for it. */
function echo(link: AmqpSender | AmqpReceiver): void {
  const { attach } = link.remote;
  link.local.attach.source = sameTerminus(attach.source);
  link.local.attach.target = sameTerminus(attach.target);
  link.local.attach.snd_settle_mode = attach.snd_settle_mode;
  link.local.attach.rcv_settle_mode = attach.rcv_settle_mode;
}

/** A publisher that was replaced keeps its link until it sends: so JavaScript's live tests meet it. */
function admitProducer(plan: PublisherPlan, claim: ProducerClaim): ProducerIdentity | AmqpError {
  const admission = plan.hub.ledger(plan.partitionId ?? '').admit(claim);
  switch (admission.outcome) {
    case 'admitted':
      return admission.identity;
    case 'replaced':
      return publisherReplaced(claim.producerId ?? 0, claim.epoch ?? 0, admission.currentEpoch);
    case 'out-of-range':
      return argumentOutOfRange(`The ${admission.field} of a publisher is out of range.`);
    default:
      return admission satisfies never;
  }
}

/**
 * A refused attach is answered without either terminus, then with the detach that says why: a peer that sees none waits for
 * that detach instead of using the link (AMQP 1.0 part 2.6.3; go-amqp link.go attach, which looks at both).
 */
function refuseLink(link: AmqpSender | AmqpReceiver, error: AmqpError): void {
  link.local.attach.source = undefined;
  link.local.attach.target = undefined;
  link.close(error);
}

function grantCredit(receiver: AmqpReceiver, credit: number): void {
  receiver.set_credit_window(credit);
  receiver.add_credit(credit);
}

function refuse(link: ConsumerLink, error: AmqpError): void {
  link.stop();
  refuseLink(link.sender, error);
}

function partitionOf(plan: PublisherPlan): { partitionId?: string } {
  return plan.partitionId === undefined ? {} : { partitionId: plan.partitionId };
}
