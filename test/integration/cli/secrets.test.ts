// Commands that fail in the words of SDKs and sockets: nothing they print, at the most talkative level, holds a key.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import { startAzurite } from '../../support/azurite.ts';

const key =
  'bWFya2VyLW9mLWEta2V5LXRoYXQtbm9ib2R5LXByaW50cy1tYXJrZXItb2YtYS1rZXktbm9ib2R5LXByaW50cy4uLi4uLi4u';

describe('no command that fails prints a key', () => {
  for (const args of [
    ['lag'],
    ['lag', '--json'],
    ['checkpoints', 'list'],
    ['dead-letters', 'list', '--json'],
    ['send', '--count', '1'],
    ['doctor', '--json'],
    ['doctor'],
  ]) {
    it(args.join(' '), async (t) => {
      const [emulator, azurite] = await Promise.all([
        startEmulator({ port: 0, hubs: [{ name: 'orders', partitionCount: 1 }] }),
        startAzurite(),
      ]);
      t.after(() => Promise.all([emulator.close(), azurite.stop()]));
      let output = '';
      await runCommandLine(['--log-level', 'debug', ...args], {
        env: {
          EVENTHUB_CONNECTION_STRING: `Endpoint=127.0.0.1:${String(emulator.port)};SharedAccessKeyName=k;SharedAccessKey=${key};UseDevelopmentEmulator=1`,
          EVENTHUB_NAME: 'orders',
          STORAGE_CONNECTION_STRING: azurite.connectionString.replace(
            /AccountKey=[^;]+/,
            `AccountKey=${key}`,
          ),
          WORKER_ID: 'w',
        },
        writeOut: (text) => (output += text),
        writeError: (text) => (output += text),
        isTerminal: false,
        failures: new EventEmitter(),
      });
      assert.match(output, /UNAUTHORIZED|refused the credentials/);
      for (const piece of [key.slice(0, 8), key.slice(40, 48), key.slice(-9, -1)]) {
        assert.ok(!output.includes(piece), output);
      }
    });
  }
});
