// A real HTTP proxy in a process of its own, which tells what it was asked for.

import { fork } from 'node:child_process';
import type { TestContext } from 'node:test';

export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of each CONNECT, in order. */
  readonly targets: readonly string[];
}

export interface ConnectProxyOptions {
  /** `user:password` without which it answers 407. */
  readonly userinfo?: string;
  /** It answers every CONNECT with this status. */
  readonly refusal?: number;
}

/** Ends with the test. */
export async function startConnectProxy(
  t: TestContext,
  { userinfo = '', refusal }: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const child = fork(new URL('connect-proxy-process.ts', import.meta.url), [
    userinfo,
    refusal === undefined ? '' : String(refusal),
  ]);
  t.after(() => child.kill());
  const targets: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: { readonly port?: number; readonly target?: string }) => {
      if (message.port !== undefined) resolve(message.port);
      if (message.target !== undefined) targets.push(message.target);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the proxy ended with exit code ${String(code)}`)));
  });
  return { port, targets };
}
