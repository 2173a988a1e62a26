// Takes the pictures of the operator page:
//   node test/e2e/page/screenshots.ts            docs/operator-page.png
//   node test/e2e/page/screenshots.ts FOLDER     phone, desktop and dark, for looking at them

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from '../../support/chromium.ts';
import { startDemo } from './demo-server.ts';

interface Picture {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  readonly isFullPage: boolean;
  readonly size: { readonly partitions: number; readonly workers: number };
}

/** Half the partitions here, half elsewhere, all on one screen. */
const readme = { partitions: 8, workers: 2 };
const small = { partitions: 12, workers: 4 };
const large = { partitions: 32, workers: 8 };
const [folder] = process.argv.slice(2);
const lookMs = folder === undefined ? 90_000 : 7000;
const docs = join(import.meta.dirname, '../../../docs/operator-page.png');
const pictures: readonly Picture[] =
  folder === undefined
    ? [{ path: docs, width: 1280, height: 900, scheme: 'light', isFullPage: false, size: readme }]
    : [
        {
          path: join(folder, 'desktop.png'),
          width: 1280,
          height: 900,
          scheme: 'light',
          isFullPage: true,
          size: small,
        },
        {
          path: join(folder, 'dark.png'),
          width: 1280,
          height: 900,
          scheme: 'dark',
          isFullPage: true,
          size: large,
        },
        {
          path: join(folder, 'phone.png'),
          width: 390,
          height: 844,
          scheme: 'light',
          isFullPage: true,
          size: small,
        },
        {
          path: join(folder, 'phone-dark.png'),
          width: 390,
          height: 844,
          scheme: 'dark',
          isFullPage: false,
          size: small,
        },
      ];
if (folder !== undefined) await mkdir(folder, { recursive: true });
for (const picture of pictures) await take(picture);

async function take({ path, width, height, scheme, isFullPage, size }: Picture): Promise<void> {
  const http = await startDemo(size);
  const { context, close } = await openBrowser({
    viewport: { width, height },
    colorScheme: scheme,
    deviceScaleFactor: 1,
  });
  try {
    const page = await context.newPage();
    await page.goto(http.url);
    await page
      .locator('#partition-rows tr')
      .nth(size.partitions - 1)
      .waitFor();
    // Rates need two snapshots, other workers' lag the answer that comes with them.
    await page.waitForTimeout(lookMs);
    await page.screenshot({ path, fullPage: isFullPage });
    console.log(path);
  } finally {
    await close();
    await http.close();
  }
}
