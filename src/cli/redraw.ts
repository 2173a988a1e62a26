// One line of a terminal, written again and again.

const eraseLine = '\r\u001B[2K';

/** Cut to the terminal's width: a longer line would wrap and could not be redrawn. Some terminals do not tell theirs. */
export function redraw(line: string): void {
  const { columns } = process.stdout;
  process.stdout.write(eraseLine + (columns > 0 ? line.slice(0, columns - 1) : line));
}
