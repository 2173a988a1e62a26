/**
 * The `$cbs` node: puts tokens on a connection.
 * Honoured: operation put-token, types servicebus.windows.net:sastoken and jwt, the application property `name` as the
 *   audience; a SAS token must be for the audience or a parent of it; status-code as int (go-amqp refuses uint),
 *   status-description, error-condition on failure; an audience whose hub does not exist: 404.
 * Not honoured: delete-token; the property `expiration` (the token's own expiry counts).
 * Source: AMQP Claims-based Security 1.0; @azure/core-amqp 4.4.2 dist/esm/cbs.js; go azeventhubs internal/cbs.go,
 *   internal/rpc.go ("status code was not of expected type int32"); python azure-eventhub _pyamqp/cbs.py.
 */
import { isWithin, readAudience } from '../tokens/audience.ts';
import type { NamespaceState } from './namespace-state.ts';
import type { Claims } from './claims.ts';
import { entityNotFound } from './condition.ts';
import type { DecodedMessage } from './rhea.ts';
import { failed, succeeded } from './response.ts';
import type { Response } from './response.ts';

export function putToken(request: DecodedMessage, claims: Claims, state: NamespaceState): Response {
  const { operation, name, type } = request.application_properties ?? {};
  if (operation !== 'put-token')
    return failed(501, 'amqp:not-implemented', `Operation '${String(operation)}' is not supported.`);
  const token = request.body;
  if (typeof name !== 'string' || typeof token !== 'string') {
    return failed(
      400,
      'com.microsoft:argument-error',
      "put-token needs the property 'name' and a token as body.",
    );
  }
  const check = state.tokens.check(token, typeof type === 'string' ? type : undefined);
  if (check.outcome === 'invalid') return failed(401, 'amqp:unauthorized-access', check.reason);
  const { host, path } = readAudience(name);
  const resource = check.resource === undefined ? undefined : readAudience(check.resource);
  const isForThis =
    state.answersTo(host) &&
    (resource === undefined || (state.answersTo(resource.host) && isWithin(path, resource.path)));
  if (!isForThis) {
    return failed(401, 'amqp:unauthorized-access', `InvalidAudience: The token is not for '${name}'.`);
  }
  const hub = path.split('/')[0] ?? '';
  if (hub !== '' && !hub.startsWith('$') && state.namespace.find(hub) === undefined) {
    const { condition, description } = entityNotFound(state.hostName, path);
    return failed(404, condition, description);
  }
  claims.grant(name, check.rights, check.expiresAtMs);
  return succeeded(202, undefined);
}
