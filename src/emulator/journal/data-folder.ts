/**
 * The directory in which an emulator keeps its hubs over a restart. One emulator has it at a time. Hubs in it that are not
 * asked for are left as they are.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataFolderError } from './data-folder-error.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './folder-lock.ts';
import { HubFolder } from './hub-folder.ts';

export class DataFolder {
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #hubs = new Set<HubFolder>();

  private constructor(folder: string, lock: FolderLock) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /** Makes the directory when it is not there. Throws DataFolderError when it cannot be had. */
  static async open(path: string): Promise<DataFolder> {
    const folder = resolve(path);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new DataFolderError(`the data directory cannot be made: ${why}`, { cause: error });
    }
    return new DataFolder(folder, await lockFolder(folder));
  }

  /** A hub's folder. `namespace` is a host name; undefined: the first namespace, whatever its host is. */
  hub(name: string, namespace: string | undefined, partitionCount: number, nowMs: number): HubFolder {
    const parent = namespace === undefined ? ['hubs'] : ['namespaces', namespace.toLowerCase()];
    const hub = new HubFolder(join(this.#folder, ...parent, name.toLowerCase()), partitionCount, nowMs);
    this.#hubs.add(hub);
    return hub;
  }

  async close(): Promise<void> {
    for (const hub of this.#hubs) hub.close();
    await this.#lock.release();
  }
}
