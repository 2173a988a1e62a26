// Checkpoints as other programs lay them down: where each keeps a partition's, and what is in it. The names are those of
// KEDA's checkpointStrategy, because that is what a team already knows its layout by. Pure.
// Source: KEDA pkg/scalers/azure/azure_eventhub_checkpoint.go (paths and fields of all five).

import { unknownOffset } from '../../engine/event.ts';
import type { Position } from '../../engine/event.ts';

export const layouts = ['azureFunction', 'blobMetadata', 'goSdk', 'dapr', 'default'] as const;
export type Layout = (typeof layouts)[number];

export interface LayoutNames {
  /** Full host name. */
  readonly namespace: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
}

/** The container that a layout always uses; undefined: it is configured. */
export const fixedContainers: Partial<Record<Layout, string>> = { azureFunction: 'azure-webjobs-eventhub' };

export function foreignPath(layout: Layout, names: LayoutNames, partitionId: string): string {
  const { namespace, eventHub, consumerGroup } = names;
  switch (layout) {
    case 'azureFunction':
      return `${namespace}/${eventHub}/${consumerGroup}/${partitionId}`;
    case 'blobMetadata':
      // All SDKs since 2020 write it in lower case.
      return `${namespace}/${eventHub}/${consumerGroup}/checkpoint/${partitionId}`.toLowerCase();
    case 'goSdk':
      return partitionId;
    case 'dapr':
      return `dapr-${eventHub}-${consumerGroup}-${partitionId}`;
    case 'default':
      return `${consumerGroup}/${partitionId}`;
    default:
      return layout satisfies never;
  }
}

/** The position in a blob of that layout, or the reason why there is none. */
export function readForeign(
  layout: Layout,
  metadata: Readonly<Record<string, string>>,
  content: string,
): Position | { readonly unreadable: string } {
  if (layout === 'blobMetadata') {
    return toPosition(metadata['sequencenumber'], metadata['offset']);
  }
  let body: unknown;
  try {
    body = JSON.parse(content);
  } catch {
    return { unreadable: 'its content is no JSON' };
  }
  const root = layout === 'goSdk' || layout === 'dapr' ? fieldOf(body, 'checkpoint') : body;
  return toPosition(fieldOf(root, 'sequencenumber', 'sequence_number'), fieldOf(root, 'offset'));
}

function toPosition(sequence: unknown, offset: unknown): Position | { readonly unreadable: string } {
  const sequenceNumber = typeof sequence === 'string' && sequence !== '' ? Number(sequence) : sequence;
  if (typeof sequenceNumber !== 'number' || !Number.isSafeInteger(sequenceNumber)) {
    return { unreadable: 'it has no sequence number' };
  }
  const text = typeof offset === 'number' ? String(offset) : offset;
  return { sequenceNumber, offset: typeof text === 'string' && text !== '' ? text : unknownOffset };
}

/** Field names match whatever their case, as Go's JSON does. */
function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = Object.entries(value).find(([name]) => names.includes(name.toLowerCase()));
  return found?.[1];
}
