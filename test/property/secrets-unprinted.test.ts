// No command prints a secret, whatever stands in the connection strings: legal ones, broken ones, pasted into the wrong
// variable, with commands that succeed, that are refused and that fail in an SDK's own words.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { secretsIn } from '../../src/config/secret.ts';
import { createRedact } from '../../src/telemetry/redaction.ts';
import { workerEnvironment } from '../support/worker-environment.ts';

/** Any eight of its letters in a row give it away. */
const marker = 'QmFzZTY0TWFya2VyS2V5/Zm9yVGhlVGVzdHM+Lm5vYm9keQ==';

const name = fc.constantFrom(
  'Endpoint',
  'endpoint ',
  'SharedAccessKeyName',
  'SharedAccessKey',
  'sharedaccesskey',
  'SHAREDACCESSKEY ',
  'SharedAcessKey',
  'AccountName',
  'AccountKey',
  'accountKey',
  'BlobEndpoint',
  'SharedAccessSignature',
  'EntityPath',
  'DefaultEndpointsProtocol',
  'UseDevelopmentEmulator',
  '',
);
const secret = fc.constantFrom(
  marker,
  ` ${marker} `,
  `SharedAccessSignature sr=sb%3A%2F%2Fns&sig=${encodeURIComponent(marker)}&se=1900000000&skn=k`,
  `sv=2024-11-04&sig=${encodeURIComponent(marker)}`,
  `sb://user:${encodeURIComponent(marker)}@ns.servicebus.windows.net/`,
  `https://a.blob.core.windows.net/?sig=${encodeURIComponent(marker)}`,
);
/** Cut in two: what stands under a name that holds an address is taken for one, so only under a key's own. */
const cut = fc
  .tuple(
    fc.constantFrom('SharedAccessKey', 'accountkey ', 'SHAREDACCESSKEY'),
    fc.constantFrom(';', ' ', ';;', '\n', '; ', '=;'),
    fc.integer({ min: 1, max: marker.length - 1 }),
  )
  .map(([key, separator, at]) => `${key}=${marker.slice(0, at)}${separator}${marker.slice(at)}`);
const harmless = fc.constantFrom(
  'sb://ns.servicebus.windows.net/',
  'listen',
  'orders',
  'true',
  'https',
  'https://a.blob.core.windows.net',
  '',
);
const part = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(name, harmless).map(([key, value]) => `${key}=${value}`) },
  { weight: 3, arbitrary: fc.tuple(name, secret).map(([key, value]) => `${key}=${value}`) },
  { weight: 1, arbitrary: secret },
  { weight: 2, arbitrary: cut },
);
const broken = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 5 }), fc.constantFrom(';', ';', ';;', ' ; ', ''))
  .map(([parts, separator]) => parts.join(separator));
const legal = fc.constantFrom(
  `Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=${marker}`,
  `endpoint=ns;sharedaccesskeyname=listen;sharedaccesskey=${marker};EntityPath=ORDERS`,
  `AccountName=orders;AccountKey=${marker}`,
  `AccountName=orders;SharedAccessSignature=sv=1&sig=${encodeURIComponent(marker)}`,
);
const variable = fc.constantFrom(
  'EVENTHUB_CONNECTION_STRING',
  'STORAGE_CONNECTION_STRING',
  'EVENTHUB_NAME',
  'EVENTHUB_NAMESPACE',
  'STORAGE_ACCOUNT',
  'START_POSITION',
);
const command = fc.constantFrom(
  ['config'],
  ['config', '--json'],
  ['config', '--check'],
  ['--log-level', 'debug', 'config', '--check'],
  ['doctor', '--timeout-seconds', '1', '--json'],
);

test('no command prints a part of a key, wherever it stands', async () => {
  const given = fc
    .tuple(
      fc.dictionary(variable, fc.oneof(broken, legal), { minKeys: 1, maxKeys: 3 }),
      // Any text may be the path of a handler, and is told when it is none: only a whole string is known there.
      fc.option(legal, { nil: 'discard' }),
    )
    .map(([changes, HANDLER]) => ({ ...changes, HANDLER }));
  await fc.assert(
    fc.asyncProperty(command, given, async (args, changes) => {
      // `doctor` would connect to what it is allowed to: only the refused ones are its turn here.
      const isConnecting = args[0] === 'doctor';
      const env = { ...workerEnvironment, ...changes, ...(isConnecting ? { LEASE_MS: 'x' } : {}) };
      let output = '';
      await runCommandLine(args, {
        env,
        writeOut: (text) => (output += text),
        writeError: (text) => (output += text),
        isTerminal: false,
        failures: new EventEmitter(),
      });
      assert.equal(leakIn(output), undefined, output);
    }),
    { numRuns: 400 },
  );
});

test('an error that quotes a connection string is told without it', () => {
  fc.assert(
    fc.property(fc.oneof(broken, legal), (given) => {
      const redact = createRedact(secretsIn({ EVENTHUB_CONNECTION_STRING: given }));
      const told = redact(
        `The entity path "a" in connectionString: "${given}" doesn't match\n    at file.js:1:1`,
      );
      assert.equal(leakIn(told), undefined, told);
    }),
    { numRuns: 500 },
  );
});

/** The first piece of the marker in a text. */
function leakIn(text: string): string | undefined {
  for (const form of [marker, encodeURIComponent(marker)]) {
    for (let at = 0; at + 8 <= form.length; at++) {
      const piece = form.slice(at, at + 8);
      if (text.includes(piece)) return piece;
    }
  }
  return undefined;
}
