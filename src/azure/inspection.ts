// The room's second entry, for `doctor`: what no worker needs. Every question has a deadline; those that write leave nothing
// behind, those that receive displace nobody.

import { RestError } from '@azure/storage-blob';
import type { BlobServiceClient } from '@azure/storage-blob';
import type { Clock, Random } from '../engine/ports.ts';
import type { GroupView } from '../engine/leases/records.ts';
import { WorkerError } from '../engine/errors.ts';
import { withDeadline } from '../engine/waiting.ts';
import type { AzureOptions } from './azure.ts';
import { BlobContainer } from './blob-container.ts';
import { BlobGroupStore } from './blob-group-store.ts';
import { ClientFactory, namespaceHost } from './credentials.ts';
import { AzureEventSource } from './event-source.ts';
import type { GroupName } from './group-paths.ts';
import { EventPeek } from './event-peek.ts';
import { eventHubsScope, storageScope } from './identity-token.ts';
import type { IdentityToken } from './identity-token.ts';
import { statusOf, storageError } from './map-error.ts';
import type { ReceiverAnswer } from './receiver-answer.ts';
import { ReceiverProbe } from './receiver-probe.ts';
import { probeWrites } from './write-probe.ts';
import type { WriteProbe } from './write-probe.ts';

export interface InspectionOptions {
  readonly eventHub: AzureOptions['eventHub'];
  readonly storage: AzureOptions['storage'];
  readonly clock: Clock;
  readonly random: Random;
}

/** Which container a question is about; `variable` names it in errors. */
export interface ContainerName {
  readonly name: string;
  readonly variable: string;
}

export interface Inspection {
  readonly group: GroupName;
  readonly source: Pick<AzureEventSource, 'partitionIds' | 'partitionProperties'>;
  readonly accountName: string;
  readonly container: (container: ContainerName) => BlobContainer;
  /** Undefined where a connection string is used. */
  readonly eventHubToken: (signal: AbortSignal) => Promise<IdentityToken | undefined>;
  readonly storageToken: (signal: AbortSignal) => Promise<IdentityToken | undefined>;
  readonly askReceiver: (partitionId: string, signal: AbortSignal) => Promise<ReceiverAnswer>;
  /** The newest events of a partition; undefined when its owner keeps others out. */
  readonly peek: EventPeek['newest'];
  /** The group's records, and what was left out of them because it is malformed. */
  readonly readGroup: (
    signal: AbortSignal,
  ) => Promise<{ readonly view: GroupView; readonly malformed: readonly string[] }>;
  readonly probeWrites: (container: ContainerName, signal: AbortSignal) => Promise<WriteProbe>;
  /** Undefined when the rights of this identity do not allow to ask. */
  readonly isHierarchical: (signal: AbortSignal) => Promise<boolean | undefined>;
  /** The store's clock, which answers without credentials too. */
  readonly storeTimeMs: (signal: AbortSignal) => Promise<number>;
  readonly close: () => Promise<void>;
}

const storageTimeoutMs = 10_000;
const tokenTimeoutMs = 15_000;
const prefetchBytes = 1024 * 1024;

export async function openInspection(options: InspectionOptions): Promise<Inspection> {
  const { eventHub, storage, clock, random } = options;
  const clients = await ClientFactory.create({ eventHub, storage: storage.credentials });
  const group: GroupName = {
    namespace: namespaceHost(eventHub.namespace),
    eventHub: eventHub.eventHub,
    consumerGroup: eventHub.consumerGroup,
  };
  const account = clients.storage(storage.credentials);
  const checkpoints = { name: storage.checkpointContainer, variable: 'CHECKPOINT_CONTAINER' };
  const container = ({ name, variable }: ContainerName): BlobContainer =>
    new BlobContainer({
      client: account.getContainerClient(name),
      clock,
      variable,
      timeoutMs: storageTimeoutMs,
      onRequest: () => undefined,
    });
  const source = new AzureEventSource(
    { ...eventHub, workerId: 'doctor', prefetchBytes },
    { clients, clock, random },
  );
  const receivers = new ReceiverProbe({
    access: eventHub,
    consumerGroup: eventHub.consumerGroup,
    clients,
    clock,
  });
  const events = new EventPeek({ access: eventHub, consumerGroup: eventHub.consumerGroup, clients, clock });
  const ask = async <T>(
    place: ContainerName,
    operation: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    try {
      const timeoutMs = 2 * storageTimeoutMs;
      return await withDeadline(clock, { operation: `Blob Storage: ${operation}`, timeoutMs, signal }, run);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      throw storageError(thrown, { container: place.name, variable: place.variable });
    }
  };
  const token = async (isIdentity: boolean, scope: string, signal: AbortSignal) =>
    isIdentity
      ? withDeadline(
          clock,
          { operation: 'Getting a token', timeoutMs: tokenTimeoutMs, signal },
          (abortSignal) => clients.identityToken(scope, abortSignal),
        )
      : undefined;
  return {
    group,
    source,
    accountName: account.accountName,
    container,
    eventHubToken: (signal) => token(eventHub.credentials.kind === 'identity', eventHubsScope, signal),
    storageToken: (signal) => token(storage.credentials.kind === 'identity', storageScope, signal),
    askReceiver: (partitionId, signal) => receivers.ask(partitionId, signal),
    peek: (partition, maxEvents, signal) => events.newest(partition, maxEvents, signal),
    readGroup: async (signal) => {
      const malformed: string[] = [];
      const onWarning = (text: string): void => void malformed.push(text);
      const store = new BlobGroupStore({ container: container(checkpoints), group, onWarning });
      return { view: await store.readGroup(signal), malformed };
    },
    probeWrites: (place, signal) =>
      ask(place, `probing writes in ${place.name}`, signal, (abortSignal) =>
        probeWrites(account.getContainerClient(place.name), abortSignal),
      ),
    isHierarchical: async (signal) => {
      const client = account.getContainerClient(checkpoints.name);
      try {
        const info = await ask(checkpoints, 'reading the account', signal, (abortSignal) =>
          client.getAccountInfo({ abortSignal }),
        );
        return info.isHierarchicalNamespaceEnabled;
      } catch (thrown) {
        const beneath = thrown instanceof WorkerError ? thrown.cause : thrown;
        if ([401, 403, 404].includes(statusOf(beneath))) return undefined;
        throw thrown;
      }
    },
    storeTimeMs: (signal) =>
      ask(checkpoints, 'reading its clock', signal, (abortSignal) =>
        storeTime(clients.anonymous(account.url), abortSignal),
      ),
    close: async () => {
      await Promise.all([receivers.close(), events.close(), source.close()]);
    },
  };
}

/** Every answer of the service has a Date, whatever it thinks of the request. */
async function storeTime(account: BlobServiceClient, abortSignal: AbortSignal): Promise<number> {
  let timeMs: number | undefined;
  try {
    timeMs = (await account.getAccountInfo({ abortSignal })).date?.getTime();
  } catch (thrown) {
    if (!(thrown instanceof RestError) || thrown.response === undefined) throw thrown;
    timeMs = Date.parse(thrown.response.headers.get('date') ?? '');
  }
  if (timeMs === undefined || Number.isNaN(timeMs)) {
    throw new WorkerError('EHW_STORAGE_FAILED', { reason: 'the answer has no Date header' });
  }
  return timeMs;
}
