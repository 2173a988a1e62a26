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
    name: 'a re-read asked for while a renewal is pending is taken for that renewal',
    harm: 'the link goes on behind the gap, and events that it lost are called empty',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/engine/partition/attachment.ts',
        find: '  async renew(): Promise<void> {\n    const link = this.#link;',
        replace:
          '  #renewing: Promise<void> | undefined;\n\n  renew(): Promise<void> {\n    this.#renewing ??= this.#renew().finally(() => {\n      this.#renewing = undefined;\n    });\n    return this.#renewing;\n  }\n\n  async #renew(): Promise<void> {\n    const link = this.#link;',
      },
    ],
    tests: ['test/unit/engine/partition/attachment.test.ts', 'test/simulation/seeds.test.ts'],
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
  {
    name: 'a refused offset is taken for another hub',
    harm: 'after a change of geo-replication each partition begins anew, or stands still',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/engine/partition/attachment.ts',
        find: 'return this.#withoutOffset() ? void this.#reopen() : invalidPosition();',
        replace: 'return invalidPosition();',
      },
    ],
    tests: ['test/unit/engine/partition/attachment.test.ts'],
  },
  {
    name: 'the offset that the hub tells of its end is stored',
    harm: 'a geo-replicated hub refuses it: a fresh group at "latest" never begins',
    guarantee: 'G9',
    edits: [
      {
        file: 'src/engine/partition/start-plan.ts',
        find: '  return { sequenceNumber: properties.lastSequenceNumber, offset: unknownOffset };',
        replace: '  return { sequenceNumber: properties.lastSequenceNumber, offset: properties.lastOffset };',
      },
    ],
    tests: ['test/unit/engine/partition/start-plan.test.ts'],
  },
  {
    name: 'an offset alone counts as the beginning',
    harm: 'what lies before it is called expired, and handled again',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/engine/partition/start-plan.ts',
        find: '  if (!isNumbered(checkpoint)) {',
        replace: '  if (checkpoint.sequenceNumber < -1) {',
      },
    ],
    tests: ['test/unit/engine/partition/start-plan.test.ts'],
  },
  {
    name: 'the end of the stream is a position like any other',
    harm: 'an imported lease that was never read skips everything',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/engine/stored-position.ts',
        find: "  if (isTail(offset)) return { kind: 'none' };\n",
        replace: '',
      },
    ],
    tests: ['test/unit/engine/stored-position.test.ts'],
  },
  {
    name: 'starting over without a pause',
    harm: 'a hub that refuses every position costs thousands of leases a minute',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/engine/partition/start-overs.ts',
        find: '    return stepMs * (0.5 + 0.5 * random.next());',
        replace: '    return stepMs * 0 * random.next();',
      },
    ],
    tests: ['test/unit/engine/partition/start-overs.test.ts'],
  },
  {
    name: 'a generation beyond all others is believed',
    harm: 'one bad number in a record keeps its partition from ever being taken again',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/azure/group-records.ts',
        find: 'value >= 0 && value <= maxGeneration',
        replace: 'value <= Number.MAX_SAFE_INTEGER',
      },
    ],
    tests: ['test/unit/azure/records.test.ts'],
  },
];
