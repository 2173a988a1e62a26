// What of Entra ID a workload identity needs, over TLS: discovery and the token endpoint. It exchanges one federated token
// for signed access tokens and counts what it was asked.
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Certificate } from '../../src/emulator/transport/self-signed-certificate.ts';

export interface TokenEndpoint {
  readonly issuer: string;
  readonly publicKeyPem: string;
  /** Audiences of the tokens that were given out. */
  readonly audiences: readonly string[];
  close(): Promise<void>;
}

export interface TokenEndpointOptions {
  readonly address: string;
  /** The name by which clients know the host. */
  readonly hostName: string;
  readonly certificate: Certificate;
  readonly tenantId: string;
  readonly clientId: string;
  /** The service account's token that is exchanged; any other is refused. */
  readonly federatedToken: string;
}

const LIFETIME_SECONDS = 3600;

export async function startTokenEndpoint(options: TokenEndpointOptions): Promise<TokenEndpoint> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issuer = `https://sts.windows.net/${options.tenantId}/`;
  const audiences: string[] = [];
  const authority = `https://${options.hostName}/${options.tenantId}`;

  const exchange = (form: URLSearchParams): object | undefined => {
    const isOurs =
      form.get('client_id') === options.clientId && form.get('client_assertion') === options.federatedToken;
    const audience = form
      .get('scope')
      ?.split(' ')[0]
      ?.replace(/\/+\.default$/, '');
    if (!isOurs || audience === undefined) return undefined;
    audiences.push(audience);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: audience, nbf: now - 60, iat: now - 60, exp: now + LIFETIME_SECONDS };
    const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url');
    return { token_type: 'Bearer', expires_in: LIFETIME_SECONDS, access_token: `${signed}.${signature}` };
  };

  const server = createServer(
    { key: options.certificate.keyPem, cert: options.certificate.certificatePem },
    (request, response) => void answer(request, response, authority, exchange),
  );
  server.listen(443, options.address);
  await once(server, 'listening');
  return {
    issuer,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    audiences,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  authority: string,
  exchange: (form: URLSearchParams) => object | undefined,
): Promise<void> {
  const reply = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (request.method === 'POST') {
    const token = exchange(new URLSearchParams(await text(request)));
    if (token === undefined)
      reply(401, { error: 'invalid_client', error_description: 'AADSTS70021: no match' });
    else reply(200, token);
    return;
  }
  if (request.url?.includes('/discovery/instance') === true) {
    reply(200, {
      tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
      metadata: [],
    });
    return;
  }
  reply(200, {
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
  });
}
