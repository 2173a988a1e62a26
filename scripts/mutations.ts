// The defects this product exists to avoid, each as the edit that would put it back. scripts/mutate.ts applies one at a time
// to a copy of the source and runs the tests named here: at least one of them must fail.

import { codecMutations } from './mutations/codec.ts';
import { connectionMutations } from './mutations/connections.ts';
import { deadLetterMutations } from './mutations/dead-letters.ts';
import { emulatorMutations } from './mutations/emulator.ts';
import { eventMutations } from './mutations/event.ts';
import { readingMutations } from './mutations/reading.ts';
import { trustMutations } from './mutations/trust.ts';
import { receivingMutations } from './mutations/receiving.ts';

export interface Edit {
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  /** What the defect does to a user. */
  readonly harm: string;
  readonly guarantee: string;
  readonly edits: readonly Edit[];
  /** Test files that should notice, the quickest first. */
  readonly tests: readonly string[];
}

const simulation = ['test/simulation/scenarios.test.ts', 'test/simulation/seeds.test.ts'];
const groupStore = 'test/integration/azure/group-store.test.ts';
const eventSource = 'test/integration/azure/event-source.test.ts';
const eventSourceFaults = 'test/integration/azure/event-source-faults.test.ts';

export const mutations: readonly Mutation[] = [
  {
    name: 'first claim without If-None-Match',
    harm: 'two workers starting together both own the partition',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/azure/blob-container.ts',
        find: "{ metadata, conditions: { ifNoneMatch: '*' }, abortSignal }",
        replace: '{ metadata, abortSignal }',
      },
    ],
    tests: [groupStore],
  },
  {
    name: 'unconditional checkpoint (store)',
    harm: 'a former owner moves the checkpoint back',
    guarantee: 'G3',
    edits: [
      {
        file: 'src/azure/blob-container.ts',
        find: 'blob.setMetadata(metadata, { conditions: { ifMatch }, abortSignal })',
        replace: 'blob.setMetadata(metadata, { abortSignal })',
      },
    ],
    tests: [groupStore],
  },
  {
    name: 'unconditional checkpoint (writer): a later generation is overwritten',
    harm: 'a former owner goes on writing checkpoints',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/partition/checkpoint-writer.ts',
        find: "  if (stored.generation > mine.generation) return 'fenced';\n",
        replace: '',
      },
    ],
    tests: ['test/unit/engine/partition/checkpoint-writer.test.ts', ...simulation],
  },
  {
    name: 'unconditional checkpoint (writer): a lower one replaces a higher one',
    harm: 'events that a stock consumer recorded are handled again',
    guarantee: 'G3',
    edits: [
      {
        file: 'src/engine/partition/checkpoint-writer.ts',
        find: "return stored.sequenceNumber > mine.sequenceNumber ? 'superseded' : 'write';",
        replace: "return 'write';",
      },
    ],
    tests: ['test/unit/engine/partition/checkpoint-writer.test.ts', ...simulation],
  },
  {
    name: 'equal epoch at the broker',
    harm: 'a stolen link attaches again: both owners receive in turns',
    guarantee: 'G6',
    edits: [
      { file: 'src/azure/event-source.ts', find: 'ownerLevel: generation,', replace: 'ownerLevel: 1,' },
    ],
    tests: [eventSource],
  },
  {
    name: 'equal generation at a handover',
    harm: 'nothing tells the new owner from the old one',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/yielding.ts',
        find: "generation: to === '' ? lease.generation : lease.generation + 1,",
        replace: 'generation: lease.generation,',
      },
    ],
    tests: simulation,
  },
  {
    name: 'equal generation at a claim',
    harm: 'a paused owner wakes up unfenced',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/liveness.ts',
        find: 'return Math.max(storedGeneration + 1, Math.floor(storeTimeMs / 1_000));',
        replace: 'return Math.max(storedGeneration, Math.floor(storeTimeMs / 1_000_000_000));',
      },
    ],
    tests: ['test/unit/engine/leases/decide.test.ts', ...simulation],
  },
  {
    name: 'no self-fence',
    harm: 'a worker cut off from the store handles what others handle too',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/renewal.ts',
        find: '      if (tenancy.isSuspended || this.isTrusted(tenancy, nowMs)) continue;',
        replace: '      if (nowMs > 0) continue;',
      },
      {
        file: 'src/engine/leases/renewal.ts',
        find: '      !tenancy.isSuspended &&\n      nowMs <',
        replace: '      !tenancy.isSuspended &&\n      nowMs - nowMs <',
      },
    ],
    tests: simulation,
  },
  {
    name: 'self-fence as late as the lease expires for others',
    harm: 'the store tells time in whole seconds: both sides believe in themselves for up to one',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/liveness.ts',
        find: 'return leaseMs - storeClockStepMs - Math.max(250, leaseMs * 0.05);',
        replace: 'return leaseMs;',
      },
    ],
    tests: ['test/unit/engine/leases/decide.test.ts', ...simulation],
  },
  {
    name: 'renewal behind a slow claim',
    harm: 'a slow store costs leases that were in no danger',
    guarantee: 'G4',
    edits: [
      {
        file: 'src/engine/leases/renewal.ts',
        find: 'const isConfirmed = await this.renewOnce(signal);',
        replace: 'const isConfirmed = true;',
      },
      {
        file: 'src/engine/worker.ts',
        find: '    await this.#coordinator.run(signal);\n',
        replace: `    Reflect.set(this.#coordinator, 'renew', () => this.#renewal.renewOnce(signal));
    await this.#coordinator.run(signal);
`,
      },
      {
        file: 'src/engine/leases/coordinator.ts',
        find: '      const pauseMs = await this.look(signal);\n',
        replace: `      const pauseMs = await this.look(signal);
      await Reflect.get(this, 'renew')();
`,
      },
    ],
    tests: simulation,
  },
  {
    name: 'release before drain',
    harm: 'the next owner starts beside the handlers that still run',
    guarantee: 'G4',
    edits: [
      {
        file: 'src/engine/leases/yielding.ts',
        find: '  if (!(await tenancy.tenant.drain())) return undefined;',
        replace: '  void tenancy.tenant.drain();',
      },
    ],
    tests: simulation,
  },
  {
    name: 'handover without a final flush',
    harm: 'each planned move repeats what was finished since the last flush',
    guarantee: 'G4',
    edits: [
      {
        file: 'src/engine/partition/processor.ts',
        find: "      if (!(await parts.checkpointer.writeRest('drain', this.#ending.signal))) return false;\n",
        replace: '',
      },
    ],
    tests: simulation,
  },
  {
    name: "expiry by the pod's clock (store)",
    harm: 'a pod whose clock is fast takes every lease there is',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/azure/blob-container.ts',
        find: 'const storeTimeMs = timeOf(page.date);',
        replace: 'const storeTimeMs = Date.now();',
      },
    ],
    tests: ['test/integration/azure/skewed-clock.test.ts'],
  },
  {
    name: "expiry by the pod's clock (engine)",
    harm: 'a pod whose clock is fast takes every lease there is',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/leases/coordinator.ts',
        find: 'const decision = decide(group, this.#standpoint());',
        replace: `const podAge = <R extends { readonly ageMs: number }>(record: R): R => ({
        ...record,
        ageMs: clock.nowMs() - (group.storeTimeMs - record.ageMs),
      });
      const decision = decide(
        { ...group, leases: group.leases.map(podAge), members: group.members.map(podAge) },
        this.#standpoint(),
      );`,
      },
    ],
    tests: simulation,
  },
  {
    name: 'trusting processClose: a stolen link ends only when the SDK says so',
    harm: 'the SDK drops the news of a steal while a handler runs: the old owner goes on',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/azure/partition-link.ts',
        find: "if (conditionOf(receiver) === 'amqp:link:stolen') this.end({ kind: 'fenced' });",
        replace: '',
      },
      {
        file: 'src/azure/partition-link.ts',
        find: "    if (isFenced(thrown)) return this.end({ kind: 'fenced' });\n",
        replace: '',
      },
    ],
    tests: [eventSource],
  },
  {
    name: 'trusting close() of the SDK to end',
    harm: 'a drain hangs for ever when the network swallows the detach',
    guarantee: 'G8',
    edits: [
      {
        file: 'src/azure/settle-within.ts',
        find: 'clock.schedule(timeoutMs, () => resolve(false))',
        replace: 'clock.schedule(timeoutMs * 1_000, () => resolve(false))',
      },
    ],
    tests: [eventSourceFaults],
  },
  {
    name: 'a rejection of the engine reaches the SDK',
    harm: 'the SDK skips the batch silently: its events are lost',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/partition-link.ts',
        find: "      this.end({ kind: 'died', error: mapError(thrown) });\n    }\n  }\n",
        replace: '      throw Object.assign(new Error(), { retryable: true, cause: thrown });\n    }\n  }\n',
      },
    ],
    tests: [eventSource],
  },
  {
    name: 'the start position is left to the SDK',
    harm: 'its default is latest: the backlog is skipped',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/event-source.ts',
        find: '        startPosition: toEventPosition(start),\n',
        replace: '',
      },
    ],
    tests: [eventSource],
  },
  {
    name: 'retries left to the SDK',
    harm: 'the last one ends the subscription: after an outage the partition idles',
    guarantee: 'G8',
    edits: [{ file: 'src/azure/event-source.ts', find: 'maxRetries: 0, ', replace: '' }],
    tests: [eventSourceFaults],
  },
  {
    name: 'Nagle left on',
    harm: 'small batches wait for acknowledgements: half the throughput',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/azure/sdk-connection.ts',
        find: "    connection.options['tcp_no_delay'] = true;\n",
        replace: '',
      },
    ],
    tests: ['test/integration/azure/link-credit.test.ts'],
  },
  {
    name: 'credit left to the SDK',
    harm: 'credit is added and never topped up: a stuck handler buffers without bound',
    guarantee: 'G7',
    edits: [
      {
        file: 'src/azure/partition-link.ts',
        find: "    this.#options.credit.attach(receiver, take === undefined ? 'sdk' : 'transfers');\n",
        replace: '',
      },
    ],
    tests: ['test/integration/azure/credit.test.ts'],
  },
  {
    name: 'bodies parsed by the SDK',
    harm: '"123" and 64-bit integers change on their way, and each event costs a parse',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/azure/event-source.ts',
        find: 'skipParsingBodyAsJson: true',
        replace: 'skipParsingBodyAsJson: false',
      },
    ],
    tests: ['test/integration/azure/body-bytes.test.ts'],
  },
  {
    name: 'an invalid position is retried',
    harm: 'a hub that was created anew is never read again',
    guarantee: 'G9',
    edits: [
      {
        file: 'src/azure/partition-link.ts',
        find: "    if (isInvalidPosition(thrown)) return this.end({ kind: 'invalid-position' });\n",
        replace: '',
      },
    ],
    tests: [eventSource],
  },
  {
    name: 'handlers start without looking at the lease',
    harm: 'a process that was stopped goes on where it was when it wakes',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/partition/parts.ts',
        find: 'owner.isRunning() && options.isTrusted(clock.monotonicMs())',
        replace: 'owner.isRunning()',
      },
    ],
    tests: simulation,
  },
  {
    name: 'no settle tick',
    harm: 'ten workers starting together fight for every partition',
    guarantee: 'G4',
    edits: [
      {
        file: 'src/engine/worker.ts',
        find: '    await sleep(ports.clock, settings.lease.fastTickMs * (1 + 0.1 * ports.random.next()), signal);\n',
        replace: '',
      },
    ],
    tests: simulation,
  },
  {
    name: 'the completed map is forgotten when a partition is taken',
    harm: 'a crash during another repeats everything behind a stuck event',
    guarantee: 'G5',
    edits: [
      {
        file: 'src/engine/partition/taking.ts',
        find: 'const carried = plan.isReset ? undefined : readCompleted(options, stored);',
        replace: 'const carried = plan.isReset ? readCompleted(options, stored) : undefined;',
      },
    ],
    tests: simulation,
  },
  {
    name: 'a leaving worker keeps its name in the records',
    harm: 'a partition handed to it on the way out waits for an expiry',
    guarantee: 'G4',
    edits: [
      {
        file: 'src/engine/worker.ts',
        find: "      ['take our name out of the leases', eraseOurName],\n",
        replace: '',
      },
    ],
    tests: simulation,
  },
  {
    name: 'told to stop and returned counts as handled',
    harm: 'an event whose handler obeyed its signal is never handled',
    guarantee: 'G1',
    edits: [
      {
        file: 'src/engine/handling/attempt-end.ts',
        find: '  if (asked === undefined) return finished;\n',
        replace: '  if (asked !== null) return finished;\n',
      },
    ],
    tests: ['test/unit/engine/handling/attempt-end.test.ts'],
  },
  {
    name: 'a handler starts after an asynchronous schema without asking again',
    harm: 'an event is handled under a lease that somebody else has',
    guarantee: 'G6',
    edits: [
      {
        file: 'src/engine/handling/event-runner.ts',
        find: "return this.#options.mayStart() ? this.#validated(unit, item, issues) : { kind: 'interrupted' };",
        replace: 'return this.#validated(unit, item, issues);',
      },
      {
        file: 'src/engine/handling/batch-runner.ts',
        find: "return this.#options.mayStart() ? this.#attempt(unit) : { kind: 'interrupted' };",
        replace: 'return this.#attempt(unit);',
      },
    ],
    tests: ['test/unit/engine/handling/attempt-end.test.ts'],
  },
  {
    name: 'retries always go first',
    harm: 'a downstream that fails for some keys keeps all others from being handled',
    guarantee: 'G10',
    edits: [
      {
        file: 'src/engine/partition/work.ts',
        find: 'const resumed = isTurnOfFresh && this.#isReady() ? undefined : this.#resumable.shift();',
        replace: 'const resumed = isTurnOfFresh && this.#isBatchDue ? undefined : this.#resumable.shift();',
      },
    ],
    tests: ['test/unit/engine/partition/fairness.test.ts'],
  },
  {
    name: 'parts of a batch wait for each other',
    harm: 'one event that blocks keeps every key of its batch waiting',
    guarantee: 'G10',
    edits: [
      {
        file: 'src/engine/partition/batch-parts.ts',
        find: 'if (!behind.has(item.lane)) alone.push(item);',
        replace: 'if (free.length === 0) alone.push(item);',
      },
    ],
    tests: ['test/unit/engine/partition/fairness.test.ts'],
  },
  {
    name: 'events that the last owner finished do not move the checkpoint',
    harm: 'KEDA counts events of which none is left to do, and never scales in',
    guarantee: 'G9',
    edits: [
      {
        file: 'src/engine/partition/intake.ts',
        find: '    if (passed > 0) this.#options.passed(passed);\n',
        replace: '',
      },
    ],
    tests: ['test/unit/engine/partition/carried-map.test.ts'],
  },
  ...readingMutations,
  ...trustMutations,
  ...connectionMutations,
  ...deadLetterMutations,
  ...emulatorMutations,
  ...eventMutations,
  ...receivingMutations,
  ...codecMutations,
];
