// The committed corpus: one input a line, its name and its bytes in hex. Inputs that once failed stay in it.
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';

export interface CorpusInput {
  readonly name: string;
  readonly bytes: Buffer;
}

const file = new URL('./corpus.txt', import.meta.url);

export function readCorpus(): readonly CorpusInput[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [name, hex = ''] = line.split(' ');
    return name === undefined || name === '' || name.startsWith('#')
      ? []
      : [{ name, bytes: Buffer.from(hex, 'hex') }];
  });
}

export function writeCorpus(inputs: readonly CorpusInput[]): void {
  const lines = inputs.map(({ name, bytes }) => `${name} ${bytes.toString('hex')}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
}
