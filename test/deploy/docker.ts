// Docker for the image's test: Debian's package where it is not installed, a daemon where none answers, stand-ins for
// the base images, and the build itself. What the image must do is container.test.ts.
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustRun, runCommand } from '../../scripts/deploy/command.ts';

const repository = join(import.meta.dirname, '../..');
/** Made once for each version of Node, so that the layers on top of them stay cached. */
const STAND_INS = {
  build: `eventhub-worker-stand-in/build:${process.versions.node}`,
  runtime: `eventhub-worker-stand-in/runtime:${process.versions.node}`,
} as const;
const INSTALL_DEADLINE_MS = 5 * 60_000;
const DAEMON_DEADLINE_MS = 60_000;
const BUILD_DEADLINE_MS = 10 * 60_000;

/** The path of a Docker client with a daemon behind it. */
export async function readyDocker(): Promise<string> {
  if (!(await isInstalled('dockerd')) || !(await isInstalled('debootstrap'))) {
    const timeoutMs = INSTALL_DEADLINE_MS;
    await mustRun('apt-get', ['update', '-qq'], { timeoutMs });
    await mustRun('apt-get', ['install', '-y', '-qq', 'docker.io', 'debootstrap'], {
      timeoutMs,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  const docker = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
  if (!(await answers(docker))) await startDaemon(docker);
  return docker;
}

/** Builds the Dockerfile on stand-ins of its bases and returns the image's tag. */
export async function buildImage(docker: string): Promise<string> {
  for (const [kind, standIn] of Object.entries(STAND_INS)) {
    if ((await runCommand(docker, ['image', 'inspect', standIn])).exitCode === 0) continue;
    await mustRun(join(repository, 'test/deploy/stand-in-base.sh'), [kind, standIn, process.execPath], {
      env: { DOCKER: docker },
      timeoutMs: BUILD_DEADLINE_MS,
    });
  }
  const tag = 'eventhub-worker:test';
  const bases = [`NODE_IMAGE=${STAND_INS.build}`, `RUNTIME_IMAGE=${STAND_INS.runtime}`];
  const args = bases.flatMap((base) => ['--build-arg', base]);
  await mustRun(docker, ['build', '--network', 'host', '--tag', tag, ...args, repository], {
    env: { DOCKER_BUILDKIT: '1' },
    timeoutMs: BUILD_DEADLINE_MS,
  });
  return tag;
}

async function isInstalled(program: string): Promise<boolean> {
  return (await runCommand('sh', ['-c', `command -v ${program}`])).exitCode === 0;
}

async function answers(docker: string): Promise<boolean> {
  return (await runCommand(docker, ['info'])).exitCode === 0;
}

async function startDaemon(docker: string): Promise<void> {
  const log = openSync('/var/log/dockerd.log', 'a');
  // Left running: the next run finds it, and stopping it would stop containers that are not ours.
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref();
  const deadline = performance.now() + DAEMON_DEADLINE_MS;
  while (!(await answers(docker))) {
    if (performance.now() > deadline) throw new Error('dockerd does not answer; see /var/log/dockerd.log');
    await sleep(250);
  }
}
