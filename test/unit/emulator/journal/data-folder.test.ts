// The directory of an emulator's hubs: one emulator at a time, hubs found again, removed and grown.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { DataFolder } from '../../../../src/emulator/journal/data-folder.ts';
import { DataFolderError } from '../../../../src/emulator/journal/data-folder-error.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'data-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a directory that another emulator has is refused, and free when that one has closed it', async (t) => {
  const folder = folderFor(t);
  const first = await DataFolder.open(folder);
  await assert.rejects(DataFolder.open(folder), {
    name: 'DataFolderError',
    message: /in use by another emulator/,
  });
  await first.close();
  const second = await DataFolder.open(folder);
  await second.close();
});

test('a directory whose emulator was killed is free at once', async (t) => {
  const folder = folderFor(t);
  const module = JSON.stringify(new URL('../../../../src/emulator/journal/data-folder.ts', import.meta.url));
  const program = `import(${module}).then(async ({ DataFolder }) => {
    await DataFolder.open(${JSON.stringify(folder)});
    console.log('has it');
    setInterval(() => {}, 1000);
  })`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await assert.rejects(DataFolder.open(folder), DataFolderError);
  child.kill('SIGKILL');
  await once(child, 'exit');
  // Two at once: one of them gets it.
  const outcomes = await Promise.allSettled([DataFolder.open(folder), DataFolder.open(folder)]);
  const opened = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
  assert.equal(opened.length, 1);
  await opened[0]?.close();
});

test('a hub is found again with its time of creation, under any case of its name', async (t) => {
  const folder = folderFor(t);
  const first = await DataFolder.open(folder);
  first.hub('Orders', undefined, 4, 1000);
  await first.close();
  const second = await DataFolder.open(folder);
  const hub = second.hub('orders', undefined, 2, 9000);
  assert.equal(hub.createdAtMs, 1000);
  assert.equal(hub.partitionCount, 4, 'partitions cannot be taken away');
  hub.grow(6);
  await second.close();
  const third = await DataFolder.open(folder);
  assert.equal(third.hub('orders', undefined, 2, 9000).partitionCount, 6);
  assert.equal(third.hub('orders', 'shop.localhost', 2, 9000).partitionCount, 2, 'another namespace');
  await third.close();
});

test('a hub that was removed is new, also when its removal was cut short', async (t) => {
  const folder = folderFor(t);
  const data = await DataFolder.open(folder);
  const removed = data.hub('orders', undefined, 1, 1000);
  removed.journal('0').append(0, { sequenceNumber: 0, offset: 0, enqueuedAtMs: 1 }, 0, Buffer.from('x'));
  removed.remove();
  assert.equal(data.hub('orders', undefined, 1, 2000).createdAtMs, 2000);
  const halfway = data.hub('audit', undefined, 1, 1000).journal('0');
  halfway.append(0, { sequenceNumber: 0, offset: 0, enqueuedAtMs: 1 }, 0, Buffer.from('x'));
  rmSync(join(folder, 'hubs/audit/hub.json'));
  const fresh = data.hub('audit', undefined, 1, 2000);
  assert.deepEqual([...fresh.journal('0').read()], []);
  await data.close();
});

test('a description of another version is refused, and left as it is', async (t) => {
  const folder = folderFor(t);
  const data = await DataFolder.open(folder);
  data.hub('orders', undefined, 1, 1000);
  const path = join(folder, 'hubs/orders/hub.json');
  for (const text of ['{"format":2,"createdAtMs":1,"partitionCount":1}', '{"form', '']) {
    writeFileSync(path, text);
    assert.throws(() => data.hub('orders', undefined, 1, 1000), /hub\.json was not written by this version/);
    assert.ok(existsSync(path));
  }
  await data.close();
});

test('a file in the place of the directory, and a path too long for its lock, are told', async (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await assert.rejects(DataFolder.open(file), { name: 'DataFolderError', message: /cannot be made/ });
  const long = join(folder, 'x'.repeat(120));
  await assert.rejects(DataFolder.open(long), { name: 'DataFolderError', message: /path is too long/ });
});
