// Checks that the worker understands what the chart tells it: the environment of every supported installation, and the
// commands its pods run.
import { basename, join } from 'node:path';
import { ciValueFiles, manifestsOf, renderChart, repository } from '../chart.ts';
import { runCommand } from '../command.ts';
import { kubernetesVersions } from '../schemas.ts';
import { refuse } from './deploy-check.ts';
import type { DeployCheck } from './deploy-check.ts';

/** What a Secret holds; the worker only parses it here. */
const SECRETS: Readonly<Record<string, string>> = {
  EVENTHUB_CONNECTION_STRING:
    'Endpoint=sb://contoso-events.servicebus.windows.net/;SharedAccessKeyName=worker;SharedAccessKey=c2VjcmV0;EntityPath=orders',
  STORAGE_CONNECTION_STRING:
    'DefaultEndpointsProtocol=https;AccountName=contosocheckpoints;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net',
};

interface Manifest {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } };
  };
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
}

export const workerChecks: readonly DeployCheck[] = [
  {
    name: 'the worker accepts the environment of every value file',
    remedy: 'give the chart the value in the form that src/config takes, or add the rule to _validate_*.tpl',
    run: acceptEnvironments,
  },
  {
    name: 'the worker has the commands that the pods run',
    remedy: 'correct args in the template, or add the command to src/cli',
    run: knowCommands,
  },
];

async function acceptEnvironments(): Promise<string> {
  const problems: string[] = [];
  const files = await ciValueFiles();
  for (const file of files) {
    const { stderr, exitCode } = await worker(['config'], environmentOf(await manifests(file)));
    if (exitCode !== 0) problems.push(`${basename(file)}:\n${stderr.trim()}`);
  }
  refuse(problems);
  return `${String(files.length)} value files`;
}

async function knowCommands(): Promise<string> {
  const commands = new Set<string>();
  for (const file of await ciValueFiles()) {
    for (const container of containersOf(await manifests(file))) {
      if (container.name === 'worker' || container.name === 'doctor') {
        commands.add((container.args ?? []).map(withoutValue).join(' '));
      }
    }
  }
  const problems: string[] = [];
  for (const command of commands) {
    const [name = '', ...options] = command.split(' ');
    // An unknown command prints the help of the whole program.
    const { stdout } = await worker([name, '--help'], {});
    if (!stdout.includes(`eventhub-worker ${name}`)) problems.push(`there is no command ${name}`);
    const unknown = options.filter((option) => !stdout.includes(`${option} `));
    problems.push(...unknown.map((option) => `${name} has no option ${option}`));
  }
  refuse(problems);
  return [...new Set([...commands].map((command) => command.split(' ')[0]))].join(', ');
}

/** --option=value -> --option */
function withoutValue(argument: string): string {
  return argument.replace(/=.*$/, '');
}

async function manifests(valuesFile: string): Promise<readonly Manifest[]> {
  const kubernetesVersion = kubernetesVersions.newest;
  return manifestsOf(
    await renderChart({ helm: 'helm4', valuesFile, kubernetesVersion }),
  ) as readonly Manifest[];
}

function containersOf(objects: readonly Manifest[]): readonly Container[] {
  return objects.flatMap(({ spec }) => spec?.template?.spec.containers ?? spec?.containers ?? []);
}

/** The ConfigMap that the worker reads, and a value for each secret it is given. */
function environmentOf(objects: readonly Manifest[]): Readonly<Record<string, string>> {
  const configMap = objects.find(({ kind, data }) => kind === 'ConfigMap' && data?.['HANDLER'] !== undefined);
  const names = containersOf(objects).flatMap(({ env }) => (env ?? []).map(({ name }) => name));
  const secrets = Object.entries(SECRETS).filter(([name]) => names.includes(name));
  return { ...configMap?.data, ...Object.fromEntries(secrets) };
}

function worker(args: readonly string[], env: Readonly<Record<string, string>>) {
  return runCommand(process.execPath, [join(repository, 'src/main.ts'), ...args], { env });
}
