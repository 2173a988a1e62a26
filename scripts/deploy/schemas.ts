// JSON schemas for kubeconform, made from sources that the Go proxy serves: Kubernetes' own API description and the
// custom resources of KEDA and the Prometheus operator. Every object is closed, so that a misspelt field fails.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { goModule, toolCache } from './tools.ts';

type Schema = Record<string, unknown>;

export const kubernetesVersions = { oldest: '1.29.15', newest: '1.37.0' } as const;

const CUSTOM_RESOURCES = [
  { module: 'github.com/kedacore/keda/v2', version: 'v2.20.2', directory: 'config/crd/bases' },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.93.0',
    directory: 'example/prometheus-operator-crd',
  },
] as const;

/** Azure's managed Prometheus serves the same monitors under a group of its own. */
const AZURE_MONITORING_KINDS: ReadonlySet<string> = new Set(['PodMonitor', 'ServiceMonitor']);

/** What the chart renders of Kubernetes' own; another kind then has no schema, and kubeconform says so. */
const KUBERNETES_KINDS: ReadonlySet<string> = new Set([
  'ConfigMap',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Namespace',
  'NetworkPolicy',
  'Pod',
  'PodDisruptionBudget',
  'Service',
  'ServiceAccount',
]);

/** The -schema-location template for one Kubernetes version, writing the schemas first when the cache lacks them. */
export async function schemaLocation(kubernetesVersion: string): Promise<string> {
  // Versions, kinds and the conversion itself are all in this file: another text, other schemas.
  const recipe = createHash('sha256')
    .update(await readFile(import.meta.filename))
    .digest('hex')
    .slice(0, 12);
  const home = join(toolCache(), `schemas-${kubernetesVersion}-${recipe}`);
  if (!existsSync(home)) {
    const building = `${home}.building-${String(process.pid)}`;
    await mkdir(building, { recursive: true });
    await writeKubernetesSchemas(kubernetesVersion, building);
    for (const source of CUSTOM_RESOURCES) {
      const module = await goModule(source.module, source.version);
      await writeCustomResourceSchemas(join(module, source.directory), building);
    }
    await rename(building, home);
  }
  return join(home, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json');
}

async function writeKubernetesSchemas(version: string, home: string): Promise<void> {
  const module = await goModule('k8s.io/kubernetes', `v${version}`);
  const swagger: unknown = JSON.parse(await readFile(join(module, 'api/openapi-spec/swagger.json'), 'utf8'));
  const definitions = record(record(swagger)['definitions']);
  for (const definition of Object.values(definitions)) {
    const kinds = record(definition)['x-kubernetes-group-version-kind'];
    for (const entry of Array.isArray(kinds) ? kinds : []) {
      const { group, version: apiVersion, kind } = record(entry);
      if (!KUBERNETES_KINDS.has(String(kind))) continue;
      const schema = {
        ...record(closed(definition)),
        definitions: reachable(definition, definitions),
      };
      // kubeconform calls the core group by its version.
      const groupName = group === '' ? String(apiVersion) : String(group);
      await writeSchema(home, String(kind), groupName, String(apiVersion), schema);
    }
  }
}

async function writeCustomResourceSchemas(directory: string, home: string): Promise<void> {
  for (const file of await readdir(directory)) {
    for (const document of parseAllDocuments(await readFile(join(directory, file), 'utf8'))) {
      const resource: unknown = document.toJSON();
      const spec = record(record(resource)['spec']);
      const kind = String(record(spec['names'])['kind']);
      const group = String(spec['group']);
      const versions = Array.isArray(spec['versions']) ? spec['versions'] : [];
      for (const version of versions.map(record)) {
        const schema = record(closed(record(version['schema'])['openAPIV3Schema']));
        const properties = record(schema['properties']);
        // The API server checks an object's metadata, not the custom resource's schema.
        const open = { ...schema, properties: { ...properties, metadata: { type: 'object' } } };
        await writeSchema(home, kind, group, String(version['name']), open);
        if (group === 'monitoring.coreos.com' && AZURE_MONITORING_KINDS.has(kind)) {
          await writeSchema(home, kind, 'azmonitoring.coreos.com', String(version['name']), open);
        }
      }
    }
  }
}

async function writeSchema(home: string, kind: string, group: string, version: string, schema: Schema) {
  await writeFile(join(home, `${kind.toLowerCase()}-${group}-${version}.json`), JSON.stringify(schema));
}

/** The same schema without fields that are not named, and with Kubernetes' own notations in JSON Schema's words. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const schema: Schema = {};
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'description' || key === 'x-kubernetes-group-version-kind') continue;
    schema[key] = closed(entry);
  }
  const isIntOrString = schema['format'] === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true;
  if (isIntOrString) {
    delete schema['type'];
    delete schema['format'];
    if (schema['anyOf'] === undefined) schema['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
  }
  const isOpen =
    schema['additionalProperties'] !== undefined || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const names = schema['properties'];
  if (typeof names === 'object' && schema['type'] === 'object' && !isOpen) {
    schema['additionalProperties'] = false;
  }
  return schema;
}

/** Every definition that `root` needs, directly or through others, closed. */
function reachable(root: unknown, definitions: Schema): Schema {
  const found: Schema = {};
  const visit = (text: string): void => {
    for (const [, name = ''] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (found[name] !== undefined) continue;
      const definition = definitions[name];
      found[name] = name.endsWith('.Quantity') ? { type: ['string', 'number'] } : closed(definition);
      visit(JSON.stringify(definition));
    }
  };
  visit(JSON.stringify(root));
  return found;
}

function record(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
