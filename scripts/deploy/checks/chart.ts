// Checks of the chart as Helm sees it: lint, rendering by both majors, and the chart's own tests.
import { isDeepStrictEqual } from 'node:util';
import { basename } from 'node:path';
import { chartDirectory, ciValueFiles, manifestsOf, renderChart } from '../chart.ts';
import type { HelmName } from '../chart.ts';
import { mustRun, runCommand } from '../command.ts';
import { kubernetesVersions } from '../schemas.ts';
import { tool } from '../tools.ts';
import { refuse } from './deploy-check.ts';
import type { DeployCheck } from './deploy-check.ts';

const HELMS: readonly HelmName[] = ['helm3', 'helm4'];

export const chartChecks: readonly DeployCheck[] = [
  {
    name: 'helm lint --strict with Helm 3 and 4',
    remedy: 'correct the template or the value file that Helm names',
    run: lintEveryValueFile,
  },
  {
    name: 'helm template with Helm 3 and 4 at the oldest and the newest Kubernetes',
    remedy: 'make the template render the same objects with both majors of Helm',
    run: renderWithBothMajors,
  },
  {
    name: 'chart tests (helm-unittest)',
    remedy: 'correct the template, or the claim in helm/eventhub-worker/tests',
    run: async () => {
      const { stdout } = await mustRun(await tool('helmUnittest'), ['--strict', chartDirectory]);
      return /Tests:\s+(.*)/.exec(stdout)?.[1] ?? 'no summary';
    },
  },
];

async function lintEveryValueFile(): Promise<string> {
  const problems: string[] = [];
  const files = await ciValueFiles();
  for (const helm of HELMS) {
    for (const file of files) {
      const args = ['lint', '--strict', chartDirectory, '--values', file];
      const version = ['--kube-version', kubernetesVersions.newest];
      const { exitCode, stdout, stderr } = await runCommand(await tool(helm), [...args, ...version]);
      if (exitCode !== 0) problems.push(`${helm} ${basename(file)}:\n${stdout}${stderr}`);
    }
  }
  refuse(problems);
  return `${String(files.length)} value files`;
}

async function renderWithBothMajors(): Promise<string> {
  const problems: string[] = [];
  let objects = 0;
  for (const valuesFile of await ciValueFiles()) {
    for (const kubernetesVersion of Object.values(kubernetesVersions)) {
      const [byHelm3, byHelm4] = await Promise.all(
        HELMS.map(async (helm) => manifestsOf(await renderChart({ helm, valuesFile, kubernetesVersion }))),
      );
      objects += byHelm4?.length ?? 0;
      const where = `${basename(valuesFile)} at Kubernetes ${kubernetesVersion}`;
      if ((byHelm4?.length ?? 0) === 0) problems.push(`${where}: nothing was rendered`);
      if (!isDeepStrictEqual(inOrder(byHelm3), inOrder(byHelm4))) {
        problems.push(`${where}: Helm 3 and Helm 4 render different objects`);
      }
    }
  }
  refuse(problems);
  return `${String(objects)} objects, the same by both`;
}

// The majors order objects of one kind differently; their content is what matters.
function inOrder(objects: readonly unknown[] = []): readonly string[] {
  return objects.map((object) => JSON.stringify(object)).sort();
}
