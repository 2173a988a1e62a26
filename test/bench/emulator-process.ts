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

/** Keys and partitions in turn: neighbours have different keys, as with real traffic. */
function fill(emulator: Emulator, hub: BenchHub): void {
  const view = emulator.hub(hub.name);
  const order = orderOf(hub.bodyBytes);
  for (let index = 0; index < hub.events; index++) {
    view.append(String(index % hub.partitions), {
      body: { ...order, order: 1_000_000 + index },
      contentType: 'application/json',
      ...(hub.keys === 0 ? {} : { partitionKey: `key-${index % hub.keys}` }),
    });
  }
}

/** An order of so many bytes as JSON: as many lines as fit, and a note that makes up the difference. */
function orderOf(bytes: number) {
  const order = {
    order: 1_000_000,
    customer: 'customer-17',
    placedAt: '2026-01-31T12:00:00.000Z',
    lines: [] as { readonly sku: string; readonly quantity: number; readonly price: number }[],
    note: '',
  };
  const missing = (): number => bytes - JSON.stringify(order).length;
  while (missing() > 60) order.lines.push({ sku: `sku-${order.lines.length}`, quantity: 2, price: 9.95 });
  order.note = 'x'.repeat(Math.max(0, missing()));
  return order;
}
