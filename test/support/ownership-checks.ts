// Who may handle an event, and how often: overlaps, repeated events, stolen leases. A repeated event is allowed only where
// a lease ended without its owner's doing, and only when no checkpoint had recorded it (G5).

import type { CheckOptions, Finding } from './finding.ts';
import { about, isForeignRun, isHandledBefore, isSameCall } from './finding.ts';
import type { Chronicle, LeaseEntry, ProcessId, Run } from './history.ts';
import { unknownGeneration } from './history.ts';

/** How the lease (process, generation) of a partition ended. */
type LeaseEnd =
  /** Its owner gave it up. `at` is the write's place, `forcedAt` from when it did not wait for handlers. */
  | { readonly kind: 'given-up'; readonly at: number; readonly forcedAt: number }
  /** Somebody else took it, or it ran out. */
  | { readonly kind: 'taken'; readonly at: number }
  | { readonly kind: 'unknown' };

/** G2 and G6: two runs of one lane, or of one partition in two processes, at the same time; a start under a lost lease. */
export function findOverlaps(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  const active = new Map<string, Set<Run>>();
  const marks: { at: number; run: Run; isStart: boolean }[] = [];
  for (const run of chronicle.runs) {
    marks.push({ at: run.startedAt, run, isStart: true });
    if (run.endedAt !== Infinity) marks.push({ at: run.endedAt, run, isStart: false });
  }
  marks.sort((a, b) => a.at - b.at);
  for (const { at, run, isStart } of marks) {
    const { partitionId } = run.story;
    const running = active.get(partitionId) ?? new Set<Run>();
    active.set(partitionId, running);
    if (!isStart) {
      running.delete(run);
      continue;
    }
    for (const other of running) {
      if (isSameCall(other, run)) continue;
      if (other.process === run.process && other.generation === run.generation) {
        if (other.story.lane !== run.story.lane) continue;
        findings.push(
          about(
            run.story,
            'overlap',
            'G2',
            at,
            `started while ${other.story.sequenceNumber} of its lane ran`,
          ),
        );
        continue;
      }
      const end = leaseEnd(chronicle, other, at);
      // A handler that hangs on an event of a hub that is gone holds nobody up: the partition of that name is another one.
      const isOfFormerHub = other.story.life !== run.story.life;
      const isAllowed =
        isOfFormerHub ||
        isForeignRun(other, options) ||
        isForeignRun(run, options) ||
        mayRunOn(chronicle, other, end, at);
      const text = `started by ${run.process} while ${other.process} still handled ${other.story.sequenceNumber}`;
      findings.push({ ...about(run.story, 'overlap', 'G6', at, text), isAllowed });
    }
    running.add(run);
    const stale = isForeignRun(run, options) ? undefined : staleLease(chronicle, run, options);
    if (stale !== undefined) {
      const text = `started by ${run.process} under generation ${run.generation} after ${stale.by} had taken ${stale.generation}`;
      findings.push({ ...about(run.story, 'overlap', 'G6', at, text), isAllowed: stale.wasLive });
    }
  }
  return findings;
}

/** G4 and G5: an event was handled again. */
export function findDuplicates(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const story of chronicle.stories.values()) {
    for (const run of story.runs) {
      if (isForeignRun(run, options)) continue;
      const earlier = story.runs.filter(
        (other) => other !== run && other.startedAt < run.startedAt && other.outcome !== 'failed',
      );
      const verdicts = earlier.flatMap((other) => judgeRepeat(chronicle, other, run, options));
      const worst = verdicts.find((verdict) => !verdict.isAllowed) ?? verdicts[0];
      if (worst === undefined) continue;
      findings.push({
        ...about(
          story,
          'duplicate',
          worst.guarantee,
          run.startedAt,
          `${worst.text}, again by ${nameOf(run)}`,
        ),
        isAllowed: worst.isAllowed,
      });
    }
  }
  return findings;
}

interface Verdict {
  readonly isAllowed: boolean;
  readonly guarantee: string;
  readonly text: string;
}

