// Checks of the rendered objects: against the schemas of the API, and against the customs of well-behaved workloads.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ciValueFiles, renderChart, repository } from '../chart.ts';
import { mustRun, runCommand } from '../command.ts';
import { kubernetesVersions, schemaLocation } from '../schemas.ts';
import { tool } from '../tools.ts';
import { refuse } from './deploy-check.ts';
import type { DeployCheck } from './deploy-check.ts';

/** kube-score's tests that do not hold for this workload, and why. */
const NOT_FOR_US: ReadonlyMap<string, string> = new Map([
  [
    'container-image-pull-policy',
    'tags are never moved and "latest" is refused; pulling again proves nothing',
  ],
  [
    'deployment-has-host-podantiaffinity',
    'topology spread constraints do it and still schedule on few nodes',
  ],
  ['deployment-replicas', 'one replica is a fair choice: the log is durable and a gap only delays'],
  ['horizontalpodautoscaler-replicas', 'the same: one replica is the smallest useful number'],
  ['pod-networkpolicy', 'the chart cannot know what a handler talks to, so the policy is opt-in'],
  ['pod-probes', 'the test pod runs once; the probes of the worker are claims of the chart tests'],
]);

export const manifestChecks: readonly DeployCheck[] = [
  {
    name: 'kubeconform -strict at the oldest and the newest Kubernetes',
    remedy: 'correct the field that kubeconform names; the schemas are closed, so a misspelling fails too',
    run: async () => {
      const counts: string[] = [];
      for (const version of Object.values(kubernetesVersions)) counts.push(await conform(version));
      return counts.join('; ');
    },
  },
  {
    name: 'kube-score',
    remedy: 'correct the template, or add the test with its reason to NOT_FOR_US in checks/manifests.ts',
    run: scoreEveryRendering,
  },
  {
    name: 'kustomize build of k8s/',
    remedy: 'correct kustomization.yaml of the overlay',
    run: buildOverlays,
  },
];

async function conform(kubernetesVersion: string): Promise<string> {
  const location = await schemaLocation(kubernetesVersion);
  const problems: string[] = [];
  let objects = 0;
  for (const valuesFile of await ciValueFiles()) {
    const input = await renderChart({ helm: 'helm4', valuesFile, kubernetesVersion });
    const args = ['-strict', '-summary', '-output', 'json', '-schema-location', location, '-'];
    const { exitCode, stdout, stderr } = await runCommand(await tool('kubeconform'), args, { input });
    if (exitCode !== 0) problems.push(`${basename(valuesFile)}:\n${stdout}${stderr}`);
    objects += Number(/"valid": (\d+)/.exec(stdout)?.[1] ?? 0);
  }
  refuse(problems);
  return `${kubernetesVersion}: ${String(objects)} objects`;
}

async function scoreEveryRendering(): Promise<string> {
  const problems: string[] = [];
  const files = await ciValueFiles();
  for (const valuesFile of files) {
    const input = await renderChart({
      helm: 'helm4',
      valuesFile,
      kubernetesVersion: kubernetesVersions.oldest,
    });
    const version = /^\d+\.\d+/.exec(kubernetesVersions.oldest)?.[0] ?? '';
    const ignored = [...NOT_FOR_US.keys()].flatMap((test) => ['--ignore-test', test]);
    // Throttling delays lease renewals, so no container has a CPU limit.
    const args = ['score', '--kubernetes-version', `v${version}`, '--ignore-container-cpu-limit'];
    const format = ['--exit-one-on-warning', '--output-format', 'ci', '-'];
    const command = [...args, ...ignored, ...format];
    const { exitCode, stdout, stderr } = await runCommand(await tool('kubeScore'), command, { input });
    const bad = stdout.split('\n').filter((line) => /^\[(WARNING|CRITICAL)\]/.test(line));
    if (exitCode !== 0) problems.push(`${basename(valuesFile)}:`, ...bad, stderr.trim());
  }
  refuse(problems);
  return `${String(files.length)} value files, ${String(NOT_FOR_US.size)} tests do not apply`;
}

async function buildOverlays(): Promise<string> {
  const location = await schemaLocation(kubernetesVersions.newest);
  const directory = await mkdtemp(join(tmpdir(), 'eventhub-worker-overlays-'));
  try {
    const found: string[] = [];
    for (const overlay of ['keda', 'hpa']) {
      const built = await mustRun(await tool('kustomize'), ['build', join(repository, 'k8s', overlay)]);
      const file = join(directory, `${overlay}.yaml`);
      await writeFile(file, built.stdout);
      await mustRun(await tool('kubeconform'), ['-strict', '-schema-location', location, file]);
      found.push(`${overlay} ${String(built.stdout.split(/^---$/m).length)} objects`);
    }
    return found.join(', ');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
