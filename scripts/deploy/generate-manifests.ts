// Writes k8s/: the chart's output as plain manifests for `kubectl apply -k`, one overlay per autoscaler. With --check it
// writes nothing and fails when a file differs. What to edit in an overlay is said in its kustomization.yaml, which is
// written by hand.
import { join } from 'node:path';
import { renderChart, repository } from './chart.ts';
import { driftOf, writeFiles } from './generated-files.ts';
import type { GeneratedFiles } from './generated-files.ts';
import { kubernetesVersions } from './schemas.ts';

const OVERLAYS = ['keda', 'hpa'] as const;

const HEADER = [
  '# Rendered from helm/eventhub-worker with values.yaml beside this file, by',
  '# node scripts/deploy/generate-manifests.ts; do not edit: change the values, or patch in kustomization.yaml.',
  '',
].join('\n');

/** Path -> text of every rendered file. */
export async function generateManifests(): Promise<GeneratedFiles> {
  const files = new Map<string, string>();
  for (const overlay of OVERLAYS) {
    const directory = join(repository, 'k8s', overlay);
    const text = await renderChart({
      helm: 'helm4',
      valuesFile: join(directory, 'values.yaml'),
      kubernetesVersion: kubernetesVersions.oldest,
      release: 'eventhub-worker',
      namespace: 'eventhub-worker',
    });
    files.set(join(directory, 'worker.yaml'), HEADER + withoutHelm(text));
  }
  return files;
}

// Helm's own traces mean nothing without Helm: the test pod, the release's labels, the comments on templates. The
// ConfigMap is generated from settings.env instead, under a name with a hash, so that a change replaces the pods.
function withoutHelm(text: string): string {
  return text
    .split(/^---\n/m)
    .filter((document) => document.trim() !== '' && !/helm\.sh\/hook: test|^kind: ConfigMap$/m.test(document))
    .map((document) =>
      document
        .replace(/^# Source: .*\n/, '')
        .replaceAll(/^ *helm\.sh\/chart: .*\n/gm, '')
        // kustomization.yaml says the namespace; the hash in the ConfigMap's name replaces the checksum.
        .replaceAll(/^ {2}namespace: .*\n/gm, '')
        .replaceAll(/^ *checksum\/config: .*\n/gm, '')
        .replaceAll(/app\.kubernetes\.io\/managed-by: Helm/g, 'app.kubernetes.io/managed-by: kustomize')
        .trimEnd(),
    )
    .map((document) => `---\n${document}\n`)
    .join('');
}

if (import.meta.main) {
  const files = await generateManifests();
  if (process.argv.includes('--check')) {
    const drift = await driftOf(files);
    for (const line of drift) process.stderr.write(`${line}\n`);
    process.exitCode = drift.length === 0 ? 0 : 1;
  } else {
    await writeFiles(files);
  }
}
