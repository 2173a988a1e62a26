import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkerError } from '../../../src/engine/errors.ts';
import { FaultLimiter } from '../../../src/telemetry/fault-limiter.ts';
import { ReportLog } from '../../../src/telemetry/report-log.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function recordingLog(): { lines: string[]; clock: ManualClock; log: ReportLog } {
  const lines: string[] = [];
  const clock = new ManualClock();
  const level = (name: string) => (_: unknown, message: string) => void lines.push(`${name} ${message}`);
  const writer = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
  return { lines, clock, log: new ReportLog(writer, clock) };
}

describe('report log', () => {
  it('writes one line per lease change, with the reason', () => {
    const { lines, log } = recordingLog();
    log.report({ kind: 'lease', partitionId: '3', change: 'handed-over', generation: 8, why: 'w-2 asked' });
    assert.deepEqual(lines, ['info lease of partition 3 handed-over: w-2 asked']);
  });

  it('writes nothing for what comes per event or batch', () => {
    const { lines, log } = recordingLog();
    log.report({ kind: 'finished', partitionId: '0', outcome: 'handled', events: 1, durationMs: 1 });
    log.report({ kind: 'received', partitionId: '0', events: 100, bytes: 1 });
    log.report({ kind: 'skipped', partitionId: '0', reason: 'done', events: 100 });
    log.report({ kind: 'tick', durationMs: 5, result: 'ok' });
    assert.deepEqual(lines, []);
  });

  it('G8: an hour without the store and the event hub, 32 partitions, is a page of lines, and the end is told', () => {
    const { lines, clock, log } = recordingLog();
    const unreachable = new WorkerError('EHW_STORAGE_UNREACHABLE', { reason: 'ECONNREFUSED' });
    const linkFault = new WorkerError('EHW_EVENT_HUB_UNREACHABLE', { host: 'ns', reason: 'ECONNREFUSED' });
    for (let second = 0; second < 3600; second += 1) {
      if (second % 10 === 0)
        log.report({ kind: 'tick', durationMs: 5000, result: 'failed', error: unreachable });
      for (let partition = 0; partition < 32; partition += 1) {
        log.report({ kind: 'partition.fault', partitionId: String(partition), error: linkFault });
      }
      clock.advance(1000);
    }
    log.report({ kind: 'tick', durationMs: 5, result: 'ok' });
    assert.ok(lines.length < 70, `${lines.length} lines`);
    assert.match(lines[0] ?? '', /^warn look at the group failed: Blob Storage cannot be reached/);
    assert.equal(lines.at(-1), "info the group's store answers again after 3600 s and 360 failed looks");
    const suppressed = lines.filter((line) => line.includes('were not written'));
    assert.match(
      suppressed.join('\n'),
      /\d+ more of "partition.fault EHW_EVENT_HUB_UNREACHABLE" in the last \d+ s/,
    );
  });

  it('tells of suppressed faults although no further one comes', () => {
    const { lines, clock, log } = recordingLog();
    for (let n = 0; n < 8; n += 1) log.report({ kind: 'late-result', partitionId: '0', sequenceNumber: n });
    assert.equal(lines.length, 5);
    clock.advance(60_000);
    log.report({ kind: 'tick', durationMs: 5, result: 'ok' });
    assert.deepEqual(lines.slice(5), ['warn 3 more of "late-result" in the last 60 s were not written']);
  });
});

describe('fault limiter', () => {
  const limits = { firstWindowMs: 1000, linesInFirstWindow: 1, furtherWindowMs: 5000, maxKinds: 2 };

  it('limits each kind by itself, until its window ends', () => {
    const limiter = new FaultLimiter(limits);
    assert.deepEqual([limiter.admit('a', 0), limiter.admit('b', 2)], [true, true]);
    assert.deepEqual(limiter.ended(1000), []);
    assert.equal(limiter.admit('a', 1000), true);
    assert.equal(limiter.admit('b', 1001), false);
  });

  it('allows one line per longer window while a fault goes on, and forgets it when it stops', () => {
    const limiter = new FaultLimiter(limits);
    const admitted = (atMs: number) => {
      limiter.ended(atMs);
      return limiter.admit('a', atMs);
    };
    const answers = [0, 500, 1000, 1500, 5999, 6000, 6001].map((atMs) => admitted(atMs));
    assert.deepEqual(answers, [true, false, true, false, false, true, false]);
    assert.deepEqual(limiter.ended(11_000), [{ kind: 'a', count: 1, overMs: 5000 }]);
    assert.deepEqual(limiter.ended(16_000), []);
    assert.equal(limiter.admit('a', 16_000), true);
    assert.deepEqual(limiter.ended(17_000), []);
  });

  it('remembers a bounded number of kinds', () => {
    const limiter = new FaultLimiter(limits);
    for (const kind of ['a', 'b', 'c']) limiter.admit(kind, 0);
    assert.equal(limiter.admit('c', 1), false);
    assert.equal(limiter.admit('a', 1), true);
  });
});
