// Every defect the checks look for, made by hand once; and next to it the history that is allowed to look like it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { CheckOptions, Finding } from '../../support/finding.ts';
import { checkHistory, summarize } from '../../support/history-checks.ts';
import type { HistoryEntry } from '../../support/history.ts';
import { Chronicle } from '../../support/history.ts';

const options: CheckOptions = {
  leaseMs: 30_000,
  handoverTimeoutMs: 20_000,
  toleranceMs: 1_000,
  callTimeoutMs: 5_000,
  foreign: new Set(['stock']),
};
const partitionId = '0';

/** Writes a history line by line; each method is one entry, at its own millisecond. */
class Story {
  readonly entries: HistoryEntry[] = [];
  #atMs = 0;
  #call = 0;
  #generation = 0;
  #owner = '';

  #next(): { atMs: number; partitionId: string } {
    return { atMs: (this.#atMs += 10), partitionId };
  }

  wait(ms: number): this {
    this.#atMs += ms;
    return this;
  }

  sent(count: number, order: 'one lane' | 'no order' = 'one lane'): this {
    const lane = order === 'one lane' ? 'k' : undefined;
    for (let index = 1; index <= count; index += 1) {
      this.entries.push({ ...this.#next(), kind: 'sent', id: `e${index}`, sequenceNumber: index, lane });
    }
    return this;
  }

  start(process: string, generation: number, sequenceNumber: number, call = (this.#call += 1)): this {
    const id = `e${sequenceNumber}`;
    this.entries.push({ ...this.#next(), kind: 'started', id, sequenceNumber, process, generation, call });
    return this;
  }

  end(process: string, sequenceNumber: number, outcome: 'handled' | 'failed' = 'handled'): this {
    const id = `e${sequenceNumber}`;
    const start = this.entries.findLast(
      (entry) => entry.kind === 'started' && entry.process === process && entry.id === id,
    );
    const call = start?.kind === 'started' ? start.call : 0;
    this.entries.push({ ...this.#next(), kind: 'finished', id, process, call, outcome });
    return this;
  }

  handle(process: string, generation: number, ...numbers: number[]): this {
    for (const number of numbers) this.start(process, generation, number).end(process, number);
    return this;
  }

  checkpoint(process: string, generation: number, sequenceNumber: number, completed: number[] = []): this {
    const etag = `${this.entries.length}`;
    const done = new Set(completed);
    this.entries.push({
      ...this.#next(),
      kind: 'checkpoint',
      process,
      generation,
      sequenceNumber,
      completed: done,
      etag,
    });
    return this;
  }

  lease(process: string, ownerId: string, generation: number, ageMs = 5_000, requestedBy = ''): this {
    const replaced =
      this.#generation === 0 ? undefined : { ownerId: this.#owner, generation: this.#generation, ageMs };
    this.#owner = ownerId;
    this.#generation = generation;
    this.entries.push({
      ...this.#next(),
      kind: 'lease',
      process,
      ownerId,
      generation,
      requestedBy,
      replaced,
    });
    return this;
  }

  process(
    process: string,
    kind: 'born' | 'crashed' | 'suspended' | 'forced' | 'left',
    unflushed?: string[],
  ): this {
    const atMs = (this.#atMs += 10);
    const entry = { atMs, kind, process, workerId: process };
    this.entries.push(unflushed === undefined ? entry : { ...entry, unflushed });
    return this;
  }

  gap(process: string, from: number, to: number): this {
    this.entries.push({ ...this.#next(), kind: 'gap', process, from, to });
    return this;
  }

  /** One more event, which nobody can read. */
  flawed(sequenceNumber: number, flaw: 'broken' | 'unreadable'): this {
    const id = `e${sequenceNumber}`;
    this.entries.push({ ...this.#next(), kind: 'sent', id, sequenceNumber, lane: undefined, flaw });
    return this;
  }

  letter(sequenceNumber: number, reason: string): this {
    this.entries.push({ ...this.#next(), kind: 'dead-lettered', id: `e${sequenceNumber}`, reason });
    return this;
  }

  excuse(upTo: number): this {
    this.entries.push({ ...this.#next(), kind: 'excused', life: 0, upTo, why: 'expired' });
    return this;
  }
}

function findings(story: Story): Finding[] {
  return checkHistory(new Chronicle(story.entries), options);
}

function rules(story: Story): string[] {
  return findings(story).map(
    ({ rule, guarantee, isAllowed }) => `${rule} ${guarantee}${isAllowed ? ' allowed' : ''}`,
  );
}

const two = (): Story => new Story().sent(4).process('a', 'born').process('b', 'born').lease('a', 'a', 5);

test('a clean run with a planned move has no finding', () => {
  const story = two().checkpoint('a', 5, -1).handle('a', 5, 1, 2).checkpoint('a', 5, 2);
  story
    .lease('b', 'a', 5, 5_000, 'b')
    .lease('a', 'b', 6)
    .checkpoint('b', 6, 2)
    .handle('b', 6, 3, 4)
    .checkpoint('b', 6, 4);
  assert.deepEqual(findings(story), []);
  const summary = summarize(new Chronicle(story.entries), []);
  assert.deepEqual([summary.sent, summary.handled, summary.lost], [4, 4, 0]);
});

test('G1: an event that nobody finished is lost, unless it expired', () => {
  assert.deepEqual(rules(two().handle('a', 5, 1, 2, 3)), ['lost G1']);
  assert.deepEqual(rules(two().excuse(4)), []);
});

test('G1: a failed attempt finishes nothing, a dead letter does', () => {
  const story = two().handle('a', 5, 1, 2, 3).start('a', 5, 4).end('a', 4, 'failed');
  assert.deepEqual(rules(story), ['lost G1']);
  story.entries.push({ atMs: 0, kind: 'dead-lettered', id: 'e4', partitionId });
  assert.deepEqual(rules(story), []);
});

test('G1: a checkpoint may not pass an unfinished event, nor may its map name one', () => {
  const passed = two()
    .handle('a', 5, 1, 2)
    .start('a', 5, 3)
    .checkpoint('a', 5, 3)
    .end('a', 3)
    .handle('a', 5, 4);
  assert.deepEqual(rules(passed), ['checkpoint-ahead G1']);
  const named = two().handle('a', 5, 1).checkpoint('a', 5, 1, [3]).handle('a', 5, 2, 3, 4);
  assert.deepEqual(rules(named), ['checkpoint-ahead G1']);
});

test('G2: a later event of the lane may not start before an earlier one is finished', () => {
  const story = two().handle('a', 5, 1).start('a', 5, 3).end('a', 3).handle('a', 5, 2, 4);
  assert.deepEqual(rules(story), ['out-of-order G2', 'out-of-order G2']);
  const alone = new Story().sent(4, 'no order').lease('a', 'a', 5).handle('a', 5, 1, 3, 2, 4);
  assert.deepEqual(rules(alone), []);
});

test('G2: two events of one lane may not run at the same time, except in one batch call', () => {
  const overlapping = two().start('a', 5, 1).start('a', 5, 2).end('a', 1).end('a', 2).handle('a', 5, 3, 4);
  assert.deepEqual(rules(overlapping), ['out-of-order G2', 'overlap G2']);
  const batch = two().start('a', 5, 1, 99).start('a', 5, 2, 99).end('a', 1).end('a', 2).handle('a', 5, 3, 4);
  assert.deepEqual(rules(batch), []);
});

test('G2: a failed batch that is bisected keeps its order', () => {
  const story = two().start('a', 5, 1, 90).start('a', 5, 2, 90).end('a', 1, 'failed').end('a', 2, 'failed');
  assert.deepEqual(rules(story.handle('a', 5, 1, 2, 3, 4)), []);
});

test('G3: a checkpoint may not move back, G6: nor be written by a former owner', () => {
  const back = two().handle('a', 5, 1, 2, 3, 4).checkpoint('a', 5, 3).checkpoint('a', 5, 2);
  assert.deepEqual(rules(back), ['regressed G3']);
  const stale = two().handle('a', 5, 1, 2, 3, 4).checkpoint('b', 6, 3).checkpoint('a', 5, 4);
  assert.deepEqual(rules(stale), ['regressed G6']);
  const foreign = two().handle('a', 5, 1, 2, 3, 4).checkpoint('a', 5, 3).checkpoint('stock', 0, 2);
  assert.deepEqual(rules(foreign), []);
});

test('G5: a write may not forget what the completed map knew', () => {
  const story = new Story()
    .sent(3, 'no order')
    .lease('a', 'a', 5)
    .handle('a', 5, 1, 3)
    .checkpoint('a', 5, 1, [3]);
  assert.deepEqual(rules(story.checkpoint('a', 5, 1).handle('a', 5, 2)), ['regressed G5']);
});

test('G4: what was handled before its owner gave the lease up may not come again', () => {
  const story = two().handle('a', 5, 1, 2).checkpoint('a', 5, 1).lease('a', 'b', 6).checkpoint('b', 6, 1);
  assert.deepEqual(rules(story.handle('b', 6, 2, 3, 4)), ['duplicate G4']);
});

test('G4: a lease handed over while a handler runs is an overlap and a duplicate, unless the worker was forced', () => {
  const move = (story: Story): Story =>
    story.start('a', 5, 1).lease('a', 'b', 6).checkpoint('b', 6, -1).start('b', 6, 1).end('a', 1).end('b', 1);
  assert.deepEqual(
    rules(move(two()).handle('b', 6, 2, 3, 4)),
    ['duplicate G4', 'overlap G6'].sort().reverse(),
  );
  const forced = new Story().sent(4).process('a', 'born').lease('a', 'a', 5).process('a', 'forced');
  assert.deepEqual(rules(move(forced).handle('b', 6, 2, 3, 4)).toSorted(), [
    'duplicate G4 allowed',
    'overlap G6 allowed',
  ]);
});

test('G5: after a crash only what no flush had recorded may come again', () => {
  const crash = (): Story =>
    two()
      .checkpoint('a', 5, -1)
      .handle('a', 5, 1, 2)
      .checkpoint('a', 5, 1)
      .process('a', 'crashed')
      .lease('b', 'b', 6, 31_000)
      .checkpoint('b', 6, 1);
  assert.deepEqual(rules(crash().handle('b', 6, 2, 3, 4)), ['duplicate G5 allowed']);
  assert.deepEqual(rules(crash().handle('b', 6, 1, 2, 3, 4)), ['duplicate G5', 'duplicate G5 allowed']);
});

test('G5: what a completed map had recorded may not come again', () => {
  const story = new Story().sent(3, 'no order').process('a', 'born').lease('a', 'a', 5).handle('a', 5, 1, 3);
  story
    .checkpoint('a', 5, 1, [3])
    .process('a', 'crashed')
    .lease('b', 'b', 6, 31_000)
    .checkpoint('b', 6, 1, [3]);
  assert.deepEqual(rules(story.handle('b', 6, 2, 3)), ['duplicate G5']);
});

test('G4: an event handled twice under one lease is never allowed', () => {
  assert.deepEqual(rules(two().handle('a', 5, 1, 1, 2, 3, 4)), ['duplicate G4']);
  const retried = two().start('a', 5, 1).end('a', 1, 'failed').handle('a', 5, 1, 2, 3, 4);
  assert.deepEqual(rules(retried), []);
});

test('G6: a live lease may not be taken, an expired one or one that was asked for in time may', () => {
  const taken = (ageMs: number): Story => two().lease('b', 'b', 6, ageMs).handle('b', 6, 1, 2, 3, 4);
  assert.deepEqual(rules(taken(20_000)), ['stolen G6']);
  assert.deepEqual(rules(taken(30_000)), []);
  const asked = two()
    .lease('b', 'a', 5, 1_000, 'b')
    .wait(20_000)
    .lease('b', 'b', 6, 9_000)
    .handle('b', 6, 1, 2, 3, 4);
  assert.deepEqual(rules(asked), []);
});

test('G6: a generation grows with every owner', () => {
  const story = two().lease('a', '', 5).lease('b', 'b', 5).handle('b', 5, 1, 2, 3, 4);
  assert.deepEqual(rules(story), ['stolen G6']);
});

test('G6: nothing starts under a lease that ran out, but what ran may end', () => {
  const late = two().lease('b', 'b', 6, 31_000).handle('a', 5, 1).handle('b', 6, 2, 3, 4);
  assert.deepEqual(rules(late), ['overlap G6']);
  const zombie = two().start('a', 5, 1).process('a', 'suspended').lease('b', 'b', 6, 31_000).start('b', 6, 1);
  zombie.end('b', 1).end('a', 1).handle('b', 6, 2, 3, 4);
  assert.deepEqual(rules(zombie), ['overlap G6 allowed', 'duplicate G5 allowed']);
});

test('a run that knows no generations is judged by what happened to its processes', () => {
  const bare = (kind: 'crashed' | 'left'): Story => {
    const story = new Story().sent(1).process('a', 'born');
    for (const process of ['a', 'b']) {
      story.entries.push({
        atMs: 0,
        kind: 'started',
        id: 'e1',
        partitionId,
        sequenceNumber: 1,
        process,
        generation: undefined,
        call: 1,
      });
      story.entries.push({
        atMs: 0,
        kind: 'finished',
        id: 'e1',
        partitionId,
        process,
        call: 1,
        outcome: 'handled',
      });
      if (process === 'a') story.process('a', kind);
    }
    return story;
  };
  assert.deepEqual(rules(bare('crashed')), ['duplicate G5 allowed']);
  assert.deepEqual(rules(bare('left')), ['duplicate G4']);
});

test('G4: a worker may not leave in order while it still handles an event that comes again', () => {
  const leave = (story: Story): Story =>
    story
      .start('a', 5, 1)
      .lease('a', '', 5)
      .process('a', 'left')
      .lease('b', 'b', 6)
      .handle('b', 6, 1, 2, 3, 4);
  assert.deepEqual(rules(leave(two())), ['duplicate G4']);
  const forced = new Story().sent(4).process('a', 'born').lease('a', 'a', 5).process('a', 'forced');
  assert.deepEqual(rules(leave(forced)), ['duplicate G4 allowed']);
});

test('G11: a number that was called empty must be no event, unless the event has expired by then', () => {
  const handled = (): Story =>
    new Story().sent(4, 'no order').process('a', 'born').lease('a', 'a', 5).handle('a', 5, 1, 2, 4);
  assert.deepEqual(rules(handled().gap('a', 3, 3)), ['gap G11', 'lost G1']);
  assert.deepEqual(rules(handled().excuse(3).gap('a', 3, 3)), []);
});

test('G11: a number that no event has is told before a checkpoint leaves it behind', () => {
  const silent = (): Story => two().handle('a', 5, 1, 2, 3, 4);
  assert.deepEqual(rules(silent().checkpoint('a', 5, 4)), []);
  assert.deepEqual(rules(silent().checkpoint('a', 5, 6)), ['gap G11', 'gap G11']);
  assert.deepEqual(rules(silent().gap('a', 5, 6).checkpoint('a', 5, 6)), []);
  assert.deepEqual(rules(silent().excuse(4).checkpoint('a', 5, 6)), [], 'below what expired');
});

test('G11: what nobody can read is a dead letter for that reason, and never handled', () => {
  const base = (flaw: 'broken' | 'unreadable'): Story => two().handle('a', 5, 1, 2, 3, 4).flawed(5, flaw);
  assert.deepEqual(rules(base('broken').letter(5, 'undecodable')), []);
  assert.deepEqual(
    rules(base('unreadable').start('a', 5, 5).end('a', 5, 'failed').letter(5, 'undecodable')),
    [],
  );
  assert.deepEqual(rules(base('unreadable').letter(5, 'exhausted')), ['misread G11']);
  assert.deepEqual(rules(base('unreadable').handle('a', 5, 5)), ['misread G11']);
  assert.deepEqual(rules(base('broken').handle('a', 5, 5)), ['misread G11', 'misread G11']);
  assert.deepEqual(rules(two().handle('a', 5, 1, 2, 3).letter(4, 'undecodable')), ['misread G11']);
});
