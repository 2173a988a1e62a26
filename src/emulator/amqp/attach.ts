/**
 * Decides what an attach gets: the link's place in the emulator, or the error it is detached with (no side effects).
 * Honoured: not-found for unknown hubs and consumer groups, argument-out-of-range for unknown partitions, unauthorized
 *   without a live token for the entity; the group `$Default` always exists; names in any case; the epoch from the link
 *   property com.microsoft:epoch; the receiver's name from com.microsoft:receiver-name, else the link's name.
 * Not honoured: the property com.microsoft:entity-type; capabilities other than the runtime metric are neither needed
 *   nor echoed.
 * Source: @azure/event-hubs 6.0.4 dist/esm/partitionReceiver.js:331-362; go azeventhubs partition_client.go, links.go.
 */
import type { ProducerClaim } from '../hubs/producer-ledger.ts';
import type { Hub } from '../hubs/hub.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { readAddress, pathOf } from './address.ts';
import type { NamespaceState } from './namespace-state.ts';
import type { Claims } from './claims.ts';
import { entityNotFound, invalidArgument, partitionOutOfRange, unauthorized } from './condition.ts';
import { producerClaim } from './producer-numbers.ts';
import type { AmqpError, AmqpReceiver, AmqpSender, AmqpValue } from './rhea.ts';
import { RUNTIME_METRICS_CAPABILITY } from './runtime-metrics.ts';
import { firstSequenceNumber, readSelector } from './selector.ts';

export interface ConsumerPlan {
  readonly kind: 'consumer';
  readonly hub: Hub;
  readonly log: PartitionLog;
  readonly consumerGroup: string;
  readonly path: string;
  readonly name: string;
  readonly epoch: bigint | undefined;
  readonly from: number;
  readonly withRuntimeMetrics: boolean;
}

export interface PublisherPlan {
  readonly kind: 'publisher';
  readonly hub: Hub;
  readonly partitionId: string | undefined;
  /** The name in the address `<hub>/Publishers/<name>`. */
  readonly publisher: string | undefined;
  /** It wants to publish idempotently. */
  readonly claim: ProducerClaim | undefined;
  readonly path: string;
}

export interface NodePlan {
  readonly kind: 'node';
  readonly node: 'cbs' | 'management';
}

export interface Refusal {
  readonly kind: 'refused';
  readonly error: AmqpError;
}

/** The peer wants to receive. */
export function planConsumer(
  sender: AmqpSender,
  claims: Claims,
  state: NamespaceState,
): ConsumerPlan | NodePlan | Refusal {
  const address = sender.source?.address ?? '';
  const place = readAddress(address);
  if (place.node === 'cbs') return { kind: 'node', node: 'cbs' };
  if (place.node === 'management') return { kind: 'node', node: 'management' };
  const path = pathOf(address);
  if (place.node !== 'group-partition') return refused(entityNotFound(state.hostName, path));
  const hub = state.namespace.find(place.hub);
  if (hub === undefined || !hub.hasConsumerGroup(place.consumerGroup)) {
    return refused(entityNotFound(state.hostName, path));
  }
  if (!claims.cover(path, 'listen', state.now()))
    return refused(unauthorized('Listen', state.hostName, path));
  const log = hub.partition(place.partitionId);
  if (log === undefined) return refused(partitionOutOfRange(hub.partitions.length));
  const start = readSelector(selectorText(sender.source?.filter));
  const from = 'condition' in start ? start : firstSequenceNumber(start, log);
  if (typeof from !== 'number') return refused(from);
  const epoch = readEpoch(sender.properties?.['com.microsoft:epoch']);
  if (epoch === 'invalid') {
    return refused(invalidArgument('The epoch of a receiver must be a long of 0 or more.'));
  }
  const name = sender.properties?.['com.microsoft:receiver-name'];
  const desired = sender.remote.attach.desired_capabilities;
  return {
    kind: 'consumer',
    hub,
    log,
    consumerGroup: place.consumerGroup,
    path,
    name: typeof name === 'string' ? name : sender.name,
    epoch,
    from,
    withRuntimeMetrics: [desired].flat().includes(RUNTIME_METRICS_CAPABILITY),
  };
}

/** The peer wants to send. */
export function planPublisher(
  receiver: AmqpReceiver,
  claims: Claims,
  state: NamespaceState,
): PublisherPlan | NodePlan | Refusal {
  const address = receiver.target?.address ?? '';
  const place = readAddress(address);
  if (place.node === 'cbs') return { kind: 'node', node: 'cbs' };
  if (place.node === 'management') return { kind: 'node', node: 'management' };
  const path = pathOf(address);
  const hub = 'hub' in place && place.hub !== undefined ? state.namespace.find(place.hub) : undefined;
  const isSendable = place.node === 'hub' || place.node === 'partition' || place.node === 'publisher';
  if (hub === undefined || !isSendable) return refused(entityNotFound(state.hostName, path));
  if (!claims.cover(path, 'send', state.now())) return refused(unauthorized('Send', state.hostName, path));
  const claim = producerClaim(receiver);
  if (claim !== undefined && place.node !== 'partition') {
    return refused(invalidArgument('Idempotent publishing needs a partition in the address of its link.'));
  }
  const plan = { kind: 'publisher', hub, partitionId: undefined, publisher: undefined, claim, path } as const;
  if (place.node === 'hub') return plan;
  if (place.node === 'publisher') return { ...plan, publisher: place.publisher };
  if (hub.partition(place.partitionId) === undefined) {
    return refused(partitionOutOfRange(hub.partitions.length));
  }
  return { ...plan, partitionId: place.partitionId };
}

function refused(error: AmqpError): Refusal {
  return { kind: 'refused', error };
}

/** The text of the selector filter; its key is the filter's name in every SDK, its value a described string. */
function selectorText(filter: Record<string, AmqpValue> | null | undefined): string | undefined {
  const described = filter?.['apache.org:selector-filter:string'];
  if (typeof described === 'string') return described;
  if (typeof described !== 'object' || described === null || !('value' in described)) return undefined;
  return typeof described.value === 'string' ? described.value : undefined;
}

/** A long: rhea leaves one beyond 2^53 in its eight bytes. */
function readEpoch(value: AmqpValue): bigint | undefined | 'invalid' {
  if (value === undefined || value === null) return undefined;
  if (Buffer.isBuffer(value) && value.length === 8) return notNegative(value.readBigInt64BE());
  return typeof value === 'number' && Number.isInteger(value) ? notNegative(BigInt(value)) : 'invalid';
}

function notNegative(epoch: bigint): bigint | 'invalid' {
  return epoch >= 0n ? epoch : 'invalid';
}
