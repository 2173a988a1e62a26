// What a history may not contain, in the manner of Jepsen's kafka workload: each rule is a function of the history alone
// and answers with findings. Here: loss, checkpoints, order. Who may handle an event, and how often: ownership-checks.ts.

import type { CheckOptions, Finding, FindingRule } from './finding.ts';
import { about, isHandledBefore, isSameCall } from './finding.ts';
import type { CheckpointEntry, Chronicle, EventStory, ProcessId, Run } from './history.ts';
import { findMisread, findWrongGaps } from './reading-checks.ts';
import { findDuplicates, findOverlaps, findStolen } from './ownership-checks.ts';

export interface HistorySummary {
  readonly sent: number;
  readonly handled: number;
  readonly lost: number;
  readonly duplicatesAllowed: number;
  readonly duplicatesNotAllowed: number;
  readonly outOfOrder: number;
  readonly regressions: number;
  readonly overlaps: number;
}

export function checkHistory(chronicle: Chronicle, options: CheckOptions): Finding[] {
  return [
    ...findLost(chronicle),
    ...findCheckpointsAhead(chronicle),
    ...findRegressions(chronicle, options),
    ...findOutOfOrder(chronicle, options),
    ...findOverlaps(chronicle, options),
    ...findDuplicates(chronicle, options),
    ...findStolen(chronicle, options),
    ...findMisread(chronicle, options),
    ...findWrongGaps(chronicle, options),
  ].sort((a, b) => a.at - b.at);
}

export function summarize(chronicle: Chronicle, findings: readonly Finding[]): HistorySummary {
  const count = (rule: FindingRule, isAllowed: boolean): number =>
    findings.filter((finding) => finding.rule === rule && finding.isAllowed === isAllowed).length;
  const stories = [...chronicle.stories.values()];
  return {
    sent: stories.length,
    handled: stories.filter((story) => story.finishedAt !== Infinity).length,
    lost: count('lost', false) + count('checkpoint-ahead', false),
    duplicatesAllowed: count('duplicate', true),
    duplicatesNotAllowed: count('duplicate', false),
    outOfOrder: count('out-of-order', false),
    regressions: count('regressed', false),
    overlaps: count('overlap', false) + count('stolen', false),
  };
}

/** G1: an event that was taken by the hub was neither handled nor dead-lettered by the end. */
export function findLost(chronicle: Chronicle): Finding[] {
  const findings: Finding[] = [];
  for (const story of chronicle.stories.values()) {
    if (story.finishedAt !== Infinity || story.excusedAt !== Infinity) continue;
    const tries = story.runs.length;
    findings.push(
      about(story, 'lost', 'G1', chronicle.entries.length, `never finished (${tries} handler starts)`),
    );
  }
  return findings;
}

/** G1: a stored checkpoint, or its completed map, covers an event that is not finished. */
export function findCheckpointsAhead(chronicle: Chronicle): Finding[] {
  const findings: Finding[] = [];
  for (const [partitionId, writes] of chronicle.checkpoints) {
    const lives = new Map<number, EventStory[]>();
    for (const story of chronicle.stories.values()) {
      if (story.partitionId !== partitionId || story.sequenceNumber === undefined) continue;
      const known = lives.get(story.life);
      if (known === undefined) lives.set(story.life, [story]);
      else known.push(story);
    }
    for (const stories of lives.values()) stories.sort(bySequence);
    const bySequenceNumber = new Map(
      [...lives].map(([life, stories]) => [
        life,
        new Map(stories.map((story) => [story.sequenceNumber, story])),
      ]),
    );
    const firstUnfinished = new Map<number, number>();
    for (const { at, entry } of writes) {
      const life = entry.life ?? 0;
      const stories = lives.get(life) ?? [];
      let index = firstUnfinished.get(life) ?? 0;
      while (index < stories.length && doneAt(stories[index]) < at) index += 1;
      firstUnfinished.set(life, index);
      const covered = [...entry.completed].map((number) => bySequenceNumber.get(life)?.get(number));
      for (const story of [stories[index], ...covered]) {
        if (story?.sequenceNumber === undefined || doneAt(story) < at) continue;
        const isInMap = entry.completed.has(story.sequenceNumber);
        if (!isInMap && story.sequenceNumber > entry.sequenceNumber) continue;
        const where = isInMap ? 'its completed map names' : `checkpoint ${entry.sequenceNumber} passes`;
        findings.push(
          about(
            story,
            'checkpoint-ahead',
            'G1',
            at,
            `${where} an event that is not finished (${entry.process})`,
          ),
        );
      }
    }
  }
  return findings;
}

