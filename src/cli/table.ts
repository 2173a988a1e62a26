// Rows of texts as lines for a terminal: columns padded to their widest cell. Pure.

export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** "-" for what is not known, "1,234" for numbers. */
export function cellOf(value: number | string | undefined): string {
  if (value === undefined || value === '') return '-';
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}

/** A duration a person can read: "45s", "12m 5s", "3h 2m", "4d 1h". */
export function durationText(ms: number | undefined): string {
  if (ms === undefined) return '-';
  const seconds = Math.round(Math.max(0, ms) / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days}d ${hours % 24}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}
