// What reading costs per event: the view alone, its ordering key, its properties, and the body as JSON, through the real codec.
//   node test/bench/reading.ts
// Each event is scanned and decoded anew; "nothing" is the scan and the view, which every other row includes.

import { EncodedMessage } from '../../src/codec/encoded-message.ts';
import { encodeMessage } from '../../src/codec/encode-message.ts';
import type { TypedMessage } from '../../src/codec/typed-message.ts';
import { EventView } from '../../src/engine/handling/event-view.ts';

const rounds = 9;
const events = 50_000;

const body = { data: [Buffer.from(JSON.stringify({ order: 1, note: 'x'.repeat(960) })).toString('base64')] };
const position = {
  'x-opt-sequence-number': { type: 'long', value: '5124' },
  'x-opt-offset': { type: 'string', value: '8589934592' },
  'x-opt-enqueued-time': { type: 'timestamp', value: '1772448000000' },
} as const;
const applicationProperties = {
  source: { type: 'string', value: 'checkout' },
  attempt: { type: 'long', value: '2' },
  'Diagnostic-Id': { type: 'string', value: '00-8f3c1b7a5d2e4906b1c8d7e6f5a4b3c2-4d5e6f708192a3b4-01' },
} as const;

const partitionKey = { 'x-opt-partition-key': { type: 'string', value: 'customer-7' } } as const;
const kafkaKey = {
  'x-opt-kafka-key': { type: 'binary', value: Buffer.from('customer-7').toString('base64') },
} as const;

const senders: Readonly<Record<string, TypedMessage>> = {
  'partition key': { messageAnnotations: { ...position, ...partitionKey }, body },
  'kafka key': { messageAnnotations: { ...position, ...kafkaKey }, body },
  'no key, properties': { messageAnnotations: position, applicationProperties, body },
};

const touches: Readonly<Record<string, (event: EventView) => unknown>> = {
  nothing: () => undefined,
  'ordering key': (event) => event.orderingKey,
  properties: (event) => event.properties,
  header: (event) => event.header('source'),
  'json()': (event) => event.json(),
  'JSON.parse of the body': (event) => JSON.parse(Buffer.from(event.body).toString()) as unknown,
};

for (const [sender, message] of Object.entries(senders)) {
  const encoded = encodeMessage(message);
  for (const [name, touch] of Object.entries(touches)) {
    const ns = medianNs(() => viewOf(encoded), touch);
    console.log(`${sender.padEnd(20)} ${name.padEnd(24)} ${ns.toFixed(0).padStart(6)} ns`);
  }
}

function viewOf(encoded: Uint8Array): EventView {
  const message = new EncodedMessage(encoded);
  const { sequenceNumber = 0, offset = '', enqueuedAtMs = 0, partitionKey } = message.scanPosition();
  const { sizeBytes } = message;
  const defect = undefined;
  return new EventView('0', {
    sequenceNumber,
    offset,
    enqueuedAtMs,
    partitionKey,
    sizeBytes,
    defect,
    message,
  });
}

/** Of making a view and touching it. */
function medianNs(make: () => EventView, touch: (event: EventView) => unknown): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = process.hrtime.bigint();
    for (let count = 0; count < events; count += 1) touch(make());
    times.push(Number(process.hrtime.bigint() - start) / events);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}
