// Checkpoints as other programs lay them down: where each keeps a partition's, and what is in it. The names are those of
// KEDA's checkpointStrategy, because that is what a team already knows its layout by. Pure.
// Source: KEDA pkg/scalers/azure/azure_eventhub_checkpoint.go (paths and fields of all five).

import { readStoredPosition } from '../../engine/stored-position.ts';
import type { StoredPosition } from '../../engine/stored-position.ts';

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

/** What a blob of that layout says, or the reason why it cannot be read. */
export function readForeign(
  layout: Layout,
  metadata: Readonly<Record<string, string>>,
  content: string,
): StoredPosition | { readonly kind: 'unreadable'; readonly why: string } {
  if (layout === 'blobMetadata') {
    return readStoredPosition(metadata['sequencenumber'], metadata['offset'], { isZeroUnwritten: false });
  }
  let body: unknown;
  try {
    body = JSON.parse(content);
  } catch {
    return { kind: 'unreadable', why: 'its content is no JSON' };
  }
  const root = layout === 'goSdk' || layout === 'dapr' ? fieldOf(body, 'checkpoint') : body;
  const sequence = fieldOf(root, 'sequencenumber', 'sequence_number');
  const offset = fieldOf(root, 'offset');
  // These lease blobs are made before anything is read, with all of their fields.
  if (sequence === undefined && offset === undefined) {
    return { kind: 'unreadable', why: 'it has neither a sequence number nor an offset' };
  }
  return readStoredPosition(sequence, offset, { isZeroUnwritten: true });
}

/** Field names match whatever their case, as Go's JSON does. */
function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = Object.entries(value).find(([name]) => names.includes(name.toLowerCase()));
  return found?.[1];
}
