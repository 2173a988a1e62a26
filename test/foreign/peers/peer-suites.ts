// What the peers must see of the emulator, whatever SDK they speak with.

import assert from 'node:assert/strict';
import { z } from 'zod';
import { startEmulator } from '../../../src/emulator/index.ts';
import { partitionOfKey } from '../../../src/emulator/hubs/partition-key.ts';
import { mustRun } from '../command.ts';
import type { ForeignTest, SuiteRun } from '../suite-report.ts';
import type { Peer } from './peer.ts';

/** More than any SDK's first credit, several times over. */
const eventsPerPartition = 5000;

const partitionIds = ['0', '1', '2', '3'];

/** What each peer prints at its end, as JSON on one line. */
const reportSchema = z.strictObject({
  hub: z.string(),
  partitionIds: z.array(z.string()),
  /** Of partition 3, before anything was sent: begin, last sequence number, last offset, is empty. */
  unused: z.tuple([z.number(), z.number(), z.string(), z.boolean()]),
  /** Of the five events sent with the key "k1": their sequence numbers, keys and bodies in the order received. */
  keyed: z.array(z.strictObject({ sequenceNumber: z.number(), key: z.string(), body: z.string() })),
  /** Length of the one large event sent to partition 1. */
  largeBytes: z.number(),
  /** Sequence numbers received from the keyed partition after position 2. */
  afterTwo: z.array(z.number()),
  /** Of the numbered events sent to each partition: how many arrived once and in order, before the first that did not. */
  inOrder: z.record(z.string(), z.number()),
});

type PeerReport = z.infer<typeof reportSchema>;

const claims: Readonly<Record<string, (report: PeerReport, keyedCount: number) => void>> = {
  'reads the hub under its own name': ({ hub }) => assert.equal(hub, 'Orders'),
  'reads the partitions': (report) => assert.deepEqual(report.partitionIds, partitionIds),
  'reads a partition that was never used': ({ unused }) => assert.deepEqual(unused, [-1, -1, '-1', true]),
  'receives events with a partition key in their order': ({ keyed }) => {
    const bodies = ['hello 0', 'hello 1', 'hello 2', 'hello 3', 'hello 4'];
    const expected = bodies.map((body, sequenceNumber) => ({ sequenceNumber, key: 'k1', body }));
    assert.deepEqual(keyed, expected);
  },
  'finds the partition of a key as the service does': (_report, keyedCount) =>
    assert.equal(keyedCount, eventsPerPartition + 5),
  'receives an event of 200,000 bytes': ({ largeBytes }) => assert.equal(largeBytes, 200_000),
  'starts behind a sequence number': ({ afterTwo }) => assert.deepEqual(afterTwo, [3, 4]),
  'reads thousands of events of every partition once and in order on one link': ({ inOrder }) =>
    assert.deepEqual(inOrder, Object.fromEntries(partitionIds.map((id) => [id, eventsPerPartition]))),
};

export async function runPeer(peer: Peer): Promise<SuiteRun> {
  const startedMs = performance.now();
  const [file, args] = await peer.install();
  const emulator = await startEmulator({
    host: peer.host,
    port: 5672,
    hubs: [{ name: 'Orders', partitionCount: partitionIds.length }],
  });
  try {
    const connectionString = emulator.connectionString('orders');
    const programArgs = [...args, connectionString, String(eventsPerPartition)];
    const { stdout } = await mustRun(file, programArgs, { timeoutMs: 120_000 });
    const report = reportSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
    const keyedPartition = String(partitionOfKey('k1', partitionIds.length));
    const keyedCount = emulator.hub('orders').partition(keyedPartition).eventCount;
    return {
      suite: `${peer.language} ${peer.sdk}, our program`,
      version: peer.version,
      tests: Object.entries(claims).map(([name, claim]) => outcomeOf(name, () => claim(report, keyedCount))),
      gaps: [],
      seconds: (performance.now() - startedMs) / 1000,
    };
  } finally {
    await emulator.close();
  }
}

/** One claim as a test. */
export function outcomeOf(name: string, claim: () => void): ForeignTest {
  try {
    claim();
    return { name, outcome: 'passed', said: '' };
  } catch (error) {
    return { name, outcome: 'failed', said: String(error) };
  }
}
