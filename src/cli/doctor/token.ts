// Check: somebody vouches for this process. With an identity: a token can be had. With a connection string: its key is
// accepted. What the identity may do then is the concern of the checks that do it.

import { reasonOf, WorkerError } from '../../engine/errors.ts';
import type { IdentityToken } from '../../azure/identity-token.ts';
import { failed, ok } from './check.ts';
import type { Answer, Check } from './check.ts';

export const eventHubToken: Check = {
  name: 'event hubs token',
  needs: ['configuration', 'network'],
  run: (world, signal) =>
    judge(
      () => world.eventHubToken(signal),
      async () => void (await world.readEnds(signal)),
      world.nowMs(),
    ),
};

export const storageToken: Check = {
  name: 'storage token',
  needs: ['configuration'],
  run: (world, signal) => {
    const name = world.config.storage.checkpointContainer;
    const list = () =>
      world.container({ name, variable: 'CHECKPOINT_CONTAINER' }).pages('', signal, 1).next();
    return judge(
      () => world.storageToken(signal),
      async () => void (await list()),
      world.nowMs(),
    );
  },
};

async function judge(
  askToken: () => Promise<IdentityToken | undefined>,
  tryKey: () => Promise<void>,
  nowMs: number,
): Promise<Answer> {
  let token: IdentityToken | undefined;
  try {
    token = await askToken();
  } catch (thrown) {
    const [line = ''] = reasonOf(thrown).split('\n', 1);
    return failed(
      `No token: ${line}. In Kubernetes check the service account's client id and its federated credential; elsewhere run \`az login\`, or set a connection string.`,
    );
  }
  if (token === undefined) return judgeKey(tryKey);
  const { objectId, tenantId, isUser, expiresAtMs } = token;
  return ok('The identity gets a token.', {
    principal: `${objectId ?? 'not told by the token'} (${isUser ? 'user' : 'service principal'})`,
    tenant: tenantId ?? 'not told by the token',
    'expires in': `${Math.round((expiresAtMs - nowMs) / 60_000)} min`,
  });
}

/** A hub or a container that is not there was looked for with a key that was accepted. */
async function judgeKey(tryKey: () => Promise<void>): Promise<Answer> {
  try {
    await tryKey();
  } catch (thrown) {
    const isMissing =
      thrown instanceof WorkerError &&
      (thrown.code === 'EHW_EVENT_HUB_NOT_FOUND' || thrown.code === 'EHW_CONTAINER_NOT_FOUND');
    if (!isMissing) throw thrown;
  }
  return ok('The key of the connection string is accepted.');
}
