// The variables that say where events come from and where leases, checkpoints and dead letters are stored.

import { readEventHubsString } from './event-hubs-string.ts';
import { readStorageString } from './storage-string.ts';
import { choice, optionalReadText, optionalText, text, wholeNumber } from './variable.ts';

const containerName = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const containerAllowed = '3 to 63 lower-case letters, digits and single hyphens';

export const connectionVariables = {
  EVENTHUB_CONNECTION_STRING: optionalReadText({
    group: 'Event Hubs',
    description: 'Connection string of the namespace or of the event hub, with a key that may listen.',
    allowed:
      'Endpoint=sb://...;SharedAccessKeyName=...;SharedAccessKey=... with or without ;EntityPath=..., as the portal shows it or any SDK takes it',
    read: readEventHubsString,
    isSecret: true,
    otherwise: 'EVENTHUB_NAMESPACE and an identity are used',
  }),
  EVENTHUB_NAMESPACE: optionalText({
    group: 'Event Hubs',
    description:
      'The namespace, when an identity (workload identity, managed identity, Azure CLI) is used instead of a connection string.',
    allowed: 'its name (orders-prod) or its full host name (orders-prod.servicebus.windows.net)',
    pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i,
    otherwise: 'EVENTHUB_CONNECTION_STRING is used',
  }),
  EVENTHUB_NAME: optionalText({
    group: 'Event Hubs',
    description: 'The event hub.',
    allowed: '1 to 256 letters, digits, dots, hyphens and underscores',
    pattern: /^[a-z0-9]([a-z0-9._-]{0,254}[a-z0-9])?$/i,
    otherwise: 'the EntityPath of EVENTHUB_CONNECTION_STRING',
  }),
  EVENTHUB_CONSUMER_GROUP: text({
    group: 'Event Hubs',
    description: 'The consumer group. Give each application a group of its own.',
    allowed: '$Default, or 1 to 50 letters, digits, dots, hyphens and underscores',
    pattern: /^(\$default|[a-z0-9]([a-z0-9._-]{0,48}[a-z0-9])?)$/i,
    default: '$Default',
  }),
  EVENTHUB_TRANSPORT: choice({
    group: 'Event Hubs',
    description: 'AMQP over TCP (port 5671), or inside WebSockets (port 443) where only HTTPS gets out.',
    words: ['amqp', 'websockets'],
    default: 'amqp',
  }),
  MAX_BATCH_SIZE: wholeNumber({
    group: 'Event Hubs',
    description:
      'Events taken from a link at once. It is no wait: what is there is taken. A quarter of PREFETCH_EVENTS keeps the link busy.',
    unit: 'events',
    min: 1,
    max: 5000,
    why: 'more than 5000 only adds memory; below about 100 the link is the bottleneck',
    default: 250,
  }),
  PREFETCH_EVENTS: wholeNumber({
    group: 'Event Hubs',
    description: 'Events of one partition that may be on their way to this worker.',
    unit: 'events',
    min: 1,
    max: 20_000,
    why: 'it costs memory per partition; beyond 20000 it buys no throughput',
    default: 1000,
  }),
  PREFETCH_BYTES: wholeNumber({
    group: 'Event Hubs',
    description: 'The same in bytes: whichever is reached first holds.',
    unit: 'bytes',
    min: 1_048_576,
    max: 1_073_741_824,
    why: 'one event may have 1 MiB; it costs memory per partition',
    default: 4_194_304,
  }),

  STORAGE_CONNECTION_STRING: optionalReadText({
    group: 'Storage',
    description: 'Connection string of the storage account that holds leases, checkpoints and dead letters.',
    allowed:
      'AccountName=...;AccountKey=..., or BlobEndpoint=...;SharedAccessSignature=..., as the portal shows it or any SDK takes it',
    read: readStorageString,
    isSecret: true,
    otherwise: 'STORAGE_ACCOUNT and an identity are used',
  }),
  STORAGE_ACCOUNT: optionalText({
    group: 'Storage',
    description: 'The storage account, when an identity is used instead of a connection string.',
    allowed:
      'its name (3 to 24 lower-case letters and digits), or the address of its blob endpoint (https://...)',
    pattern: /^([a-z0-9]{3,24}|https:\/\/[a-z0-9.-]+(:\d+)?(\/[a-z0-9]*)?)$/,
    otherwise: 'STORAGE_CONNECTION_STRING is used',
  }),
  CHECKPOINT_CONTAINER: text({
    group: 'Storage',
    description: 'Container of leases and checkpoints; many event hubs and groups may share it.',
    allowed: containerAllowed,
    pattern: containerName,
    default: 'checkpoints',
  }),
  DEAD_LETTER_CONTAINER: text({
    group: 'Storage',
    description: 'Container of dead letters.',
    allowed: containerAllowed,
    pattern: containerName,
    default: 'dead-letters',
  }),
};
