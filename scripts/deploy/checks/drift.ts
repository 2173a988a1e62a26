// Checks that files the repository keeps are what their generators write.
import { generateChartFiles } from '../generate-chart.ts';
import { driftOf } from '../generated-files.ts';
import { generateManifests } from '../generate-manifests.ts';
import type { GeneratedFiles } from '../generated-files.ts';
import { refuse } from './deploy-check.ts';
import type { DeployCheck } from './deploy-check.ts';

export const driftChecks: readonly DeployCheck[] = [
  {
    name: 'chart files are as generated',
    remedy: 'run node scripts/deploy/generate-chart.ts and commit what it writes',
    run: async () => unchanged(await generateChartFiles()),
  },
  {
    name: 'k8s/ is as rendered from the chart',
    remedy: 'run node scripts/deploy/generate-manifests.ts and commit what it writes',
    run: async () => unchanged(await generateManifests()),
  },
];

async function unchanged(files: GeneratedFiles): Promise<string> {
  refuse(await driftOf(files));
  return `${String(files.size)} files`;
}
