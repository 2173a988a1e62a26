// What the probes answer, as pure functions of one status snapshot: verdict and reason. Answering HTTP is server.ts.
//
// A restart costs a rebalancing of the group, so livez fails only on what a restart cures. An outage of Event Hubs or
// Storage is not among it, however long: the worker heals by itself, and restarting every pod would make it worse (G8).

import type { WorkerStatus } from '../engine/status.ts';
import type { LoopHealth } from './event-loop-probe.ts';

export interface Verdict {
  readonly ok: boolean;
  /** For the person who reads the probe's body or the pod's events. */
  readonly reason: string;
}

/** How long timers may come late without a break before the loop counts as blocked. */
export const maxStarvedMs = 60_000;

/** livez. `status` is undefined while the worker is being built. */
export function judgeLive(status: WorkerStatus | undefined, loop: LoopHealth): Verdict {
  if (loop.starvedMs >= maxStarvedMs) {
    const seconds = Math.round(loop.starvedMs / 1000);
    return fail(
      `the event loop has been blocked for ${seconds} s: a handler computes without ever awaiting, or the pod has no CPU`,
    );
  }
  if (status === undefined) return pass('the worker is being built');
  if (status.exhausted !== undefined) return fail(`self-healing is exhausted: ${status.exhausted}`);
  if (status.state === 'failed') return fail('the worker failed and cannot continue in this process');
  const isTakingPart = status.state === 'running' || status.state === 'draining';
  if (isTakingPart && !status.isCoordinatorAlive)
    return fail('the coordinator has stopped looking at the group');
  return pass(`the worker is ${status.state}`);
}

/**
 * startupz: whether livez may be asked from now on. It does not wait for the group's store: a pod that starts during an
 * outage would otherwise be restarted by its startup probe until the outage ends.
 */
export function judgeStarted(status: WorkerStatus | undefined): Verdict {
  if (status === undefined) return fail('the worker is being built');
  if (status.state === 'starting' && !status.isCoordinatorAlive) {
    return fail('the coordinator has not begun to look at the group');
  }
  return pass(`the worker is ${status.state}`);
}

/** readyz. Owning no partition is ready: there may be more workers than partitions. */
export function judgeReady(status: WorkerStatus | undefined): Verdict {
  if (status === undefined) return fail('the worker is being built');
  if (status.state !== 'running') return fail(`the worker is ${status.state}`);
  if (status.lastTickAgeMs === undefined) return fail("the group's store has not been read yet");
  if (!status.members.some((member) => member.workerId === status.workerId)) {
    return fail('this worker is not registered as a member of the group');
  }
  const owned = status.partitions.length;
  return pass(`registered, ${owned} of ${status.partitionsTotal} partitions here`);
}

function pass(reason: string): Verdict {
  return { ok: true, reason };
}

function fail(reason: string): Verdict {
  return { ok: false, reason };
}
