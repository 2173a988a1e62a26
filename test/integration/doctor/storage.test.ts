// Each check of the store, failing as in life: a missing container, a wrong key, an outage, settings and promises that Azurite
// itself does not have (the proxy changes its answers), and containers that hold more than they should.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageProxy } from '../../chaos/storage-proxy.ts';
import {
  doctorFixture,
  HUB,
  namesIn,
  PARTITIONS,
  PREFIX,
  throughPort,
  writeRecord,
} from './doctor-fixture.ts';

describe('doctor, at the store', () => {
  const fixture = doctorFixture();

  it('finds a container that is not there, and still looks at everything else', async (t) => {
    const { env, examine } = await fixture.stage(t);
    env['CHECKPOINT_CONTAINER'] = 'not-there';
    const examination = await examine();
    examination.says('storage token', 'ok', /accepted/);
    examination.says(
      'checkpoint container',
      'failed',
      /no container named not-there\. Create it, or change CHECKPOINT_/,
    );
    examination.says('conditional writes', 'unknown', /"checkpoint container" comes first/);
    examination.says('dead letter container', 'ok', /written/);
    examination.says('event hub', 'ok', /4 partitions/);
    assert.equal(examination.exitCode, 1);

    Object.assign(env, { CHECKPOINT_CONTAINER: 'checkpoints', DEAD_LETTER_CONTAINER: 'not-there' });
    (await examine()).says('dead letter container', 'failed', /not-there.*DEAD_LETTER_CONTAINER/);
  });

  it('finds a wrong key', async (t) => {
    const { env, examine } = await fixture.stage(t);
    env['STORAGE_CONNECTION_STRING'] = fixture
      .azurite()
      .connectionString.replace(/AccountKey=\w{4}/, 'AccountKey=AAAA');
    const examination = await examine();
    examination.says('storage token', 'failed', /Blob Storage refused the credentials/);
    examination.says('roles', 'failed', /connection string was refused/);
    examination.says('clock', 'ok', /agrees/);
  });

  it('finds a store that is not there, and one that never answers', async (t) => {
    const { env, examine } = await fixture.stage(t);
    const proxy = await StorageProxy.start(fixture.azurite().port);
    t.after(() => proxy.close());
    env['STORAGE_CONNECTION_STRING'] = throughPort(fixture.azurite().connectionString, 1);
    const closed = await examine();
    closed.says('storage token', 'failed', /Blob Storage cannot be reached/);
    closed.says('clock', 'failed', /Blob Storage cannot be reached/);
    closed.says('event hub', 'ok', /4 partitions/);

    env['STORAGE_CONNECTION_STRING'] = throughPort(fixture.azurite().connectionString, proxy.port);
    proxy.inject('silent');
    const silent = await examine('--timeout-seconds', '2');
    silent.says('storage token', 'failed', /did not finish within 2000 ms/);
    silent.says('clock', 'failed', /did not finish within 2000 ms/);
    silent.says('consumer group', 'ok', /is there/);
  });

  it('finds that it may read and not write', async (t) => {
    const stage = await fixture.stage(t);
    await stage.changeAnswers(({ method }, answer) => {
      if (method !== 'PUT') return;
      answer.status = 403;
      answer.headers.set('x-ms-error-code', 'AuthorizationPermissionMismatch');
      answer.body = '';
    });
    const examination = await stage.examine();
    examination.says('storage token', 'ok', /accepted/);
    examination.says('checkpoint container', 'failed', /role "Storage Blob Data Contributor"/);
    examination.says('roles', 'failed', /refused/);
  });

  it('finds a store that does not give back what was written', async (t) => {
    const stage = await fixture.stage(t);
    await stage.changeAnswers(({ method, path }, { headers }) => {
      if (method === 'HEAD' && path.includes('eventhub-worker-doctor/')) headers.set('etag', '"0x1"');
    });
    (await stage.examine()).says('checkpoint container', 'failed', /did not give back/);
  });

  it('finds a store that accepts writes it must refuse', async (t) => {
    for (const [refusal, acceptance] of [
      [409, 201],
      [412, 200],
    ]) {
      const stage = await fixture.stage(t);
      await stage.changeAnswers(({ method }, answer) => {
        if (method === 'PUT' && answer.status === refusal) answer.status = acceptance ?? 0;
      });
      const examination = await stage.examine();
      examination.says('conditional writes', 'failed', /two workers could own one partition/);
      assert.match(
        JSON.stringify(examination.of('conditional writes').details),
        new RegExp(`${acceptance}, expected ${refusal}`),
      );
      assert.deepEqual(await namesIn(stage.checkpoints), []);
    }
  });

  it('finds soft delete by the blob it deleted, and does not guess where it may not ask', async (t) => {
    const stage = await fixture.stage(t);
    await stage.changeAnswers(({ query }, answer) => {
      const name = query.get('prefix') ?? '';
      if (!/deleted/.test(query.get('include') ?? '') || !name.startsWith('eventhub-worker-doctor/')) return;
      const blob = `<Blob><Name>${name}</Name><Deleted>true</Deleted><Properties><Last-Modified>${new Date(0).toUTCString()}</Last-Modified><Etag>0x1</Etag></Properties></Blob>`;
      answer.body = answer.body.replace(/<Blobs ?\/>|<Blobs><\/Blobs>/, `<Blobs>${blob}</Blobs>`);
    });
    const on = await stage.examine();
    on.says('soft delete', 'warning', /is kept/);
    assert.match(JSON.stringify(on.of('soft delete').details), /--enable-delete-retention false/);

    await stage.changeAnswers(({ query }, answer) => {
      if (/deleted/.test(query.get('include') ?? '')) Object.assign(answer, { status: 403, body: '' });
    });
    const refused = await stage.examine();
    refused.says('soft delete', 'unknown', /ask with this command/);
    refused.says('conditional writes', 'ok', /409/);
    assert.match(
      JSON.stringify(refused.of('soft delete').details),
      /blob-service-properties show --account-name devstoreaccount1/,
    );
  });

  it('finds versioning by the version of its write', async (t) => {
    const stage = await fixture.stage(t);
    await stage.changeAnswers(({ method }, { headers }) => {
      if (method === 'PUT') headers.set('x-ms-version-id', '2026-01-01T00:00:00.0000000Z');
    });
    const examination = await stage.examine();
    examination.says('versioning', 'warning', /kept as a version and billed/);
    assert.match(JSON.stringify(examination.of('versioning').details), /--enable-versioning false/);
  });

  it('finds a hierarchical namespace, and does not guess where it may not ask', async (t) => {
    const stage = await fixture.stage(t);
    await stage.changeAnswers(({ query }, { headers }) => {
      if (query.get('restype') === 'account') headers.set('x-ms-is-hns-enabled', 'true');
    });
    (await stage.examine()).says('hierarchical namespace', 'warning', /plain StorageV2/);

    await stage.changeAnswers(({ query }, answer) => {
      if (query.get('restype') === 'account') Object.assign(answer, { status: 403, body: '' });
    });
    const refused = await stage.examine();
    refused.says('hierarchical namespace', 'unknown', /must say false/);
    assert.equal(refused.exitCode, 0);
  });

  it('finds a clock that is off', async (t) => {
    const stage = await fixture.stage(t);
    const offBy = (ms: number) =>
      stage.changeAnswers(({ query }, { headers }) => {
        if (query.get('restype') === 'account') headers.set('date', new Date(Date.now() + ms).toUTCString());
      });
    await offBy(60_000);
    (await stage.examine()).says('clock', 'warning', /behind the store's clock/);
    await offBy(-600_000);
    const examination = await stage.examine();
    examination.says('clock', 'failed', /ahead of the store's clock: tokens will be refused/);
    assert.equal(examination.exitCode, 1);
  });

  it('finds what does not belong into the container', async (t) => {
    const { checkpoints, examine } = await fixture.stage(t);
    await writeRecord(checkpoints, '127.0.0.1/orders/billing/checkpoint/0', {
      sequencenumber: '1',
      offset: '1',
    });
    (await examine()).says('container content', 'warning', /1 other consumer groups share/);
    await writeRecord(checkpoints, 'backup.zip', {});
    const examination = await examine();
    examination.says('container content', 'warning', /1 blobs that are no records/);
    assert.deepEqual(examination.of('container content').details?.['foreign blobs'], ['backup.zip']);
  });

  it('finds checkpoints beyond the end, before the beginning, and unreadable ones', async (t) => {
    const { env, checkpoints, examine } = await fixture.stage(t);
    const hub = fixture.emulator().hub(HUB);
    for (let count = 0; count < 10; count += 1) hub.append('1', { body: { count } });
    hub.expire('1', 6);
    const write = (id: string, sequenceNumber: string) =>
      writeRecord(checkpoints, `${PREFIX}/checkpoint/${id}`, {
        sequencenumber: sequenceNumber,
        offset: '-1',
      });
    await write('1', '2');
    const behind = await examine();
    behind.says('checkpoints', 'warning', /expired before they were handled/);
    assert.deepEqual(behind.of('checkpoints').details, { behind: ['partition 1: at 2, 3 events expired'] });

    await write('0', '5000');
    env['ON_RECREATED_HUB'] = 'stop';
    (await examine()).says('checkpoints', 'failed', /re-created.*checkpoints reset/);
    env['ON_RECREATED_HUB'] = 'reset';
    (await examine()).says('checkpoints', 'warning', /begin again/);

    await write(String(PARTITIONS - 1), 'many');
    const unreadable = await examine();
    unreadable.says('checkpoints', 'failed', /1 records cannot be read/);
    assert.match(
      JSON.stringify(unreadable.of('checkpoints').details),
      /neither the sequencenumber nor the offset of an event \(many/,
    );
  });
});
