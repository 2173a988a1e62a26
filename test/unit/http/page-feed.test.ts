import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLoopProbe } from '../../../src/http/event-loop-probe.ts';
import { maxPages } from '../../../src/http/event-stream.ts';
import type { PageConnection } from '../../../src/http/event-stream.ts';
import { PageFeed } from '../../../src/http/page-feed.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { workerStatus } from '../../support/worker-status.ts';

/** A browser's connection: keeps what it is sent; reads nothing when `writableLength` says so. */
class Page implements PageConnection {
  writableLength = 0;
  text = '';
  isEnded = false;
  readonly #onClose: (() => void)[] = [];

  writeHead(): void {}

  write(text: string): void {
    this.text += text;
  }

  end(): void {
    this.isEnded = true;
    this.leave();
  }

  destroy(): void {
    this.end();
  }

  on(event: 'close' | 'error', listener: () => void): void {
    if (event === 'close') this.#onClose.push(listener);
  }

  leave(): void {
    for (const listener of this.#onClose) listener();
  }

  /** Names of the events since the last call. */
  events(): readonly string[] {
    const names = this.text.match(/^event: \w+/gm) ?? [];
    this.text = '';
    return names.map((line) => line.slice('event: '.length));
  }
}

function feedOf(ends: (signal: AbortSignal) => Promise<ReadonlyMap<string, number>>) {
  const clock = new ManualClock();
  const counted = { snapshots: 0, endsAsked: 0 };
  const changes = [{ atMs: 1, partitionId: '0', change: 'lost', generation: 1, why: '' }];
  const feed = new PageFeed({
    clock,
    probe: new EventLoopProbe(clock),
    status: () => {
      counted.snapshots += 1;
      return workerStatus({
        leases: [
          { partitionId: '9', ownerId: 'w-2', generation: 1, requestedBy: '', isLive: true, checkpoint: 5 },
        ],
      });
    },
    history: { leaseChanges: () => changes, deadLetters: () => [], lagOf: () => [] },
    about: {},
    partitionEnds: (signal) => {
      counted.endsAsked += 1;
      return ends(signal);
    },
  });
  const open = () => {
    const page = new Page();
    feed.open(page, {});
    return page;
  };
  return { feed, clock, counted, changes, open };
}

const noEnds = () => Promise.resolve(new Map<string, number>());

describe('page feed', () => {
  it('sends everything at once, then a snapshot every 2 s, and recent entries only when there are new ones', () => {
    const { clock, changes, open } = feedOf(noEnds);
    const first = open();
    assert.deepEqual(first.events(), ['about', 'lag', 'recent', 'state']);
    clock.advance(4000);
    assert.deepEqual(first.events(), ['state', 'state']);
    changes.unshift({ atMs: 2, partitionId: '0', change: 'received', generation: 2, why: '' });
    const second = open();
    second.events();
    clock.advance(2000);
    assert.deepEqual(first.events(), ['recent', 'state']);
    clock.advance(2000);
    assert.deepEqual([first.events(), second.events()], [['state'], ['recent', 'state', 'state']]);
  });

  it('does nothing at all while no page is open', () => {
    const { clock, counted, open } = feedOf(noEnds);
    clock.advance(600_000);
    assert.deepEqual(counted, { snapshots: 0, endsAsked: 0 });
    const page = open();
    clock.advance(20_000);
    assert.equal(counted.endsAsked, 2);
    page.leave();
    const { snapshots } = counted;
    clock.advance(600_000);
    assert.deepEqual(counted, { snapshots, endsAsked: 2 });
  });

  it('shows the lag of partitions elsewhere once their ends are known, and as unknown when they cannot be read', async () => {
    let isReachable = true;
    const { clock, open } = feedOf(() =>
      isReachable ? Promise.resolve(new Map([['9', 25]])) : Promise.reject(new Error('no answer')),
    );
    const page = open();
    const lagShown = async () => {
      await Promise.resolve();
      page.text = '';
      clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
      page.text = '';
      clock.advance(2000);
      return /"lagEvents":(\w+)/.exec(page.text)?.[1];
    };
    assert.equal(await lagShown(), '20');
    isReachable = false;
    assert.equal(await lagShown(), 'null');
  });

  it('gives up a question about the ends when the last page leaves', () => {
    const asked: AbortSignal[] = [];
    const { clock, open } = feedOf((signal) => {
      asked.push(signal);
      return new Promise(() => {});
    });
    const page = open();
    clock.advance(2000);
    page.leave();
    assert.deepEqual(
      asked.map(({ aborted }) => aborted),
      [true],
    );
  });

  it('takes a bounded number of pages, and ends them all on close', () => {
    const { feed, open } = feedOf(noEnds);
    const pages = Array.from({ length: maxPages }, open);
    assert.equal(feed.isFull, true);
    pages[0]?.leave();
    assert.equal(feed.isFull, false);
    feed.close();
    assert.deepEqual(
      pages.slice(1).filter(({ isEnded }) => !isEnded),
      [],
    );
  });

  it('cuts off a page that does not read, so that it holds no memory', () => {
    const { clock, open } = feedOf(noEnds);
    const [stuck, other] = [open(), open()];
    stuck.writableLength = 2 * 1024 * 1024;
    clock.advance(2000);
    assert.deepEqual([stuck.isEnded, other.isEnded], [true, false]);
  });
});
