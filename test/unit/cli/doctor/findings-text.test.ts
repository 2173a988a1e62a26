// How findings are shown.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '../../../../src/cli/doctor/check.ts';
import {
  findingLines,
  findingsJson,
  summaryLine,
  worstOf,
} from '../../../../src/cli/doctor/findings-text.ts';

const finding = (status: Finding['status'], details?: Finding['details']): Finding => ({
  name: 'clock',
  status,
  message: 'Turn NTP on.',
  ...(details === undefined ? {} : { details }),
});

describe('findings', () => {
  it('are a line each, with their details below and in', () => {
    const lines = findingLines(finding('failed', { skewMs: 7, command: ['a', 'b'] }), 8, false);
    assert.deepEqual(lines, [
      'failed   clock     Turn NTP on.',
      '           skewMs: 7',
      '           command:',
      '             a',
      '             b',
    ]);
  });

  it('are coloured only where that was asked for', () => {
    assert.ok(findingLines(finding('ok'), 5, true)[0]?.includes('\u001B['));
    assert.ok(!findingLines(finding('ok'), 5, false)[0]?.includes('\u001B['));
  });

  it('are worth what the worst of them is', () => {
    assert.equal(worstOf([finding('ok'), finding('unknown')]), 'unknown');
    assert.equal(worstOf([finding('unknown'), finding('warning')]), 'warning');
    assert.equal(worstOf([finding('warning'), finding('failed'), finding('ok')]), 'failed');
    assert.equal(
      summaryLine([finding('ok'), finding('failed')]),
      '2 checks: 1 failed, 0 warning, 0 unknown, 1 ok.',
    );
  });

  it('are one JSON document for programs', () => {
    assert.deepEqual(JSON.parse(findingsJson([finding('ok')])), { status: 'ok', checks: [finding('ok')] });
  });
});
