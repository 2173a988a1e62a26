// Defects of the emulator, each as the edit that would put it back: what a test against it would then not notice.

import type { Mutation } from '../mutations.ts';

export const emulatorMutations: readonly Mutation[] = [
  {
    name: 'the emulator delivers unsettled to a receiver that named no mode',
    harm: 'clients that never settle stop at their first credit, and their authors look for the fault at home',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/emulator/amqp/consumer-link.ts',
        find: 'options.sender.local.attach.snd_settle_mode !== 0',
        replace: 'options.sender.local.attach.snd_settle_mode === 1',
      },
    ],
    tests: ['test/integration/emulator/wire-types.test.ts', 'test/integration/emulator/receivers.test.ts'],
  },
  {
    name: "the emulator's control port asks for no token",
    harm: 'any process of the machine drops hubs and orders faults',
    guarantee: 'G10',
    edits: [
      {
        file: 'src/emulator/control/access.ts',
        find: 'if (!isSame(given, token)) {',
        replace: "if (given !== '' && !isSame(given, token)) {",
      },
    ],
    tests: ['test/integration/emulator/control.test.ts'],
  },
  {
    name: "the emulator stores an idempotent publisher's retry again",
    harm: 'a publisher that relies on it sees duplicates that the service would not make',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/emulator/hubs/producer-ledger.ts',
        find: "if (isRetry) return { outcome: 'already-stored' };",
        replace: "if (isRetry) return { outcome: 'store' };",
      },
    ],
    tests: ['test/unit/emulator/producer-ledger.test.ts', 'test/integration/emulator/publishers.test.ts'],
  },
  {
    name: 'the emulator keeps the torn tail of its data directory',
    harm: 'events stored after a crash lie behind the tear, and the next start refuses the directory',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/emulator/journal/partition-journal.ts',
        find: '    this.#lastBytes = end;\n    return { path,',
        replace: '    this.#lastBytes = file.length;\n    return { path,',
      },
      {
        file: 'src/emulator/journal/partition-journal.ts',
        find: '      truncateSync(path, end);\n',
        replace: '',
      },
    ],
    tests: [
      'test/unit/emulator/journal/partition-journal.test.ts',
      'test/integration/emulator/data-folder.test.ts',
    ],
  },
];
