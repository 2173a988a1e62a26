import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { WorkerError } from '../../../src/engine/errors.ts';
import { loadHandler } from '../../../src/handlers/load-handler.ts';

describe('loading a handler', () => {
  it('finds built-ins by name', async () => {
    assert.equal(typeof (await loadHandler('log', '/nowhere')).onEvent, 'function');
    assert.equal(typeof (await loadHandler('discard', '/nowhere')).onEvent, 'function');
  });

  it('imports a module relative to the directory, TypeScript as it stands', async (t) => {
    const directory = await moduleIn(
      t,
      'orders.ts',
      'export default { onEvent(event: unknown) { void event; } };',
    );
    assert.equal(typeof (await loadHandler('./orders.ts', directory)).onEvent, 'function');
    assert.equal(typeof (await loadHandler('orders.ts', directory)).onEvent, 'function');
  });

  it('accepts a batch handler and a callable schema', async (t) => {
    const directory = await moduleIn(
      t,
      'batch.mjs',
      `const schema = Object.assign(() => {}, { '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } });
       export default { schema, batch: { maxEvents: 10, maxWaitMs: 0 }, onBatch() {} };`,
    );
    assert.equal(typeof (await loadHandler('batch.mjs', directory)).onBatch, 'function');
  });

  for (const [claim, source, says] of [
    ['no default export', 'export const onEvent = () => {};', /no default export/],
    ['a bare function', 'export default () => {};', /put it into an object as onEvent/],
    ['null', 'export default null;', /the default export is null/],
    ['neither function', 'export default { handle() {} };', /neither onEvent nor onBatch/],
    ['both functions', 'export default { onEvent() {}, onBatch() {} };', /both onEvent and onBatch/],
    ['onEvent of another type', 'export default { onEvent: 1 };', /onEvent is no function/],
    ['onBatch without limits', 'export default { onBatch() {} };', /onBatch needs batch/],
    [
      'limits that are none',
      'export default { onBatch() {}, batch: { maxEvents: 0, maxWaitMs: 1 } };',
      /batch\.maxEvents must be/,
    ],
    ['a schema that is none', 'export default { onEvent() {}, schema: {} };', /no Standard Schema/],
    [
      'a throw at import',
      "throw new Error('no DATABASE_URL');",
      /importing it failed with "no DATABASE_URL"/,
    ],
    ['bad syntax', 'export default {', /importing it failed/],
  ] as const) {
    it(`refuses ${claim}, and says what is wrong`, async (t) => {
      const directory = await moduleIn(t, 'handler.mjs', source);
      await assert.rejects(loadHandler('handler.mjs', directory), badHandler(says));
    });
  }

  it('names the path it looked at and the built-ins when there is no such file', async () => {
    await assert.rejects(
      loadHandler('orders.ts', '/srv/app'),
      badHandler(/there is no file \/srv\/app\/orders\.ts, and the built-in handlers are log, discard/),
    );
  });

  it('refuses a directory', async () => {
    await assert.rejects(loadHandler('.', tmpdir()), badHandler(/is no file; name the module itself/));
  });
});

function badHandler(says: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof WorkerError && error.code === 'EHW_BAD_HANDLER' && says.test(error.message);
}

async function moduleIn(t: TestContext, name: string, source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'handler-'));
  t.after(async () => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, name), source);
  return directory;
}
