// What is a connection string, in every spelling, and what none of it may show. That the spellings connect is
// test/integration/azure/connection-strings.test.ts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEventHubsString } from '../../../src/config/event-hubs-string.ts';
import { readStorageString } from '../../../src/config/storage-string.ts';

const key = 'TWFya2VyTWFya2VyTWFya2VyTWFya2VyTWFya2VyMTI=';
const host = 'orders-prod.servicebus.windows.net';
const withKey = `SharedAccessKeyName=listen;SharedAccessKey=${key}`;
const token = `sr=sb%3A%2F%2F${host}&sig=${encodeURIComponent(key)}&se=1900000000&skn=listen`;

const keyText = `Endpoint=sb://${host}/;${withKey}`;
const tokenText = `Endpoint=sb://${host}/;SharedAccessSignature=SharedAccessSignature ${token}`;

describe('the connection string of Event Hubs', () => {
  for (const [claim, given, text] of [
    ['as the portal shows it', `Endpoint=sb://${host}/;${withKey}`, keyText],
    ['names in small letters', keyText.replace(/(?<=^|;)\w+(?==)/g, (name) => name.toLowerCase()), keyText],
    ['names in capitals', keyText.replace(/(?<=^|;)\w+(?==)/g, (name) => name.toUpperCase()), keyText],
    ['blanks and line breaks around everything', ` Endpoint = sb://${host}/ ;\n${withKey} ;\n`, keyText],
    ['empty parts, also at both ends', `;;Endpoint=sb://${host}/;;${withKey};;`, keyText],
    ['no scheme, as Java takes it', `Endpoint=${host};${withKey}`, keyText],
    ['another scheme, as .NET takes it', `Endpoint=amqps://${host};${withKey}`, keyText],
    ['the address in capitals', `Endpoint=SB://${host.toUpperCase()}/;${withKey}`, keyText],
    ["the portal's https with its port", `Endpoint=https://${host}:443/;${withKey}`, keyText],
    ["Kafka's port", `Endpoint=${host}:9093;${withKey}`, keyText],
    ['slashes and a path at the end', `Endpoint=sb://${host}//orders/;${withKey}`, keyText],
    ['a full stop at the end of the host', `Endpoint=sb://${host}./;${withKey}`, keyText],
    ['HostName, as Python takes it', `HostName=sb://${host}/;${withKey}`, keyText],
    ['parts that others know', `${keyText};TransportType=Amqp;OperationTimeout=00:01:00`, keyText],
    ['a part twice with one value', `${keyText};SharedAccessKeyName=listen`, keyText],
    ['an emulator that is none', `${keyText};UseDevelopmentEmulator=False`, keyText],
    ['a signature', tokenText, tokenText],
    ['a signature with another capital', tokenText.replace('=SharedAccessS', '=sharedaccessS'), tokenText],
    ['a signature without its own name', tokenText.replace('=SharedAccessSignature ', '='), tokenText],
    ['empty values beside a signature', `${tokenText};SharedAccessKeyName=;SharedAccessKey=`, tokenText],
  ] as const) {
    it(`takes ${claim}`, () => {
      const read = readEventHubsString(given);
      assert.ok(read.kind === 'read', JSON.stringify(read));
      assert.equal(read.value.text, text);
      assert.equal(read.value.host, host);
    });
  }

  it('keeps the port of a host that is not the service, and true in any spelling', () => {
    for (const word of ['true', 'True', 'TRUE', '1', 't']) {
      const read = readEventHubsString(`Endpoint=Emulator_1:7000;${withKey};UseDevelopmentEmulator=${word}`);
      assert.ok(read.kind === 'read');
      assert.equal(read.value.text, `Endpoint=sb://emulator_1:7000/;${withKey};UseDevelopmentEmulator=true`);
      assert.deepEqual([read.value.port, read.value.givenHost], [7000, 'Emulator_1:7000']);
    }
  });

  it('takes EntityPath out of the text, and twice in different capitals for one hub', () => {
    const read = readEventHubsString(`${keyText};EntityPath=Orders;entitypath=orders`);
    assert.ok(read.kind === 'read');
    assert.deepEqual([read.value.text, read.value.eventHub?.toLowerCase()], [keyText, 'orders']);
  });

  for (const [claim, given, says] of [
    ['no endpoint', withKey, /has no Endpoint/],
    ['an endpoint that is no address', `Endpoint=sb://or ders/;${withKey}`, /has an Endpoint that is no sb:/],
    [
      'an IPv6 address, which the SDK cannot take',
      `Endpoint=sb://[fe80::1]/;${withKey}`,
      /host name or an IPv4/,
    ],
    ['a port beyond the last', `Endpoint=sb://localhost:99999;${withKey}`, /port is none/],
    [
      'a password in the endpoint',
      `Endpoint=sb://u:${key}@${host}/;${withKey}`,
      /has an Endpoint that is no sb:/,
    ],
    ['a key without its name', `Endpoint=sb://${host}/;SharedAccessKey=${key}`, /has neither/],
    ['a name without its key', `Endpoint=sb://${host}/;SharedAccessKeyName=listen`, /has neither/],
    ['a key and a signature', `${tokenText};${withKey}`, /leave one of them out/],
    [
      'a signature that is none',
      `Endpoint=sb://${host}/;SharedAccessSignature=${key}`,
      /is not "SharedAccessSig/,
    ],
    ['a part without a name', `${keyText};=${key}`, /has a part that is no Name=value/],
    [
      'a key cut by a semicolon',
      keyText.replace('TWFya2VyTW', 'TWFya2Vy;TW').replace('=', '~').replace(/=$/, ''),
      /Name=value|no Endpoint/,
    ],
    ['two keys', `${keyText};SharedAccessKey=other`, /gives SharedAccessKey twice/],
    ['an EntityPath that is no name', `${keyText};EntityPath=a/b`, /EntityPath that is no name/],
    ['the string of a storage account', `AccountName=orders;AccountKey=${key}`, /of a storage account/],
    [
      'the string of an IoT hub',
      `HostName=hub.azure-devices.net;${withKey}`,
      /Event Hub-compatible endpoint/,
    ],
    ['quotation marks', `"${keyText}"`, /in quotation marks/],
  ] as const) {
    it(`refuses ${claim}, and shows nothing of it`, () => {
      const read = readEventHubsString(given);
      assert.ok(read.kind === 'problem', JSON.stringify(read));
      assert.match(read.problem, says);
      assert.doesNotMatch(read.problem, /TWFya2Vy/);
    });
  }
});

