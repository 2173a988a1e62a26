/** Orders partition ids as people do: "2" before "10". Any two workers order them alike, whatever their locale. */
export function byPartitionId(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
