// The emulator in a process of its own, its hub filled, so that it shares no thread with what is measured. Tells its parent
// where it is, feeds events at a rate when told to, and ends with its parent.
//
//   node test/bench/emulator-process.ts <hub as JSON> <host> <port> <certificate file>

import { writeFileSync } from 'node:fs';
import { startEmulator } from '../../src/emulator/index.ts';
import { applicationProperties, hubName, orderOf, timeDigits } from './hub.ts';
import type { BenchHub } from './hub.ts';

export interface EmulatorPlace {
  readonly connectionString: string;
  readonly tlsPort: number | undefined;
}

const [given = '', host = '', port = '0', certificateFile = ''] = process.argv.slice(2);
const hub = JSON.parse(given) as BenchHub;
const emulator = await startEmulator({
  host,
  port: Number(port),
  tls: { port: 0 },
  hubs: [{ name: hubName, partitionCount: hub.partitions, retentionBytes: 4 * 1024 ** 3 }],
});
writeFileSync(certificateFile, emulator.caCertificatePem ?? '');
const view = emulator.hub(hubName);
const template = orderOf(hub.bodyBytes, 0);
for (let index = 0; index < hub.events; index += 1) append(index, orderBody(index));

let feeding: NodeJS.Timeout | undefined;
process.on('message', (message: { readonly eventsPerSecond: number }) => {
  clearInterval(feeding);
  if (message.eventsPerSecond > 0) feeding = feed(message.eventsPerSecond);
});
process.once('disconnect', () => process.exit());
const place: EmulatorPlace = { connectionString: emulator.connectionString(), tlsPort: emulator.tlsPort };
process.send?.(place);

/** As many as are due by the clock, however late a timer is. */
function feed(eventsPerSecond: number): NodeJS.Timeout {
  const startedMs = performance.now();
  let sent = 0;
  return setInterval(
    () => {
      const due = Math.floor(((performance.now() - startedMs) * eventsPerSecond) / 1000);
      for (; sent < due; sent += 1) append(sent, timedBody());
    },
    Math.max(1, 1000 / eventsPerSecond),
  );
}

function append(index: number, body: Buffer): void {
  view.append(String(index % hub.partitions), {
    body,
    contentType: 'application/json',
    ...(hub.keys === 0 ? {} : { partitionKey: `key-${String(index % hub.keys)}` }),
    ...(hub.hasProperties ? { properties: applicationProperties } : {}),
  });
}

/** The order's number is the only thing in which bodies differ. */
function orderBody(index: number): Buffer {
  const body = Buffer.from(template);
  body.write(String(1_000_000 + index), '{"order":'.length, 'latin1');
  return body;
}

function timedBody(): Buffer {
  const body = Buffer.alloc(hub.bodyBytes, ' ');
  body.write(process.hrtime.bigint().toString().padStart(timeDigits, '0'), 'latin1');
  return body;
}
