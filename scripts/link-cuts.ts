// node --expose-gc scripts/link-cuts.ts [--minutes 5] [--rate 3000] [--path transfers|sdk]
//
// Cuts the links every four seconds while events stream in, and says what was lost, repeated and kept.

import { parseArgs } from 'node:util';
import { cutLinks } from '../test/support/link-cuts.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    rate: { type: 'string', default: '3000' },
    path: { type: 'string', default: 'transfers' },
  },
});
const result = await cutLinks({
  seconds: Number(values.minutes) * 60,
  eventsPerSecond: Number(values.rate),
  cutEverySeconds: 4,
  partitions: 4,
  path: values.path === 'sdk' ? 'sdk' : 'transfers',
});
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exitCode = result.lost + result.repeated + result.ended === 0 ? 0 : 1;
