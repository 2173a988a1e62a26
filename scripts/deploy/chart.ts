// Renders the chart with a given Helm: what every check and the plain manifests are made of.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { mustRun } from './command.ts';
import { tool } from './tools.ts';
import type { ToolName } from './tools.ts';

export const repository = join(import.meta.dirname, '../..');
export const chartDirectory = join(repository, 'helm/eventhub-worker');

export type HelmName = Extract<ToolName, 'helm3' | 'helm4'>;

export interface Rendering {
  readonly helm: HelmName;
  readonly valuesFile: string;
  readonly kubernetesVersion: string;
  readonly release?: string;
  readonly namespace?: string;
  /** Only this template's output. */
  readonly template?: string;
}

/** Absolute paths of the value files that stand for the installations the chart supports. */
export async function ciValueFiles(): Promise<readonly string[]> {
  const directory = join(chartDirectory, 'ci');
  return (await readdir(directory)).sort().map((name) => join(directory, name));
}

/** The rendered manifests as one text. */
export async function renderChart(rendering: Rendering): Promise<string> {
  const args = [
    'template',
    rendering.release ?? 'orders',
    chartDirectory,
    `--namespace=${rendering.namespace ?? 'shop'}`,
    `--values=${rendering.valuesFile}`,
    `--kube-version=${rendering.kubernetesVersion}`,
    ...(rendering.template === undefined ? [] : [`--show-only=templates/${rendering.template}`]),
  ];
  const { stdout } = await mustRun(await tool(rendering.helm), args);
  return stdout;
}

/** The objects of a rendered text, without empty documents. */
export function manifestsOf(text: string): readonly unknown[] {
  return parseAllDocuments(text)
    .map((document): unknown => document.toJSON())
    .filter((object) => object !== null);
}
