// One sample in a process of its own, so that neither side runs on code the other side warmed or spoilt.
//
//   node test/bench/sample-process.ts <case> <ours|baseline> <connection string>

import { benchCaseOf } from './cases.ts';

const [name = '', side = '', connectionString = ''] = process.argv.slice(2);
process.send?.(await takeSample(), () => process.exit());

async function takeSample(): Promise<unknown> {
  const bench = benchCaseOf(name);
  if (bench.kind === 'overhead') {
    const { sampleEngine, sampleLoop } = await import('./overhead.ts');
    return side === 'ours' ? sampleEngine() : sampleLoop();
  }
  if (side === 'ours') {
    const { sampleWorker } = await import('./worker-side.ts');
    return sampleWorker(connectionString, bench);
  }
  const { sampleBareSdk } = await import('./bare-sdk.ts');
  return sampleBareSdk(connectionString, bench);
}