describe('the connection string of a storage account', () => {
  const service = 'https://orders.blob.core.windows.net';
  const keyed = (protocol: string, endpoint: string) =>
    `DefaultEndpointsProtocol=${protocol};AccountName=orders;AccountKey=${key};BlobEndpoint=${endpoint}`;
  const account = `AccountName=orders;AccountKey=${key}`;
  const sas = `sv=2024-11-04&ss=b&sig=${encodeURIComponent(key)}`;
  const signed = `BlobEndpoint=${service};SharedAccessSignature=${sas}`;
  const development = readStorageString('UseDevelopmentStorage=true');
  for (const [claim, given, text] of [
    [
      'as the portal shows it',
      `DefaultEndpointsProtocol=https;${account};EndpointSuffix=core.windows.net`,
      keyed('https', service),
    ],
    ['no protocol and no suffix, as Python takes it', account, keyed('https', service)],
    [
      'names in small letters',
      account.replace(/Account\w+/g, (name) => name.toLowerCase()),
      keyed('https', service),
    ],
    [
      'blanks, empty parts, capitals',
      ` accountNAME = Orders ;; AccountKey= ${key};\n`,
      keyed('https', service),
    ],
    [
      'plain HTTP',
      `DefaultEndpointsProtocol=HTTP;${account}`,
      keyed('http', service.replace('https', 'http')),
    ],
    [
      'the suffix of another cloud',
      `${account};EndpointSuffix=.core.chinacloudapi.cn/`,
      keyed('https', 'https://orders.blob.core.chinacloudapi.cn'),
    ],
    ['an endpoint with a slash at its end', `${account};BlobEndpoint=${service}/`, keyed('https', service)],
    [
      'an endpoint without a scheme',
      `${account};BlobEndpoint=orders.blob.core.windows.net`,
      keyed('https', service),
    ],
    [
      'an endpoint with a key and no name',
      `BlobEndpoint=${service};AccountKey=${key}`,
      keyed('https', service),
    ],
    [
      'endpoints of other services beside it',
      `${account};BlobEndpoint=${service};QueueEndpoint=https://q;TableEndpoint=https://t`,
      keyed('https', service),
    ],
    ['a signature with an endpoint', `BlobEndpoint=${service}/;SharedAccessSignature=${sas}`, signed],
    ['a signature with a question mark', `BlobEndpoint=${service};SharedAccessSignature=?${sas}`, signed],
    ['a signature with a name, as .NET takes it', `AccountName=orders;SharedAccessSignature=${sas}`, signed],
    ['a signature in the endpoint', `BlobEndpoint=${service}/?${sas}`, signed],
    [
      'development storage in any capitals',
      'usedevelopmentstorage=TRUE;',
      development.kind === 'read' ? development.value.text : '',
    ],
  ] as const) {
    it(`takes ${claim}`, () => {
      const read = readStorageString(given);
      assert.ok(read.kind === 'read', JSON.stringify(read));
      assert.equal(read.value.text, text);
    });
  }

  it('takes a development proxy for the host of the emulator, as .NET and Java do', () => {
    const read = readStorageString('UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite');
    assert.equal(read.kind === 'read' && read.value.blobEndpoint, 'http://azurite:10000/devstoreaccount1');
  });

  for (const [claim, given, says] of [
    ['no key', 'AccountName=orders', /has neither AccountName with AccountKey/],
    ['an endpoint alone, which may only be read', `BlobEndpoint=${service}`, /has neither AccountName/],
    ['a key that is not base64', `AccountName=orders;AccountKey=${key.slice(1, 9)}*!`, /not base64/],
    [
      'a signature that is none',
      `AccountName=orders;SharedAccessSignature=${key.replaceAll('=', '')}`,
      /without sig=/,
    ],
    [
      'a protocol that is none',
      `DefaultEndpointsProtocol=ftp;${account}`,
      /another value than https or http/,
    ],
    ['an account that is none', `AccountName=or.ders;AccountKey=${key}`, /AccountName that is none/],
    ['an endpoint that is none', `${account};BlobEndpoint=ftp://x`, /BlobEndpoint that is no https/],
    [
      'a custom domain without a name',
      `BlobEndpoint=https://blobs.contoso.com;AccountKey=${key}`,
      /no AccountName/,
    ],
    ['an address alone', `${service}/?${sas}`, /is an address/],
    ['development storage that is neither', 'UseDevelopmentStorage=yes', /another value than true/],
    ['the string of Event Hubs', keyText, /is the connection string of Event Hubs/],
  ] as const) {
    it(`refuses ${claim}, and shows nothing of it`, () => {
      const read = readStorageString(given);
      assert.ok(read.kind === 'problem', JSON.stringify(read));
      assert.match(read.problem, says);
      assert.doesNotMatch(read.problem, /TWFya2Vy/);
    });
  }
});
