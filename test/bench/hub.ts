// The event hub of a benchmark and the events in it: orders as JSON, as large as asked for.

export interface BenchHub {
  readonly partitions: number;
  /** In it before anybody reads. */
  readonly events: number;
  readonly bodyBytes: number;
  /** Distinct partition keys, taken in turn: neighbours have different keys, as with real traffic. 0: no keys. */
  readonly keys: number;
  /** Whether events carry application properties of the usual types. */
  readonly hasProperties: boolean;
}

export const hubName = 'bench';

/** The place of each sender's clock in the body of an event that measures latency: CLOCK_MONOTONIC in ns, as text. */
export const timeDigits = 20;

/** An order of so many bytes as JSON: as many lines as fit, and a note that makes up the difference. */
export function orderOf(bytes: number, number: number): Buffer {
  const order = {
    order: 1_000_000 + number,
    customer: 'customer-17',
    placedAt: '2026-01-31T12:00:00.000Z',
    lines: [] as { readonly sku: string; readonly quantity: number; readonly price: number }[],
    note: '',
  };
  const missing = (): number => bytes - JSON.stringify(order).length;
  while (missing() > 60)
    order.lines.push({ sku: `sku-${String(order.lines.length)}`, quantity: 2, price: 9.95 });
  order.note = 'x'.repeat(Math.max(0, missing()));
  return Buffer.from(JSON.stringify(order));
}

/** What a producer adds for routing and tracing. */
export const applicationProperties: Readonly<Record<string, string | number | boolean>> = {
  'event-type': 'order.placed',
  'tenant-id': '7f3c1a52-5a0e-4c0e-9f51-2f1b3c5d7e91',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  version: 3,
  priority: true,
};
