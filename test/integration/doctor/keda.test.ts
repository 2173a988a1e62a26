// G9: what KEDA would read with the values of a ScaledObject: the right blob, another one, or none without an error.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { doctorFixture, HUB, kedaNamespace, PREFIX, writeRecord } from './doctor-fixture.ts';
import type { Stage } from './doctor-fixture.ts';

const EVENTS = 20;

describe('doctor, as KEDA looks', () => {
  const fixture = doctorFixture();

  /** Every partition has a checkpoint at its end, and one of them events beyond it. */
  async function stageWithLag(t: TestContext): Promise<Stage & { readonly lag: number }> {
    const stage = await fixture.stage(t);
    const hub = fixture.emulator().hub(HUB);
    for (const { id, lastSequenceNumber } of hub.partitions) {
      await checkpoint(stage, id, lastSequenceNumber);
    }
    for (let count = 0; count < EVENTS; count += 1) hub.append('0', { body: { count } });
    return { ...stage, lag: EVENTS };
  }

  const checkpoint = ({ checkpoints }: Stage, id: string, sequenceNumber: number | string) =>
    writeRecord(checkpoints, `${PREFIX}/checkpoint/${id}`, {
      sequencenumber: String(sequenceNumber),
      offset: '-1',
    });

  const told = (details: unknown, strategy: string) => String(Reflect.get(Object(details), strategy));

  it('G9: finds the blobs and counts the same as we do', async (t) => {
    const { examine, checkpoints } = await stageWithLag(t);
    const examination = await examine(...kedaNamespace);
    examination.says('KEDA path', 'ok', /reads what the worker writes/);
    assert.equal(
      told(examination.of('KEDA path').details, 'blobMetadata'),
      `${checkpoints.containerName}/${PREFIX}/checkpoint/0: 4 of 4 blobs, lag ${EVENTS}`,
    );
    examination.says('KEDA lag', 'ok', /Both count 20 events/);
  });

  it('G9: catches a capital letter in the hub and in the namespace', async (t) => {
    const { env, examine } = await stageWithLag(t);
    const given = await examine(...kedaNamespace, '--keda-hub', 'Orders');
    given.says(
      'KEDA path',
      'failed',
      /the event hub is "Orders" \(KEDA keeps capital letters here\): give KEDA "orders"/,
    );
    assert.match(told(given.of('KEDA path').details, 'blobMetadata'), /127\.0\.0\.1\/Orders\/.*0 of 4 blobs/);
    assert.equal(given.exitCode, 1);
    (await examine('--keda-namespace', 'Contoso.servicebus.windows.net')).says(
      'KEDA path',
      'failed',
      /the namespace is "Contoso/,
    );

    // Nobody said what KEDA was given: the chart would have lowered it.
    env['EVENTHUB_NAME'] = 'Orders';
    const guessed = await examine();
    guessed.says('KEDA path', 'warning', /^If the ScaledObject has the names .*"orders"/);
    assert.equal(guessed.exitCode, 0);
  });

  it('G9: catches the port that KEDA keeps and the worker drops', async (t) => {
    const { examine } = await stageWithLag(t);
    (await examine()).says(
      'KEDA path',
      'warning',
      /the namespace is "127\.0\.0\.1:\d+" .*give KEDA "127\.0\.0\.1"/,
    );
  });

  it('G9: catches another strategy, and one that is only spelled in another way', async (t) => {
    const { examine } = await stageWithLag(t);
    for (const strategy of ['azureFunction', 'dapr', '']) {
      const examination = await examine(...kedaNamespace, '--keda-strategy', strategy);
      examination.says(
        'KEDA path',
        'failed',
        /checkpointStrategy is .*: set blobMetadata, in exactly this spelling/,
      );
      assert.equal(examination.exitCode, 1);
    }
    (await examine('--keda-strategy', 'BlobMetadata')).says(
      'KEDA path',
      'failed',
      /which KEDA takes for "default"/,
    );
  });

  it('G9: catches another container and another consumer group', async (t) => {
    const { examine } = await stageWithLag(t);
    (await examine(...kedaNamespace, '--keda-container', 'other')).says(
      'KEDA path',
      'failed',
      /blobContainer is "other"/,
    );
    (await examine(...kedaNamespace, '--keda-group', 'billing')).says(
      'KEDA path',
      'failed',
      /the consumer group is "billing"/,
    );
    (await examine(...kedaNamespace, '--keda-group', '$DEFAULT')).says(
      'KEDA path',
      'ok',
      /reads what the worker writes/,
    );
  });

  it('G9: tells what each strategy finds', async (t) => {
    const { examine, checkpoints } = await stageWithLag(t);
    const { lastSequenceNumber: last } = fixture.emulator().hub(HUB).partition('0');
    const put = (name: string, document: unknown) => {
      const text = JSON.stringify(document);
      return checkpoints.getBlockBlobClient(name).upload(text, text.length);
    };
    await put('dapr-orders-$Default-0', { checkpoint: { sequenceNumber: last - 3 }, partitionId: '0' });
    await put('0', { checkpoint: { sequenceNumber: last - 5 }, partitionId: '0' });
    await put('$Default/0', { SequenceNumber: last - 7, PartitionId: '0' });
    await put('$Default/1', 'not an object');
    const { details } = (await examine(...kedaNamespace)).of('KEDA path');
    assert.match(told(details, 'dapr'), /dapr-orders-\$Default-0: 1 of 4 blobs, lag 3$/);
    assert.match(told(details, 'goSdk'), /1 of 4 blobs, lag 5$/);
    assert.match(told(details, 'default'), /\$Default\/1: it is no JSON object$/);
    assert.match(
      told(details, 'azureFunction'),
      /^azure-webjobs-eventhub\/127\.0\.0\.1\/orders\/\$Default\/0: 0 of 4 blobs/,
    );
  });

  it('G9: tells partitions with events and no checkpoint, and a blob that fails the whole trigger', async (t) => {
    const stage = await fixture.stage(t);
    const missing = await stage.examine(...kedaNamespace);
    missing.says('KEDA path', 'warning', /1 of 1 partitions with events have no checkpoint yet/);
    await writeRecord(stage.checkpoints, `${PREFIX}/checkpoint/0`, { offset: '7' });
    const broken = await stage.examine(...kedaNamespace);
    broken.says(
      'KEDA path',
      'failed',
      /trigger fails for every partition: .*checkpoint\/0: sequencenumber on blob not found/,
    );
    broken.says('KEDA lag', 'unknown', /"KEDA path" comes first/);
  });

  it('G9: tells that KEDA counts expired events', async (t) => {
    const stage = await fixture.stage(t);
    const hub = fixture.emulator().hub(HUB);
    for (const { id, lastSequenceNumber } of hub.partitions) await checkpoint(stage, id, lastSequenceNumber);
    for (let count = 0; count < 10; count += 1) hub.append('3', { body: { count } });
    hub.expire('3', hub.partition('3').lastSequenceNumber - 2);
    const examination = await stage.examine(...kedaNamespace);
    examination.says('KEDA lag', 'warning', /KEDA counts 10 events, of which only 3 are left/);
    assert.deepEqual(examination.of('KEDA lag').details, { ours: '3', KEDA: '10' });
  });
});
