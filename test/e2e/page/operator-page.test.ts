import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { WorkerStatus } from '../../../src/engine/status.ts';
import type { HttpOptions } from '../../../src/http/server.ts';
import { browserFor, findChromium } from '../../support/chromium.ts';
import { partitionStatus, workerStatus } from '../../support/worker-status.ts';
import { startDemo } from './demo-server.ts';

const skip = findChromium() === undefined ? 'no Chromium here: install it or set CHROMIUM' : false;
const waitMs = 20_000;
/** What has the focus, as its text. The page's code is given as text: the browser's types are not this program's. */
const focused = 'document.activeElement.textContent';
const poorContrasts = readFileSync(join(import.meta.dirname, 'poor-contrasts.js'), 'utf8');

interface Watched {
  readonly page: Page;
  readonly url: string;
  /** Console errors and warnings, uncaught errors, violations of the content security policy. */
  readonly complaints: string[];
  readonly hosts: Set<string>;
}

async function watchedPage(
  t: TestContext,
  changes: Partial<HttpOptions> = {},
  browser: BrowserContextOptions = {},
): Promise<Watched> {
  const http = await startDemo({ partitions: 12, workers: 3 }, changes);
  t.after(() => http.close());
  const context = await browserFor(t, browser);
  const page = await context.newPage();
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(http.url);
  await page.locator('#connection[data-state="live"]').waitFor({ timeout: waitMs });
  return { page, url: http.url, complaints, hosts };
}

