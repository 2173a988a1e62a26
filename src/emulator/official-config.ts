/**
 * Reads the configuration file of Microsoft's Event Hubs emulator (Config.json), so that one file serves both.
 * Honoured: UserConfig.NamespaceConfig[0].Entities[]: Name, PartitionCount (a number, or digits in a string),
 *   ConsumerGroups[].Name; $Default may be named, it is there in any case.
 * Not honoured: LoggingConfig; the namespace's name (clients name the host); the limits of 10 hubs, 20 groups, 32 partitions.
 * Source: EventHub-Emulator/Schema/Config-schema.json of github.com/Azure/azure-event-hubs-emulator-installer.
 */
import { z } from 'zod';
import type { HubOptions } from './options.ts';

const MAX_PARTITIONS = 1024;
const DIGITS = /^\s*\d+\s*$/;

const HUB_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,254}[a-z0-9])?$/i;
const GROUP_NAME = /^(?:\$default|[a-z0-9](?:[a-z0-9._-]{0,48}[a-z0-9])?)$/i;

const partitions = `1 to ${String(MAX_PARTITIONS)}`;
const partitionCount = z
  .union([z.number(), z.string().regex(DIGITS).transform(Number)], { error: wanted(partitions) })
  .refine((count) => Number.isInteger(count) && count >= 1 && count <= MAX_PARTITIONS, {
    error: wanted(partitions),
  });

const nameOf = (form: RegExp, maxLength: number): z.ZodString =>
  z
    .string({ error: wanted('a name') })
    .regex(form, `letters, digits, dots, hyphens and underscores, at most ${String(maxLength)}`);

const anObject = { error: wanted('an object') };
const aList = { error: wanted('a list') };

const consumerGroup = z.object({ Name: nameOf(GROUP_NAME, 50) }, anObject);

const entity = z.object(
  {
    Name: nameOf(HUB_NAME, 256),
    PartitionCount: partitionCount,
    ConsumerGroups: z.array(consumerGroup, aList).superRefine(refuseTwins).default([]),
  },
  anObject,
);

const namespace = z.object(
  {
    Type: z.literal('EventHub', { error: wanted("'EventHub'") }).optional(),
    Entities: z.array(entity, aList).min(1, 'it names no event hub').superRefine(refuseTwins),
  },
  anObject,
);

const namespaces = z
  .array(namespace, aList)
  .min(1, 'it names no namespace')
  .max(1, 'one namespace is served');

const configSchema = z.object({ UserConfig: z.object({ NamespaceConfig: namespaces }, anObject) }, anObject);

/** The hubs of a file's text. Throws TypeError with every problem found, each with its path in the file. */
export function readOfficialConfig(text: string): HubOptions[] {
  const result = configSchema.safeParse(parse(text));
  if (!result.success) {
    throw new TypeError(
      result.error.issues.map(({ path, message }) => `${printed(path)}: ${message}`).join('; '),
    );
  }
  return result.data.UserConfig.NamespaceConfig.flatMap(({ Entities }) =>
    Entities.map((hub) => ({
      name: hub.Name,
      partitionCount: hub.PartitionCount,
      consumerGroups: hub.ConsumerGroups.map(({ Name }) => Name).filter(
        (name) => name.toLowerCase() !== '$default',
      ),
    })),
  );
}

function parse(text: string): unknown {
  try {
    // Editors on Windows put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new TypeError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Says what a value should be, and what it is. */
function wanted(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) =>
    input === undefined ? `it is missing: ${what}` : `it is ${JSON.stringify(input)}, not ${what}`;
}

/** Names are found in any case: two that differ in nothing else are one. */
function refuseTwins(named: readonly { readonly Name: string }[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { Name }] of named.entries()) {
    const name = Name.toLowerCase();
    if (seen.has(name)) {
      const message = `'${Name}' is given twice (names ignore case)`;
      context.issues.push({ code: 'custom', path: [index, 'Name'], message, input: named });
    }
    seen.add(name);
  }
}

function printed(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`));
  return steps.join('').slice(1) || 'the file';
}
