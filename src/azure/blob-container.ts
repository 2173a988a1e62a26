// One blob container with what the storage SDK lacks: a deadline on every call, conditional writes that tell a conflict from
// an error, errors of the catalogue, and one report per request. Knows nothing of what the blobs mean.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobItem, ContainerClient, ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';
import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { Clock, WriteResult } from '../engine/ports.ts';
import { withDeadline } from '../engine/waiting.ts';
import { codeOf, statusOf, storageError } from './map-error.ts';
import { normalise } from './group-records.ts';
import type { Metadata } from './group-records.ts';

/** One call to the store and how it ended: an HTTP status, or the error's code when there was no answer. */
export interface StorageRequest {
  readonly operation: 'list' | 'read' | 'create' | 'update' | 'put' | 'append' | 'delete';
  readonly status: string;
  readonly durationMs: number;
}

export interface BlobContainerOptions {
  readonly client: ContainerClient;
  readonly clock: Clock;
  /** Names the container in errors. */
  readonly variable: string;
  readonly timeoutMs: number;
  readonly onRequest: (request: StorageRequest) => void;
}

export interface FoundBlob {
  readonly name: string;
  readonly metadata: Metadata;
  readonly etag: string;
  readonly ageMs: number;
  readonly sizeBytes: number;
}

/** The service's own limit of one page. */
const pageSize = 5000;

export class BlobContainer {
  readonly #options: BlobContainerOptions;

  constructor(options: BlobContainerOptions) {
    this.#options = options;
  }

  /**
   * All blobs below a prefix with their metadata. Ages are the answer's Date minus Last-Modified: both are the store's clock,
   * to the second.
   */
  async list(
    prefix: string,
    signal: AbortSignal,
  ): Promise<{ readonly storeTimeMs: number; readonly blobs: readonly FoundBlob[] }> {
    const blobs: FoundBlob[] = [];
    let storeTimeMs = 0;
    for await (const page of this.pages(prefix, signal)) {
      storeTimeMs = page.storeTimeMs;
      blobs.push(...page.blobs);
    }
    return { storeTimeMs, blobs };
  }

