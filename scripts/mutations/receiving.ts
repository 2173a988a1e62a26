// Defects of the receive path: frames, books, bounds, and where a link goes on.

import type { Mutation } from '../mutations.ts';

const eventSourceFaults = 'test/integration/azure/event-source-faults.test.ts';
const hostileEvents = 'test/integration/azure/hostile-events.test.ts';
const linkTransfers = 'test/unit/azure/link-transfers.test.ts';

export const receivingMutations: readonly Mutation[] = [
  {
    name: 'deliveries are settled one short',
    harm: 'the service keeps unsettled deliveries until the link or its memory ends',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/azure/link-transfers.ts',
        find: '    this.link.accept(this.#firstUnsettled, this.#lastUnsettled);',
        replace: '    this.link.accept(this.#firstUnsettled, this.#firstUnsettled);',
      },
    ],
    tests: [linkTransfers],
  },
  {
    name: 'the session window is not renewed',
    harm: 'a partition stands still after 2,048 transfers',
    guarantee: 'G10',
    edits: [
      {
        file: 'src/azure/rhea-connection.ts',
        find: "    if (((max - next) | 0) < window / 2) session['_write_flow']();",
        replace: '    void [max, next, window];',
      },
      {
        file: 'src/azure/rhea-connection.ts',
        find: '  link.credit = credit;\n',
        replace: '  link.credit = credit;\n  if (link.delivery_count > 0) return;\n',
      },
    ],
    tests: [hostileEvents],
  },
  {
    name: 'where a link resumes is left to the SDK, which saw no event',
    harm: 'every cut repeats all since the partition was taken',
    guarantee: 'G5',
    edits: [
      {
        file: 'src/azure/partition-link.ts',
        find: 'if (this.#lastSequenceNumber >= 0) request',
        replace: 'if (this.#lastSequenceNumber > 1e9) request',
      },
    ],
    tests: [eventSourceFaults],
  },
  {
    name: 'a link that closes forgets whoever has its handle now',
    harm: 'the events of the next link are decoded by rhea and dropped',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/transfer-reader.ts',
        find: 'if (this.#links.get(key) === transfers) this.#links.delete(key);',
        replace: 'this.#links.delete(key);',
      },
    ],
    tests: [linkTransfers],
  },
  {
    name: 'no bound on what an event of many frames may reach',
    harm: 'one peer fills the memory of the worker',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/azure/link-transfers.ts',
        find: 'delivery.bytes > this.#maxEventBytes',
        replace: 'delivery.bytes > Number.MAX_SAFE_INTEGER',
      },
    ],
    tests: [linkTransfers],
  },
  {
    name: 'no bound on what a frame may announce',
    harm: 'eight bytes make the worker keep two GiB',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/azure/frame-reader.ts',
        find: 'if (size > this.#maxFrameBytes) {',
        replace: 'if (size > 0xffffffff) {',
      },
    ],
    tests: ['test/unit/azure/frame-reader.test.ts'],
  },
  {
    name: 'replies are left to rhea unseen',
    harm: '13 bytes end the process',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/azure/transfer-reader.ts',
        find: '    this.#guard.checkTransfer(keyOf(frame.channel, frame.handle), frame, bytes, to);\n',
        replace: '',
      },
    ],
    tests: [linkTransfers],
  },
  {
    name: 'handler calls follow each other without a turn',
    harm: 'renewals, probes and metrics wait for as long as there is work',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/partition/slots.ts',
        find: 'this.#turns.length > 0 && this.#turn.hasTime()',
        replace: 'this.#turns.length > 0',
      },
    ],
    tests: ['test/unit/engine/partition/slots.test.ts'],
  },
];
