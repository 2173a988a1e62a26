// What the tests of the event source share: an emulator with one hub, sources against it, and a listener that writes down.

import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ClientFactory } from '../../../src/azure/credentials.ts';
import type { EventHubAccess } from '../../../src/azure/credentials.ts';
import { AzureEventSource } from '../../../src/azure/event-source.ts';
import type { EventSourceOptions } from '../../../src/azure/event-source.ts';
import type { ReceivePath } from '../../../src/azure/sdk-connection.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator, EmulatorOptions } from '../../../src/emulator/index.ts';
import type { ReceivedEvent } from '../../../src/engine/event.ts';
import type { LinkEnd, LinkListener, ReceivedBatch } from '../../../src/engine/ports.ts';
import { realClock } from '../../support/real-clock.ts';

export const hubName = 'Orders';

const pathOf = new WeakMap<TestContext, ReceivePath>();

/** Whether we receive or the SDK does: what a user may rely on is the same. */
export function testOnBothPaths(name: string, body: (t: TestContext) => Promise<void>): void {
  for (const path of ['transfers', 'sdk'] as const) {
    test(`${name} (${path})`, async (t) => {
      pathOf.set(t, path);
      await body(t);
    });
  }
}

/** What a test opened; closed in the opposite order, sources before the emulator they talk to. */
const opened = new WeakMap<TestContext, (() => Promise<void>)[]>();

export function closeAfter(t: TestContext, close: () => Promise<void>): void {
  const closers = opened.get(t);
  if (closers !== undefined) return void closers.push(close);
  const first = [close];
  opened.set(t, first);
  t.after(async () => {
    for (const closer of first.toReversed()) await closer();
  });
}

export async function emulatorWith(
  t: TestContext,
  partitionCount: number,
  options: Partial<EmulatorOptions> = {},
): Promise<Emulator> {
  const emulator = await startEmulator({ port: 0, hubs: [{ name: hubName, partitionCount }], ...options });
  closeAfter(t, () => emulator.close());
  return emulator;
}

export function accessTo(connectionString: string, eventHub = hubName): EventHubAccess {
  return {
    namespace: '127.0.0.1',
    eventHub,
    credentials: { kind: 'connection-string', connectionString },
    transport: 'amqp',
  };
}

export async function sourceFor(
  t: TestContext,
  access: EventHubAccess,
  options: Partial<EventSourceOptions> = {},
): Promise<AzureEventSource> {
  const clients = await ClientFactory.create({ eventHub: access });
  const source = new AzureEventSource(
    {
      ...access,
      consumerGroup: '$Default',
      workerId: 'worker-a',
      maxBatchSize: 500,
      prefetchEvents: 1500,
      prefetchBytes: 8 * 1024 * 1024,
      receivePath: pathOf.get(t) ?? 'transfers',
      ...options,
    },
    { clients, clock: realClock, random: { next: () => Math.random() } },
  );
  closeAfter(t, () => source.close());
  return source;
}

/** Keeps everything it is told; `onBatch` may hold the link back. */
export class RecordingListener implements LinkListener {
  readonly events: ReceivedEvent[] = [];
  readonly batches: number[] = [];
  readonly faults: Error[] = [];
  readonly ends: LinkEnd[] = [];
  lastBatch: ReceivedBatch | undefined;
  onBatch: (batch: ReceivedBatch) => Promise<void> = async () => undefined;

  async receive(batch: ReceivedBatch): Promise<void> {
    this.lastBatch = batch;
    this.batches.push(batch.events.length);
    this.events.push(...batch.events);
    await this.onBatch(batch);
  }

  fault(error: Error): void {
    this.faults.push(error);
  }

  ended(end: LinkEnd): void {
    this.ends.push(end);
  }

  get sequenceNumbers(): readonly number[] {
    return this.events.map(({ sequenceNumber }) => sequenceNumber);
  }
}

/** Waits until `isTrue`, looking every few milliseconds; fails at the deadline with what was waited for. */
export async function until(what: string, isTrue: () => boolean, timeoutMs = 15_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function append(emulator: Emulator, partitionId: string, count: number, bodyBytes = 16): void {
  const body = Buffer.alloc(bodyBytes, 'x');
  const hub = emulator.hub(hubName);
  for (let index = 0; index < count; index += 1) hub.append(partitionId, { body });
}

export function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

export const fromStart = { sequenceNumber: -1, offset: '-1' };
