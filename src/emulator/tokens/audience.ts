/**
 * Reads what a token is for: the audience of a put-token and the `sr` field of a shared access signature.
 * Honoured: `sb://host/path`, any other scheme, and none at all (`host/path`), with or without a port and a last slash.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventhubConnectionConfig.js (sb://); go azeventhubs internal/namespace.go
 *   (amqp://); go azeventhubs internal/sas/sas.go CreateConnectionStringWithSAS (no scheme); the service's REST guide (https://).
 */

export interface Audience {
  /** Lower case, without a port. */
  readonly host: string;
  /** No outer slashes; '' is the whole namespace. */
  readonly path: string;
}

export function readAudience(text: string): Audience {
  const [authority = '', ...parts] = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').split('/');
  const host = authority.toLowerCase().replace(/:\d+$/, '');
  return { host, path: parts.join('/').replace(/^\/+|\/+$/g, '') };
}

/** Is `path` the granted entity or below it? Case does not matter; the empty grant is the whole namespace. */
export function isWithin(path: string, granted: string): boolean {
  const [inner, outer] = [path.toLowerCase(), granted.toLowerCase()];
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}
