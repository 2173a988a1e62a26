// Sends one event whose properties have every type that the JavaScript SDK can write, and prints what it sent.

import { EventHubProducerClient } from '@azure/event-hubs';
import rhea from 'rhea';

const { types } = rhea;
const uuid = '6b0f3c52-9a41-4e7d-8f14-2d7c5a90e1b3';
const uuidBytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** Plain values get the type the SDK chooses; rhea's wrapped values pass through it. */
const properties: readonly (readonly [
  string,
  unknown,
  { readonly type: string; readonly value?: unknown },
])[] = [
  ['plain boolean', true, { type: 'boolean', value: true }],
  ['plain text', 'na\u00efve \u{1f4a5}', { type: 'string', value: 'na\u00efve \u{1f4a5}' }],
  ['plain whole', 7, { type: 'uint', value: '7' }],
  ['plain negative', -7, { type: 'int', value: '-7' }],
  ['plain fraction', 0.1, { type: 'double', value: '0.1' }],
  ['plain time', new Date(1_767_323_045_678), { type: 'timestamp', value: '1767323045678' }],
  ['plain bytes', Buffer.of(0, 255), { type: 'binary', value: 'AP8=' }],
  ['null', null, { type: 'null' }],
  ['ubyte', types.wrap_ubyte(255), { type: 'ubyte', value: '255' }],
  ['byte', types.wrap_byte(-128), { type: 'byte', value: '-128' }],
  ['ushort', types.wrap_ushort(65_535), { type: 'ushort', value: '65535' }],
  ['short', types.wrap_short(-32_768), { type: 'short', value: '-32768' }],
  ['uint', types.wrap_uint(4_294_967_295), { type: 'uint', value: '4294967295' }],
  ['int', types.wrap_int(-2_147_483_648), { type: 'int', value: '-2147483648' }],
  ['ulong', types.wrap_ulong(Buffer.alloc(8, 255)), { type: 'ulong', value: '18446744073709551615' }],
  [
    'long',
    types.wrap_long(Buffer.from('8000000000000000', 'hex')),
    { type: 'long', value: '-9223372036854775808' },
  ],
  ['float', types.wrap_float(0.5), { type: 'float', value: '0.5' }],
  ['symbol', types.wrap_symbol('a-symbol'), { type: 'symbol', value: 'a-symbol' }],
  ['uuid', types.wrap_uuid(uuidBytes), { type: 'uuid', value: uuid }],
];

const producer = new EventHubProducerClient(process.argv[2] ?? '');
const batch = await producer.createBatch({ partitionId: '0' });
const values = Object.fromEntries(properties.map(([name, value]) => [name, value]));
batch.tryAdd({ body: Buffer.from('typed'), properties: values });
await producer.sendBatch(batch);
await producer.close();
console.log(JSON.stringify(Object.fromEntries(properties.map(([name, , typed]) => [name, typed]))));
