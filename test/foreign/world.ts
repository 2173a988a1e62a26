// What a foreign suite runs against, in the place of Azure: the emulator as a namespace on the ports of the service (AMQP
// over TLS, WebSockets, and plain AMQP as the emulators speak it), Azurite over HTTPS, and an identity service both trust.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../src/emulator/index.ts';
import type { Emulator, EmulatorOptions } from '../../src/emulator/index.ts';
import { selfSignedCertificate } from '../../src/emulator/transport/self-signed-certificate.ts';
import { startAzurite } from '../support/azurite.ts';
import { startIdentityService } from './identity-service.ts';

/** `host`: clients take no port in a namespace's name, so each has a loopback address of its own, on which every port is free. */
export interface ForeignNamespace extends Pick<EmulatorOptions, 'hubs' | 'rules' | 'geoReplication'> {
  readonly host: string;
}

export interface ForeignWorld {
  /** One for each namespace. */
  readonly emulators: readonly Emulator[];
  /** The blob service's URL, ending in the account's name. */
  readonly storageUrl: string;
  /** PEM: trust this alone. */
  readonly certificateFile: string;
  /** For credentials that find their identity service by themselves. */
  readonly identity: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startForeignWorld(...namespaces: readonly ForeignNamespace[]): Promise<ForeignWorld> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed()) await closer();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'foreign-world-'));
    closers.push(() => rm(folder, { recursive: true }));
    const hosts = namespaces.map(({ host }) => host);
    const names = ['localhost', '127.0.0.1', ...hosts, '*.blob.core.windows.net'];
    const certificate = selfSignedCertificate(names, Date.now());
    const certificateFile = join(folder, 'certificate.pem');
    const keyFile = join(folder, 'key.pem');
    await writeFile(certificateFile, certificate.certificatePem);
    await writeFile(keyFile, certificate.keyPem, { mode: 0o600 });
    const identity = await startIdentityService();
    closers.push(() => identity.close());
    const azurite = await startAzurite({ https: { certificateFile, keyFile } });
    closers.push(() => azurite.stop());
    const emulators: Emulator[] = [];
    for (const namespace of namespaces) {
      const emulator = await startEmulator({
        port: 5672,
        tls: { port: 5671 },
        webSockets: { port: 443 },
        certificate,
        jwt: { issuer: identity.issuer, publicKeyPem: identity.publicKeyPem },
        control: { port: 0 },
        ...namespace,
      });
      closers.push(() => emulator.close());
      emulators.push(emulator);
    }
    return {
      emulators,
      storageUrl: `https://127.0.0.1:${String(azurite.port)}/devstoreaccount1`,
      certificateFile,
      identity: identity.environment,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** For clients that speak TLS, as to the service. `rule`: of which the key is; undefined: the one with every right. */
export function tlsConnectionString(emulator: Emulator, rule?: string): string {
  const options = rule === undefined ? {} : { rule };
  return emulator.connectionString(undefined, options).replace(';UseDevelopmentEmulator=true', '');
}
