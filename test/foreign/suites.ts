// Every foreign suite: tests that others wrote for their own SDKs, and programs of ours on those SDKs.
//
// The JavaScript SDK's own tests are in no package of the registry; what it promises is tested in test/integration/emulator.

import { runGoSuite } from './go-suite.ts';
import { runJavaProcessors } from './peers/java-processors.ts';
import { peers } from './peers/peer.ts';
import { runPeer } from './peers/peer-suites.ts';
import { runTypedSender, typedSenders } from './peers/typed-senders.ts';
import { runPythonSuite } from './python-suite.ts';
import { judge } from './suite-report.ts';
import type { SuiteReport, SuiteRun } from './suite-report.ts';

export interface ForeignSuite {
  readonly name: string;
  run(): Promise<SuiteReport>;
}

/** The slowest first. */
export const suites: readonly ForeignSuite[] = [
  suite('python', runPythonSuite),
  suite('go', runGoSuite),
  suite('java-processors', runJavaProcessors),
  ...typedSenders.map((sender) =>
    suite(`${sender.language.toLowerCase()}-types`, () => runTypedSender(sender)),
  ),
  ...peers.map((peer) => suite(`${peer.language.toLowerCase()}-peer`, () => runPeer(peer))),
];

function suite(name: string, run: () => Promise<SuiteRun>): ForeignSuite {
  return { name, run: async () => judge(await run()) };
}
