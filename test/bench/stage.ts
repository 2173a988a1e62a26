// Everything around the consumers of one scenario: an emulator process with its hub, its certificate, an Azurite. Disposing ends
// all of it.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite } from '../support/azurite.ts';
import type { Place } from './contenders/contender.ts';
import type { EmulatorPlace } from './emulator-process.ts';
import type { Scenario } from './scenarios.ts';

export interface Stage extends AsyncDisposable {
  readonly place: Place;
  /** 0 ends it. */
  feed(eventsPerSecond: number): void;
}

const startDeadlineMs = 120_000;

export async function openStage({ hub, isTls }: Scenario): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'eventhub-worker-bench-'));
  opened.defer(() => rmSync(folder, { recursive: true }));
  const certificateFile = join(folder, 'ca.pem');
  const [host, port] = addressFor(isTls === true);
  const child = fork(
    new URL('emulator-process.ts', import.meta.url),
    [JSON.stringify(hub), host, port, certificateFile],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const exited = once(child, 'exit');
  // The next scenario's emulator listens at the same address.
  opened.defer(async () => {
    if (child.connected) child.disconnect();
    await exited;
  });
  const emulator = await new Promise<EmulatorPlace>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the emulator did not start')), startDeadlineMs);
    child.once('message', (message: EmulatorPlace) => {
      clearTimeout(timer);
      resolve(message);
    });
    child.once('exit', (code) => reject(new Error(`the emulator ended with exit code ${String(code)}`)));
  });
  const azurite = await startAzurite();
  opened.defer(() => azurite.stop());
  const everything = opened.move();
  const plain = emulator.connectionString.replace(/:5672(?=\/?;)/, '');
  return {
    place: {
      connectionString: isTls === true ? tlsString(emulator) : plain,
      certificateFile: isTls === true ? certificateFile : undefined,
      hub,
      storageConnectionString: azurite.connectionString,
    },
    feed: (eventsPerSecond) => child.send({ eventsPerSecond }),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/**
 * The Java client takes no port in the Endpoint: the usual port, and on Linux, where every address of 127/8 is this machine, an
 * address of our own. TLS wants a name.
 */
function addressFor(isTls: boolean): readonly [host: string, port: string] {
  if (isTls || platform() !== 'linux') return ['127.0.0.1', '0'];
  return [`127.83.7.${String(1 + (process.pid % 250))}`, '5672'];
}

function tlsString({ connectionString, tlsPort }: EmulatorPlace): string {
  const address = `Endpoint=sb://localhost:${String(tlsPort)}/`;
  return connectionString.replace(/Endpoint=[^;]+/, address).replace(/;UseDevelopmentEmulator=true/, '');
}
