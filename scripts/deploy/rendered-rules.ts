// The chart's recording and alert rules as an installation gets them: what promtool tests and a Prometheus loads.
import { join } from 'node:path';
import { stringify } from 'yaml';
import { manifestsOf, renderChart, repository } from './chart.ts';
import { kubernetesVersions } from './schemas.ts';

export const ruleTestDirectory = join(repository, 'test/deploy/rules');

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

export interface RenderedRules {
  /** A Prometheus rule file. */
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** Release orders in namespace shop, with the values beside the rule tests. */
export async function renderedRules(): Promise<RenderedRules> {
  const rendered = await renderChart({
    helm: 'helm4',
    valuesFile: join(ruleTestDirectory, 'values.yaml'),
    kubernetesVersion: kubernetesVersions.newest,
    template: 'prometheusrule.yaml',
  });
  const [object] = manifestsOf(rendered) as readonly {
    readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  }[];
  if (object === undefined) throw new Error('the chart rendered no PrometheusRule');
  return { text: stringify(object.spec), rules: object.spec.groups.flatMap((group) => group.rules) };
}
