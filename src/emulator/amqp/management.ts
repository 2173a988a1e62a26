/**
 * The `$management` and `<hub>/$management` nodes: properties of hubs and partitions.
 * Honoured: operation READ for com.microsoft:eventhub and com.microsoft:partition; the hub from the request's `name` (any
 *   case); partition_ids as array of string, sequence numbers as long, georeplication_factor and partition_count as int,
 *   times as timestamp, last_enqueued_offset as string; each request needs a valid security_token of its own (Java puts no
 *   token on $cbs for it) or a live one on the connection, for this hub, with any right.
 * Not honoured: every other operation (501); consumer group listings (Azure Resource Manager has them).
 * Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide (management); @azure/event-hubs 6.0.4
 *   dist/esm/managementClient.js:90-165; go azeventhubs mgmt.go (newEventHubProperties, newPartitionProperties).
 */
import type { Hub } from '../hubs/hub.ts';
import type { NamespaceState } from './namespace-state.ts';
import { readAudience } from '../tokens/audience.ts';
import { concernsHub } from './claims.ts';
import type { Claims } from './claims.ts';
import { entityNotFound, partitionOutOfRange, unauthorized } from './condition.ts';
import { failed, succeeded } from './response.ts';
import type { Response } from './response.ts';
import { amqpType } from './rhea.ts';
import type { DecodedMessage } from './rhea.ts';

export function answerManagement(request: DecodedMessage, claims: Claims, state: NamespaceState): Response {
  const properties = request.application_properties ?? {};
  const { operation, name, type, partition, security_token: token } = properties;
  if (operation !== 'READ')
    return failed(501, 'amqp:not-implemented', `Operation '${String(operation)}' is not supported.`);
  const check = typeof token === 'string' ? state.tokens.check(token, undefined) : undefined;
  if (check?.outcome === 'invalid') return failed(401, 'amqp:unauthorized-access', check.reason);
  const resource = check?.resource === undefined ? '' : readAudience(check.resource).path;
  const covers = (path: string): boolean =>
    check === undefined ? claims.coverSome(path, state.now()) : concernsHub(resource, path);
  if (check === undefined && !claims.coverAnything(state.now())) return unauthorizedRead(state, name);
  const hub = typeof name === 'string' ? state.namespace.find(name) : undefined;
  if (hub === undefined) {
    const { condition, description } = entityNotFound(state.hostName, String(name));
    return failed(404, condition, description);
  }
  if (!covers(hub.name)) return unauthorizedRead(state, name);
  switch (type) {
    case 'com.microsoft:eventhub':
      return succeeded(200, hubProperties(hub, state.namespace.replication.segment !== undefined));
    case 'com.microsoft:partition':
      return partitionProperties(hub, String(partition));
    default:
      return failed(501, 'amqp:not-implemented', `Type '${String(type)}' is not supported.`);
  }
}

function unauthorizedRead({ hostName }: NamespaceState, hub: unknown): Response {
  const { condition, description } = unauthorized('Listen', hostName, `${String(hub)}/$management`);
  return failed(401, condition, description);
}

function hubProperties(hub: Hub, isReplicated: boolean): Record<string, unknown> {
  return {
    type: 'com.microsoft:eventhub',
    name: hub.name,
    created_at: amqpType.timestamp(hub.createdAtMs),
    partition_count: amqpType.int(hub.partitions.length),
    partition_ids: amqpType.stringArray(hub.partitionIds),
    georeplication_factor: amqpType.int(isReplicated ? 2 : 1),
  };
}

function partitionProperties(hub: Hub, id: string): Response {
  const log = hub.partition(id);
  if (log === undefined) {
    const { condition, description } = partitionOutOfRange(hub.partitions.length);
    return failed(400, condition, description);
  }
  return succeeded(200, {
    type: 'com.microsoft:partition',
    name: hub.name,
    partition: log.id,
    begin_sequence_number: amqpType.long(log.beginSequenceNumber),
    last_enqueued_sequence_number: amqpType.long(log.lastSequenceNumber),
    last_enqueued_offset: log.lastOffsetText,
    last_enqueued_time_utc: amqpType.timestamp(log.lastEnqueuedAtMs),
    is_partition_empty: log.isEmpty,
  });
}
