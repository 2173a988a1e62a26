// Checks: both containers exist, and may be listed, written, read and deleted from.

import { ok, failed } from './check.ts';
import type { Answer, Check } from './check.ts';
import type { World } from './world.ts';

export const checkpointContainer: Check = {
  name: 'checkpoint container',
  needs: ['storage token'],
  run: (world, signal) =>
    judge(
      world,
      world.config.storage.checkpointContainer,
      'CHECKPOINT_CONTAINER',
      world.checkpointWrites,
      signal,
    ),
};

export const deadLetterContainer: Check = {
  name: 'dead letter container',
  needs: ['storage token'],
  run: (world, signal) =>
    judge(
      world,
      world.config.storage.deadLetterContainer,
      'DEAD_LETTER_CONTAINER',
      world.deadLetterWrites,
      signal,
    ),
};

/** What is missing, forbidden or out of reach is thrown with a message that says what to do. */
async function judge(
  world: World,
  name: string,
  variable: string,
  writes: World['checkpointWrites'],
  signal: AbortSignal,
): Promise<Answer> {
  await world.container({ name, variable }).pages('', signal, 1).next();
  const { isReadBack, blob } = await writes();
  if (isReadBack) return ok(`${name} is there and may be listed, read, written and deleted from.`);
  return failed(
    `${name} did not give back what was just written to ${blob}: whatever answers is no plain blob storage; use a StorageV2 account without a cache before it.`,
  );
}
