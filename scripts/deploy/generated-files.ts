// Files that a script writes and the repository keeps: writing them, and telling where the kept ones differ.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';

/** Absolute path -> text. */
export type GeneratedFiles = ReadonlyMap<string, string>;

export async function writeFiles(files: GeneratedFiles): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** One line for each file that is missing or not as generated; empty when all agree. */
export async function driftOf(files: GeneratedFiles): Promise<readonly string[]> {
  const drift: string[] = [];
  for (const [path, text] of files) {
    const kept = await readFile(path, 'utf8').catch(() => undefined);
    const name = relative(process.cwd(), path);
    if (kept === undefined) drift.push(`${name} is missing`);
    else if (kept !== text) drift.push(`${name} differs ${firstDifference(kept, text)}`);
  }
  return drift;
}

function firstDifference(kept: string, generated: string): string {
  const keptLines = kept.split('\n');
  const generatedLines = generated.split('\n');
  const index = generatedLines.findIndex((line, at) => line !== keptLines[at]);
  const line = index === -1 ? generatedLines.length : index;
  return `at line ${String(line + 1)}: is "${keptLines[line] ?? ''}", should be "${generatedLines[line] ?? ''}"`;
}
