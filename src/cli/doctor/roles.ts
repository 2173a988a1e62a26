// Check: the role assignments the worker and KEDA need, as commands that can be run; those that are missing make it fail.

import type { IdentityToken } from '../../azure/identity-token.ts';
import { WorkerError } from '../../engine/errors.ts';
import { failed, ok } from './check.ts';
import type { Answer, Check } from './check.ts';
import type { World } from './world.ts';

export const roles: Check = {
  name: 'roles',
  needs: ['configuration'],
  run: async (world, signal) => {
    const { eventHub, storage } = world.config;
    const missing = [
      ...((await isRefused(() => world.readEnds(signal))) ? [eventHubRole(world)] : []),
      ...((await isRefused(world.checkpointWrites)) ? [storageRole(world, storage.checkpointContainer)] : []),
      ...((await isRefused(world.deadLetterWrites)) ? [storageRole(world, storage.deadLetterContainer)] : []),
    ];
    const identities = await principals(world, signal);
    const isIdentity = eventHub.credentials.kind === 'identity' || storage.credentials.kind === 'identity';
    return judgeRoles(world, { missing, worker: identities, isIdentity });
  },
};

interface Role {
  readonly role: string;
  readonly scope: string;
}

interface RolesSeen {
  readonly missing: readonly Role[];
  readonly worker: IdentityToken | undefined;
  readonly isIdentity: boolean;
}

function judgeRoles(world: World, { missing, worker, isIdentity }: RolesSeen): Answer {
  const { storage } = world.config;
  const needed = [
    eventHubRole(world),
    storageRole(world, storage.checkpointContainer),
    storageRole(world, storage.deadLetterContainer),
  ];
  const forKeda = [
    eventHubRole(world),
    { ...storageRole(world, storage.checkpointContainer), role: 'Storage Blob Data Reader' },
  ];
  const details = {
    worker: needed.map((role) => command(role, worker)),
    'KEDA, with an identity of its own': forKeda.map((role) => command(role, undefined)),
  };
  if (!isIdentity) {
    return missing.length === 0
      ? ok('None needed: connection strings are used. With an identity it would be these:', details)
      : failed(
          'A connection string was refused: give one with the right to listen (Event Hubs) or with the account key (Storage), or use an identity with these roles:',
          details,
        );
  }
  if (missing.length === 0)
    return ok('The identity may do what the worker does. Its roles, and those of KEDA:', details);
  return failed(
    `${missing.length} role assignments are missing; a new one takes some minutes to come into force. Run:`,
    { missing: missing.map((role) => command(role, worker)), ...details },
  );
}

function eventHubRole({ config }: World): Role {
  const { namespace, eventHub } = config.eventHub;
  const label = namespace.split('.')[0] ?? namespace;
  return {
    role: 'Azure Event Hubs Data Receiver',
    scope: `$(az eventhubs eventhub show --resource-group <resource group> --namespace-name ${label} --name ${eventHub} --query id --output tsv)`,
  };
}

function storageRole({ accountName }: World, container: string): Role {
  return {
    role: 'Storage Blob Data Contributor',
    scope: `$(az storage account show --name ${accountName} --query id --output tsv)/blobServices/default/containers/${container}`,
  };
}

function command({ role, scope }: Role, identity: IdentityToken | undefined): string {
  const principal = identity?.objectId ?? '<object id>';
  const type = identity?.isUser === true ? 'User' : 'ServicePrincipal';
  return `az role assignment create --assignee-object-id ${principal} --assignee-principal-type ${type} --role "${role}" --scope "${scope}"`;
}

/** Anything but a refusal is the concern of other checks. */
async function isRefused(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return false;
  } catch (thrown) {
    return (
      thrown instanceof WorkerError &&
      (thrown.code === 'EHW_EVENT_HUB_UNAUTHORIZED' || thrown.code === 'EHW_STORAGE_UNAUTHORIZED')
    );
  }
}

/** Whom the commands are for; undefined when no token can be had, which its own check tells. */
async function principals(world: World, signal: AbortSignal): Promise<IdentityToken | undefined> {
  const tokens = [world.eventHubToken, world.storageToken].map((ask) => ask(signal).catch(() => undefined));
  return (await Promise.all(tokens)).find((token) => token !== undefined);
}
