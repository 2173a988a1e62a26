// A program of ours on one of the official SDKs: properties, keys, large events, positions, and thousands of events on one
// link to every partition. Each is installed into a folder of the system's temporary directory, kept for the next run.

import { access, cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../command.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

const installTimeoutMs = 5 * 60_000;

export interface Peer {
  readonly language: string;
  /** Package and version of the SDK. */
  readonly sdk: string;
  readonly version: string;
  /** A loopback address of its own with the default port: the Java and KEDA clients take no port in the Endpoint. */
  readonly host: string;
  /** Settles with a command that runs the peer with the arguments it is given. */
  install(): Promise<readonly [file: string, args: readonly string[]]>;
}

export const peers: readonly Peer[] = [
  {
    language: 'JavaScript',
    sdk: '@azure/event-hubs',
    version: '6.0.4',
    host: '127.0.0.71',
    install: async () => [process.execPath, [join(here, 'javascript-peer.ts')]],
  },
  {
    language: 'Go',
    sdk: 'azeventhubs',
    version: '2.0.2',
    host: '127.0.0.72',
    install: async () => goProgram('.'),
  },
  {
    language: 'Python',
    sdk: 'azure-eventhub',
    version: '5.15.1',
    host: '127.0.0.73',
    install: async () => pythonProgram('peer.py'),
  },
  {
    language: 'Java',
    sdk: 'azure-messaging-eventhubs',
    version: '5.20.4',
    host: '127.0.0.74',
    install: async () => javaProgram('Peer'),
  },
];

/** The command of one of the Go programs: its folder, `.` for the first. */
export async function goProgram(path: string): Promise<readonly [file: string, args: readonly string[]]> {
  const folder = await copied('go', path === '.' ? 'go' : path);
  const build = ['build', '-o', 'peer', `./${path}`];
  await mustRun('go', build, { cwd: folder, timeoutMs: installTimeoutMs });
  return [join(folder, 'peer'), []];
}

/** The command of one of the Python programs. */
export async function pythonProgram(name: string): Promise<readonly [file: string, args: readonly string[]]> {
  const folder = await copied('python');
  const python = await pythonWith(join(folder, 'venv'), ['azure-eventhub==5.15.1']);
  return [python, [join(folder, name)]];
}

/** The command of one of the Java programs, with everything they need. */
export async function javaProgram(
  mainClass: string,
): Promise<readonly [file: string, args: readonly string[]]> {
  const folder = await copied('java', mainClass);
  const goals = ['-q', '-B', 'compile', 'dependency:copy-dependencies'];
  await mustRun('mvn', goals, { cwd: folder, timeoutMs: installTimeoutMs });
  return ['java', ['-cp', `${folder}/target/classes:${folder}/target/dependency/*`, mainClass]];
}

/** A virtual environment with packages; its interpreter. */
export async function pythonWith(venv: string, packages: readonly string[]): Promise<string> {
  const python = join(venv, 'bin/python');
  const isThere = await access(python).then(
    () => true,
    () => false,
  );
  if (!isThere) await mustRun('python3', ['-m', 'venv', venv], { timeoutMs: installTimeoutMs });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  await mustRun(python, install, { timeoutMs: installTimeoutMs });
  return python;
}

/** `purpose` tells folders apart in which programs of one language are built side by side. */
async function copied(name: string, purpose = name): Promise<string> {
  const folder = join(tmpdir(), `foreign-peer-${purpose.toLowerCase()}`);
  await mkdir(folder, { recursive: true });
  await cp(join(here, name), folder, { recursive: true });
  return folder;
}
