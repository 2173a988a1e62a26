// A service that speaks AMQP frame by frame, as far as a receiver needs one: it answers SASL, tokens, properties and attaches by
// the book, and delivers whatever bytes a test gives it, in TCP chunks of any size. What the emulator would never send is sent
// from here.

import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Described } from '../../src/codec/described.ts';
import { decodeValue } from '../../src/codec/decode.ts';
import { encodeMessage } from '../../src/codec/encode-message.ts';
import { encodeTyped } from '../../src/codec/typed-encoder.ts';
import type { TypedMessage } from '../../src/codec/typed-message.ts';
import { typedOf } from '../../src/codec/typed-of.ts';
import type { TypedValue } from '../../src/codec/typed-value.ts';

export interface RawPeerOptions {
  /** Bytes of one write; 0: as they come. */
  readonly chunkBytes?: number;
  /** Sent in place of everything, once somebody connects. */
  readonly greeting?: (socket: Socket) => void;
  /** The same, after the first frame with this code was answered: 0x41 SASL, 0x10 open, 0x12 attach. */
  readonly after?: { readonly code: number; readonly bytes: Buffer };
  /** Sent when an event link got credit. */
  readonly afterCredit?: Buffer;
  /** Deliveries are settled by the sender. */
  readonly settled?: boolean;
  /** Payload of one transfer frame, at most. */
  readonly frameBytes?: number;
  /** What $management answers in place of its body and properties, encoded. */
  readonly managementReply?: Buffer;
  readonly firstDeliveryId?: number;
  readonly firstTransferId?: number;
}

/** One event of the partition: its message, encoded, with the broker's annotations. */
export interface RawEvent {
  readonly sequenceNumber: number;
  readonly message: Buffer;
}

interface Link {
  readonly address: string;
  readonly handle: number;
  readonly channel: number;
  readonly isReceiver: boolean;
  replyTo: string;
  credit: number;
  deliveryCount: number;
  next: number;
}

export interface Disposition {
  readonly first: number;
  readonly last: number;
}

const code = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
} as const;

export class RawPeer {
  /** Events of every partition; may grow. */
  readonly events: RawEvent[] = [];
  /** The selector of each event link, in the order of their attaches. */
  readonly selectors: string[] = [];
  readonly dispositions: Disposition[] = [];
  /** Next incoming transfer and window of each flow. */
  readonly flows: { readonly nextIncomingId: number; readonly window: number }[] = [];
  connections = 0;
  readonly #options: RawPeerOptions;
  readonly #server: Server;
  readonly #sessions = new Set<PeerConnection>();