describe('operator page', { skip, timeout: 120_000 }, () => {
  it('shows the whole group, without a console error and without a request to another host', async (t) => {
    const { page, url, complaints, hosts } = await watchedPage(t);
    assert.equal(await page.title(), 'orders \u00b7 fulfilment');
    assert.equal(await page.locator('#partition-rows tr').count(), 12);
    const first = page.locator('#partition-rows tr').first();
    assert.match(await first.innerText(), /^0\s+x2k4q\s+running/);
    assert.match(
      await first.locator('svg title').innerHTML(),
      /^Lag over 15 minutes: now \d+, highest \d+ events$/,
    );
    assert.match(
      (await first.locator('path.line').getAttribute('d')) ?? '',
      /^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){80,}$/,
    );
    assert.match(await page.locator('#partition-rows tr').nth(1).innerText(), /^1\s+b7m9d\s+elsewhere/);
    assert.equal(await page.locator('#member-rows tr').count(), 3);
    assert.match(await page.locator('#lease-changes li').first().innerText(), /Partition 9 handed-over/);
    assert.match(await page.locator('#dead-letters li').first().innerText(), /Event 4\/48211 invalid/);
    await page.getByText('Configuration').click();
    assert.match(await page.locator('#configuration').innerText(), /SharedAccessKey=\*\*\*/);
    assert.deepEqual(complaints, []);
    assert.deepEqual([...hosts], [new URL(url).host]);
  });

  it('is served under a policy that runs nothing inline and loads nothing from elsewhere', async (t) => {
    const { page, url } = await watchedPage(t);
    const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    // The browser itself is asked: an inline script put into the page must not run.
    const ran = await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.body.append(script);
      'inlineRan' in window;
    `);
    assert.equal(ran, false);
  });

  it('updates by itself: rows, warnings and new lease changes, keeping the focus where it is', async (t) => {
    let status: WorkerStatus = workerStatus({
      partitionsTotal: 2,
      partitions: [partitionStatus('0', { lagEvents: 5 }), partitionStatus('1')],
    });
    const leaseChanges = [{ atMs: 1, partitionId: '0', change: 'claimed-free', generation: 1, why: 'free' }];
    const history = { leaseChanges: () => leaseChanges, deadLetters: () => [], lagOf: () => [] };
    const { page, complaints } = await watchedPage(t, { status: () => status, history });
    assert.match(await page.locator('#attention-title').innerText(), /All is well/);
    await page.getByRole('button', { name: 'Owner' }).focus();
    status = workerStatus({
      partitionsTotal: 2,
      partitions: [partitionStatus('0', { lagEvents: 1234, stalled: true })],
    });
    leaseChanges.unshift({ atMs: 2, partitionId: '1', change: 'lost', generation: 2, why: '<b>w-2</b>' });
    await page.getByText('1,234', { exact: true }).first().waitFor({ timeout: waitMs });
    assert.equal(await page.locator('#partition-rows tr').count(), 1);
    assert.match(await page.locator('#attention').innerText(), /No progress on partition 0/);
    assert.equal(await page.locator('#attention').getAttribute('data-level'), 'bad');
    assert.match(
      await page.locator('#lease-changes li').first().innerText(),
      /Partition 1 lost\s+<b>w-2<\/b>/,
    );
    assert.equal(await page.evaluate(focused), 'Owner');
    assert.deepEqual(complaints, []);
  });

  it('says that its numbers are old when the worker is gone, and comes back by itself', async (t) => {
    const first = await startDemo({ partitions: 4, workers: 1 });
    t.after(() => first.close());
    const page = await (await browserFor(t)).newPage();
    await page.goto(first.url);
    await page.locator('#connection[data-state="live"]').waitFor({ timeout: waitMs });
    await first.close();
    await page.getByText(/no update for/).waitFor({ timeout: waitMs });
    const second = await startDemo({ partitions: 4, workers: 1 }, { port: first.port });
    t.after(() => second.close());
    await page.locator('#connection[data-state="live"]').waitFor({ timeout: waitMs });
  });

  it('is worked with the keyboard: skip link, sorting announced, scrolling regions reachable', async (t) => {
    const { page } = await watchedPage(t);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(focused), 'Skip to the partitions');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    for (let tabs = 0; tabs < 3; tabs += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('th[data-sort="lagEvents"]').getAttribute('aria-sort'), 'descending');
    const lags = await page.locator('#partition-rows td.lag').allInnerTexts();
    const numbers = lags.filter((text) => text !== '\u2013').map((text) => Number(text.replaceAll(',', '')));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => b - a),
    );
    const unnamed = page.locator(
      'button:not(:has-text("")), th:not([scope]), svg[role=img]:not(:has(title))',
    );
    assert.equal(await unnamed.count(), 0);
  });

  for (const [name, width] of [
    ['phone', 360],
    ['tablet', 820],
    ['desktop', 1440],
  ] as const) {
    it(`fits the width of a ${name}`, async (t) => {
      const { page } = await watchedPage(t, {}, { viewport: { width, height: 800 } });
      await page.locator('#partition-rows tr').nth(11).waitFor();
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `${overflow} px too wide`);
    });
  }

  for (const scheme of ['light', 'dark'] as const) {
    it(`keeps text readable in the ${scheme} scheme: contrast of at least 4.5`, async (t) => {
      const { page } = await watchedPage(t, {}, { colorScheme: scheme });
      await page.locator('#partition-rows tr').nth(11).waitFor();
      assert.deepEqual(await page.evaluate(poorContrasts), []);
    });
  }

  it('costs little with 32 partitions and 8 workers: < 50 ms in the browser per update, < 1 % of a core here', async (t) => {
    const server = fork(join(import.meta.dirname, 'demo-server.ts'), { env: { ...process.env, PORT: '0' } });
    t.after(() => server.kill());
    const [url] = await once(server, 'message');
    assert.ok(typeof url === 'string');
    const page = await (await browserFor(t)).newPage();
    await page.goto(url);
    await page.locator('#partition-rows tr').nth(31).waitFor({ timeout: waitMs });
    const profiler = await page.context().newCDPSession(page);
    // CPU time of the thread: wall time would measure how busy this machine is.
    await profiler.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
    await profiler.send('Performance.enable');
    const mainThreadMs = async () => {
      const { metrics } = await profiler.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
    };
    const serverCpuMs = async () => {
      server.send('cpu');
      const [cpuMs] = await once(server, 'message');
      return Number(cpuMs);
    };
    const updates = 5;
    const before = [await mainThreadMs(), await serverCpuMs(), performance.now()] as const;
    await page.waitForTimeout(updates * 2000);
    const perUpdateMs = ((await mainThreadMs()) - before[0]) / updates;
    const share = ((await serverCpuMs()) - before[1]) / (performance.now() - before[2]);
    t.diagnostic(
      `main thread ${perUpdateMs.toFixed(1)} ms per update, worker ${(share * 100).toFixed(2)} % of a core`,
    );
    assert.ok(perUpdateMs < 50, `${perUpdateMs} ms`);
    assert.ok(share < 0.01, `${share * 100} %`);
  });
});
