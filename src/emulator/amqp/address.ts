/**
 * Reads the addresses that clients attach to.
 * Honoured: `<hub>`, `<hub>/Partitions/<id>`, `<hub>/Publishers/<name>`, `<hub>/ConsumerGroups/<group>/Partitions/<id>`,
 *   `$cbs`, `$management`, `<hub>/$management`; with or without a leading slash or an `amqp(s)://host/` or `sb://host/`
 *   prefix; any case.
 * Not honoured: `$capture`, Service Bus and Kafka entities.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventhubConnectionConfig.js:44-72; go azeventhubs internal/namespace.go;
 *   python azure-eventhub _consumer.py (source "amqps://host/hub/ConsumerGroups/...");
 *   https://learn.microsoft.com/azure/event-hubs/event-hubs-features (publisher policy).
 */

import type { FaultTarget } from '../faults.ts';

export type NodeAddress =
  | { readonly node: 'cbs' }
  | { readonly node: 'management'; readonly hub: string | undefined }
  | { readonly node: 'hub'; readonly hub: string }
  | { readonly node: 'partition'; readonly hub: string; readonly partitionId: string }
  | { readonly node: 'publisher'; readonly hub: string; readonly publisher: string }
  | {
      readonly node: 'group-partition';
      readonly hub: string;
      readonly consumerGroup: string;
      readonly partitionId: string;
    }
  | { readonly node: 'unknown' };

/** The path in an address: no scheme, no host, no outer slashes. */
export function pathOf(address: string): string {
  return address.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/^\/+|\/+$/g, '');
}

export function readAddress(address: string): NodeAddress {
  const parts = pathOf(address).split('/');
  const [hub = '', , third = '', , fifth = ''] = parts;
  const words = parts.map((part) => part.toLowerCase());
  if (parts.length === 1) {
    if (words[0] === '$cbs') return { node: 'cbs' };
    if (words[0] === '$management') return { node: 'management', hub: undefined };
    return hub === '' ? { node: 'unknown' } : { node: 'hub', hub };
  }
  if (parts.length === 2 && words[1] === '$management') return { node: 'management', hub };
  if (parts.length === 3 && words[1] === 'partitions') return { node: 'partition', hub, partitionId: third };
  if (parts.length === 3 && words[1] === 'publishers' && third !== '') {
    return { node: 'publisher', hub, publisher: third };
  }
  if (parts.length === 5 && words[1] === 'consumergroups' && words[3] === 'partitions') {
    return { node: 'group-partition', hub, consumerGroup: third, partitionId: fifth };
  }
  return { node: 'unknown' };
}

/** What an injected fault can match of an attach. */
export function attachTarget(namespace: string, role: 'sender' | 'receiver', address: string): FaultTarget {
  const place = readAddress(address);
  switch (place.node) {
    case 'group-partition': {
      const { hub, partitionId, consumerGroup } = place;
      return { namespace, role, hub, partitionId, consumerGroup };
    }
    case 'partition':
      return { namespace, role, hub: place.hub, partitionId: place.partitionId };
    case 'hub':
    case 'publisher':
      return { namespace, role, hub: place.hub };
    default:
      return { namespace };
  }
}