/** What it means that `run` started after `other`; nothing when `other` never finished and was cut short. */
function judgeRepeat(chronicle: Chronicle, other: Run, run: Run, options: CheckOptions): Verdict[] {
  const wasHandled = isHandledBefore(other, run);
  const wasRunning = other.endedAt > run.startedAt;
  const wasAbandoned = other.outcome === 'abandoned';
  if (!wasHandled && !wasRunning && !wasAbandoned) return [];
  if (isForeignRun(other, options)) return [];
  const what = `${wasHandled ? 'handled by' : wasAbandoned ? 'left unfinished by' : 'running in'} ${nameOf(other)}`;
  if (other.process === run.process && other.generation === run.generation) {
    return [{ isAllowed: false, guarantee: 'G4', text: `${what} under the same lease` }];
  }
  if (wasHandled && wasRecorded(chronicle, run)) {
    return [{ isAllowed: false, guarantee: 'G5', text: `${what} and recorded in the checkpoint` }];
  }
  const end = leaseEnd(chronicle, other, run.startedAt);
  if (end.kind === 'taken') {
    return [{ isAllowed: true, guarantee: 'G5', text: `${what}, whose lease ended without its doing` }];
  }
  if (end.kind === 'unknown') {
    const isAllowed = wasDisturbed(chronicle, other.process, run.startedAt);
    return [{ isAllowed, guarantee: isAllowed ? 'G5' : 'G4', text: what }];
  }
  // What ended before the owner was forced must be recorded, unless it said that it could not.
  const isDue = wasHandled && other.endedAt < Math.min(end.at, end.forcedAt);
  const isAllowed = isDue ? wasUnflushed(chronicle, other) : end.forcedAt !== Infinity;
  return [{ isAllowed, guarantee: 'G4', text: `${what}, which gave its lease up itself` }];
}

/** G6: a lease was taken from a live owner that was not asked, or its generation did not grow. */
export function findStolen(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const [partitionId, writes] of chronicle.leases) {
    let highest = -1;
    let requestedSinceMs = Infinity;
    let before: LeaseEntry | undefined;
    for (const { at, entry } of writes) {
      const report = (text: string): void => {
        const sequenceNumber = undefined;
        findings.push({
          rule: 'stolen',
          guarantee: 'G6',
          isAllowed: false,
          partitionId,
          sequenceNumber,
          at,
          text,
        });
      };
      const isAcquired =
        entry.ownerId !== '' && (before?.ownerId !== entry.ownerId || before.generation !== entry.generation);
      if (isAcquired && !options.foreign.has(entry.process)) {
        if (entry.generation <= highest)
          report(`${entry.process} took generation ${entry.generation} after ${highest}`);
        const { replaced } = entry;
        const isOthers =
          replaced !== undefined && replaced.ownerId !== '' && replaced.ownerId !== entry.ownerId;
        const writer = workerOf(chronicle, entry.process);
        if (isOthers && replaced.ownerId !== writer && !options.foreign.has(replaced.ownerId)) {
          const isExpired = replaced.ageMs >= options.leaseMs - options.toleranceMs;
          const askedForMs = entry.atMs - requestedSinceMs + (options.callTimeoutMs ?? options.toleranceMs);
          const isTimedOut = askedForMs >= options.handoverTimeoutMs;
          if (!isExpired && !isTimedOut)
            report(`${entry.process} took it from ${replaced.ownerId} after ${replaced.ageMs} ms`);
        }
        highest = Math.max(highest, entry.generation);
      }
      if (entry.requestedBy === '') requestedSinceMs = Infinity;
      else if (before?.requestedBy !== entry.requestedBy || isAcquired) requestedSinceMs = entry.atMs;
      before = entry;
    }
  }
  return findings;
}

function nameOf(run: Run): string {
  return `${run.process}/${run.generation}`;
}

function workerOf(chronicle: Chronicle, process: ProcessId): string {
  return chronicle.processes.get(process)?.[0]?.entry.workerId ?? process;
}

