/** One hub on disk: what describes it, and a folder for each partition. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DataFolderError } from './data-folder-error.ts';
import { PartitionJournal } from './partition-journal.ts';

/** Raised whenever a reader of an older version would go wrong. */
const FORMAT = 1;

const descriptionSchema = z.object({
  format: z.literal(FORMAT),
  createdAtMs: z.number(),
  partitionCount: z.int().positive(),
});

type Description = z.infer<typeof descriptionSchema>;

export class HubFolder {
  readonly #folder: string;
  readonly #journals: PartitionJournal[] = [];
  #description: Description;

  /** Opens a hub's folder, or makes it. Throws DataFolderError when it cannot be read. */
  constructor(folder: string, partitionCount: number, nowMs: number) {
    this.#folder = folder;
    const found = this.#read();
    if (found === undefined) {
      // What a removal that was cut short left behind.
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
    this.#description = found ?? { format: FORMAT, createdAtMs: nowMs, partitionCount };
    if (found === undefined || found.partitionCount < partitionCount) this.grow(partitionCount);
  }

  get createdAtMs(): number {
    return this.#description.createdAtMs;
  }

  /** Never less than it was: partitions cannot be taken away. */
  get partitionCount(): number {
    return this.#description.partitionCount;
  }

  journal(partitionId: string): PartitionJournal {
    const journal = new PartitionJournal(join(this.#folder, partitionId));
    this.#journals.push(journal);
    return journal;
  }

  grow(partitionCount: number): void {
    this.#description = { ...this.#description, partitionCount };
    const path = join(this.#folder, 'hub.json');
    writeFileSync(`${path}.new`, `${JSON.stringify(this.#description)}\n`);
    renameSync(`${path}.new`, path);
  }

  /** Deletes the hub and all of its events. */
  remove(): void {
    this.close();
    // First of all: without it the rest counts as not there.
    rmSync(join(this.#folder, 'hub.json'), { force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  close(): void {
    for (const journal of this.#journals.splice(0)) journal.close();
  }

  #read(): Description | undefined {
    const path = join(this.#folder, 'hub.json');
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new DataFolderError(`${path} cannot be read`, { cause: error });
    }
    try {
      return descriptionSchema.parse(JSON.parse(text));
    } catch (error) {
      throw new DataFolderError(
        `${path} was not written by this version: move the data directory away, or delete it`,
        { cause: error },
      );
    }
  }
}
