// Every spelling of a connection string that the configuration accepts connects: read from the environment as the program reads
// it, given to the SDK, and used once.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { ClientFactory } from '../../../src/azure/credentials.ts';
import { openAzureSource } from '../../../src/azure/azure.ts';
import { orThrow, readConfig } from '../../../src/config/read-config.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { startAzurite } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { realClock } from '../../support/real-clock.ts';
import { workerEnvironment } from '../../support/worker-environment.ts';
import { noAbort } from './store-fixture.ts';

const hub = 'Orders';
const keyName = 'RootManageSharedAccessKey';
const key = 'SAS_KEY_VALUE';

function configOf(changes: Readonly<Record<string, string>>) {
  return orThrow(readConfig([{ origin: 'environment', values: { ...workerEnvironment, ...changes } }]));
}

describe('a connection string of Event Hubs connects', () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator({ port: 0, hubs: [{ name: hub, partitionCount: 2 }] });
  });
  after(() => emulator.close());

  const withKey = `SharedAccessKeyName=${keyName};SharedAccessKey=${key}`;
  const spellings: readonly (readonly [claim: string, spell: (address: string) => string, name?: string])[] =
    [
      ['as the emulator prints it', (at) => `Endpoint=sb://${at};${withKey};UseDevelopmentEmulator=true`],
      [
        'in small letters',
        (at) =>
          `endpoint=sb://${at}/;sharedaccesskeyname=${keyName};sharedaccesskey=${key};usedevelopmentemulator=true`,
      ],
      [
        'in capitals, True',
        (at) =>
          `ENDPOINT=SB://${at}/;SHAREDACCESSKEYNAME=${keyName};SHAREDACCESSKEY=${key};USEDEVELOPMENTEMULATOR=True`,
      ],
      ['without a scheme', (at) => `Endpoint=${at};${withKey};UseDevelopmentEmulator=1`],
      [
        'with another scheme and a path',
        (at) => `Endpoint=amqp://${at}/x/;${withKey};UseDevelopmentEmulator=TRUE;`,
      ],
      [
        'with blanks and empty parts',
        (at) => ` ; Endpoint = sb://${at} ;; ${withKey} ; UseDevelopmentEmulator = true ; `,
      ],
      [
        'with parts nobody reads',
        (at) => `Endpoint=sb://${at};${withKey};UseDevelopmentEmulator=true;TransportType=Amqp;X=y`,
      ],
      [
        'with EntityPath in other capitals than EVENTHUB_NAME',
        (at) => `Endpoint=sb://${at};${withKey};UseDevelopmentEmulator=true;EntityPath=ORDERS`,
      ],
      [
        'with EntityPath alone',
        (at) => `Endpoint=sb://${at};${withKey};EntityPath=orders;UseDevelopmentEmulator=true`,
        '',
      ],
      [
        'with a signature',
        (at) => `Endpoint=sb://${at};SharedAccessSignature=${signatureFor(at)};UseDevelopmentEmulator=true`,
      ],
      [
        'with a signature in small letters',
        (at) =>
          `endpoint=sb://${at};sharedaccesssignature=${signatureFor(at).replace('SharedA', 'sharedA')};usedevelopmentemulator=true`,
      ],
    ];
  for (const [claim, spell, name = 'orders'] of spellings) {
    it(claim, async () => {
      const { eventHub } = configOf({
        EVENTHUB_CONNECTION_STRING: spell(`127.0.0.1:${String(emulator.port)}`),
        EVENTHUB_NAME: name,
      });
      await using cleanup = new AsyncDisposableStack();
      const source = await openAzureSource({ eventHub, clock: realClock, random: { next: Math.random } });
      cleanup.defer(() => source.close());
      assert.equal((await source.partitionIds(noAbort)).length, 2);
    });
  }
});

describe('a connection string of a storage account connects', () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());

  const accountName = 'devstoreaccount1';
  const keyOf = ({ connectionString }: Azurite): string =>
    /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '';
  const signature = (of: Azurite): string =>
    generateAccountSASQueryParameters(
      {
        expiresOn: new Date(Date.now() + 3_600_000),
        permissions: AccountSASPermissions.parse('rwdlac'),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        services: AccountSASServices.parse('b').toString(),
      },
      new StorageSharedKeyCredential(accountName, keyOf(of)),
    ).toString();
  const endpoint = ({ port }: Azurite): string => `127.0.0.1:${String(port)}/${accountName}`;
  const spellings: readonly (readonly [claim: string, spell: (of: Azurite) => string])[] = [
    ['as Azurite prints it', (of) => of.connectionString],
    [
      'without a protocol',
      (of) => `AccountName=${accountName};AccountKey=${keyOf(of)};BlobEndpoint=http://${endpoint(of)}`,
    ],
    [
      'in small letters, with a slash and empty parts',
      (of) => `;accountname=${accountName};accountkey=${keyOf(of)};blobendpoint=http://${endpoint(of)}/;;`,
    ],
    [
      'with an endpoint without a scheme',
      (of) =>
        `DefaultEndpointsProtocol=http;AccountName=${accountName};AccountKey=${keyOf(of)};BlobEndpoint=${endpoint(of)}`,
    ],
    ['with a key and no name', (of) => `BlobEndpoint=http://${endpoint(of)};AccountKey=${keyOf(of)}`],
    [
      'with a signature',
      (of) => `BlobEndpoint=http://${endpoint(of)}/;SharedAccessSignature=${signature(of)}`,
    ],
    [
      'with a signature and its question mark',
      (of) => `BlobEndpoint=http://${endpoint(of)};SharedAccessSignature=?${signature(of)}`,
    ],
    ['with a signature in the endpoint', (of) => `BlobEndpoint=http://${endpoint(of)}?${signature(of)}`],
  ];
  for (const [claim, spell] of spellings) {
    it(claim, async () => {
      const { storage } = configOf({ STORAGE_CONNECTION_STRING: spell(azurite) });
      const clients = await ClientFactory.create({ storage: storage.credentials });
      const container = clients
        .storage(storage.credentials)
        .getContainerClient(`c-${claim.toLowerCase().replaceAll(/\W+/g, '-')}x`);
      await container.create();
      await container.getBlockBlobClient('b').upload('x', 1);
      assert.equal((await container.getBlobClient('b').getProperties()).contentLength, 1);
    });
  }
});

function signatureFor(address: string): string {
  const resource = encodeURIComponent(`sb://${address}/`);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac('sha256', key)
    .update(`${resource}\n${String(expiry)}`)
    .digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${String(expiry)}&skn=${keyName}`;
}
