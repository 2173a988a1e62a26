// Proves on one small blob that a container keeps the promises leases and checkpoints stand on, and removes it again. Tells
// what was answered; what that means is the caller's.

import { RestError } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { randomUUID } from 'node:crypto';

export interface WriteProbe {
  readonly blob: string;
  /** HTTP status of creating the blob a second time with If-None-Match: *; 409 keeps the promise. */
  readonly secondCreateStatus: number;
  /** HTTP status of an update with an etag that is no longer current; 412 keeps the promise. */
  readonly staleUpdateStatus: number;
  /** Whether the last accepted write was read again. */
  readonly isReadBack: boolean;
  /** Writes are answered with a version id only where versioning is on. */
  readonly isVersioned: boolean;
  /** Whether the blob can still be listed as deleted: soft delete. Undefined when that may not be asked here. */
  readonly isKeptAfterDelete: boolean | undefined;
}

/** Outside the prefix of every consumer group, so that no worker's listing meets it. */
export const probePrefix = 'eventhub-worker-doctor/';

const cleanUpTimeoutMs = 5_000;

/** Throws what the SDK throws when a write that should be accepted is not. */
export async function probeWrites(client: ContainerClient, abortSignal: AbortSignal): Promise<WriteProbe> {
  const name = `${probePrefix}${randomUUID()}`;
  const blob = client.getBlockBlobClient(name);
  try {
    const create = () => blob.upload('', 0, { conditions: { ifNoneMatch: '*' }, abortSignal });
    const update = (etag: string, round: string) =>
      blob.setMetadata({ round }, { conditions: { ifMatch: etag }, abortSignal });
    const created = await create();
    const second = await statusOf(create);
    const first = second.etag ?? created.etag ?? '';
    const updated = await update(first, 'accepted');
    const stale = await statusOf(() => update(first, 'stale'));
    const found = await blob.getProperties({ abortSignal });
    await blob.delete({ abortSignal });
    return {
      blob: name,
      secondCreateStatus: second.status,
      staleUpdateStatus: stale.status,
      isReadBack: found.etag === (stale.etag ?? updated.etag),
      isVersioned: created.versionId !== undefined || updated.versionId !== undefined,
      isKeptAfterDelete: await isListedAsDeleted(client, name, abortSignal),
    };
  } catch (thrown) {
    // The signal may be what ended the probe: the blob must go nevertheless.
    await blob.deleteIfExists({ abortSignal: AbortSignal.timeout(cleanUpTimeoutMs) }).catch(() => undefined);
    throw thrown;
  }
}

/** The status of a write that should be refused; throws when the answer is neither a refusal nor an acceptance. */
async function statusOf(
  write: () => Promise<{ readonly etag?: string; readonly _response: { readonly status: number } }>,
): Promise<{ readonly status: number; readonly etag: string | undefined }> {
  try {
    const accepted = await write();
    return { status: accepted['_response'].status, etag: accepted.etag };
  } catch (thrown) {
    const status = thrown instanceof RestError ? thrown.statusCode : undefined;
    if (status === 409 || status === 412) return { status, etag: undefined };
    throw thrown;
  }
}

async function isListedAsDeleted(
  client: ContainerClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<boolean | undefined> {
  try {
    for await (const item of client.listBlobsFlat({ prefix: name, includeDeleted: true, abortSignal })) {
      if (item.name === name && item.deleted) return true;
    }
    return false;
  } catch (thrown) {
    // Refused by the rights or by the kind of the account; the probe's other answers stand.
    if (thrown instanceof RestError && [400, 401, 403, 409].includes(thrown.statusCode ?? 0))
      return undefined;
    throw thrown;
  }
}
