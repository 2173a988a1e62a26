// Reads what the handler of these tests wrote.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export class HandledFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(t: TestContext): Promise<HandledFile> {
    const folder = await mkdtemp(join(tmpdir(), 'handled-'));
    t.after(async () => rm(folder, { recursive: true, force: true }));
    return new HandledFile(join(folder, 'ids'));
  }

  /** The environment that makes a worker write here. */
  get environment(): Readonly<Record<string, string>> {
    return { HANDLER: 'test/e2e/worker/handled-events.ts', HANDLED_FILE: this.path };
  }

  /** Ids in the order they were written, repeats included. A line torn by kill -9 is left out. */
  async ids(): Promise<readonly string[]> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }
}
