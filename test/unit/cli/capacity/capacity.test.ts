import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingLines, sizingLines } from '../../../../src/cli/capacity/capacity-text.ts';
import { advise, findIn } from '../../../../src/cli/capacity/findings.ts';
import { compareEnds } from '../../../../src/cli/capacity/live-sample.ts';
import { parseMinutes } from '../../../../src/cli/capacity/minute-metrics.ts';
import { parseByteRate, parseEventRate } from '../../../../src/cli/capacity/rate.ts';
import { loadOf, sizeFor } from '../../../../src/cli/capacity/throughput-units.ts';

test('5 MB/s and 2,000 events/s need 5 units, and 8 with three consumer groups', () => {
  const sizing = sizeFor(loadOf({ bytes: parseByteRate('5MB/s'), events: parseEventRate('2000/s') }, 3));
  assert.equal(sizing.ingressUnits, 5);
  assert.equal(sizing.units, 8);
  assert.deepEqual(sizingLines(sizing), [
    'ingress bytes   5 MB/s / 1 MB/s per unit = 5 -> 5',
    'ingress events  2,000/s / 1,000/s per unit = 2 -> 2',
    'egress bytes    15 MB/s / 2 MB/s per unit = 7.5 -> 8',
    'egress events   6,000/s / 4,096/s per unit = 1.46 -> 2',
    'ingress alone   5 throughput units',
    'with egress     8 throughput units',
  ]);
});

test('61,800 messages a minute are 1,030 a second: over the limit of one unit', () => {
  const csv = [
    'Incoming Messages (Sum)',
    '"Time","Incoming Messages (Sum), contoso","Incoming Bytes (Sum), contoso","Throttled Requests (Sum), contoso"',
    '"2026-01-31 12:00","61,800","30,000,000","12"',
    '"2026-01-31 12:01","50,000","30,000,000","0"',
    '',
  ].join('\r\n');
  const findings = findIn(parseMinutes(csv, 'metrics.csv'), 1);
  assert.equal(findings.minutes, 2);
  assert.equal(findings.peak.ingressEvents, 1_030);
  assert.deepEqual(
    findings.busy.map(({ time }) => time),
    ['2026-01-31 12:00'],
  );
  assert.match(
    findingLines(findings, 1).join('\n'),
    /ingress events 1,030\/s > 1,000\/s; 12 requests throttled/,
  );
  assert.deepEqual(advise(findings.sizing, 1, true), { units: 2, autoInflateMaximum: 4 });
});

test('throttled minutes below every limit mean bursts: one unit more than there are', () => {
  const csv = 'time,IncomingMessages,ThrottledRequests\n12:00,30000,5\n';
  const findings = findIn(parseMinutes(csv, 'm.csv'), 2);
  assert.equal(findings.throttledRequests, 5);
  assert.equal(advise(findings.sizing, 2, findings.throttledRequests > 0).units, 3);
  assert.match(findingLines(findings, 2).join('\n'), /a burst of one second can be 60 times as high/);
});

test('reads what az prints, dimensions summed', () => {
  const series = (name: string, totals: readonly number[]) => ({
    name: { value: name },
    timeseries: totals.map((total) => ({ data: [{ timeStamp: '2026-01-31T12:00:00Z', total }] })),
  });
  const json = JSON.stringify({
    value: [series('IncomingMessages', [40_000, 20_000]), series('Unknown', [1])],
  });
  assert.deepEqual(parseMinutes(json, 'm.json'), [
    { time: '2026-01-31T12:00:00Z', incomingMessages: 60_000 },
  ]);
});

test('says what is wrong with a file, and how to export a right one', () => {
  assert.throws(() => parseMinutes('a,b\n1,2\n', 'm.csv'), /no column is one of .*az monitor metrics list/);
  assert.throws(
    () => parseMinutes('time,IncomingBytes\n12:00,many\n', 'm.csv'),
    /line 2: "many" is no number/,
  );
  assert.throws(() => parseMinutes('{', 'm.json'), /m\.json is no JSON/);
  assert.throws(() => parseMinutes('{"value":[]}', 'm.json'), /no minute with a known metric/);
});

test('takes rates as people write them, and nothing else', () => {
  assert.equal(parseByteRate('1.5 MiB/s'), 1.5 * 2 ** 20);
  assert.equal(parseEventRate('2,000'), 2_000);
  assert.throws(() => parseByteRate('5'), /Allowed/);
  assert.throws(() => parseEventRate('fast'), /Allowed/);
});

test('a small load needs one unit, never none', () => {
  assert.equal(sizeFor(loadOf({ events: 0 }, 1)).units, 1);
});

function end(partitionId: string, lastSequenceNumber: number, lastOffset: string) {
  return {
    partitionId,
    beginSequenceNumber: 0,
    lastSequenceNumber,
    lastOffset,
    lastEnqueuedAtMs: 0,
    isEmpty: false,
  };
}

test('measures a hub by how far its ends move, and names a hot partition', () => {
  const before = new Map([end('0', 99, '10000'), end('1', 9, '1000')].map((one) => [one.partitionId, one]));
  const after = new Map(
    [end('0', 999, '910000'), end('1', 109, '101000')].map((one) => [one.partitionId, one]),
  );
  assert.deepEqual(compareEnds(before, after, 10), {
    seconds: 10,
    eventsPerSecond: 100,
    bytesPerSecond: 100_000,
    hottestShare: 0.9,
  });
});

test('knows no bytes where offsets do not count them', () => {
  const before = new Map([['0', end('0', 9, 'p:1:9')]]);
  const after = new Map([['0', end('0', 19, 'p:1:19')]]);
  assert.equal(compareEnds(before, after, 1).bytesPerSecond, undefined);
});
