// The programs that the emulator's README shows, by the file name in their first line.

import { readFile } from 'node:fs/promises';

/** Throws when the README shows no such file. */
export async function readmeExample(fileName: string): Promise<string> {
  const readme = await readFile(new URL('../../src/emulator/README.md', import.meta.url), 'utf8');
  for (const [, program = ''] of readme.matchAll(/^```[a-z]+\n(.*?)^```$/gms)) {
    if (/^(?:\/\/|#) (.*)$/m.exec(program)?.[1] === fileName) return program;
  }
  throw new Error(`the README of the emulator shows no ${fileName}`);
}
