// Defects of G11: events that nobody can read, gaps, and positions that other programs wrote.

import type { Mutation } from '../mutations.ts';

export const readingMutations: readonly Mutation[] = [
  {
    name: 'an event that cannot be read is tried again like any other',
    harm: 'each one costs its key all attempts, and with ON_EXHAUSTED=block or stop it stands still for good',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/engine/handling/classify.ts',
        find: "  if (undecodableIn(failed.error) !== undefined) return { kind: 'dead-letter', reason: 'undecodable' };\n",
        replace: '',
      },
    ],
    tests: ['test/unit/engine/handling/undecodable.test.ts'],
  },
  {
    name: 'a batch pays for the event in it that cannot be read',
    harm: 'its neighbours lose their attempts to it',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/engine/handling/batch-runner.ts',
        find: 'isUndecodable ? unreadableApart(unit) : halves(unit, settings.maxAttempts - 1)',
        replace: 'isUndecodable ? halves(unit, unit.attempts) : halves(unit, settings.maxAttempts - 1)',
      },
    ],
    tests: ['test/unit/engine/handling/undecodable.test.ts'],
  },
  {
    name: 'a gap is passed at sight',
    harm: 'an event whose delivery gets lost is never handled, and the checkpoint passes it',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/engine/partition/gap-watch.ts',
        find: "    return 'read-again';\n",
        replace: "    return 'confirmed';\n",
      },
    ],
    tests: ['test/unit/engine/partition/gap-watch.test.ts', 'test/simulation/reading.test.ts'],
  },
  {
    name: 'a second reading for every gap',
    harm: 'a compacted hub costs a new link for each gap: hardly anything is read any more',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/engine/partition/gap-watch.ts',
        find: 'const trustedAfter = 3;',
        replace: 'const trustedAfter = Infinity;',
      },
    ],
    tests: ['test/unit/engine/partition/gap-watch.test.ts', 'test/simulation/reading.test.ts'],
  },
  {
    name: 'a link that says nothing is taken for the end',
    harm: 'the checkpoint passes events that a dead link did not deliver',
    guarantee: 'G10',
    edits: [
      {
        file: 'src/engine/partition/tail-check.ts',
        find: '    this.#isQuietSince = this.#isRepeated;',
        replace: '    this.#isQuietSince = true;',
      },
    ],
    tests: ['test/unit/engine/partition/tail-check.test.ts', 'test/simulation/reading.test.ts'],
  },
  {
    name: 'numbers at the end that no event has are waited for',
    harm: 'KEDA counts them for ever, and the watchdog restarts the process over and over',
    guarantee: 'G9',
    edits: [
      {
        file: 'src/engine/partition/probe.ts',
        find: '    if (this.#check?.isProven === true) return this.#passTail(this.#check.tail);\n',
        replace: '',
      },
    ],
    tests: ['test/unit/engine/partition/probe.test.ts', 'test/simulation/reading.test.ts'],
  },
  {
    name: 'the tail as it is now is passed, not the one of before the check',
    harm: 'an event that was taken while the link was checked is skipped',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/engine/partition/probe.ts',
        find: 'return this.#passTail(this.#check.tail);',
        replace: 'return this.#passTail(properties.lastSequenceNumber);',
      },
    ],
    tests: ['test/unit/engine/partition/probe.test.ts'],
  },
  {
    name: 'what expired is called a gap',
    harm: 'data that was lost to retention is told as if nothing had been there',
    guarantee: 'G9',
    edits: [
      {
        file: 'src/engine/partition/gaps.ts',
        find: '      if (await this.#isExpired(gap)) return true;\n',
        replace: '',
      },
    ],
    tests: ['test/simulation/reading.test.ts'],
  },
];
