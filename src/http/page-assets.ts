// The operator page's files: read once at start, served from memory under a content security policy that allows nothing
// from elsewhere and nothing inline.

import { readFile } from 'node:fs/promises';
import { WorkerError } from '../engine/errors.ts';

export interface PageAsset {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Path -> file in page/ and its type. There is no directory listing and no other way to a file. */
const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page/phone.css', 'phone.css', 'text/css; charset=utf-8'],
  ['/page/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page/chart.js', 'chart.js', 'text/javascript; charset=utf-8'],
  ['/page/format.js', 'format.js', 'text/javascript; charset=utf-8'],
  ['/page/attention.js', 'attention.js', 'text/javascript; charset=utf-8'],
  ['/page/tables.js', 'tables.js', 'text/javascript; charset=utf-8'],
  ['/page/rows.js', 'rows.js', 'text/javascript; charset=utf-8'],
  ['/page/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Rejects when a file is missing: then the installation is broken. */
export async function readPageAssets(): Promise<readonly PageAsset[]> {
  return Promise.all(
    files.map(async ([path, file, contentType]) => {
      const body = await readFile(new URL(`./page/${file}`, import.meta.url)).catch((cause: unknown) => {
        throw new WorkerError(
          'EHW_BAD_USAGE',
          { reason: `This installation lacks src/http/page/${file}. Install it again.` },
          { cause },
        );
      });
      return { path, contentType, body };
    }),
  );
}
