import { test } from 'node:test';
import { checkInput } from '../../fuzz/codec/claims.ts';
import { readCorpus } from '../../fuzz/codec/corpus-file.ts';

test('G11: what the fuzzer once found interesting: read or refused, and read as rhea does where it can', () => {
  for (const { name, bytes } of readCorpus()) {
    try {
      checkInput(bytes);
    } catch (error) {
      throw new Error(`${name}: ${bytes.toString('hex')}`, { cause: error });
    }
  }
});
