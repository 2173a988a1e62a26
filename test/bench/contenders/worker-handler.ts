// The handler of `run` where the built-in `discard` is not what is measured. Its work is in BENCH_WORK.

import { defineHandler } from '../../../src/index.ts';
import type { Work } from './contender.ts';
import { Tally } from './tally.ts';

const tally = new Tally(JSON.parse(process.env['BENCH_WORK'] ?? '{}') as Work);

export default defineHandler({
  onEvent: (event) => tally.handle(event),
});
