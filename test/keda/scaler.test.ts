// G9 by the real thing: KEDA's own scaler, configured by the chart's own ScaledObject, reads the emulator and the
// checkpoints of a real worker. What it must see is what the worker has not finished, on every path.
// Slow tier; needs Go. The emulator listens on 5672 of its own loopback address, because the scaler accepts no port.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { manifestsOf, renderChart } from '../../scripts/deploy/chart.ts';
import { kubernetesVersions } from '../../scripts/deploy/schemas.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import { checkpointPath, sequenceNumberOf } from '../../src/cli/keda-checkpoint.ts';
import { readLag } from '../../src/cli/keda-rules.ts';
import type { CheckpointMetadata } from '../../src/cli/keda-rules.ts';
import { startAzurite, uniqueContainerName } from '../support/azurite.ts';
import type { Azurite } from '../support/azurite.ts';
import { ScalerProcess } from './scaler-process.ts';
import type { ScalerAnswer } from './scaler-process.ts';
import { WorkerProcess } from '../deploy/worker-process.ts';

const HOST = '127.0.0.7';
const PARTITIONS = 4;
const PER_PARTITION = 25;
const THRESHOLD = 64;
const SETTLE_DEADLINE_MS = 60_000;

describe('G9: what KEDA sees', () => {
  let scaler: ScalerProcess;
  let azurite: Azurite;
  let deadLetters: string;
  let metadata: Readonly<Record<string, string>>;

  before(async () => {
    scaler = await ScalerProcess.start();
    azurite = await startAzurite();
    deadLetters = uniqueContainerName();
    await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer(deadLetters);
    metadata = await triggerOfTheChart();
  });

  after(async () => {
    await scaler[Symbol.asyncDispose]();
    await azurite.stop();
  });

  /** A hub with events, a container of its own, and the means to run workers on them and to ask KEDA about them. */
  async function stage(t: TestContext, hubName = 'orders') {
    const emulator = await startEmulator({
      host: HOST,
      port: 5672,
      hubs: [{ name: hubName, partitionCount: PARTITIONS }],
    });
    t.after(() => emulator.close());
    const container = uniqueContainerName();
    const blobs = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      container,
    );
    await blobs.create();
    const workers: WorkerProcess[] = [];
    t.after(async () => {
      for (const worker of workers) await worker.end();
    });
    const ask = (changes: { readonly hub?: string; readonly threshold?: number } = {}) =>
      scaler.ask({
        metadata: {
          ...metadata,
          blobContainer: container,
          unprocessedEventThreshold: String(changes.threshold ?? THRESHOLD),
        },
        authParams: {
          connection: connectionString(changes.hub ?? hubName.toLowerCase()),
          storageConnection: azurite.connectionString,
        },
      });
    const startWorker = (environment: Readonly<Record<string, string>> = {}): WorkerProcess => {
      const worker = new WorkerProcess({
        EVENTHUB_CONNECTION_STRING: connectionString(hubName),
        STORAGE_CONNECTION_STRING: azurite.connectionString,
        CHECKPOINT_CONTAINER: container,
        DEAD_LETTER_CONTAINER: deadLetters,
        HANDLER: 'discard',
        LEASE_MS: '6000',
        TICK_MS: '1000',
        HANDOVER_TIMEOUT_MS: '10000',
        ...environment,
      });
      workers.push(worker);
      return worker;
    };
    const names = { namespace: HOST, hub: hubName.toLowerCase(), consumerGroup: '$Default' };
    const checkpoint = (partitionId: string): Promise<CheckpointMetadata> =>
      blobs
        .getBlobClient(checkpointPath(names, partitionId))
        .getProperties()
        .then(
          (properties) => properties.metadata ?? {},
          () => undefined,
        );
    /** The same question answered by the rules as this project restates them. */
    const reckon = async (threshold: number) => {
      const partitions = emulator.hub(hubName).partitions.map(async (partition) => ({
        ends: { begin: partition.beginSequenceNumber, last: partition.lastSequenceNumber },
        checkpoint: await checkpoint(partition.id),
      }));
      return readLag(await Promise.all(partitions), { threshold, activationThreshold: 0 });
    };
    /** Waits until KEDA sees this lag, and checks that our rules agree with it. */
    const sees = async (lag: number): Promise<ScalerAnswer> => {
      const deadline = performance.now() + SETTLE_DEADLINE_MS;
      for (;;) {
        const answer = await ask({ threshold: 1_000_000 });
        const isSettled = answer.error === undefined && answer.value === lag;
        if (isSettled && (await reckon(1_000_000)).total === BigInt(lag)) return answer;
        const said = () => workers.map((worker) => worker.output).join('\n');
        if (performance.now() > deadline) {
          const reckoned = (await reckon(1_000_000)).total;
          assert.fail(
            `KEDA sees ${JSON.stringify(answer)}, our rules ${String(reckoned)}, expected ${String(lag)}; workers:\n${said()}`,
          );
        }
        await sleep(200);
      }
    };
    return { emulator, ask, startWorker, sees, checkpoint };
  }

  it('sees every event of a fresh group that begins at the earliest, and nothing once they are handled', async (t) => {
    const { emulator, ask, startWorker, sees } = await stage(t);
    fill(emulator, 'orders', PER_PARTITION);
    assert.deepEqual(pick(await ask({ threshold: 1000 })), {
      value: PARTITIONS * PER_PARTITION,
      active: true,
    });
    startWorker({ START_POSITION: 'earliest' });
    assert.equal((await sees(0)).active, false);
  });

  it('sees nothing of a fresh group that begins at the latest: the history is no lag', async (t) => {
    const { emulator, startWorker, sees } = await stage(t);
    fill(emulator, 'orders', PER_PARTITION);
    const worker = startWorker({ START_POSITION: 'latest' });
    assert.equal((await sees(0)).active, false);
    assert.equal(await worker.handledEvents(), 0);
    assert.equal(await worker.end(), 0);
    fill(emulator, 'orders', 3);
    await sees(PARTITIONS * 3);
  });

  it('sees a backlog event by event, and asks for no more than the partitions take', async (t) => {
    const { emulator, ask, startWorker, sees } = await stage(t);
    fill(emulator, 'orders', 1);
    const worker = startWorker();
    await sees(0);
    assert.equal(await worker.end(), 0);
    assert.equal((await sees(0)).active, false);
    fill(emulator, 'orders', 125);
    assert.equal((await sees(500)).active, true);
    assert.deepEqual(pick(await ask()), { value: PARTITIONS * THRESHOLD, active: true });
    startWorker();
    await sees(0);
  });

  it('sees nothing of events that the hub deleted before they were read', async (t) => {
    const { emulator, startWorker, sees } = await stage(t);
    fill(emulator, 'orders', 10);
    const first = startWorker();
    await sees(0);
    assert.equal(await first.end(), 0);
    fill(emulator, 'orders', PER_PARTITION);
    expireEverything(emulator, 'orders');
    await sees(PARTITIONS * PER_PARTITION);
    startWorker();
    assert.equal((await sees(0)).active, false);
  });

  it('sees nothing of a hub whose name has capital letters, when it is given the name as the chart gives it', async (t) => {
    const { emulator, ask, startWorker, sees } = await stage(t, 'Orders');
    fill(emulator, 'Orders', PER_PARTITION);
    startWorker();
    await sees(0);
    // The trap that the chart's rules are for: the same hub by its other name is all backlog, without an error.
    const trapped = await ask({ hub: 'Orders', threshold: 1000 });
    assert.deepEqual(pick(trapped), { value: PARTITIONS * PER_PARTITION, active: true });
  });

  it('sees the backlog of a re-created hub once the worker has begun it again', async (t) => {
    const { emulator, startWorker, sees, checkpoint } = await stage(t);
    fill(emulator, 'orders', 100);
    const first = startWorker();
    await sees(0);
    assert.equal(await first.end(), 0);
    emulator.recreateHub('orders');
    fill(emulator, 'orders', 10);
    // The old checkpoints lie beyond the new end: KEDA hides these events.
    await sees(0);
    const second = startWorker({ ON_RECREATED_HUB: 'reset' });
    const deadline = performance.now() + SETTLE_DEADLINE_MS;
    for (const id of emulator.hub('orders').partitionIds) {
      while (sequenceNumberOf((await checkpoint(id)) ?? {}) !== 9n) {
        assert.ok(performance.now() < deadline, `partition ${id} was not begun again:\n${second.output}`);
        await sleep(200);
      }
    }
    assert.equal(await second.end(), 0);
    fill(emulator, 'orders', 5);
    await sees(PARTITIONS * 5);
  });
});

