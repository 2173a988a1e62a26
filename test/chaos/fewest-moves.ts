// The yardstick for a scaling step, computed without the code under test.

/** Partitions that must change hands so that the first `to` workers end with equal shares. */
export function fewestMoves(owned: readonly number[], from: number, to: number): number {
  const total = owned.reduce((sum, count) => sum + count, 0);
  const staying = Array.from({ length: to }, (_, index) => (index < from ? (owned[index] ?? 0) : 0));
  staying.sort((a, b) => b - a);
  const smaller = Math.floor(total / to);
  const larger = total - smaller * to;
  // Larger shares go to those that have most; what they may keep does not move.
  const kept = staying.map((count, rank) => Math.min(count, rank < larger ? smaller + 1 : smaller));
  return total - kept.reduce((sum, count) => sum + count, 0);
}
