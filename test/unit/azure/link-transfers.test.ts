// The transfers of one link: put together, counted, settled in ranges, given on once a read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArrivedEvent } from '../../../src/azure/arrived-event.ts';
import type { ReceivingLink } from '../../../src/azure/rhea-connection.ts';
import { TransferReader } from '../../../src/azure/transfer-reader.ts';
import type { TypedValue } from '../../../src/codec/typed-value.ts';
import { dataSection, eventOf, frameOf } from '../../support/raw-peer.ts';

const header = Buffer.from('AMQP\u0000\u0001\u0000\u0000', 'latin1');

interface TransferOptions {
  readonly channel?: number;
  readonly handle?: number;
  readonly id: number | undefined;
  readonly settled?: boolean;
  readonly more?: boolean;
  readonly aborted?: boolean;
}

function transfer(options: TransferOptions, payload: Buffer): Buffer {
  const { channel = 1, handle = 3, id, settled = false, more = false, aborted = false } = options;
  const fields: TypedValue[] = [
    { type: 'uint', value: String(handle) },
    id === undefined ? { type: 'null' } : { type: 'uint', value: String(id) },
    { type: 'null' },
    { type: 'uint', value: '0' },
    { type: 'boolean', value: settled },
    { type: 'boolean', value: more },
    { type: 'null' },
    { type: 'null' },
    { type: 'null' },
    { type: 'boolean', value: aborted },
  ];
  return frameOf(0, channel, 0x14, fields, payload);
}

function message(sequenceNumber: number, body = Buffer.alloc(8)): Buffer {
  return eventOf(sequenceNumber, dataSection(body)).message;
}

/** A link that writes its books down. */
class Books {
  readonly channel: number;
  readonly handle: number;
  readonly maxMessageBytes = 0;
  isOpen = true;
  transfers = 0;
  deliveries: number[] = [];
  settled: [number, number][] = [];
  windows = 0;

  constructor(channel = 1, handle = 3) {
    this.channel = channel;
    this.handle = handle;
  }

  noteTransfer(): void {
    this.transfers += 1;
  }

  noteDelivery(next: number): void {
    this.deliveries.push(next);
  }

  accept(first: number, last: number): void {
    this.settled.push([first, last]);
  }

  renewWindow(): void {
    this.windows += 1;
  }
}

class Arrivals {
  readonly batches: number[][] = [];
  readonly events: ArrivedEvent[] = [];
  readonly unplaced: string[] = [];

  arrived(events: readonly ArrivedEvent[]): void {
    this.batches.push(events.map(({ sequenceNumber }) => sequenceNumber));
    this.events.push(...events);
  }

  withoutPosition(reason: string): void {
    this.unplaced.push(reason);
  }
}

function start(books = new Books()) {
  const handedOn: Buffer[] = [];
  const reader = new TransferReader(70_000_000, (frame) => handedOn.push(Buffer.from(frame)));
  const arrivals = new Arrivals();
  const transfers = reader.register(books as unknown as ReceivingLink, arrivals, -1);
  reader.read(header);
  handedOn.length = 0;
  return { reader, books, arrivals, transfers, handedOn };
}

test('what one read brings comes at once, is settled as one range and counted as rhea would', () => {
  const { reader, books, arrivals, handedOn } = start();
  reader.read(Buffer.concat([10, 11, 12].map((id) => transfer({ id }, message(id)))));
  reader.read(transfer({ id: 13 }, message(13)));
  assert.deepEqual(arrivals.batches, [[10, 11, 12], [13]]);
  assert.deepEqual(books.settled, [
    [10, 12],
    [13, 13],
  ]);
  assert.deepEqual(books.deliveries, [11, 12, 13, 14]);
  assert.deepEqual([books.transfers, books.windows, handedOn.length], [4, 2, 0]);
});