/** G3 and G6: a checkpoint moved backwards, or was written by an owner that is no longer the owner. */
export function findRegressions(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const [partitionId, writes] of chronicle.checkpoints) {
    let before: CheckpointEntry | undefined;
    for (const { at, entry } of writes) {
      const isOurs = !options.foreign.has(entry.process);
      if (before !== undefined && isOurs && (before.life ?? 0) === (entry.life ?? 0)) {
        const report = (guarantee: string, text: string): void => {
          const { sequenceNumber } = entry;
          findings.push({
            rule: 'regressed',
            guarantee,
            isAllowed: false,
            partitionId,
            sequenceNumber,
            at,
            text,
          });
        };
        if (entry.sequenceNumber < before.sequenceNumber) {
          report('G3', `${entry.process} moved it from ${before.sequenceNumber} to ${entry.sequenceNumber}`);
        }
        if (entry.generation < before.generation) {
          report(
            'G6',
            `${entry.process} wrote with generation ${entry.generation} after ${before.generation}`,
          );
        }
        for (const number of isForeign(before, options) ? [] : before.completed) {
          if (number <= entry.sequenceNumber || entry.completed.has(number)) continue;
          report('G5', `${entry.process} dropped ${number} from the completed map`);
        }
      }
      before = entry;
    }
  }
  return findings;
}

/** G2: an event started although an earlier one of its lane was not finished, or after a later one was handled. */
export function findOutOfOrder(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const lane of lanesOf(chronicle)) {
    const latestDone: number[] = [];
    let latest = -1;
    for (const story of lane) {
      latestDone.push(latest);
      latest = Math.max(latest, doneAt(story));
    }
    const marks: { at: number; run: Run; isStart: boolean; index: number }[] = [];
    lane.forEach((story, index) => {
      for (const run of story.runs) {
        if (options.foreign.has(run.process)) continue;
        marks.push({ at: run.startedAt, run, isStart: true, index });
        if (run.outcome === 'handled') marks.push({ at: run.endedAt, run, isStart: false, index });
      }
    });
    marks.sort((a, b) => a.at - b.at);
    const handledUpTo = new Map<string, number>();
    for (const { at, run, isStart, index } of marks) {
      const owner = `${run.process}/${run.generation}`;
      const handledIndex = handledUpTo.get(owner) ?? -1;
      if (!isStart) {
        handledUpTo.set(owner, Math.max(handledIndex, index));
        continue;
      }
      if (handledIndex > index && !run.story.runs.some((other) => isHandledBefore(other, run))) {
        const later = lane[handledIndex]?.sequenceNumber;
        findings.push(
          about(
            run.story,
            'out-of-order',
            'G2',
            at,
            `started by ${owner} after ${later} of its lane was handled`,
          ),
        );
      }
      if ((latestDone[index] ?? -1) <= at) continue;
      const culprit = lane
        .slice(0, index)
        .find((story) => doneAt(story) > at && !story.runs.some((other) => isSameCall(other, run)));
      if (culprit === undefined) continue;
      findings.push(
        about(
          run.story,
          'out-of-order',
          'G2',
          at,
          `started by ${owner} although ${culprit.sequenceNumber} of its lane was not finished`,
        ),
      );
    }
  }
  return findings;
}

function doneAt(story: EventStory | undefined): number {
  return story === undefined ? -1 : Math.min(story.finishedAt, story.excusedAt);
}

function bySequence(a: EventStory, b: EventStory): number {
  return (a.sequenceNumber ?? 0) - (b.sequenceNumber ?? 0);
}

function lanesOf(chronicle: Chronicle): EventStory[][] {
  const lanes = new Map<string, EventStory[]>();
  for (const story of chronicle.stories.values()) {
    if (story.sequenceNumber === undefined) continue;
    const lane = lanes.get(story.lane);
    if (lane === undefined) lanes.set(story.lane, [story]);
    else lane.push(story);
  }
  for (const lane of lanes.values()) lane.sort(bySequence);
  return [...lanes.values()];
}

function isForeign(entry: { readonly process: ProcessId }, options: CheckOptions): boolean {
  return options.foreign.has(entry.process);
}
