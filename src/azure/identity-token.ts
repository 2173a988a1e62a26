// A token of the identity this process runs under, and whom it speaks for: what a role has to be given to. The token itself
// is not kept.

import type { TokenCredential } from '@azure/identity';

export const eventHubsScope = 'https://eventhubs.azure.net/.default';
export const storageScope = 'https://storage.azure.com/.default';

export interface IdentityToken {
  readonly expiresAtMs: number;
  /** Object id of the principal, as `az role assignment create` takes it; undefined when the token does not tell. */
  readonly objectId: string | undefined;
  readonly tenantId: string | undefined;
  readonly isUser: boolean;
}

export async function readIdentityToken(
  credential: TokenCredential,
  scope: string,
  signal: AbortSignal,
): Promise<IdentityToken> {
  const answer = await credential.getToken(scope, { abortSignal: signal });
  if (answer === null) throw new Error('no identity gave a token');
  return { expiresAtMs: answer.expiresOnTimestamp, ...claimsOf(answer.token) };
}

/** The claims of a JWT, unverified: they are shown, never trusted. Anything else tells nothing. */
export function claimsOf(token: string): Omit<IdentityToken, 'expiresAtMs'> {
  const claims = payloadOf(token);
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(claims, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const isUser = text('idtyp') === 'user' || text('upn') !== undefined || text('unique_name') !== undefined;
  return { objectId: text('oid'), tenantId: text('tid'), isUser };
}

function payloadOf(token: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
