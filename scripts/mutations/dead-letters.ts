// Defects of dead letters: what they hold, what they are called, and how they go back.

import type { Mutation } from '../mutations.ts';

const store = 'test/integration/azure/dead-letter-store.test.ts';
const replay = 'test/unit/cli/dead-letters/replay.test.ts';
const message = 'test/unit/cli/dead-letters/replayed-message.test.ts';

export const deadLetterMutations: readonly Mutation[] = [
  {
    name: 'a dead letter is named without the time of its event',
    harm: 'a letter of a re-created hub replaces the older one of the same number',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/dead-letter-id.ts',
        find: "const time = enqueuedAtMs === undefined ? '' :",
        replace: "const time = enqueuedAtMs !== -1 ? '' :",
      },
    ],
    tests: [store],
  },
  {
    name: 'a mark counts for whatever letter has that name',
    harm: 'an event that failed again after its replay looks as if it had been replayed',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/replay-log.ts',
        find: 'return `${name} ${etag}`;',
        replace: 'return `${name} ${etag.slice(0, 0)}`;',
      },
    ],
    tests: [store],
  },
  {
    name: 'a replay goes on when its marks cannot be written',
    harm: 'everything is sent, and sent again the next time',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/cli/dead-letters/replay.ts',
        find: '    this.#halted ??= { error };\n    this.progress.unmarked += entries.length;\n',
        replace: '    this.progress.unmarked += entries.length;\n',
      },
    ],
    tests: [replay],
  },
  {
    name: 'a replay takes letters without bound',
    harm: 'ten thousand letters of a megabyte end the process',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/cli/dead-letters/replay.ts',
        find: 'return this.#inHand >= maxInHand || this.#bytesInHand >= maxBytesInHand;',
        replace: 'return this.#inHand >= maxInHand;',
      },
    ],
    tests: [replay],
  },
  {
    name: 'a lane is sent from twice at a time',
    harm: 'letters of one key arrive out of order',
    guarantee: 'G2',
    edits: [
      {
        file: 'src/cli/dead-letters/replay.ts',
        find: 'if (lane !== undefined) lane.waiting.push(letter);',
        replace:
          'if (lane !== undefined) {\n          lane.waiting.push(letter);\n          this.#ready.push(key);\n        }',
      },
    ],
    tests: [replay],
  },
  {
    name: 'a replay carries the position the event had',
    harm: 'consumers that read the annotations see an old position',
    guarantee: 'G11',
    edits: [
      {
        file: 'src/cli/dead-letters/replayed-message.ts',
        find: 'withoutAnnotations(encoded, brokerAnnotations)',
        replace: 'withoutAnnotations(encoded, brokerAnnotations.slice(1))',
      },
    ],
    tests: [message],
  },
  {
    name: 'any sender says what an event replays',
    harm: 'an event with a stolen idempotency key is swallowed as done',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/verified-replays.ts',
        find: 'digest !== undefined && digest === bodyDigest(event.message)',
        replace: 'digest !== undefined',
      },
    ],
    tests: ['test/unit/azure/verified-replays.test.ts'],
  },
];
