// What decoding one event costs, as far as it is looked at, beside rhea's decoder, which always decodes all of it.
//   node test/bench/codec.ts [--body 1024] [--rounds 9]
// The ways run interleaved; median and spread of the rounds, in ns of CPU per event.
import { Buffer } from 'node:buffer';
import { parseArgs } from 'node:util';
import rhea from 'rhea';
import { encodeMessage } from '../../src/codec/encode-message.ts';
import { EncodedMessage } from '../../src/codec/encoded-message.ts';
import type { TypedMessage } from '../../src/codec/typed-message.ts';

const { values } = parseArgs({
  options: { body: { type: 'string', default: '1024' }, rounds: { type: 'string', default: '9' } },
});
const rounds = Number(values.rounds);
const eventsPerRound = 100_000;

const annotations = {
  'x-opt-partition-key': { type: 'string', value: 'customer-7' },
  'x-opt-sequence-number': { type: 'long', value: '5000000000' },
  'x-opt-offset': { type: 'string', value: '123456789' },
  'x-opt-enqueued-time': { type: 'timestamp', value: '1772448000000' },
} as const;

const plain: TypedMessage = {
  messageAnnotations: annotations,
  body: { data: [Buffer.alloc(Number(values.body), 'x').toString('base64')] },
};

const withProperties: TypedMessage = {
  ...plain,
  properties: {
    messageId: { type: 'string', value: '0f8fad5b-d9cb-469f-a165-70867728950e' },
    correlationId: { type: 'string', value: 'c-1' },
    contentType: { type: 'symbol', value: 'application/json' },
  },
  applicationProperties: {
    type: { type: 'string', value: 'order-placed' },
    attempt: { type: 'int', value: '3' },
    isTest: { type: 'boolean', value: false },
    placedAt: { type: 'timestamp', value: '1772448000000' },
    traceparent: { type: 'string', value: '00-8f3c1b7a5d2e4906b1c8d7e6f5a4b3c2-4d5e6f708192a3b4-01' },
  },
};

/** Many copies in one buffer, as frames lie behind each other in what a socket gives. */
class Frames {
  readonly bytes: Buffer;
  readonly size: number;
  readonly count = 64;

  constructor(message: TypedMessage) {
    const encoded = encodeMessage(message);
    this.size = encoded.length;
    this.bytes = Buffer.concat(Array.from({ length: this.count }, () => encoded));
  }

  from(index: number): number {
    return (index % this.count) * this.size;
  }
}

const small = new Frames(plain);
const full = new Frames(withProperties);
let sink = 0;

const ways: Readonly<Record<string, (index: number) => void>> = {
  'scan, position': (index) => {
    const at = small.from(index);
    sink += new EncodedMessage(small.bytes, at, at + small.size).scanPosition().sequenceNumber ?? 0;
  },
  'scan, position, body': (index) => {
    const at = small.from(index);
    const message = new EncodedMessage(small.bytes, at, at + small.size);
    sink += message.scanPosition().sequenceNumber ?? 0;
    if (message.body.kind === 'data') sink += message.body.parts.length;
  },
  'rhea, all': (index) => {
    const at = small.from(index);
    sink += rhea.message.decode(small.bytes.subarray(at, at + small.size))['body'] === undefined ? 1 : 0;
  },
  'with properties: scan, position': (index) => {
    const at = full.from(index);
    sink += new EncodedMessage(full.bytes, at, at + full.size).scanPosition().sequenceNumber ?? 0;
  },
  'with properties: properties and application properties': (index) => {
    const at = full.from(index);
    const message = new EncodedMessage(full.bytes, at, at + full.size);
    sink += message.scanPosition().sequenceNumber ?? 0;
    sink += message.properties.contentType?.length ?? 0;
    sink += message.applicationProperties['attempt'] === 3 ? 1 : 0;
  },
  'with properties: everything': (index) => {
    const at = full.from(index);
    const message = new EncodedMessage(full.bytes, at, at + full.size);
    sink += message.scanPosition().sequenceNumber ?? 0;
    sink += message.properties.contentType?.length ?? 0;
    sink += message.applicationProperties['attempt'] === 3 ? 1 : 0;
    sink += message.annotations['x-opt-offset'] === undefined ? 0 : 1;
    if (message.body.kind === 'data') sink += message.body.parts.length;
  },
  'with properties: rhea, all': (index) => {
    const at = full.from(index);
    sink += rhea.message.decode(full.bytes.subarray(at, at + full.size))['body'] === undefined ? 1 : 0;
  },
};

const samples = new Map<string, number[]>();
for (let round = -2; round < rounds; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const before = process.cpuUsage();
    for (let index = 0; index < eventsPerRound; index += 1) way(index);
    const { user, system } = process.cpuUsage(before);
    const ns = ((user + system) * 1000) / eventsPerRound;
    if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), ns]);
  }
}
console.log(
  `${small.size} and ${full.size} bytes an event, Node ${process.version}, ns of CPU per event: median (lowest - highest)`,
);
for (const [name, list] of samples) {
  const sorted = list.toSorted((a, b) => a - b);
  const text = (at: number): string => (sorted[at] ?? 0).toFixed(0).padStart(6);
  console.log(`${name.padEnd(56)} ${text(sorted.length >> 1)} (${text(0)} - ${text(sorted.length - 1)})`);
}
if (sink === 0) throw new Error('nothing was read');
