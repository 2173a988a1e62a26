// Each check of the event hub, failing as in life: a wrong environment, a closed port, a dead network, a wrong key, a missing
// hub or group, somebody else in the group.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { EventHubConsumerClient } from '@azure/event-hubs';
import { checkList } from '../../../src/cli/doctor/check-list.ts';
import { reachEndpoint } from '../../../src/cli/doctor/endpoint.ts';
import { startEmulator } from '../../../src/emulator/index.ts';
import type { Emulator } from '../../../src/emulator/index.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { doctorFixture, HUB, PREFIX, writeRecord } from './doctor-fixture.ts';

const noAbort = new AbortController().signal;

describe('doctor, on the way to the event hub', () => {
  const fixture = doctorFixture();

  it('tells every problem of the configuration, looks at nothing else, and ends with 1', async (t) => {
    const { env, examine } = await fixture.stage(t);
    Object.assign(env, { CONCURRENCY: 'many', EVENTHUB_NAME: '' });
    const examination = await examine();
    examination.says('configuration', 'failed', /would not start/);
    const { details } = examination.of('configuration');
    assert.match(JSON.stringify(details), /CONCURRENCY is .*EVENTHUB_NAME is not set/);
    assert.equal(examination.findings.length, checkList.length);
    for (const { status } of examination.findings.slice(1)) assert.equal(status, 'unknown');
    assert.equal(examination.exitCode, 1);
  });

  it('needs no handler', async (t) => {
    const { env, examine } = await fixture.stage(t);
    delete env['HANDLER'];
    const examination = await examine();
    examination.says('configuration', 'warning', /HANDLER/);
    examination.says('event hub', 'ok', /orders has 4 partitions/);
    assert.equal(examination.exitCode, 0);
  });

  it('finds a closed port, and does not wait for what is behind it', async (t) => {
    const { env, examine } = await fixture.stage(t);
    env['EVENTHUB_CONNECTION_STRING'] = fixture.emulator().connectionString().replace(/:\d+;/, ':1;');
    const examination = await examine();
    examination.says('network', 'failed', /127\.0\.0\.1:1 cannot be reached \(TCP: .*firewall/);
    examination.says('event hub', 'unknown', /"event hubs token" comes first/);
    examination.says('conditional writes', 'ok', /409/);
    assert.equal(examination.exitCode, 1);
  });

  it('finds a network that swallows packets once the connection stands', async (t) => {
    const { env, examine } = await fixture.stage(t);
    const proxy = await TcpProxy.start({ host: '127.0.0.1', port: fixture.emulator().port });
    t.after(() => proxy.close());
    proxy.freeze();
    env['EVENTHUB_CONNECTION_STRING'] = fixture
      .emulator()
      .connectionString()
      .replace(/:\d+;/, `:${proxy.port};`);
    const examination = await examine('--timeout-seconds', '3');
    examination.says('network', 'ok', /open/);
    examination.says('event hubs token', 'failed', /did not finish within 3000 ms/);
    examination.says('checkpoint container', 'ok', /written/);
  });

  it('finds something on the port that is no event hub', async (t) => {
    const { env, examine } = await fixture.stage(t);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    t.after(() => void server.close());
    const address = server.address();
    assert.ok(address !== null && typeof address !== 'string');
    env['EVENTHUB_CONNECTION_STRING'] = fixture
      .emulator()
      .connectionString()
      .replace(/:\d+;/, `:${address.port};`);
    const examination = await examine();
    examination.says('network', 'ok', /open/);
    examination.says('event hubs token', 'failed', /it sent no AMQP, but "HTTP/);
  });

  it('finds a wrong key, and names what is refused', async (t) => {
    const { env, examine } = await fixture.stage(t);
    env['EVENTHUB_CONNECTION_STRING'] = fixture
      .emulator()
      .connectionString()
      .replace('SAS_KEY_VALUE', 'another');
    const examination = await examine();
    examination.says('event hubs token', 'failed', /Event Hubs refused the credentials/);
    examination.says('roles', 'failed', /connection string was refused/);
    examination.says('event hub', 'unknown', /comes first/);
  });

  it('finds that there is no such event hub', async (t) => {
    const { env, examine } = await fixture.stage(t);
    env['EVENTHUB_NAME'] = 'other';
    const examination = await examine();
    examination.says('event hubs token', 'ok', /accepted/);
    examination.says('event hub', 'failed', /no event hub named other/);
    examination.says('replicas', 'unknown', /"event hub" comes first/);
  });

  it('finds that there is no such consumer group, and tells how to make it', async (t) => {
    const { env, examine } = await fixture.stage(t);
    env['EVENTHUB_CONSUMER_GROUP'] = 'billing';
    const examination = await examine();
    examination.says('consumer group', 'failed', /no consumer group named billing: create it/);
    assert.match(
      String(examination.of('consumer group').details?.['command']),
      /^az eventhubs eventhub consumer-group create .*--eventhub-name orders --name 'billing'$/,
    );
  });

  it('tells from what the newest events get their order, and disturbs nobody for it', async (t) => {
    const { env, examine } = await fixture.stage(t);
    const emulator = await startEmulator({ port: 0, hubs: [{ name: HUB, partitionCount: 2 }] });
    t.after(() => emulator.close());
    env['EVENTHUB_CONNECTION_STRING'] = emulator.connectionString();
    const hub = emulator.hub(HUB);
    for (let count = 0; count < 30; count += 1) hub.append('0', { body: count });
    const annotations = { 'x-opt-kafka-key': Buffer.from('customer-7') };
    for (let count = 0; count < 30; count += 1) hub.append('0', { body: count, annotations });
    const all = await examine();
    all.says('ordering', 'ok', /carry \(a Kafka record's key\)/);
    assert.equal(all.of('ordering').details?.['events looked at'], 10);

    hub.append('1', { body: 'x', partitionKey: 'k' });
    hub.append('1', { body: 'x' });
    (await examine()).says(
      'ordering',
      'warning',
      /^1 of 12 events carry no partition key, Kafka key or device/,
    );
    for (const id of ['0', '1']) assert.deepEqual(hub.receivers(id), []);
  });

  it('tells more replicas than partitions', async (t) => {
    const { examine } = await fixture.stage(t);
    const examination = await examine('--max-replicas', '5');
    examination.says('replicas', 'failed', /set maxReplicaCount \(KEDA\) or maxReplicas \(HPA\) to 4/);
    assert.equal(examination.exitCode, 1);
  });

  it('prices the settings with the prices given', async (t) => {
    const { examine } = await fixture.stage(t);
    const examination = await examine('--workers', '2', '--price-list', '1', '--price-other', '0');
    // 2 workers x 259,200 ticks.
    examination.says('storage cost', 'ok', /^About 51\.84 a month at rest, and 51\.84 for /);
  });
});

describe('doctor, beside others in the group', () => {
  const fixture = doctorFixture();

  it('names a consumer of the stock SDK that keeps its records here', async (t) => {
    const { examine, checkpoints } = await fixture.stage(t);
    await receive(t, fixture.emulator(), { partitionId: '2', identifier: 'legacy-app', ownerLevel: 3 });
    await writeRecord(checkpoints, `${PREFIX}/ownership/2`, { ownerid: 'legacy-app' });
    const examination = await examine();
    examination.says(
      'receivers',
      'failed',
      /Somebody else receives in \$Default of orders from 1 of 4 partitions/,
    );
    assert.deepEqual(examination.of('receivers').details?.['foreign receivers'], [
      'partition 2: legacy-app (epoch 3)',
    ]);
    assert.match(String(examination.of('receivers').details?.['command']), /consumer-group create/);
  });

  it('tells the epoch of one that keeps no record here', async (t) => {
    const { examine } = await fixture.stage(t);
    await receive(t, fixture.emulator(), { partitionId: '3', identifier: 'elsewhere', ownerLevel: 9 });
    const examination = await examine();
    examination.says('receivers', 'failed', /1 of 4/);
    assert.match(
      String(examination.of('receivers').details?.['foreign receivers']),
      /partition 3: a receiver with epoch 9/,
    );
  });

  it('names the five receivers without an epoch that fill a partition', async (t) => {
    const { examine } = await fixture.stage(t);
    for (let count = 0; count < 5; count += 1)
      await receive(t, fixture.emulator(), { partitionId: '0', identifier: 'reader' });
    // The SDK gives receivers of a single partition names of their own.
    const names = fixture
      .emulator()
      .hub(HUB)
      .receivers('0')
      .map(({ name }) => name);
    const examination = await examine();
    examination.says('receivers', 'failed', /1 of 4/);
    const told = String(examination.of('receivers').details?.['foreign receivers']);
    for (const name of names) assert.ok(told.includes(name), `${name} in ${told}`);
    assert.equal(names.length, 5);
    assert.equal(fixture.emulator().hub(HUB).receivers('0').length, 5);
  });

  it('does not take its own workers for strangers when the store cannot be read', async (t) => {
    const { env, examine } = await fixture.stage(t);
    await receive(t, fixture.emulator(), { partitionId: '3', identifier: 'worker-a', ownerLevel: 9 });
    env['CHECKPOINT_CONTAINER'] = 'not-there';
    (await examine()).says('receivers', 'unknown', /1 partitions are held.*see the checks of the container/);
  });

  it('is refused a receiver for any other reason, and passes it on', async (t) => {
    const { examine } = await fixture.stage(t);
    const fault = fixture.emulator().faults.inject({
      at: 'attach',
      hub: HUB,
      role: 'receiver',
      partitionId: '1',
      error: { condition: 'com.microsoft:server-busy' },
    });
    t.after(() => fault.remove());
    (await examine()).says(
      'receivers',
      'failed',
      /^Partition 1 cannot be received from: Event Hubs throttles/,
    );
  });

  /** A consumer of the stock SDK that holds a partition until the test is over. */
});

describe('reaching an endpoint', () => {
  it('goes through name, TCP and TLS and says where it ended', async (t) => {
    const emulator = await startEmulator({
      port: 0,
      tls: { port: 0 },
      hubs: [{ name: HUB, partitionCount: 1 }],
    });
    t.after(() => emulator.close());
    const reach = (host: string, port: number | undefined, isTls = true) =>
      reachEndpoint({ host, port: port ?? 0, isTls, isNeeded: true, proxy: undefined }, noAbort);

    assert.deepEqual(await reach('127.0.0.1', emulator.port, false), {
      kind: 'reached',
      address: '127.0.0.1',
      protocol: 'TCP',
    });
    const untrusted = await reach('localhost', emulator.tlsPort);
    assert.equal(untrusted.kind === 'lost' ? untrusted.at : '', 'TLS');
    const silent = await reach('127.0.0.1', 1);
    assert.equal(silent.kind === 'lost' ? silent.at : '', 'TCP');
    const nameless = await reach('namespace.invalid', 5671);
    assert.equal(nameless.kind === 'lost' ? nameless.at : '', 'DNS');
  });

  it('trusts what this machine trusts', async (t) => {
    const tls = await import('node:tls');
    const emulator = await startEmulator({
      port: 0,
      tls: { port: 0 },
      hubs: [{ name: HUB, partitionCount: 1 }],
    });
    t.after(() => emulator.close());
    const before = tls.getCACertificates('default');
    t.after(() => tls.setDefaultCACertificates(before));
    tls.setDefaultCACertificates([...before, emulator.caCertificatePem ?? '']);
    const endpoint = {
      host: 'localhost',
      port: emulator.tlsPort ?? 0,
      isTls: true,
      isNeeded: true,
      proxy: undefined,
    };
    const answer = await reachEndpoint(endpoint, noAbort);
    assert.deepEqual(answer.kind === 'reached' ? answer.protocol : answer, 'TLSv1.3');
  });
});

/** A consumer of the stock SDK, there until the test ends. */
async function receive(
  t: { after(close: () => Promise<void>): void },
  emulator: Emulator,
  who: { readonly partitionId: string; readonly identifier: string; readonly ownerLevel?: number },
): Promise<void> {
  const { partitionId, identifier, ownerLevel } = who;
  const client = new EventHubConsumerClient('$Default', emulator.connectionString(HUB), { identifier });
  const seats = () => emulator.hub(HUB).receivers(partitionId).length;
  const before = seats();
  const subscription = client.subscribe(
    partitionId,
    { processEvents: async () => undefined, processError: async () => undefined },
    { maxWaitTimeInSeconds: 1, ...(ownerLevel === undefined ? {} : { ownerLevel }) },
  );
  t.after(async () => {
    await subscription.close();
    await client.close();
  });
  while (seats() === before) await new Promise((resolve) => setTimeout(resolve, 10));
}
