// Connection strings of the local services with the port of a proxy put in.

/** Plain TCP to an emulator. The blob paths carry the host without its port, so every proxy leads to the same records. */
export function eventHubThrough(port: number): string {
  return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;`;
}

/** SharedKey signs account and path but not the host: the same key works on another port. */
export function storageThrough(connectionString: string, port: number): string {
  return connectionString.replace(/(BlobEndpoint=http:\/\/[^:/]+:)\d+/, `$1${port}`);
}