  /** The same page by page, each with a deadline of its own: for listings that may be long. */
  async *pages(
    prefix: string,
    signal: AbortSignal,
    maxPageSize = pageSize,
  ): AsyncGenerator<{ readonly storeTimeMs: number; readonly blobs: readonly FoundBlob[] }> {
    let continuationToken: string | undefined;
    do {
      const token = continuationToken;
      const page = await this.#call('list', signal, async (abortSignal) => {
        const pages = this.#options.client
          .listBlobsFlat({ prefix, includeMetadata: true, abortSignal })
          .byPage({ maxPageSize, ...(token === undefined ? {} : { continuationToken: token }) });
        // The iterator's type leaves the end of the pages open; one page is always there.
        const next: IteratorResult<ContainerListBlobFlatSegmentResponse, undefined> = await pages.next();
        return next.value;
      });
      if (page === undefined) return;
      const storeTimeMs = timeOf(page.date);
      yield { storeTimeMs, blobs: page.segment.blobItems.map((item) => toFound(item, storeTimeMs)) };
      continuationToken = page.continuationToken;
    } while (continuationToken !== undefined && continuationToken !== '');
  }

  /** Metadata of one blob; undefined when it is not there. */
  async readMetadata(name: string, signal: AbortSignal): Promise<FoundBlob | undefined> {
    const found = await this.#unlessMissing('read', signal, (abortSignal) =>
      this.#options.client.getBlobClient(name).getProperties({ abortSignal }),
    );
    if (found === undefined) return undefined;
    return {
      name,
      metadata: normalise(found.metadata),
      etag: found.etag ?? '',
      ageMs: age(timeOf(found.date), found.lastModified),
      sizeBytes: found.contentLength ?? 0,
    };
  }

  /** The content of one blob; undefined when it is not there. Throws EHW_RECORD_INVALID when it is larger than `maxBytes`. */
  async readContent(
    name: string,
    signal: AbortSignal,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<Buffer | undefined> {
    // One request: downloadToBuffer would ask for the size first.
    return this.#unlessMissing('read', signal, async (abortSignal) => {
      const { contentLength = 0, readableStreamBody } = await this.#options.client
        .getBlobClient(name)
        .download(0, undefined, { abortSignal });
      if (readableStreamBody === undefined) throw new Error('the answer has no body');
      if (contentLength > maxBytes) {
        // Nobody reads the rest: end the connection rather than download it.
        if (readableStreamBody instanceof Readable) readableStreamBody.destroy();
        throw new WorkerError('EHW_RECORD_INVALID', { blob: name, reason: `it has ${contentLength} bytes` });
      }
      return buffer(readableStreamBody);
    });
  }

  /**
   * Creates an empty blob with this metadata (`ifMatch` undefined, conflicts when it exists), or replaces the metadata of the
   * one version that `ifMatch` names. A blob that was deleted meanwhile is a conflict too.
   */
  async writeMetadata(
    name: string,
    metadata: Record<string, string>,
    ifMatch: string | undefined,
    signal: AbortSignal,
  ): Promise<WriteResult> {
    const blob = this.#options.client.getBlockBlobClient(name);
    try {
      const { etag } =
        ifMatch === undefined
          ? await this.#call('create', signal, (abortSignal) =>
              blob.upload('', 0, { metadata, conditions: { ifNoneMatch: '*' }, abortSignal }),
            )
          : // Replacing the blob itself would leave a version behind on accounts with soft delete (azure-sdk-for-js #10132).
            await this.#call('update', signal, (abortSignal) =>
              blob.setMetadata(metadata, { conditions: { ifMatch }, abortSignal }),
            );
      return { kind: 'stored', etag: etag ?? '' };
    } catch (thrown) {
      if (isConflict(thrown)) return { kind: 'conflict' };
      throw thrown;
    }
  }

  /** Creates or replaces a blob with content. */
  async put(
    name: string,
    content: Buffer,
    options: { readonly metadata: Record<string, string>; readonly contentType: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { metadata, contentType } = options;
    await this.#call('put', signal, (abortSignal) =>
      this.#options.client.getBlockBlobClient(name).upload(content, content.byteLength, {
        metadata,
        blobHTTPHeaders: { blobContentType: contentType },
        abortSignal,
      }),
    );
  }

  /** Adds content to the end of an append blob, which is created when it is not there. `full`: it takes no more. */
  async append(name: string, content: Buffer, signal: AbortSignal): Promise<'appended' | 'full'> {
    const blob = this.#options.client.getAppendBlobClient(name);
    const write = (): Promise<unknown> =>
      this.#call('append', signal, (abortSignal) =>
        blob.appendBlock(content, content.byteLength, { abortSignal }),
      );
    try {
      await write();
    } catch (thrown) {
      if (codeOf(beneathOf(thrown)) === 'BlockCountExceedsLimit') return 'full';
      if (!isBlobMissing(thrown)) throw thrown;
      await this.#call('create', signal, (abortSignal) => blob.createIfNotExists({ abortSignal }));
      await write();
    }
    return 'appended';
  }

  /** Removes a blob if it is still the version named; anything else is no error. */
  async remove(name: string, ifMatch: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#call('delete', signal, (abortSignal) =>
        this.#options.client.getBlobClient(name).delete({ conditions: { ifMatch }, abortSignal }),
      );
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
    }
  }

  async createIfMissing(signal: AbortSignal): Promise<void> {
    await this.#call('create', signal, (abortSignal) =>
      this.#options.client.createIfNotExists({ abortSignal }),
    );
  }

  async #unlessMissing<T>(
    operation: StorageRequest['operation'],
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#call(operation, signal, run);
    } catch (thrown) {
      if (isBlobMissing(thrown)) return undefined;
      throw thrown;
    }
  }

  async #call<T>(
    operation: StorageRequest['operation'],
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { client, clock, timeoutMs, onRequest, variable } = this.#options;
    const startedMs = clock.monotonicMs();
    const report = (status: string): void =>
      onRequest({ operation, status, durationMs: clock.monotonicMs() - startedMs });
    try {
      const result = await withDeadline(
        clock,
        { operation: `Blob Storage: ${operation} in ${client.containerName}`, timeoutMs, signal },
        run,
      );
      report('ok');
      return result;
    } catch (thrown) {
      const status = statusOf(thrown);
      report(status === 0 ? codeOf(thrown) || 'error' : String(status));
      if (signal.aborted && !(thrown instanceof WorkerError)) throw thrown;
      throw storageError(thrown, { container: client.containerName, variable });
    }
  }
}

/** 409 and 412 tell of another writer, and so does a blob that is gone while its container is there. */
function isConflict(thrown: unknown): boolean {
  const beneath = beneathOf(thrown);
  const status = statusOf(beneath);
  if (status === 409 || status === 412) {
    // Of the 409s only these speak of the blob; ContainerBeingDeleted and the like are errors.
    return status === 412 || ['BlobAlreadyExists', 'UnauthorizedBlobOverwrite', ''].includes(codeOf(beneath));
  }
  return isBlobMissing(thrown);
}

function isBlobMissing(thrown: unknown): boolean {
  const beneath = beneathOf(thrown);
  return statusOf(beneath) === 404 && codeOf(beneath) !== 'ContainerNotFound';
}

function beneathOf(thrown: unknown): unknown {
  return thrown instanceof WorkerError ? thrown.cause : thrown;
}

function toFound(item: BlobItem, storeTimeMs: number): FoundBlob {
  return {
    name: item.name,
    metadata: normalise(item.metadata),
    etag: quoted(item.properties.etag),
    ageMs: age(storeTimeMs, item.properties.lastModified),
    sizeBytes: item.properties.contentLength ?? 0,
  };
}

/** Listings give etags bare, headers give them in quotes; one form makes them comparable. */
function quoted(etag: string): string {
  return etag.startsWith('"') || etag === '' ? etag : `"${etag}"`;
}

function timeOf(date: Date | undefined): number {
  if (date === undefined) {
    throw new WorkerError('EHW_STORAGE_FAILED', { reason: reasonOf('the answer has no Date header') });
  }
  return date.getTime();
}

function age(storeTimeMs: number, lastModified: Date | undefined): number {
  return lastModified === undefined ? 0 : Math.max(0, storeTimeMs - lastModified.getTime());
}
