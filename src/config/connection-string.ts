// Connection strings as the portal shows them: parts `Name=value` joined by `;`. Says which parts are missing, for people.

export type ConnectionStringParts = ReadonlyMap<string, string>;

/** The parts by lower-case name. Values may contain `=` (keys end with it). */
export function parseConnectionString(given: string): ConnectionStringParts {
  const parts = new Map<string, string>();
  for (const part of given.split(';')) {
    const at = part.indexOf('=');
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  return parts;
}

/** What keeps the parts from being a connection string of Event Hubs; undefined when nothing does. */
export function eventHubStringProblem(parts: ConnectionStringParts): string | undefined {
  if (parts.has('accountkey') || parts.has('accountname')) {
    return 'is the connection string of a storage account';
  }
  if (hostOf(parts) === undefined) return 'has no Endpoint=sb://<namespace>.servicebus.windows.net/';
  const hasKey = parts.has('sharedaccesskeyname') && parts.has('sharedaccesskey');
  if (!hasKey && !parts.has('sharedaccesssignature')) {
    return 'has neither SharedAccessKeyName with SharedAccessKey nor SharedAccessSignature';
  }
  const emulator = parts.get('usedevelopmentemulator');
  if (emulator !== undefined && emulator !== 'true' && emulator !== 'false') {
    return 'has UseDevelopmentEmulator with another value than the lower-case true, which the SDK would take for false';
  }
  return undefined;
}

/** What keeps the parts from being a connection string of a storage account; undefined when nothing does. */
export function storageStringProblem(parts: ConnectionStringParts): string | undefined {
  if (parts.get('endpoint')?.startsWith('sb:') === true) return 'is the connection string of Event Hubs';
  if (parts.get('usedevelopmentstorage') === 'true') return undefined;
  if (parts.has('accountname') && parts.has('accountkey')) return undefined;
  if (parts.has('blobendpoint') && parts.has('sharedaccesssignature')) return undefined;
  return 'has neither AccountName with AccountKey nor BlobEndpoint with SharedAccessSignature';
}

/** The namespace's host name without its port, in lower case. */
export function hostOf(parts: ConnectionStringParts): string | undefined {
  const endpoint = parts.get('endpoint');
  if (endpoint === undefined) return undefined;
  return /^sb:\/\/([^/:;\s]+)(?::\d+)?\/?$/i.exec(endpoint)?.[1]?.toLowerCase();
}
