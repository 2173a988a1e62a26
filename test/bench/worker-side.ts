// Our side of a throughput sample: the engine on the real event source, with leases and checkpoints in memory, because
// storage is not what is compared.

import type { ThroughputCase } from './cases.ts';
import type { Sample } from './sample.ts';

export async function sampleWorker(_connectionString: string, _bench: ThroughputCase): Promise<Sample> {
  throw new Error('not there yet');
}
