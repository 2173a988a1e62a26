// An identity service as Azure App Service gives one to its programs: GET with a resource answers a signed token for it. The
// vendors' own credential classes (azidentity, azure-identity) find it by IDENTITY_ENDPOINT and IDENTITY_HEADER.
// Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity (REST endpoint reference).

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

const lifetimeSeconds = 3600;

export interface IdentityService {
  readonly issuer: string;
  readonly publicKeyPem: string;
  /** What a program needs in its environment to find the service. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startIdentityService(): Promise<IdentityService> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  // Azurite takes issuers of Entra ID alone.
  const issuer = `https://sts.windows.net/${randomUUID()}/`;
  const secret = randomUUID();
  const server = createServer((request, response) =>
    answer(request, response, { privateKey, issuer, secret }),
  );
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port');
  return {
    issuer,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    environment: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${String(address.port)}/token`,
      IDENTITY_HEADER: secret,
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Signer {
  readonly privateKey: KeyObject;
  readonly issuer: string;
  readonly secret: string;
}

function answer(request: IncomingMessage, response: ServerResponse, signer: Signer): void {
  const resource = new URL(request.url ?? '/', 'http://identity').searchParams.get('resource');
  if (resource === null || request.headers['x-identity-header'] !== signer.secret) {
    response.writeHead(400).end();
    return;
  }
  const expiresOn = Math.floor(Date.now() / 1000) + lifetimeSeconds;
  const body = { access_token: token(resource, expiresOn, signer), expires_on: String(expiresOn), resource };
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ ...body, token_type: 'Bearer' }));
}

function token(audience: string, expiresOn: number, { privateKey, issuer }: Signer): string {
  const claims = { iss: issuer, aud: audience, nbf: expiresOn - lifetimeSeconds - 60, exp: expiresOn };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ ...claims, iat: claims.nbf })}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
