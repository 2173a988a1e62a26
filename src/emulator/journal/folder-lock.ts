/**
 * Keeps a directory for one process: a local socket in it that accepts connections while its process lives. It is free at
 * once when the process was killed, and another container that has the directory mounted sees it too, which a file with a
 * process id does not promise (every container has a process 1).
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join, relative } from 'node:path';
import { DataFolderError } from './data-folder-error.ts';

/** sun_path of the strictest system, macOS, less its closing zero. */
const MAX_SOCKET_PATH_BYTES = 103;

export interface FolderLock {
  release(): Promise<void>;
}

/** Throws DataFolderError when another process has the directory. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = socketPath(folder);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const server = await tryToListen(path);
    if (server !== undefined) return { release: () => closed(server) };
    if (await isAnswered(path)) throw inUse(folder);
    // Its process was killed. Out of the way it goes by renaming, and is asked again there: between the question and the
    // rename another starter may have taken its place.
    const aside = `${path}.${randomUUID().slice(0, 8)}`;
    await rename(path, aside).catch(() => undefined);
    if (await isAnswered(aside)) {
      await rename(aside, path);
      throw inUse(folder);
    }
    await rm(aside, { force: true });
  }
  throw inUse(folder);
}

function inUse(folder: string): DataFolderError {
  return new DataFolderError(`${folder} is in use by another emulator: give each its own directory`);
}

function socketPath(folder: string): string {
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\eventhub-emulator-${createHash('sha256').update(folder).digest('hex')}`;
  }
  const path = join(folder, 'lock');
  const short = relative(process.cwd(), path);
  const shortest = Buffer.byteLength(short) < Buffer.byteLength(path) ? `./${short}` : path;
  // Nine more for the name aside.
  if (Buffer.byteLength(shortest) + 9 > MAX_SOCKET_PATH_BYTES) {
    throw new DataFolderError(`${folder}: the path is too long for a socket in it; start nearer to it`);
  }
  return shortest;
}

async function tryToListen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ path });
    await once(server, 'listening');
    return server.unref();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(`the directory cannot be locked: ${why}`, { cause: error });
  }
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
