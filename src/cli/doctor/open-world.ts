// The real world of the checks, from the configuration of the process. Nothing connects before a check asks.

import { openInspection } from '../../azure/inspection.ts';
import type { Inspection } from '../../azure/inspection.ts';
import type { Config } from '../../config/config.ts';
import type { Layer } from '../../config/layers.ts';
import { proxyFor } from '../../config/proxy.ts';
import { asError } from '../../engine/errors.ts';
import { readPartitionEnds } from '../partition-ends.ts';
import { systemClock, systemRandom } from '../system-clock.ts';
import { endpointsOf, reachEndpoint } from './endpoint.ts';
import type { DoctorOptions, ReceiverFinding, World } from './world.ts';

export interface OpenWorld {
  readonly world: World;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly config: Config;
  readonly problems: World['problems'];
  readonly options: DoctorOptions;
  /** For the proxies. */
  readonly environment: Layer['values'];
  /** Of the whole command: ends what several checks wait for. */
  readonly signal: AbortSignal;
}

/** Receivers attached side by side: each is there for a second. */
const receiversAtOnce = 16;
/** Enough to see what a sender does, in a second and a few hundred kilobytes. */
const peekedPartitions = 16;
const peekedEvents = 10;

export async function openWorld(given: WorldOptions): Promise<OpenWorld> {
  const { config, problems, options, environment, signal } = given;
  const { eventHub, storage } = config;
  const inspection = await openInspection({
    eventHub,
    storage,
    clock: systemClock,
    random: systemRandom,
  });
  const readEnds = (abortSignal: AbortSignal) => readPartitionEnds(inspection.source, abortSignal);
  const world: World = {
    ...inspection,
    config,
    problems,
    options,
    given: { ...eventHub, namespace: eventHub.givenNamespace },
    endpoints: endpointsOf(eventHub),
    nowMs: () => systemClock.nowMs(),
    proxyOf: (host) => proxyFor(host, environment),
    reach: reachEndpoint,
    readEnds,
    receivers: once(async () => {
      const ends = await readEnds(signal);
      return askAll(
        inspection,
        ends.map(({ partitionId }) => partitionId),
        signal,
      );
    }),
    newestEvents: async (abortSignal) => {
      const ends = await readEnds(abortSignal);
      const looked = ends.filter(({ isEmpty }) => !isEmpty).slice(0, peekedPartitions);
      return Promise.all(looked.map((end) => inspection.peek(end, peekedEvents, abortSignal)));
    },
    checkpointWrites: once(() =>
      inspection.probeWrites({ name: storage.checkpointContainer, variable: 'CHECKPOINT_CONTAINER' }, signal),
    ),
    deadLetterWrites: once(() =>
      inspection.probeWrites(
        { name: storage.deadLetterContainer, variable: 'DEAD_LETTER_CONTAINER' },
        signal,
      ),
    ),
  };
  return { world, close: () => inspection.close() };
}

async function askAll(
  inspection: Inspection,
  partitionIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly ReceiverFinding[]> {
  const findings: ReceiverFinding[] = [];
  for (let index = 0; index < partitionIds.length; index += receiversAtOnce) {
    const asked = partitionIds.slice(index, index + receiversAtOnce).map(async (partitionId) => ({
      partitionId,
      answer: await inspection.askReceiver(partitionId, signal).catch(asError),
    }));
    findings.push(...(await Promise.all(asked)));
  }
  return findings;
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= run());
}
