// Where the deployment checks' tools come from: Go tools are built at a pinned version from the Go module
// proxy, Prometheus is unpacked from Debian's package. Everything lands in one cache directory outside the
// checkout and is built once. Run directly, it fills the cache: node scripts/deploy/tools.ts
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from './command.ts';

interface GoTool {
  /** The main package; the binary is named after its last element unless `binary` says otherwise. */
  readonly mainPackage: string;
  readonly version: string;
  readonly binary: string;
}

// Versions whose go.mod has no replace block, because `go install path@version` refuses one that has.
const GO_TOOLS = {
  helm3: { mainPackage: 'helm.sh/helm/v3/cmd/helm', version: 'v3.21.4', binary: 'helm' },
  helm4: { mainPackage: 'helm.sh/helm/v4/cmd/helm', version: 'v4.2.4', binary: 'helm' },
  helmUnittest: {
    mainPackage: 'github.com/helm-unittest/helm-unittest/cmd/helm-unittest',
    version: 'v1.0.0',
    binary: 'helm-unittest',
  },
  kubeconform: {
    mainPackage: 'github.com/yannh/kubeconform/cmd/kubeconform',
    version: 'v0.7.0',
    binary: 'kubeconform',
  },
  kustomize: {
    mainPackage: 'sigs.k8s.io/kustomize/kustomize/v5',
    version: 'v5.8.1',
    binary: 'kustomize',
  },
  kubeScore: {
    mainPackage: 'github.com/zegl/kube-score/cmd/kube-score',
    version: 'v1.20.0',
    binary: 'kube-score',
  },
} as const satisfies Record<string, GoTool>;

export type ToolName = keyof typeof GO_TOOLS | 'promtool' | 'prometheus';

const BUILD_DEADLINE_MS = 20 * 60_000;

/** Outside the checkout, so that a clean checkout is still warm. */
export function toolCache(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'eventhub-worker-tools');
}

/** The path of a tool's binary, building or unpacking it first when the cache does not have it. */
export async function tool(name: ToolName): Promise<string> {
  if (name === 'promtool' || name === 'prometheus') return debianPrometheus(name);
  return goTool(GO_TOOLS[name]);
}

/** The directory of a module's source, downloaded through the Go proxy (the shared module cache keeps it). */
export async function goModule(path: string, version: string): Promise<string> {
  const { stdout } = await mustRun('go', ['mod', 'download', '-json', `${path}@${version}`], {
    // Outside any module: a go.mod of the checkout must not have a say in the version.
    cwd: await cacheDirectory(),
    timeoutMs: BUILD_DEADLINE_MS,
  });
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === 'object' && answer !== null && 'Dir' in answer && typeof answer.Dir === 'string') {
    return answer.Dir;
  }
  throw new Error(`go mod download ${path}@${version} named no directory:\n${stdout}`);
}

async function goTool({ mainPackage, version, binary }: GoTool): Promise<string> {
  const cache = await cacheDirectory();
  const home = join(cache, `${binary}-${version}`);
  const path = join(home, binary);
  if (existsSync(path)) return path;
  await buildBeside(home, async (directory) => {
    await mustRun('go', ['install', '-trimpath', '-ldflags=-s -w', `${mainPackage}@${version}`], {
      cwd: cache,
      env: { GOBIN: directory, CGO_ENABLED: '0' },
      timeoutMs: BUILD_DEADLINE_MS,
    });
  });
  return path;
}

// The package is unpacked, not installed: installing it would start a Prometheus on port 9090.
async function debianPrometheus(binary: 'promtool' | 'prometheus'): Promise<string> {
  const home = join(await cacheDirectory(), 'debian-prometheus');
  const path = join(home, 'usr', 'bin', binary);
  if (existsSync(path)) return path;
  await buildBeside(home, async (directory) => {
    await mustRun('apt-get', ['download', 'prometheus'], { cwd: directory });
    const packages = (await readdir(directory)).filter((name) => name.endsWith('.deb'));
    for (const name of packages) {
      await mustRun('dpkg-deb', ['-x', name, directory], { cwd: directory });
      await rm(join(directory, name));
    }
  });
  return path;
}

// Built in a directory of its own and moved into place, so that a build that was cut off leaves nothing that looks done.
async function buildBeside(home: string, build: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(`${home}.building-`);
  try {
    await build(directory);
    await rename(directory, home);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}

async function cacheDirectory(): Promise<string> {
  const cache = toolCache();
  await mkdir(cache, { recursive: true });
  return cache;
}

/** Every tool, built or unpacked when the cache lacks it; told one by one as it is there. */
export async function everyTool(
  tell: (name: ToolName, seconds: number, path: string) => void,
): Promise<readonly ToolName[]> {
  const names = [...typedKeys(GO_TOOLS), 'promtool'] as const;
  for (const name of names) {
    const startedMs = performance.now();
    const path = await tool(name);
    tell(name, (performance.now() - startedMs) / 1000, path);
  }
  return names;
}

function typedKeys<Key extends string>(object: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(object) as Key[];
}

if (import.meta.main) {
  await everyTool((name, seconds, path) => {
    process.stdout.write(`${name.padEnd(14)}${seconds.toFixed(1).padStart(7)} s  ${path}\n`);
  });
}
