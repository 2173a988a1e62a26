// The emulator in a process of its own, its hubs filled, so that it does not share a thread with what is measured. Sends
// its connection string to its parent and ends with it.

import { startEmulator } from '../../src/emulator/index.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import { benchHubs } from './cases.ts';
import type { BenchHub } from './cases.ts';

const emulator = await startEmulator({
  port: 0,
  hubs: benchHubs.map(({ name, partitions }) => ({ name, partitionCount: partitions })),
});
for (const hub of benchHubs) fill(emulator, hub);
process.send?.(emulator.connectionString());
process.once('disconnect', () => void emulator.close().finally(() => process.exit()));

/** Keys and partitions in turn: neighbours have different keys, as with real traffic. JSON, so that parsing is work. */
function fill(emulator: Emulator, hub: BenchHub): void {
  const view = emulator.hub(hub.name);
  for (let index = 0; index < hub.events; index++) {
    const body = { index, device: `device-${index % 1000}`, celsius: 21.5, padding: '' };
    body.padding = 'x'.repeat(Math.max(0, hub.bodyBytes - JSON.stringify(body).length));
    view.append(String(index % hub.partitions), {
      body,
      contentType: 'application/json',
      ...(hub.keys === 0 ? {} : { partitionKey: `key-${index % hub.keys}` }),
    });
  }
}
