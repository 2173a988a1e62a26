// An emulator on a free port for one test, and the official clients on it. Everything is closed when the test ends.
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs';
import type { ReceivedEventData, SubscribeOptions } from '@azure/event-hubs';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator, EmulatorOptions } from '../../../src/emulator/index.ts';
import { letLongTimersGo } from './leaked-timers.ts';

letLongTimersGo();

export const HUB = 'orders';

/** Fails at the first error instead of after the SDK's 30 s pauses. */
export const NO_RETRIES = { maxRetries: 0, timeoutInMs: 5000 };

const DEADLINE_MS = 15_000;

export async function emulatorFor(t: TestContext, options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ port: 0, hubs: [{ name: HUB, partitionCount: 4 }], ...options });
  const clients: Closer[] = [];
  clientsOf.set(emulator, clients);
  t.after(async () => {
    // Clients first: the SDK's close() waits for answers.
    await Promise.all(clients.map((close) => Promise.race([close().catch(() => undefined), sleep(1000)])));
    await emulator.close();
  });
  return emulator;
}

type Closer = () => Promise<void>;

const clientsOf = new WeakMap<Emulator, Closer[]>();

/** Has a client closed before its emulator; one whose connection was cut may hang in close(), so it gets a second. */
export function closeBefore(emulator: Emulator, close: Closer): void {
  clientsOf.get(emulator)?.push(close);
}

export function producerFor(emulator: Emulator, hub = HUB): EventHubProducerClient {
  const producer = new EventHubProducerClient(emulator.connectionString(hub), {
    retryOptions: { ...NO_RETRIES },
  });
  closeBefore(emulator, () => producer.close());
  return producer;
}

export function consumerFor(
  emulator: Emulator,
  { hub = HUB, group = '$Default', identifier = 'consumer' } = {},
): EventHubConsumerClient {
  const consumer = new EventHubConsumerClient(group, emulator.connectionString(hub), {
    retryOptions: { ...NO_RETRIES },
    identifier,
  });
  closeBefore(emulator, () => consumer.close());
  return consumer;
}

export interface Reading {
  readonly events: ReceivedEventData[];
  readonly errors: (Error & { code?: string })[];
  close(): Promise<void>;
}

/** Reads a partition; goes on until closed. */
export function read(
  consumer: EventHubConsumerClient,
  partitionId: string,
  options: SubscribeOptions = {},
): Reading {
  const reading: Omit<Reading, 'close'> = { events: [], errors: [] };
  const subscription = consumer.subscribe(
    partitionId,
    {
      processEvents: async (events) => void reading.events.push(...events),
      processError: async (error) => void reading.errors.push(error),
    },
    { startPosition: earliestEventPosition, maxBatchSize: 100, maxWaitTimeInSeconds: 1, ...options },
  );
  return { ...reading, close: () => subscription.close() };
}

/** Reads until so many events have come, then closes. */
export async function take(
  consumer: EventHubConsumerClient,
  partitionId: string,
  count: number,
  options: SubscribeOptions = {},
): Promise<ReceivedEventData[]> {
  const reading = read(consumer, partitionId, options);
  await until(`${count} events of partition ${partitionId}`, () => reading.events.length >= count, reading);
  await reading.close();
  return reading.events;
}

/** Waits for a condition with a deadline; what went wrong meanwhile is in the message. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  reading?: Reading,
): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(
        `not reached in ${DEADLINE_MS} ms: ${what}; errors: ${reading?.errors.join(', ') ?? '-'}`,
      );
    }
    await sleep(10);
  }
}

export function preload(emulator: Emulator, partitionId: string, count: number, hub = HUB): void {
  const view = emulator.hub(hub);
  for (let index = 0; index < count; index += 1) view.append(partitionId, { body: { index } });
}
