// A real Prometheus (Debian's, unpacked) for tests: scrapes the given targets every second, evaluates the given rules,
// answers queries. In a directory of its own, on a free port of the loopback address.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { tool } from '../../scripts/deploy/tools.ts';

const START_DEADLINE_MS = 30_000;

export interface ScrapeTarget {
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Prometheus {
  /** The samples of an instant query; fails with Prometheus' own words when it is refused. */
  query(expr: string): Promise<readonly unknown[]>;
  /** Every rule with its health: unknown, ok or err. */
  rules(): Promise<
    readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]
  >;
  stop(): Promise<void>;
}

export async function startPrometheus(
  job: string,
  targets: readonly ScrapeTarget[],
  rules: string,
): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'eventhub-worker-prometheus-'));
  await writeFile(join(directory, 'rules.yaml'), rules);
  await writeFile(
    join(directory, 'prometheus.yaml'),
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        {
          job_name: job,
          static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
        },
      ],
    }),
  );
  const port = await freePort();
  const child = spawn(
    await tool('prometheus'),
    [
      `--config.file=${join(directory, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const api = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/api/v1/${path}`);
    const body = (await response.json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: Readonly<Record<string, unknown>>;
    };
    if (body.status !== 'success') throw new Error(`Prometheus: ${body.error ?? response.statusText}`);
    return body.data;
  };
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await fetch(`http://127.0.0.1:${String(port)}/-/ready`).catch(() => undefined))?.ok) {
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error('Prometheus did not start; its words are above');
    }
    await sleep(100);
  }
  return {
    query: async (expr) => {
      const { result } = await api(`query?query=${encodeURIComponent(expr)}`);
      return Array.isArray(result) ? result : [];
    },
    rules: async () => {
      const { groups } = (await api('rules')) as {
        readonly groups: readonly { readonly rules: Awaited<ReturnType<Prometheus['rules']>> }[];
      };
      return groups.flatMap((group) => group.rules);
    },
    stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
