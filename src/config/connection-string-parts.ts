// The names that connection strings are made of, and which of them hold a secret. A name that is not here may be the rest of
// a key that was cut in two: it is shown to nobody.

export interface KnownPart {
  /** As the portal writes it. */
  readonly spelling: string;
  readonly isSecret: boolean;
}

const plain = [
  'Endpoint',
  'HostName',
  'EntityPath',
  'SharedAccessKeyName',
  'UseDevelopmentEmulator',
  'TransportType',
  'OperationTimeout',
  'DefaultEndpointsProtocol',
  'AccountName',
  'EndpointSuffix',
  'BlobEndpoint',
  'BlobSecondaryEndpoint',
  'QueueEndpoint',
  'QueueSecondaryEndpoint',
  'TableEndpoint',
  'TableSecondaryEndpoint',
  'FileEndpoint',
  'FileSecondaryEndpoint',
  'UseDevelopmentStorage',
  'DevelopmentStorageProxyUri',
];
const secret = ['SharedAccessKey', 'SharedAccessSignature', 'AccountKey'];

/** By lower-case name. */
export const knownParts: ReadonlyMap<string, KnownPart> = new Map(
  [
    ...plain.map((spelling) => ({ spelling, isSecret: false })),
    ...secret.map((spelling) => ({ spelling, isSecret: true })),
  ].map((part) => [part.spelling.toLowerCase(), part]),
);

/** Whether a part may be shown: its name is known, and its value has the form of a name or of an address. */
export function isHarmless(name: string, value: string): boolean {
  const known = knownParts.get(name.trim().toLowerCase());
  return known?.isSecret === false && /^[\w.:/ $-]{0,256}$/.test(value);
}
