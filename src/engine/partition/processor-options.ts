// What a partition processor is given, and how its handler runner is built from it.

import { ignoredReplays } from '../handling/replays.ts';
import { BatchRunner } from '../handling/batch-runner.ts';
import { DeadLettering } from '../handling/dead-lettering.ts';
import { EventRunner } from '../handling/event-runner.ts';
import type { RunnerOptions } from '../handling/event-runner.ts';
import type { Handler } from '../handling/handler.ts';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import type { BudgetAccount } from './budget.ts';
import type { Slots } from './slots.ts';
import type { StartOvers } from './start-overs.ts';
import type { WorkOptions } from './work.ts';

export interface ProcessorOptions {
  readonly partitionId: string;
  readonly generation: number;
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly handler: Handler;
  readonly slots: Slots;
  readonly budget: BudgetAccount;
  readonly callTimeoutMs: number;
  /** Of the worker. */
  readonly startOvers: StartOvers;
  /** Whether the lease is provably ours at this monotonic time. */
  readonly isTrusted: (nowMs: number) => boolean;
  /** A fence (broker or checkpoint) says that another generation is at work: the lease is lost. */
  readonly fenced: (why: string) => void;
  /** This worker cannot go on with the partition by its policy: it should be given up for a while. */
  readonly giveUp: (error: Error) => void;
  /** Neither a new link nor a new client helped. */
  readonly exhausted: (error: Error) => void;
  /** Nothing of the processor is left. */
  readonly closed: () => void;
}

/** How units are run, and how their letters are stored. */
export function buildHandling(
  options: ProcessorOptions,
  { settle, mayStart }: Pick<RunnerOptions, 'settle' | 'mayStart'>,
): Pick<WorkOptions, 'run' | 'putLetter'> {
  const { partitionId, ports, settings, handler, callTimeoutMs } = options;
  const { clock, random, report, deadLetters: sink } = ports;
  const shared = { partitionId, settings: settings.handling, clock, random, report, settle, mayStart };
  const { workerId } = settings.lease;
  const deadLettering = new DeadLettering({ ...shared, workerId, sink, callTimeoutMs });
  const { replays = ignoredReplays } = ports;
  const runnerOptions = { ...shared, replays, log: ports.handlerLog(partitionId) };
  const runner =
    handler.batch === undefined
      ? new EventRunner(handler, runnerOptions)
      : new BatchRunner(handler, runnerOptions);
  return { run: (unit) => runner.run(unit), putLetter: (unit) => deadLettering.put(unit) };
}
