// Links that are cut again and again while events stream in; scripts/link-cuts.ts runs the same for minutes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutLinks } from '../../support/link-cuts.ts';

for (const path of ['transfers', 'sdk'] as const) {
  test(`G8: links cut every two seconds lose and repeat nothing (${path})`, async () => {
    const result = await cutLinks({
      seconds: 10,
      eventsPerSecond: 1000,
      cutEverySeconds: 2,
      partitions: 2,
      path,
    });
    const { lost, repeated, ended, cuts, received, sent } = result;
    assert.deepEqual({ lost, repeated, ended }, { lost: 0, repeated: 0, ended: 0 });
    assert.equal(received, sent);
    assert.ok(cuts >= 4);
  });
}
