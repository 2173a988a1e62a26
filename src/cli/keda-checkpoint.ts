// Where KEDA's azure-eventhub scaler looks for the checkpoint of a partition, and which number it reads there, for each of
// its checkpoint strategies. Pure. From KEDA v2.20.2: pkg/scalers/azure/azure_eventhub_checkpoint.go; the scaler counts with
// sequence numbers only, so offsets do not appear here.

export const kedaStrategies = ['blobMetadata', 'azureFunction', 'goSdk', 'dapr', 'default'] as const;
export type KedaStrategy = (typeof kedaStrategies)[number];

/** Names exactly as KEDA is given them: it changes the case of the consumer group alone, and only for blobMetadata. */
export interface KedaNames {
  /** Full host name of the namespace; a connection string's Endpoint keeps its port and its capital letters. */
  readonly namespace: string;
  readonly hub: string;
  readonly consumerGroup: string;
}

/** Where the extension of Functions before version 5 keeps its checkpoints, whatever blobContainer says. */
export const functionsContainer = 'azure-webjobs-eventhub';

export interface CheckpointPlace {
  readonly container: string;
  readonly path: string;
}

/** What KEDA makes of a checkpointStrategy: any other spelling or case falls back without a word. */
export function strategyFor(given: string, blobContainer: string): KedaStrategy {
  const text = given.trim();
  if (text === 'blobMetadata' || text === 'goSdk' || text === 'dapr') return text;
  return text === 'azureFunction' || blobContainer === '' ? 'azureFunction' : 'default';
}

export function checkpointPlace(
  strategy: KedaStrategy,
  names: KedaNames,
  blobContainer: string,
  partitionId: string,
): CheckpointPlace {
  const { namespace, hub, consumerGroup } = names;
  switch (strategy) {
    case 'blobMetadata':
      return { container: blobContainer, path: checkpointPath(names, partitionId) };
    case 'azureFunction':
      return {
        container: functionsContainer,
        path: `${namespace}/${hub}/${consumerGroup}/${partitionId}`,
      };
    case 'goSdk':
      return { container: blobContainer, path: partitionId };
    case 'dapr':
      return { container: blobContainer, path: `dapr-${hub}-${consumerGroup}-${partitionId}` };
    case 'default':
      return { container: blobContainer, path: `${consumerGroup}/${partitionId}` };
    default:
      return strategy satisfies never;
  }
}

/** With blobMetadata. Only the consumer group is lowered: a capital letter elsewhere stays and finds nothing. */
export function checkpointPath(names: KedaNames, partitionId: string): string {
  return `${names.namespace}/${names.hub}/${names.consumerGroup.toLowerCase()}/checkpoint/${partitionId}`;
}

/** With blobMetadata. Throws, as the scaler does for the whole trigger, when the blob has no whole sequence number. */
export function sequenceNumberOf(metadata: Readonly<Record<string, string>>): bigint {
  // HTTP header names ignore case.
  const text = Object.entries(metadata).find(([name]) => name.toLowerCase() === 'sequencenumber')?.[1];
  if (text === undefined) throw new Error('sequencenumber on blob not found');
  if (!/^[+-]?\d+$/.test(text)) throw new Error('sequencenumber is not a valid int64 value');
  return BigInt(text);
}

/** With the other strategies: a JSON document. Throws when it is none; a number that is missing counts as 0. */
export function sequenceNumberIn(strategy: Exclude<KedaStrategy, 'blobMetadata'>, content: string): bigint {
  const document = objectOf(JSON.parse(content));
  switch (strategy) {
    case 'goSdk':
    case 'dapr':
      return numberOf(objectOf(fieldOf(document, 'checkpoint') ?? {}), 'sequencenumber');
    case 'azureFunction':
      return numberOf(document, 'sequencenumber');
    case 'default': {
      const number = numberOf(document, 'sequencenumber');
      // The older Python SDK; looked at only where the first one is zero.
      return number === 0n ? numberOf(document, 'sequence_number') : number;
    }
    default:
      return strategy satisfies never;
  }
}

/** Field names ignore case, as in Go's encoding/json. */
function fieldOf(document: object, lowerName: string): unknown {
  return Object.entries(document).find(([name]) => name.toLowerCase() === lowerName)?.[1];
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error('it is no JSON object');
}

function numberOf(document: object, lowerName: string): bigint {
  const value = fieldOf(document, lowerName);
  if (value === undefined || value === null) return 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw new Error(`its ${lowerName} is no whole number`);
}
