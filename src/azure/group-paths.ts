// Where the records of one consumer group lie: the layout of the official blob checkpoint store, which KEDA and the other
// SDKs read, with members beside it. All names are lower case, as the official store makes them.

export type RecordKind = 'ownership' | 'checkpoint' | 'member';

export interface GroupName {
  /** The real namespace's host without a port: not a custom endpoint, under which nobody else would look. */
  readonly namespace: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
}

const kinds: readonly RecordKind[] = ['ownership', 'checkpoint', 'member'];

/** `<namespace>/<hub>/<group>/` */
export function groupPrefix({ namespace, eventHub, consumerGroup }: GroupName): string {
  return `${namespace}/${eventHub}/${consumerGroup}/`.toLowerCase();
}

/** `id` is a partition's or, for members, a worker's. */
export function recordPath(group: GroupName, kind: RecordKind, id: string): string {
  return `${groupPrefix(group)}${kind}/${id.toLowerCase()}`;
}

/** What a blob of the group is; undefined: not one of ours. A worker id may hold slashes. */
export function parseRecordPath(
  group: GroupName,
  path: string,
): { readonly kind: RecordKind; readonly id: string } | undefined {
  const prefix = groupPrefix(group);
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  const slash = rest.indexOf('/');
  const kind = kinds.find((name) => name === rest.slice(0, slash));
  const id = rest.slice(slash + 1);
  if (kind === undefined || id === '' || (kind !== 'member' && id.includes('/'))) return undefined;
  return { kind, id };
}
