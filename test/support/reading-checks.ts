// G11 in a history: what cannot be read is a dead letter for that reason and nothing else is, and the sequence numbers that
// workers call empty are empty, each of them told of.

import type { CheckOptions, Finding } from './finding.ts';
import { about, isForeignRun } from './finding.ts';
import type { Chronicle, EventStory } from './history.ts';

/** An event that nobody can read was handled, or one that can was called unreadable. */
export function findMisread(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  const end = chronicle.entries.length;
  for (const story of chronicle.stories.values()) {
    const runs = story.runs.filter((run) => !isForeignRun(run, options));
    if (story.flaw === undefined) {
      if (story.letterReason !== 'undecodable') continue;
      findings.push(about(story, 'misread', 'G11', end, 'called undecodable, and is not'));
      continue;
    }
    const handled = runs.find(({ outcome }) => outcome === 'handled');
    if (handled !== undefined) {
      findings.push(about(story, 'misread', 'G11', handled.endedAt, 'handled although nobody can read it'));
    }
    const [first] = runs;
    if (story.flaw === 'broken' && first !== undefined) {
      findings.push(about(story, 'misread', 'G11', first.startedAt, 'given to a handler, broken as it came'));
    }
    if (story.letterReason !== undefined && story.letterReason !== 'undecodable') {
      const text = `dead-lettered as ${story.letterReason} instead of undecodable`;
      findings.push(about(story, 'misread', 'G11', story.finishedAt, text));
    }
  }
  return findings;
}

/**
 * A number that was called empty is an event's, or one that lies below the last checkpoint is no event's and nobody said so.
 * Only while one life of the hub is read by ours alone; below events that expired nothing need be told.
 */
export function findWrongGaps(chronicle: Chronicle, options: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  const partitions = Map.groupBy(chronicle.stories.values(), ({ partitionId }) => partitionId);
  for (const [partitionId, stories] of partitions) {
    if (stories.some(({ life }) => life > 0)) continue;
    const numbered = stories
      .filter((story) => story.sequenceNumber !== undefined)
      .toSorted((a, b) => (a.sequenceNumber ?? 0) - (b.sequenceNumber ?? 0));
    const told = chronicle.gaps.filter(({ entry }) => entry.partitionId === partitionId);
    for (const { at, entry } of told) {
      const hidden = numbered.find(
        ({ sequenceNumber = -1, excusedAt }) =>
          sequenceNumber >= entry.from && sequenceNumber <= entry.to && excusedAt > at,
      );
      if (hidden === undefined) continue;
      const text = `${entry.process} said that nothing is at ${entry.from} to ${entry.to}`;
      findings.push(about(hidden, 'gap', 'G11', at, text));
    }
    const writes = chronicle.checkpoints.get(partitionId) ?? [];
    if (writes.some(({ entry }) => options.foreign.has(entry.process))) continue;
    const checkpoint = writes.at(-1)?.entry.sequenceNumber ?? -1;
    for (const number of emptyNumbers(numbered, checkpoint)) {
      if (told.some(({ entry }) => entry.from <= number && entry.to >= number)) continue;
      findings.push({
        rule: 'gap',
        guarantee: 'G11',
        isAllowed: false,
        partitionId,
        sequenceNumber: number,
        at: chronicle.entries.length,
        text: 'passed without a word although no event has it',
      });
    }
  }
  return findings;
}

/** Numbers up to the checkpoint that no event has, behind one that was there to be read. */
function* emptyNumbers(numbered: readonly EventStory[], checkpoint: number): Generator<number> {
  for (const [index, { sequenceNumber = -1, excusedAt }] of numbered.entries()) {
    if (excusedAt !== Infinity) continue;
    const next = numbered[index + 1]?.sequenceNumber ?? checkpoint + 1;
    for (let number = sequenceNumber + 1; number < next && number <= checkpoint; number += 1) yield number;
  }
}
