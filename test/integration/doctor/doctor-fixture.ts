// The command against one emulator and one Azurite per file; each test has a hub's worth of environment of its own.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before } from 'node:test';
import type { TestContext } from 'node:test';
import { BlobServiceClient } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { runCommandLine } from '../../../src/cli/command-line.ts';
import type { Finding, Status } from '../../../src/cli/doctor/check.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { startAzurite, uniqueContainerName } from '../../support/azurite.ts';
import type { Azurite } from '../../support/azurite.ts';
import { AnswerProxy } from './answer-proxy.ts';
import type { ChangeAnswer } from './answer-proxy.ts';

export const HUB = 'orders';
export const PARTITIONS = 4;
/** Where the records of the group lie: the emulator is 127.0.0.1. */
export const PREFIX = `127.0.0.1/${HUB}/$default`;

/** What the emulator's port in the Endpoint keeps KEDA from, set right: so the KEDA checks can pass. */
export const kedaNamespace = ['--keda-namespace', '127.0.0.1'] as const;

export interface Examination {
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  of(name: string): Finding;
  says(name: string, status: Status, message: RegExp): void;
}

export interface Stage {
  readonly env: Record<string, string>;
  readonly checkpoints: ContainerClient;
  readonly deadLetters: ContainerClient;
  readonly examine: (...args: readonly string[]) => Promise<Examination>;
  /** Puts Azurite behind a proxy that changes answers. */
  readonly changeAnswers: (change: ChangeAnswer) => Promise<void>;
}

export interface Fixture {
  emulator(): Emulator;
  azurite(): Azurite;
  /** Everything as the worker needs it: hub, group, both containers. */
  stage(t: TestContext): Promise<Stage>;
}

/** Call it once in a `describe`. */
export function doctorFixture(): Fixture {
  let emulator: Emulator;
  let azurite: Azurite;
  before(async () => {
    [emulator, azurite] = await Promise.all([
      startEmulator({ port: 0, hubs: [{ name: HUB, partitionCount: PARTITIONS }] }),
      startAzurite(),
    ]);
  });
  after(async () => {
    await Promise.all([emulator.close(), azurite.stop()]);
  });
  return {
    emulator: () => emulator,
    azurite: () => azurite,
    stage: async (t) => {
      const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
      const checkpoints = service.getContainerClient(uniqueContainerName());
      const deadLetters = service.getContainerClient(uniqueContainerName());
      await Promise.all([checkpoints.create(), deadLetters.create()]);
      const env: Record<string, string> = {
        EVENTHUB_CONNECTION_STRING: emulator.connectionString(),
        EVENTHUB_NAME: HUB,
        STORAGE_CONNECTION_STRING: azurite.connectionString,
        CHECKPOINT_CONTAINER: checkpoints.containerName,
        DEAD_LETTER_CONTAINER: deadLetters.containerName,
        HANDLER: 'discard',
      };
      return {
        env,
        checkpoints,
        deadLetters,
        examine: (...args) => examine(env, args),
        changeAnswers: async (change) => {
          const proxy = await AnswerProxy.start(azurite.port, change);
          t.after(() => proxy.close());
          env['STORAGE_CONNECTION_STRING'] = throughPort(azurite.connectionString, proxy.port);
        },
      };
    },
  };
}

/** The same account behind another port. */
export function throughPort(connectionString: string, port: number): string {
  return connectionString.replace(/(BlobEndpoint=http:\/\/127\.0\.0\.1:)\d+/, `$1${port}`);
}

export async function writeRecord(
  container: ContainerClient,
  path: string,
  metadata: Record<string, string>,
): Promise<void> {
  await container.getBlockBlobClient(path).upload('', 0, { metadata });
}

export async function namesIn(container: ContainerClient): Promise<readonly string[]> {
  const blobs = await Array.fromAsync(container.listBlobsFlat());
  return blobs.map(({ name }) => name);
}

async function examine(env: Record<string, string>, args: readonly string[]): Promise<Examination> {
  const out: string[] = [];
  const notes: string[] = [];
  const exitCode = await runCommandLine(['doctor', '--json', ...args], {
    env,
    writeOut: (text) => void out.push(text),
    writeError: (text) => void notes.push(text),
    isTerminal: false,
    failures: new EventEmitter(),
  });
  const { checks: findings } = JSON.parse(out.join('')) as { checks: Finding[] };
  const of = (name: string): Finding => {
    const finding = findings.find((one) => one.name === name);
    assert.ok(finding !== undefined, `there is no check "${name}"`);
    return finding;
  };
  return {
    exitCode,
    findings,
    of,
    says: (name, status, message) => {
      const finding = of(name);
      assert.equal(finding.status, status, `${name}: ${finding.message}`);
      assert.match(finding.message, message);
    },
  };
}