/** The first lease write after `run` began its generation that gave the partition another generation. */
function leaseEnd(chronicle: Chronicle, run: Run, before: number): LeaseEnd {
  if (run.generation === unknownGeneration) return { kind: 'unknown' };
  const writes = chronicle.leases.get(run.story.partitionId) ?? [];
  const begin = writes.findIndex(({ entry }) => entry.generation === run.generation);
  if (begin === -1) return { kind: 'unknown' };
  const ownerId = writes[begin]?.entry.ownerId;
  const end = writes
    .slice(begin + 1)
    .find(({ entry }) => entry.generation !== run.generation || entry.ownerId !== ownerId);
  if (end === undefined || end.at > before) return { kind: 'unknown' };
  const isOwn = end.entry.process === run.process;
  // Taking one's own lease again under a new generation happens after it ran out or was fenced.
  if (isOwn && end.entry.ownerId === workerOf(chronicle, run.process)) {
    return { kind: 'taken', at: end.at };
  }
  if (!isOwn) return { kind: 'taken', at: end.at };
  const forced = (chronicle.processes.get(run.process) ?? []).find(
    ({ at, entry }) => entry.kind === 'forced' && at <= end.at,
  );
  return { kind: 'given-up', at: end.at, forcedAt: forced?.at ?? Infinity };
}

function mayRunOn(chronicle: Chronicle, run: Run, end: LeaseEnd, before: number): boolean {
  if (end.kind === 'unknown') return wasDisturbed(chronicle, run.process, before);
  return end.kind === 'taken' || end.forcedAt !== Infinity;
}

function wasDisturbed(chronicle: Chronicle, process: ProcessId, before: number): boolean {
  return (chronicle.processes.get(process) ?? []).some(
    ({ at, entry }) => at < before && (entry.kind === 'crashed' || entry.kind === 'suspended'),
  );
}

/** The owner told that its last flush had failed, or was killed in its forced leave before it could tell. */
function wasUnflushed(chronicle: Chronicle, run: Run): boolean {
  const entries = (chronicle.processes.get(run.process) ?? []).map(({ entry }) => entry);
  const left = entries.find(({ kind }) => kind === 'left');
  if (left !== undefined) return (left.unflushed ?? []).includes(run.story.partitionId);
  return entries.some(({ kind }) => kind === 'forced') && entries.some(({ kind }) => kind === 'crashed');
}

/** Whether the checkpoint that the run's owner found when it took the lease already named the event as finished. */
function wasRecorded(chronicle: Chronicle, run: Run): boolean {
  const { sequenceNumber, partitionId, life } = run.story;
  if (sequenceNumber === undefined || run.generation === unknownGeneration) return false;
  const writes = chronicle.checkpoints.get(partitionId) ?? [];
  const taking = writes.findIndex(({ entry }) => entry.generation === run.generation);
  const found = taking > 0 ? writes[taking - 1]?.entry : undefined;
  if (found === undefined || (found.life ?? 0) !== life) return false;
  return sequenceNumber <= found.sequenceNumber || found.completed.has(sequenceNumber);
}

/** A newer lease that another process had taken when the run started. */
function staleLease(
  chronicle: Chronicle,
  run: Run,
  options: CheckOptions,
): { readonly by: ProcessId; readonly generation: number; readonly wasLive: boolean } | undefined {
  if (run.generation === unknownGeneration) return undefined;
  const writes = chronicle.leases.get(run.story.partitionId) ?? [];
  const newer = writes.find(({ at, entry }) => at < run.startedAt && entry.generation > run.generation);
  if (newer === undefined) return undefined;
  // An owner whose lease was taken although it lived (it did not answer a request in time, or a foreign consumer wrote
  // over it) learns of its loss with its next renewal; one whose lease ran out has to know by its own clock.
  const { replaced } = newer.entry;
  const ranOut = replaced === undefined || replaced.ageMs >= options.leaseMs - options.toleranceMs;
  const isForeignLoss = replaced !== undefined && options.foreign.has(replaced.ownerId);
  const wasLive = newer.entry.process !== run.process && (!ranOut || isForeignLoss);
  return { by: newer.entry.process, generation: newer.entry.generation, wasLive };
}
