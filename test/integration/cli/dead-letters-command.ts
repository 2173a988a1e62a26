// The `dead-letters` command as a person runs it, against one emulator and one Azurite; each has containers of its own.

import { EventEmitter } from 'node:events';
import { openAzure } from '../../../src/azure/azure.ts';
import type { DeadLetterStore } from '../../../src/azure/dead-letter-store.ts';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { orThrow, readGroupConfig } from '../../../src/config/read-config.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import type { DeadLetter } from '../../../src/engine/ports.ts';
import { uniqueContainerName } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { realClock } from '../../support/real-clock.ts';

const noAbort = new AbortController().signal;

export class DeadLettersCommand {
  readonly env: Record<string, string>;
  /** What the last run printed, line by line. */
  out: string[] = [];
  notes: string[] = [];

  constructor(emulator: Emulator, azurite: Azurite, hub = 'orders') {
    this.env = {
      EVENTHUB_CONNECTION_STRING: emulator.connectionString(),
      EVENTHUB_NAME: hub,
      STORAGE_CONNECTION_STRING: azurite.connectionString,
      CHECKPOINT_CONTAINER: uniqueContainerName(),
      DEAD_LETTER_CONTAINER: uniqueContainerName(),
    };
  }

  /** The exit code. */
  async run(...args: readonly string[]): Promise<number> {
    this.out = [];
    this.notes = [];
    return runCommandLine(['dead-letters', ...args], {
      env: this.env,
      writeOut: (text) => void this.out.push(...text.trimEnd().split('\n')),
      writeError: (text) => void this.notes.push(...text.trimEnd().split('\n')),
      isTerminal: false,
      failures: new EventEmitter(),
    });
  }

  async store(...letters: readonly DeadLetter[]): Promise<void> {
    await this.withStore(async (store) => {
      for (const letter of letters) await store.put(letter, noAbort);
    });
  }

  /** The store the command looks into. */
  async withStore<T>(run: (store: DeadLetterStore) => Promise<T>): Promise<T> {
    const { eventHub, storage } = orThrow(readGroupConfig([{ origin: 'environment', values: this.env }]));
    const random = { next: () => 0.5 };
    const azure = await openAzure({ eventHub, storage, workerId: 'test', clock: realClock, random });
    try {
      return await run(azure.deadLetters);
    } finally {
      await azure.close();
    }
  }
}