async function triggerOfTheChart(): Promise<Readonly<Record<string, string>>> {
  const text = await renderChart({
    helm: 'helm4',
    valuesFile: join(import.meta.dirname, 'values.yaml'),
    kubernetesVersion: kubernetesVersions.newest,
    template: 'scaledobject.yaml',
  });
  const [object] = manifestsOf(text) as readonly {
    readonly spec: { readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[] };
  }[];
  const metadata = object?.spec.triggers[0]?.metadata;
  assert.ok(metadata !== undefined, 'the chart rendered no trigger');
  return metadata;
}

function connectionString(hub: string): string {
  return [
    `Endpoint=sb://${HOST}`,
    'SharedAccessKeyName=RootManageSharedAccessKey',
    'SharedAccessKey=SAS_KEY_VALUE',
    'UseDevelopmentEmulator=true',
    `EntityPath=${hub}`,
  ].join(';');
}

function fill(emulator: Emulator, hub: string, perPartition: number): void {
  const view = emulator.hub(hub);
  for (const partitionId of view.partitionIds) {
    for (let number = 0; number < perPartition; number += 1) view.append(partitionId, { body: { number } });
  }
}

function expireEverything(emulator: Emulator, hub: string): void {
  const view = emulator.hub(hub);
  for (const { id, lastSequenceNumber } of view.partitions) view.expire(id, lastSequenceNumber + 1);
}

function pick({ value, active, error }: ScalerAnswer): object {
  return error === undefined ? { value, active } : { error };
}