test('a range covers what waits to be settled and nothing else, over the end of the numbers too', () => {
  const { reader, books } = start();
  const ids = [0xfffffffd, 0xfffffffe, 0xffffffff, 0, 1, 2];
  reader.read(Buffer.concat(ids.map((id, index) => transfer({ id, settled: index === 1 }, message(index)))));
  assert.deepEqual(books.settled, [
    [0xfffffffd, 0xfffffffd],
    [0xffffffff, 2],
  ]);
  assert.deepEqual(books.deliveries.at(-1), 3);
});

test('an event of several frames is one delivery, also between the frames of other links', () => {
  const { reader, books, arrivals } = start();
  const other = new Books(2, 3);
  const others = new Arrivals();
  reader.register(other as unknown as ReceivingLink, others, -1);
  const whole = message(7, Buffer.alloc(300, 'x'));
  reader.read(transfer({ id: 0, more: true }, whole.subarray(0, 100)));
  reader.read(transfer({ channel: 2, id: 0 }, message(1)));
  reader.read(transfer({ id: undefined, more: true }, whole.subarray(100, 101)));
  reader.read(
    Buffer.concat([transfer({ id: 0, settled: true }, whole.subarray(101)), transfer({ id: 1 }, message(8))]),
  );
  assert.deepEqual(arrivals.batches, [[7, 8]]);
  assert.deepEqual(others.batches, [[1]]);
  assert.deepEqual(Buffer.from(arrivals.events[0]?.message.encoded ?? []), whole);
  assert.deepEqual([books.transfers, books.deliveries, books.settled], [4, [1, 2], [[1, 1]]]);
});

test('an aborted delivery is counted and gone', () => {
  const { reader, books, arrivals } = start();
  reader.read(transfer({ id: 0, more: true }, message(5).subarray(0, 10)));
  reader.read(transfer({ id: undefined, aborted: true }, Buffer.alloc(0)));
  reader.read(transfer({ id: 1 }, message(6)));
  assert.deepEqual([arrivals.batches, books.deliveries, books.settled], [[[6]], [1, 2], [[1, 1]]]);
});

test('G7: an event beyond the bound breaks the connection, be its frames large or many and small', () => {
  const large = start();
  const mebibytes = Buffer.alloc(33 * 1024 * 1024);
  assert.throws(() => large.reader.read(transfer({ id: 0, more: true }, mebibytes)), {
    code: 'EHW_CONNECTION_PROTOCOL',
    message: /an event of more than 33554432 bytes/,
  });
  const many = start();
  const small = Buffer.concat(
    Array.from({ length: 1000 }, () => transfer({ id: undefined, more: true }, Buffer.alloc(1))),
  );
  many.reader.read(transfer({ id: 0, more: true }, Buffer.alloc(1)));
  assert.throws(
    () => {
      for (let reads = 0; reads < 1000; reads += 1) many.reader.read(small);
    },
    { code: 'EHW_CONNECTION_PROTOCOL', message: /an event of more than/ },
  );
});

test('G11: deliveries that are missing or mixed break the connection: the link begins again where it stood', () => {
  const broken: [name: string, frames: readonly Buffer[]][] = [
    ['a gap', [transfer({ id: 0 }, message(0)), transfer({ id: 2 }, message(2))]],
    ['no id', [transfer({ id: undefined }, message(0))]],
    [
      'another before the end',
      [transfer({ id: 0, more: true }, message(0)), transfer({ id: 1 }, message(1))],
    ],
  ];
  for (const [name, frames] of broken) {
    const { reader, arrivals } = start();
    assert.throws(() => reader.read(Buffer.concat(frames)), { code: 'EHW_CONNECTION_PROTOCOL' }, name);
    assert.ok(arrivals.events.length <= 1);
  }
});

test('what came in front of a broken frame is taken', () => {
  const { reader, arrivals } = start();
  const chunk = Buffer.concat([transfer({ id: 0 }, message(0)), Buffer.from('0000000002000000', 'hex')]);
  assert.throws(() => reader.read(chunk), { code: 'EHW_CONNECTION_PROTOCOL' });
  assert.deepEqual(arrivals.batches, [[0]]);
});

