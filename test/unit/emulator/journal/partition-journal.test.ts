// A partition's events over a restart: what comes back, what a torn end costs, what is refused.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { DataFolderError } from '../../../../src/emulator/journal/data-folder-error.ts';
import { PartitionJournal } from '../../../../src/emulator/journal/partition-journal.ts';
import { PartitionLog } from '../../../../src/emulator/log/partition-log.ts';
import type { LogRecord } from '../../../../src/emulator/log/log-record.ts';

const HOUR_MS = 3_600_000;

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function recordOf(text: string): LogRecord {
  const bytes = Buffer.from(text);
  return {
    maxBytes: bytes.length,
    headerBytes: 3,
    write: (target, at) => at + bytes.copy(target, at),
  };
}

interface Opened {
  readonly log: PartitionLog;
  readonly journal: PartitionJournal;
}

function open(folder: string, now: () => number = () => 1000, maxBytes = 1e9): Opened {
  const journal = new PartitionJournal(folder);
  return { journal, log: new PartitionLog('0', { maxAgeMs: HOUR_MS, maxBytes }, now, journal) };
}

function textsOf(log: PartitionLog): string[] {
  const texts: string[] = [];
  for (let number = Math.max(0, log.beginSequenceNumber); ; number += 1) {
    const record = log.at(number);
    if (record === undefined) return texts;
    const { segment, index } = record;
    assert.equal(segment.headerBytes(index), 3);
    texts.push(segment.bytes.subarray(segment.start(index), segment.start(index + 1)).toString());
  }
}

function describe(log: PartitionLog): unknown {
  const { beginSequenceNumber, lastSequenceNumber, lastOffset, lastEnqueuedAtMs, byteCount } = log;
  return { beginSequenceNumber, lastSequenceNumber, lastOffset, lastEnqueuedAtMs, byteCount };
}

function lastFile(folder: string): string {
  return join(folder, readdirSync(folder).sort().at(-1) ?? '');
}

test('events, numbers, offsets and times are as they were, and go on from there', (t) => {
  const folder = folderFor(t);
  let nowMs = 1000;
  const before = open(folder, () => (nowMs += 7));
  for (const text of ['first', 'second', 'third']) before.log.append(recordOf(text));
  before.journal.close();
  const after = open(folder, () => nowMs);
  assert.deepEqual(describe(after.log), describe(before.log));
  assert.deepEqual(after.log.append(recordOf('fourth')), {
    sequenceNumber: 3,
    offset: 'firstsecondthird'.length,
    enqueuedAtMs: nowMs,
  });
  after.journal.close();
  assert.deepEqual(textsOf(open(folder).log), ['first', 'second', 'third', 'fourth']);
});

test('what was appended is there after a process that ended without closing', (t) => {
  const folder = folderFor(t);
  const { log } = open(folder);
  for (let index = 0; index < 1000; index += 1) log.append(recordOf(`event ${index}`));
  assert.equal(textsOf(open(folder).log).length, 1000);
});

test('a torn end is cut off at every byte, and the partition goes on with the number it would have had', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder);
  for (const text of ['first', 'second', 'third']) log.append(recordOf(text));
  journal.close();
  const path = lastFile(folder);
  const whole = readFileSync(path);
  const thirdBytes = 37 + 'third'.length;
  for (let bytes = whole.length - thirdBytes; bytes < whole.length; bytes += 1) {
    writeFileSync(path, whole.subarray(0, bytes));
    const torn = open(folder);
    assert.deepEqual(textsOf(torn.log), ['first', 'second'], `${bytes} bytes`);
    assert.equal(torn.log.append(recordOf('again')).sequenceNumber, 2);
    torn.journal.close();
    assert.deepEqual(textsOf(open(folder).log), ['first', 'second', 'again']);
  }
});

test('zeros that a crashed machine left at the end are cut off', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder);
  log.append(recordOf('first'));
  journal.close();
  const path = lastFile(folder);
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(5000)]));
  assert.deepEqual(textsOf(open(folder).log), ['first']);
});

test('damage with sound events behind it is told with file and byte, and nothing is changed', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder);
  for (const text of ['first', 'second', 'third']) log.append(recordOf(text));
  journal.close();
  const path = lastFile(folder);
  const damaged = readFileSync(path);
  damaged.writeUInt8(damaged.readUInt8(45 + 30) ^ 1, 45 + 30);
  writeFileSync(path, damaged);
  assert.throws(
    () => open(folder),
    (error) =>
      error instanceof DataFolderError && error.message.startsWith(`${path} is damaged at byte ${37 + 5}`),
  );
  assert.deepEqual(readFileSync(path), damaged);
});

test('a file that is gone from the middle is told', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder);
  for (let index = 0; index < 30; index += 1) log.append(recordOf('x'.repeat(20_000)));
  journal.close();
  const [, second = ''] = readdirSync(folder).sort();
  rmSync(join(folder, second));
  assert.throws(() => open(folder), /events from 3 on are missing/);
});

test('retention bounds the directory: files of segments that are gone are deleted', (t) => {
  const folder = folderFor(t);
  const { log } = open(folder, () => 1000, 300_000);
  for (let index = 0; index < 500; index += 1) log.append(recordOf('x'.repeat(20_000)));
  const kept = readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
  // Retention, and the segments that its two ends lie in (each at most 4 MiB).
  assert.ok(kept < 300_000 + 2 * 4 * 1024 * 1024, `${kept} bytes`);
  assert.ok(log.beginSequenceNumber > 480);
  const again = open(folder, () => 1000, 300_000);
  assert.deepEqual(describe(again.log), describe(log));
});

test('events that were expired before their time stay expired', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder);
  for (const text of ['first', 'second', 'third']) log.append(recordOf(text));
  log.expire(2);
  log.append(recordOf('fourth'));
  journal.close();
  assert.deepEqual(textsOf(open(folder).log), ['third', 'fourth']);
});

test('a partition whose events have all expired keeps its numbers', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder);
  for (const text of ['first', 'second']) log.append(recordOf(text));
  journal.close();
  const later = open(folder, () => 1000 + 2 * HOUR_MS);
  assert.ok(later.log.isEmpty);
  assert.equal(later.log.append(recordOf('third')).sequenceNumber, 2);
});

test('times do not go backwards when the clock was set back while nothing ran', (t) => {
  const folder = folderFor(t);
  const { log, journal } = open(folder, () => 5000);
  log.append(recordOf('first'));
  journal.close();
  assert.equal(open(folder, () => 1000).log.append(recordOf('second')).enqueuedAtMs, 5000);
});

test('an event that cannot be written is not appended, and the next one is', (t) => {
  const folder = folderFor(t);
  const journal = new PartitionJournal(folder);
  let isFull = true;
  const append = journal.append.bind(journal);
  journal.append = (...args) => {
    if (isFull) throw new Error('ENOSPC');
    append(...args);
  };
  const log = new PartitionLog('0', { maxAgeMs: HOUR_MS, maxBytes: 1e9 }, () => 1000, journal);
  assert.throws(() => log.append(recordOf('lost')), /ENOSPC/);
  assert.equal(log.lastSequenceNumber, -1);
  isFull = false;
  assert.equal(log.append(recordOf('kept')).sequenceNumber, 0);
  journal.close();
  assert.deepEqual(textsOf(open(folder).log), ['kept']);
});

test('a partition that was never used comes back so', (t) => {
  const folder = folderFor(t);
  open(folder).journal.close();
  const { log } = open(folder);
  assert.equal(log.lastSequenceNumber, -1);
});
