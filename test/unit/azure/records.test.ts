// Paths, metadata, positions, addresses: the small translations of the Azure room.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from '../../../src/azure/back-off.ts';
import { accountUrl, authorityOf, namespaceHost } from '../../../src/azure/credentials.ts';
import { toEventPosition } from '../../../src/azure/event-source.ts';
import { parseRecordPath, recordPath } from '../../../src/azure/group-paths.ts';
import {
  normalise,
  readCheckpoint,
  readGeneration,
  readLease,
  readMember,
} from '../../../src/azure/group-records.ts';

const group = { namespace: 'NS.servicebus.windows.net', eventHub: 'Orders', consumerGroup: '$Default' };

test('paths are the official ones in lower case, and are read back', () => {
  const path = recordPath(group, 'checkpoint', '12');
  assert.equal(path, 'ns.servicebus.windows.net/orders/$default/checkpoint/12');
  assert.deepEqual(parseRecordPath(group, path), { kind: 'checkpoint', id: '12' });
  assert.deepEqual(parseRecordPath(group, recordPath(group, 'member', 'Pod/7')), {
    kind: 'member',
    id: 'pod/7',
  });
  for (const other of ['checkpoint', 'checkpoint/', 'checkpoint/1/2', 'lease/1', '']) {
    assert.equal(
      parseRecordPath(group, `ns.servicebus.windows.net/orders/$default/${other}`),
      undefined,
      other,
    );
  }
  assert.equal(parseRecordPath(group, 'ns.servicebus.windows.net/orders/$default2/checkpoint/1'), undefined);
});

test('checkpoints of other SDKs are read: without offset, without sequence number, in capitals', () => {
  const read = (metadata: Record<string, string>): unknown => {
    const reading = readCheckpoint('1', normalise(metadata));
    return reading.kind === 'read'
      ? [
          reading.value.sequenceNumber,
          reading.value.offset,
          reading.value.generation,
          reading.value.completed,
        ]
      : reading.reason;
  };
  assert.deepEqual(read({ SequenceNumber: '5', Offset: '90' }), [5, '90', 0, '']);
  assert.deepEqual(read({ sequencenumber: '5' }), [5, '-1', 0, '']);
  assert.deepEqual(read({ sequencenumber: '', offset: '90' }), [-1, '90', 0, '']);
  assert.deepEqual(read({ sequencenumber: '5', offset: '1:2:3', generation: '8', completed: 'x' }), [
    5,
    '1:2:3',
    8,
    'x',
  ]);
  assert.match(String(read({ sequencenumber: '5.5', offset: '1' })), /5\.5/);
  assert.match(String(read({})), /neither/);
});

test('G9: a checkpoint that names no event is told, with what to do, and our own seed is read', () => {
  const reasonFor = (metadata: Record<string, string>): string => {
    const reading = readCheckpoint('3', normalise(metadata));
    return reading.kind === 'malformed' ? reading.reason : 'read';
  };
  assert.equal(reasonFor({ sequencenumber: '-1', offset: '-1', generation: '7' }), 'read');
  for (const sequencenumber of ['-2', '9007199254740992', '-99999999999999999999']) {
    assert.match(reasonFor({ sequencenumber, offset: '5' }), /checkpoints reset --partition 3/);
  }
  assert.match(reasonFor({ sequencenumber: '', offset: '@latest' }), /checkpoints reset --partition 3/);
  assert.match(reasonFor({ sequencenumber: 'None', offset: 'None' }), /checkpoints reset --partition 3/);
});

test('G6: a generation that nobody could follow is told and taken for 0, in leases and checkpoints', () => {
  for (const generation of ['-5', '9007199254740991', '9007199254740992', 'x', '1.5']) {
    const metadata = normalise({ sequencenumber: '5', offset: '1', ownerid: 'a', generation });
    assert.match(readGeneration(metadata).warning ?? '', /taken for 0/);
    assert.equal(readLease('1', metadata).generation, 0);
    const reading = readCheckpoint('1', metadata);
    assert.ok(reading.kind === 'read' && reading.value.generation === 0);
  }
  assert.deepEqual(readGeneration(normalise({ generation: '1767323045' })), { value: 1_767_323_045 });
  assert.deepEqual(readGeneration({}), { value: 0 });
});

test('a lease without an owner is free, one without a generation is generation 0', () => {
  assert.deepEqual(readLease('1', {}), { partitionId: '1', ownerId: '', generation: 0, requestedBy: '' });
  assert.equal(readLease('1', { ownerid: 'a', generation: 'x' }).generation, 0);
});

test('a member without a nonce or a known state is not one', () => {
  assert.equal(readMember('w', { state: 'active' }).kind, 'malformed');
  assert.equal(readMember('w', { nonce: 'n', state: 'dead' }).kind, 'malformed');
  const reading = readMember('w', { nonce: 'n', state: 'leaving', workerid: 'W' });
  assert.ok(reading.kind === 'read' && reading.value.workerId === 'W');
});

test('a link starts after the offset, by number where the offset is unknown, or before everything', () => {
  assert.deepEqual(toEventPosition({ sequenceNumber: 5, offset: '90' }), { offset: '90' });
  assert.deepEqual(toEventPosition({ sequenceNumber: 5, offset: '-1' }), { sequenceNumber: 5 });
  assert.deepEqual(toEventPosition({ sequenceNumber: 0, offset: '-1' }), { sequenceNumber: 0 });
  assert.deepEqual(toEventPosition({ sequenceNumber: -1, offset: '-1' }), { offset: '-1' });
  assert.deepEqual(toEventPosition({ sequenceNumber: -1, offset: '90' }), { offset: '90' });
  assert.deepEqual(toEventPosition({ enqueuedAfterMs: 12 }), { enqueuedOn: 12 });
});

test('names become addresses, addresses stay, sovereign clouds sign in at home', () => {
  assert.equal(namespaceHost('Orders-Prod.servicebus.windows.net'), 'orders-prod.servicebus.windows.net');
  assert.equal(namespaceHost('eventhubs-emulator:5672'), 'eventhubs-emulator');
  assert.equal(namespaceHost('x.servicebus.chinacloudapi.cn:5671'), 'x.servicebus.chinacloudapi.cn');
  assert.equal(namespaceHost('localhost'), 'localhost');
  assert.equal(accountUrl('acct'), 'https://acct.blob.core.windows.net');
  assert.equal(
    accountUrl('https://acct.blob.core.usgovcloudapi.net'),
    'https://acct.blob.core.usgovcloudapi.net',
  );
  assert.equal(authorityOf('x.servicebus.usgovcloudapi.net'), 'https://login.microsoftonline.us');
  assert.equal(authorityOf('x.servicebus.chinacloudapi.cn'), 'https://login.chinacloudapi.cn');
  assert.equal(authorityOf('x.servicebus.windows.net'), undefined);
});

test('back-off doubles with jitter, stays above half a step and below its maximum', () => {
  const backOff = { minMs: 100, maxMs: 1000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 500].map((failures) => backOffMs(backOff, failures, 1)),
    [100, 200, 400, 800, 1000, 1000],
  );
  assert.equal(backOffMs(backOff, 1, 0), 50);
});
