// The configuration file of Microsoft's emulator.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { readOfficialConfig } from '../../../src/emulator/official-config.ts';

function config(...entities: readonly unknown[]): string {
  const namespace = { Type: 'EventHub', Name: 'emulatorNs1', Entities: entities };
  return JSON.stringify({ UserConfig: { NamespaceConfig: [namespace], LoggingConfig: { Type: 'File' } } });
}

test('the file that comes with the official emulator is read', () => {
  const text = config({ Name: 'eh1', PartitionCount: '2', ConsumerGroups: [{ Name: 'cg1' }] });
  assert.deepEqual(readOfficialConfig(text), [{ name: 'eh1', partitionCount: 2, consumerGroups: ['cg1'] }]);
});

test('a partition count may be a number, groups may be left out, $default may be named, a BOM may stand in front', () => {
  const text = config(
    { Name: 'a', PartitionCount: 32 },
    { Name: 'b', PartitionCount: ' 4 ', ConsumerGroups: [{ Name: '$default' }, { Name: 'audit' }] },
  );
  assert.deepEqual(readOfficialConfig(`\uFEFF${text}`), [
    { name: 'a', partitionCount: 32, consumerGroups: [] },
    { name: 'b', partitionCount: 4, consumerGroups: ['audit'] },
  ]);
});

test('every problem is told at once, with its path', () => {
  const text = config(
    { Name: 'bad name', PartitionCount: '0' },
    { Name: 'orders' },
    { Name: 'ORDERS', PartitionCount: 'many', ConsumerGroups: [{ Name: 'a' }, { Name: 'A' }, {}] },
  );
  assert.throws(
    () => readOfficialConfig(text),
    (error) => {
      assert.ok(error instanceof TypeError);
      const at = (path: string): RegExp =>
        new RegExp(`UserConfig\\.NamespaceConfig\\[0\\]\\.Entities\\[${path}: `);
      assert.match(error.message, at('0\\]\\.Name'));
      assert.match(error.message, at('0\\]\\.PartitionCount'));
      assert.match(error.message, at('1\\]\\.PartitionCount'));
      assert.match(error.message, at('2\\]\\.PartitionCount'));
      assert.match(error.message, at('2\\]\\.ConsumerGroups\\[2\\]\\.Name'));
      return true;
    },
  );
});

test('names that differ in case alone are twins, of hubs and of groups', () => {
  const groups = [{ Name: 'audit' }, { Name: 'Audit' }];
  assert.throws(
    () => readOfficialConfig(config({ Name: 'a', PartitionCount: 1, ConsumerGroups: groups })),
    /Entities\[0\]\.ConsumerGroups\[1\]\.Name: 'Audit' is given twice/,
  );
  const twins = [
    { Name: 'a', PartitionCount: 1 },
    { Name: 'A', PartitionCount: 1 },
  ];
  assert.throws(() => readOfficialConfig(config(...twins)), /Entities\[1\]\.Name: 'A' is given twice/);
});

test('a file that is no configuration says what is missing', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /it is not JSON/],
    ['{"UserConfig":', /it is not JSON/],
    ['[]', /the file: /],
    ['{}', /UserConfig: /],
    [config(), /Entities: it names no event hub/],
    ['{"UserConfig":{"NamespaceConfig":[]}}', /NamespaceConfig: it names no namespace/],
    ['{"UserConfig":{"NamespaceConfig":[{"Entities":[]},{"Entities":[]}]}}', /one namespace is served/],
  ];
  for (const [text, expected] of cases) assert.throws(() => readOfficialConfig(text), expected);
});

test("the guide's Config.json is read, and its compose file hands it to the official emulator", async () => {
  const guide = await readFile(new URL('../../../docs/official-emulator.md', import.meta.url), 'utf8');
  const block = (language: string): string =>
    new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(guide)?.[1] ?? '';
  assert.deepEqual(readOfficialConfig(block('json')), [
    { name: 'orders', partitionCount: 8, consumerGroups: ['billing'] },
  ]);
  const service = z.object({ image: z.string(), volumes: z.array(z.string()).default([]) });
  const { services } = z.object({ services: z.record(z.string(), service) }).parse(parse(block('yaml')));
  assert.deepEqual(services['eventhubs']?.volumes, [
    './Config.json:/Eventhubs_Emulator/ConfigFiles/Config.json:ro',
  ]);
  assert.ok(Object.values(services).every(({ image }) => /:\d+\.\d+\.\d+$/.test(image)));
});