test('a handle that is used again belongs to the later link, whatever the earlier one does', () => {
  const { reader, transfers, arrivals } = start();
  const later = new Arrivals();
  const next = reader.register(new Books() as unknown as ReceivingLink, later, -1);
  reader.forget(transfers);
  reader.read(transfer({ id: 0 }, message(0)));
  assert.deepEqual([arrivals.batches, later.batches], [[], [[0]]]);
  reader.forget(next);
  const { handedOn } = start();
  assert.equal(handedOn.length, 0);
});

test('what still comes on a link that was replaced is settled and dropped, in the middle of an event too', () => {
  const { reader, transfers, arrivals, books } = start();
  reader.read(transfer({ id: 0, more: true }, message(0).subarray(0, 9)));
  transfers.retire();
  reader.read(
    Buffer.concat([transfer({ id: undefined }, message(0).subarray(9)), transfer({ id: 1 }, message(1))]),
  );
  assert.deepEqual(arrivals.batches, []);
  assert.deepEqual([books.settled, books.deliveries], [[[0, 1]], [1, 2]]);
});

test('frames of other links are handed on, those that would harm a recursive decoder are not', () => {
  const { reader, handedOn } = start();
  const reply = transfer({ channel: 9, id: 0 }, message(0));
  reader.read(reply);
  assert.deepEqual(handedOn, [reply]);
  const bomb = Buffer.from('005377f0000000057fffffff40', 'hex');
  const deep = Buffer.concat([Buffer.from('005377', 'hex'), nestedLists(5000)]);
  for (const payload of [bomb, deep, Buffer.from('0053775f', 'hex')]) {
    assert.throws(() => start().reader.read(transfer({ channel: 9, id: 0 }, payload)), {
      code: 'EHW_MESSAGE_UNDECODABLE',
      message: /cannot be decoded/,
    });
  }
  const inParts = start();
  inParts.reader.read(transfer({ channel: 9, id: 0, more: true }, bomb.subarray(0, 6)));
  assert.throws(() => inParts.reader.read(transfer({ channel: 9, id: undefined }, bomb.subarray(6))), {
    code: 'EHW_MESSAGE_UNDECODABLE',
  });
  assert.throws(() => start().reader.read(frameOf(0, 0, 0x10, [], Buffer.alloc(0)).fill(0xf0, 11)), {
    code: 'EHW_CONNECTION_PROTOCOL',
  });
});

test('G11: an event whose annotations cannot be walked keeps its position; without one the link is told', () => {
  const { reader, arrivals } = start();
  const good = message(40);
  const walkless = Buffer.concat([Buffer.from('00535f43', 'hex'), message(41)]);
  reader.read(Buffer.concat([transfer({ id: 0 }, good), transfer({ id: 1 }, walkless)]));
  const [, found] = arrivals.events;
  assert.equal(found?.sequenceNumber, 41);
  assert.equal(found.offset, '4100');
  assert.match(found.defect ?? '', /section/);
  reader.read(
    Buffer.concat([
      transfer({ id: 2 }, message(42)),
      transfer({ id: 3 }, Buffer.from('nonsense')),
      transfer({ id: 4 }, message(44)),
    ]),
  );
  assert.deepEqual(arrivals.batches, [[40, 41], [42]]);
  assert.equal(arrivals.unplaced.length, 1);
});

test('a sender that writes a position of its own into a broken event moves nothing', () => {
  const { reader, arrivals } = start();
  const forged = eventOf(9_000_000_000_000, Buffer.alloc(0)).message;
  const events = Buffer.concat([Buffer.from('00535f43', 'hex'), forged, message(6)]);
  reader.read(Buffer.concat([transfer({ id: 0 }, message(5)), transfer({ id: 1 }, events)]));
  assert.deepEqual(arrivals.batches, [[5, 6]]);
});

function nestedLists(depth: number): Buffer {
  let bytes = Buffer.from('45', 'hex');
  for (let level = 0; level < depth; level += 1) {
    const head = Buffer.alloc(9);
    head[0] = 0xd0;
    head.writeUInt32BE(bytes.length + 4, 1);
    head.writeUInt32BE(1, 5);
    bytes = Buffer.concat([head, bytes]);
  }
  return bytes;
}
