import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import { readAddress } from '../../../src/emulator/amqp/address.ts';
import { readFaultRule, readFaultTarget } from '../../../src/emulator/control/fault-request.ts';
import { Faults } from '../../../src/emulator/faults.ts';
import { hubSpecs } from '../../../src/emulator/options.ts';
import { selfSignedCertificate } from '../../../src/emulator/transport/self-signed-certificate.ts';

test('every problem of the hubs is named at once', () => {
  const hubs = [
    { name: 'or ders', partitionCount: 0 },
    { name: 'A', partitionCount: 1, retentionMs: 0 },
    { name: 'a', partitionCount: 1 },
  ];
  assert.throws(
    () => hubSpecs(hubs),
    (error: Error) =>
      ["'or ders'", '1 to 1024', 'retentionMs', 'given twice'].every((part) => error.message.includes(part)),
  );
});

const ADDRESSES: readonly (readonly [address: string, expected: object])[] = [
  ['$cbs', { node: 'cbs' }],
  ['$management', { node: 'management', hub: undefined }],
  ['orders/$management', { node: 'management', hub: 'orders' }],
  ['amqps://ns.example/orders/$management', { node: 'management', hub: 'orders' }],
  ['orders', { node: 'hub', hub: 'orders' }],
  ['amqps://127.0.0.1/orders', { node: 'hub', hub: 'orders' }],
  ['/orders/Partitions/3', { node: 'partition', hub: 'orders', partitionId: '3' }],
  [
    'orders/consumergroups/$default/PARTITIONS/0',
    { node: 'group-partition', hub: 'orders', consumerGroup: '$default', partitionId: '0' },
  ],
  ['', { node: 'unknown' }],
  ['orders/publishers/sensor-7', { node: 'publisher', hub: 'orders', publisher: 'sensor-7' }],
  ['orders/Publishers', { node: 'unknown' }],
  ['orders/Partitions/3/more', { node: 'unknown' }],
];

for (const [address, expected] of ADDRESSES) {
  test(`the address '${address}' is read`, () => assert.deepEqual(readAddress(address), expected));
}

test('a certificate is valid for its names and signed by its own key', () => {
  const nowMs = Date.now();
  const { keyPem, certificatePem } = selfSignedCertificate(
    ['localhost', '127.0.0.1', '::1', 'fd00::1:2'],
    nowMs,
  );
  const certificate = new X509Certificate(certificatePem);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
  assert.ok(certificate.ca);
  assert.equal(certificate.checkHost('localhost'), 'localhost');
  for (const ip of ['127.0.0.1', '::1', 'fd00::1:2']) assert.ok(certificate.checkIP(ip), ip);
  assert.equal(certificate.checkHost('elsewhere'), undefined);
  assert.ok(Date.parse(certificate.validFrom) < nowMs && Date.parse(certificate.validTo) > nowMs);
});

test('fault rules from outside are checked field by field', () => {
  const rule = {
    at: 'attach',
    hub: 'o',
    partitionId: '1',
    role: 'receiver',
    times: 2,
    delayMs: 5,
    error: { condition: 'c' },
  };
  assert.deepEqual(readFaultRule(rule), rule);
  assert.throws(() => readFaultRule({ at: 'lunch' }), /'at' must be one of connect/);
  assert.throws(() => readFaultRule({ at: 'send', delay: 5 }), /unknown field delay/);
  assert.throws(() => readFaultRule({ at: 'send', delayMs: '5' }), /'delayMs' must be a number/);
  assert.throws(() => readFaultRule({ at: 'send', delayMs: -1 }), /0 or more/);
  assert.throws(() => readFaultRule({ at: 'send', times: 0 }), /1 or more/);
  assert.throws(() => readFaultRule({ at: 'send', error: 'x' }), /object with a condition/);
  assert.throws(() => readFaultTarget({ role: 'other' }), /sender or receiver/);
});

function faults(): Faults {
  return new Faults({ dropConnections: () => 0, detachLinks: () => 0, rulesChanged: () => undefined });
}

test('a rule hits what it names, in any case, as often as it says', () => {
  const order = faults();
  const fault = order.inject({ at: 'attach', hub: 'Orders', error: { condition: 'c' }, times: 2 });
  const target = { hub: 'orders', partitionId: '0', role: 'receiver' } as const;
  assert.equal(order.judge('send', target).outcome, 'proceed');
  assert.equal(order.judge('attach', { hub: 'other' }).outcome, 'proceed');
  assert.deepEqual(order.judge('attach', target).outcome, {
    condition: 'c',
    description: 'c: fault injection',
  });
  assert.notEqual(order.judge('attach', target).outcome, 'proceed');
  assert.equal(order.judge('attach', target).outcome, 'proceed');
  assert.equal(fault.hits, 2);
});

test('a removed rule no longer hits, and clear removes all', () => {
  const order = faults();
  const fault = order.inject({ at: 'send', cut: true });
  order.inject({ at: 'send', delayMs: 9 });
  assert.equal(order.judge('send', {}).outcome, 'cut');
  fault.remove();
  assert.deepEqual(order.judge('send', {}), { delayMs: 9, outcome: 'proceed' });
  order.clear();
  assert.equal(order.judge('send', {}).delayMs, 0);
});
