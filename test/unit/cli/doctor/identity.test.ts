// Tokens and roles of an identity: what is missing is told as commands for exactly the principal that misses it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IdentityToken } from '../../../../src/azure/identity-token.ts';
import { claimsOf } from '../../../../src/azure/identity-token.ts';
import type { Check } from '../../../../src/cli/doctor/check.ts';
import { hierarchicalNamespace } from '../../../../src/cli/doctor/hierarchical-namespace.ts';
import { roles } from '../../../../src/cli/doctor/roles.ts';
import { eventHubToken, storageToken } from '../../../../src/cli/doctor/token.ts';
import type { World } from '../../../../src/cli/doctor/world.ts';
import { WorkerError } from '../../../../src/engine/errors.ts';
import { configOf, identityEnvironment, noAbort, worldWith } from './stub-world.ts';

const token: IdentityToken = {
  expiresAtMs: 3_600_000,
  objectId: '11111111-2222-3333-4444-555555555555',
  tenantId: 'tenant',
  isUser: false,
};
const config = configOf(identityEnvironment);

const run = async (check: Check, changes: Partial<World>) =>
  check.run(
    worldWith({ config, eventHubToken: async () => token, storageToken: async () => token, ...changes }),
    noAbort,
  );

const refuse = (code: 'EHW_EVENT_HUB_UNAUTHORIZED' | 'EHW_STORAGE_UNAUTHORIZED') => async () => {
  throw new WorkerError(code, { reason: 'no role' });
};

describe('the token of an identity', () => {
  it('is told with the principal it speaks for, never itself', async () => {
    for (const check of [eventHubToken, storageToken]) {
      const answer = await run(check, {});
      assert.equal(answer.status, 'ok');
      assert.deepEqual(answer.details, {
        principal: '11111111-2222-3333-4444-555555555555 (service principal)',
        tenant: 'tenant',
        'expires in': '60 min',
      });
    }
  });

  it('fails with what to do when there is none', async () => {
    const none = async (): Promise<never> => {
      throw new Error('ChainedTokenCredential failed\nEnvironmentCredential: ...');
    };
    for (const [check, changes] of [
      [eventHubToken, { eventHubToken: none }],
      [storageToken, { storageToken: none }],
    ] as const) {
      const { status, message } = await run(check, changes);
      assert.equal(status, 'failed');
      assert.match(message, /^No token: ChainedTokenCredential failed\. In Kubernetes .*`az login`/);
    }
  });

  it('is read for its claims only, and anything else tells nothing', () => {
    const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
    assert.deepEqual(claimsOf(jwt({ oid: 'a', tid: 'b', upn: 'me@x' })), {
      objectId: 'a',
      tenantId: 'b',
      isUser: true,
    });
    const nothing = { objectId: undefined, tenantId: undefined, isUser: false };
    for (const text of ['', 'opaque', 'a.b.c', jwt([]), jwt({ oid: 7 })])
      assert.deepEqual(claimsOf(text), nothing);
  });
});

describe('roles', () => {
  it('are told as az commands, for the worker and for KEDA', async () => {
    const answer = await run(roles, {});
    assert.equal(answer.status, 'ok');
    const { worker } = answer.details ?? {};
    assert.ok(Array.isArray(worker));
    assert.deepEqual(worker, [
      'az role assignment create --assignee-object-id 11111111-2222-3333-4444-555555555555 --assignee-principal-type ServicePrincipal --role "Azure Event Hubs Data Receiver" --scope "$(az eventhubs eventhub show --resource-group <resource group> --namespace-name orders-prod --name orders --query id --output tsv)"',
      ...['checkpoints', 'dead-letters'].map(
        (container) =>
          `az role assignment create --assignee-object-id 11111111-2222-3333-4444-555555555555 --assignee-principal-type ServicePrincipal --role "Storage Blob Data Contributor" --scope "$(az storage account show --name contosocheckpoints --query id --output tsv)/blobServices/default/containers/${container}"`,
      ),
    ]);
  });

  it('fail with exactly those that are missing', async () => {
    for (const [changes, missing] of [
      [{ readEnds: refuse('EHW_EVENT_HUB_UNAUTHORIZED') }, /Data Receiver/],
      [{ checkpointWrites: refuse('EHW_STORAGE_UNAUTHORIZED') }, /Contributor.*containers\/checkpoints/],
      [{ deadLetterWrites: refuse('EHW_STORAGE_UNAUTHORIZED') }, /Contributor.*containers\/dead-letters/],
    ] as const) {
      const { status, details } = await run(roles, changes);
      assert.equal(status, 'failed');
      const commands = details?.['missing'];
      assert.ok(Array.isArray(commands));
      assert.equal(commands.length, 1);
      assert.match(String(commands[0]), missing);
    }
  });

  it('leave an outage to the checks of the network', async () => {
    const down = async (): Promise<never> => {
      throw new WorkerError('EHW_STORAGE_UNREACHABLE', { reason: 'down' });
    };
    assert.equal((await run(roles, { checkpointWrites: down, deadLetterWrites: down })).status, 'ok');
  });
});

describe('the hierarchical namespace', () => {
  it('is unknown, with the command that tells, where the rights do not reach', async () => {
    const answer = await run(hierarchicalNamespace, { isHierarchical: async () => undefined });
    assert.equal(answer.status, 'unknown');
    assert.deepEqual(answer.details, {
      command: ['az storage account show --name contosocheckpoints --query isHnsEnabled'],
    });
    assert.equal((await run(hierarchicalNamespace, {})).status, 'ok');
    assert.equal((await run(hierarchicalNamespace, { isHierarchical: async () => true })).status, 'warning');
  });
});