  private constructor(options: RawPeerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.connections += 1;
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      if (options.greeting !== undefined) {
        socket.on('data', () => undefined);
        return options.greeting(socket);
      }
      const connection = new PeerConnection(this, socket, options);
      this.#sessions.add(connection);
      socket.on('close', () => this.#sessions.delete(connection));
    });
  }

  static async start(options: RawPeerOptions = {}): Promise<RawPeer> {
    const peer = new RawPeer(options);
    await new Promise<void>((resolve) => peer.#server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get options(): RawPeerOptions {
    return this.#options;
  }

  connectionString(hub: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;EntityPath=${hub}`;
  }

  /** Delivers what links have credit for. */
  wake(): void {
    for (const session of this.#sessions) session.deliver();
  }

  /** Writes bytes on every connection, between two frames. */
  write(bytes: Buffer): void {
    for (const session of this.#sessions) session.write(bytes);
  }

  /** Detaches every event link with an error. */
  detachLinks(condition = 'amqp:link:detach-forced'): void {
    for (const session of this.#sessions) session.detachLinks(condition);
  }

  /** Ends the credit of every event link as a sender does that was asked to drain: nothing is left, and it is counted as used. */
  drainLinks(): void {
    for (const session of this.#sessions) session.drainLinks();
  }

  dropConnections(): void {
    for (const session of this.#sessions) session.socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

class PeerConnection {
  readonly socket: Socket;
  readonly #peer: RawPeer;
  readonly #options: RawPeerOptions;
  readonly #links: Link[] = [];
  #input: Buffer = Buffer.alloc(0);
  #isSasl = true;
  #transferId: number;
  readonly #deliveryIds = new Map<number, number>();
  #output: Buffer[] = [];
  #isWriting = false;

  constructor(peer: RawPeer, socket: Socket, options: RawPeerOptions) {
    this.socket = socket;
    this.#peer = peer;
    this.#options = options;
    this.#transferId = options.firstTransferId ?? 0;
    socket.on('data', (chunk) => {
      this.#input = Buffer.concat([this.#input, chunk]);
      this.#read();
    });
  }

  /** In chunks of the size asked for, each in a turn of its own, so that the other side sees them apart. */
  write(bytes: Buffer): void {
    const { chunkBytes = 0 } = this.#options;
    if (chunkBytes === 0) return void this.socket.write(bytes);
    this.#output.push(bytes);
    if (!this.#isWriting) void this.#writeChunks(chunkBytes);
  }

  async #writeChunks(chunkBytes: number): Promise<void> {
    this.#isWriting = true;
    while (this.#output.length > 0) {
      const bytes = Buffer.concat(this.#output.splice(0));
      for (let at = 0; at < bytes.length && !this.socket.destroyed; at += chunkBytes) {
        this.socket.write(bytes.subarray(at, at + chunkBytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.#isWriting = false;
  }

  #read(): void {
    for (;;) {
      if (this.#input.length < 8) return;
      if (this.#input.toString('latin1', 0, 4) === 'AMQP') {
        this.#isSasl = this.#input[4] === 3;
        this.write(this.#input.subarray(0, 8));
        this.#input = this.#input.subarray(8);
        if (this.#isSasl) this.#send(1, 0, 0x40, [symbols(['ANONYMOUS', 'PLAIN', 'MSSBCBS'])]);
        continue;
      }
      const size = this.#input.readUInt32BE(0);
      if (this.#input.length < size) return;
      const frame = this.#input.subarray(0, size);
      this.#input = this.#input.subarray(size);
      if (size > 8) this.#answer(frame);
    }
  }

  #answer(frame: Buffer): void {
    const { value, next } = decodeValue(frame, 8);
    if (!(value instanceof Described)) throw new Error('a frame without a performative');
    const fields = value.value as readonly unknown[];
    const channel = frame.readUInt16BE(6);
    const performative = Number(value.descriptor);
    this.#act(performative, channel, fields, frame.subarray(next));
    if (this.#options.after?.code === performative) this.write(this.#options.after.bytes);
  }

  #act(performative: number, channel: number, fields: readonly unknown[], payload: Buffer): void {
    switch (performative) {
      case 0x41:
        return this.#send(1, 0, 0x44, [{ type: 'ubyte', value: '0' }]);
      case code.open:
        return this.#send(0, 0, code.open, [
          { type: 'string', value: 'raw-peer' },
          { type: 'null' },
          uint(65_536),
          { type: 'ushort', value: '8191' },
        ]);
      case code.begin:
        this.#deliveryIds.set(channel, this.#options.firstDeliveryId ?? 0);
        return this.#send(0, channel, code.begin, [
          { type: 'ushort', value: String(channel) },
          uint(this.#transferId),
          uint(5000),
          uint(5000),
          uint(255),
        ]);
      case code.attach:
        return this.#attach(channel, fields);
      case code.flow:
        return this.#flow(channel, fields);
      case code.transfer:
        return this.#request(channel, fields, payload);
      case code.disposition:
        if (fields[0] === true) {
          const first = Number(fields[1]);
          this.#peer.dispositions.push({ first, last: Number(fields[2] ?? first) });
        }
        return;
      case code.detach:
        this.#drop((link) => link.channel === channel && link.handle === Number(fields[0]));
        return this.#send(0, channel, code.detach, [uint(Number(fields[0])), yes]);
      case code.end:
        this.#drop((link) => link.channel === channel);
        return this.#send(0, channel, code.end, []);
      case code.close:
        this.#send(0, 0, code.close, []);
        this.socket.end();
        return;
      default:
    }
  }

  #attach(channel: number, fields: readonly unknown[]): void {
    const [name, handle, isReceiver, , , source, target] = fields;
    const terminus = (isReceiver === true ? source : target) as Described;
    const address = String((terminus.value as readonly unknown[])[0]);
    const filter = (terminus.value as readonly unknown[])[7] as Record<string, Described> | undefined;
    const selector = filter?.['apache.org:selector-filter:string']?.value;
    const link: Link = {
      address,
      handle: Number(handle),
      channel,
      isReceiver: isReceiver === true,
      replyTo: String(name),
      credit: 0,
      deliveryCount: 0,
      next: 0,
    };
    this.#links.push(link);
    if (typeof selector === 'string') {
      this.#peer.selectors.push(selector);
      const after = /sequence-number > '(-?\d+)'/.exec(selector)?.[1];
      const { events } = this.#peer;
      if (after !== undefined) {
        link.next = events.findIndex(({ sequenceNumber }) => sequenceNumber > Number(after));
        if (link.next === -1) link.next = events.length;
      }
    }
    const described = (terminusCode: number): TypedValue =>
      composite(terminusCode, [{ type: 'string', value: address }]);
    this.#send(0, channel, code.attach, [
      { type: 'string', value: String(name) },
      uint(link.handle),
      { type: 'boolean', value: !link.isReceiver },
      { type: 'ubyte', value: '0' },
      { type: 'ubyte', value: '0' },
      described(0x28),
      described(0x29),
      { type: 'null' },
      { type: 'null' },
      uint(0),
      { type: 'ulong', value: '1048576' },
    ]);
    if (!link.isReceiver) this.#grant(link);
  }

  #grant(link: Link): void {
    const fields = [uint(0), uint(5000), uint(0), uint(5000), uint(link.handle), uint(0), uint(1000)];
    this.#send(0, link.channel, code.flow, fields);
  }

  #flow(channel: number, fields: readonly unknown[]): void {
    const [nextIncomingId, window, , , handle, deliveryCount, credit] = fields.map(Number);
    this.#peer.flows.push({ nextIncomingId: nextIncomingId ?? 0, window: window ?? 0 });
    const link = this.#links.find((one) => one.channel === channel && one.handle === handle);
    if (link === undefined || fields[4] === null || fields[4] === undefined) return;
    link.credit = (credit ?? 0) - ((link.deliveryCount - (deliveryCount ?? 0)) | 0);
    this.deliver();
    const { afterCredit } = this.#options;
    if (afterCredit !== undefined && isEventLink(link)) this.write(afterCredit);
  }

  deliver(): void {
    for (const link of this.#links) {
      if (!isEventLink(link)) continue;
      for (; link.credit > 0; link.next += 1) {
        const event = this.#peer.events[link.next];
        if (event === undefined) break;
        this.#transfer(link, event.message);
      }
    }
  }

  #transfer(link: Link, message: Buffer, settled = this.#options.settled ?? false): void {
    const { frameBytes = 60_000 } = this.#options;
    const id = this.#deliveryIds.get(link.channel) ?? 0;
    this.#deliveryIds.set(link.channel, (id + 1) >>> 0);
    link.credit -= 1;
    link.deliveryCount += 1;
    for (let at = 0; at === 0 || at < message.length; at += frameBytes) {
      const hasMore = at + frameBytes < message.length;
      const fields: TypedValue[] = [
        uint(link.handle),
        at === 0 ? uint(id) : { type: 'null' },
        at === 0 ? { type: 'binary', value: Buffer.from([id & 0xff]).toString('base64') } : { type: 'null' },
        at === 0 ? uint(0) : { type: 'null' },
        { type: 'boolean', value: settled },
        { type: 'boolean', value: hasMore },
      ];
      this.#transferId = (this.#transferId + 1) >>> 0;
      this.#send(0, link.channel, code.transfer, fields, message.subarray(at, at + frameBytes));
    }
  }

  /** $cbs and $management: everything is granted, every hub has one partition. */
  #request(channel: number, fields: readonly unknown[], payload: Buffer): void {
    const to = this.#links.find((link) => link.channel === channel && link.handle === Number(fields[0]));
    const reply = this.#links.find(
      (link) => link.isReceiver && link.address === to?.address && link.channel === channel,
    );
    this.#send(0, channel, code.disposition, [
      yes,
      uint(Number(fields[1])),
      { type: 'null' },
      yes,
      composite(0x24, []),
    ]);
    if (to === undefined || reply === undefined) return;
    const id = messageIdOf(payload);
    const properties = { correlationId: { type: 'string', value: id } } as const;
    const status = {
      'status-code': { type: 'int', value: '200' },
      'status-description': { type: 'string', value: 'OK' },
    } as const;
    const isManagement = to.address.includes('management');
    if (isManagement && this.#options.managementReply !== undefined) {
      return this.#transfer(reply, this.#options.managementReply, true);
    }
    const body: TypedMessage['body'] = isManagement
      ? {
          value: typedOf({
            name: 'hub',
            type: 'com.microsoft:eventhub',
            partition_count: 1,
            partition_ids: ['0'],
            created_at: new Date(0),
          }),
        }
      : { value: { type: 'null' } };
    const message = { properties, applicationProperties: status, body };
    this.#transfer(reply, Buffer.from(encodeMessage(message)), true);
  }

  detachLinks(condition: string): void {
    for (const link of this.#links.filter(isEventLink)) {
      const error = composite(0x1d, [
        { type: 'symbol', value: condition },
        { type: 'string', value: 'by the test' },
      ]);
      this.#send(0, link.channel, code.detach, [uint(link.handle), yes, error]);
      this.#drop((one) => one === link);
    }
  }

  drainLinks(): void {
    for (const link of this.#links.filter(isEventLink)) {
      link.deliveryCount += link.credit;
      link.credit = 0;
      const deliveries = [uint(link.handle), uint(link.deliveryCount), uint(0), uint(0), yes];
      this.#send(0, link.channel, code.flow, [
        uint(0),
        uint(5000),
        uint(this.#transferId),
        uint(5000),
        ...deliveries,
      ]);
    }
  }

  #drop(isGone: (link: Link) => boolean): void {
    for (const link of this.#links.filter(isGone)) this.#links.splice(this.#links.indexOf(link), 1);
  }

  #send(
    type: 0 | 1,
    channel: number,
    performative: number,
    fields: readonly TypedValue[],
    payload?: Buffer,
  ): void {
    this.write(frameOf(type, channel, performative, fields, payload));
  }
}

function isEventLink({ isReceiver, address }: Link): boolean {
  return isReceiver && address.includes('/Partitions/');
}

export function frameOf(
  type: 0 | 1,
  channel: number,
  performative: number,
  fields: readonly TypedValue[],
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const body = encodeTyped(composite(performative, fields));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length + payload.length, 0);
  head[4] = 2;
  head[5] = type;
  head.writeUInt16BE(channel, 6);
  return Buffer.concat([head, body, payload]);
}

/** The broker's annotations of an event, and behind them whatever sections a test wants. */
export function eventOf(sequenceNumber: number, sections: Buffer): RawEvent {
  const annotations = encodeMessage({
    messageAnnotations: {
      'x-opt-sequence-number': { type: 'long', value: String(sequenceNumber) },
      'x-opt-offset': { type: 'string', value: String(sequenceNumber * 100) },
      'x-opt-enqueued-time': { type: 'timestamp', value: '1700000000000' },
    },
  });
  return { sequenceNumber, message: Buffer.concat([annotations, sections]) };
}

export function dataSection(body: Buffer): Buffer {
  return Buffer.from(encodeMessage({ body: { data: [body.toString('base64')] } }));
}

function messageIdOf(payload: Buffer): string {
  for (let at = 0; at < payload.length;) {
    const { value, next } = decodeValue(payload, at);
    if (value instanceof Described && Number(value.descriptor) === 0x73) {
      return String((value.value as readonly unknown[])[0]);
    }
    at = next;
  }
  return '';
}

function composite(descriptor: number, fields: readonly TypedValue[]): TypedValue {
  return {
    type: 'described',
    descriptor: { type: 'ulong', value: String(descriptor) },
    value: { type: 'list', value: fields },
  };
}

function uint(value: number): TypedValue {
  return { type: 'uint', value: String(value) };
}

function symbols(names: readonly string[]): TypedValue {
  return { type: 'array', of: 'symbol', value: names };
}

const yes: TypedValue = { type: 'boolean', value: true };
