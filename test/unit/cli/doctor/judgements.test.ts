// What each check makes of what it sees. That it sees the right thing is test/integration/doctor.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../../src/cli/doctor/check.ts';
import { judgeCheckpoints } from '../../../../src/cli/doctor/checkpoints.ts';
import { judgeSkew } from '../../../../src/cli/doctor/clock.ts';
import { judgeProblems } from '../../../../src/cli/doctor/configuration.ts';
import { judgeContent } from '../../../../src/cli/doctor/container-content.ts';
import { judgeCost } from '../../../../src/cli/doctor/cost.ts';
import { endpointsOf } from '../../../../src/cli/doctor/endpoint.ts';
import type { EndpointAnswer } from '../../../../src/cli/doctor/endpoint.ts';
import { judgeEndpoints } from '../../../../src/cli/doctor/network.ts';
import { judgeProxies } from '../../../../src/cli/doctor/proxies.ts';
import { judge as judgeReceivers } from '../../../../src/cli/doctor/receivers.ts';
import { judgeReplicas } from '../../../../src/cli/doctor/replicas.ts';
import { samplePrices } from '../../../../src/cli/storage-cost.ts';
import { workerEnvironment } from '../../../support/worker-environment.ts';
import { configOf, endOf } from './stub-world.ts';

function says(answer: Answer, status: Answer['status'], message: RegExp): void {
  assert.equal(answer.status, status, answer.message);
  assert.match(answer.message, message);
}

describe('configuration', () => {
  const problem = (variable: 'HANDLER' | 'CONCURRENCY') => ({ variable, text: `${variable} is wrong` });
  it('fails on what keeps the worker from starting, and only warns of a handler that is not set', () => {
    says(judgeProblems([]), 'ok', /Complete/);
    says(judgeProblems([problem('HANDLER')]), 'warning', /HANDLER/);
    says(judgeProblems([problem('HANDLER'), problem('CONCURRENCY')]), 'failed', /would not start/);
  });
});

describe('network', () => {
  const reached: EndpointAnswer = { kind: 'reached', address: '10.0.0.1', protocol: 'TLSv1.3' };
  const lost = (at: 'DNS' | 'TCP' | 'TLS'): EndpointAnswer => ({ kind: 'lost', at, reason: 'ECONNREFUSED' });
  const with2 = (transport: string, amqp: EndpointAnswer, webSockets: EndpointAnswer) => {
    const { eventHub } = configOf({ ...workerEnvironment, EVENTHUB_TRANSPORT: transport });
    const [first, second] = endpointsOf(eventHub);
    assert.ok(first !== undefined && second !== undefined);
    return judgeEndpoints([
      { endpoint: first, answer: amqp },
      { endpoint: second, answer: webSockets },
    ]);
  };

  it('asks for 5671 with AMQP and for 443 with WebSockets, and does not mind that the other is closed', () => {
    says(with2('amqp', reached, reached), 'ok', /open/);
    says(with2('amqp', reached, lost('TCP')), 'ok', /open/);
    says(with2('websockets', lost('TCP'), reached), 'ok', /open/);
  });

  it('tells of the other transport when only its port is open', () => {
    says(with2('amqp', lost('TCP'), reached), 'failed', /:5671 .*firewall.*EVENTHUB_TRANSPORT=websockets/);
    says(with2('websockets', reached, lost('TCP')), 'failed', /:443 .*EVENTHUB_TRANSPORT=amqp/);
  });

  it('says for each step what to do', () => {
    says(with2('amqp', lost('DNS'), lost('DNS')), 'failed', /name of the namespace and the DNS/);
    says(with2('amqp', lost('TLS'), lost('TLS')), 'failed', /NODE_EXTRA_CA_CERTS/);
    says(with2('amqp', reached, lost('TLS')), 'warning', /443 answers without a trusted certificate/);
  });

  it('knows an emulator by its connection string, on its port or on 5672', () => {
    const portOf = (endpoint: string) => {
      const string = `Endpoint=sb://${endpoint};SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true`;
      const { eventHub } = configOf({ ...workerEnvironment, EVENTHUB_CONNECTION_STRING: string });
      return endpointsOf(eventHub).map(({ host, port, isTls }) => `${host} ${port} ${String(isTls)}`);
    };
    assert.deepEqual(portOf('localhost:7000'), ['localhost 7000 false']);
    assert.deepEqual(portOf('localhost'), ['localhost 5672 false']);
  });
});

describe('proxies', () => {
  const proxy = { url: 'http://p:1', shown: 'http://p:1', variable: 'HTTPS_PROXY' } as const;
  const judge = (transport: string, isExcepted = false) =>
    judgeProxies({
      config: configOf({
        ...workerEnvironment,
        EVENTHUB_TRANSPORT: transport,
        HTTPS_PROXY: isExcepted ? '' : 'http://p:1',
      }),
      proxyOf: () => (isExcepted ? undefined : proxy),
    });

  it('warns that AMQP over TCP goes past the proxy, and is content with WebSockets or with no proxy', () => {
    says(
      judge('amqp'),
      'warning',
      /AMQP over TCP .* does not go through it: set EVENTHUB_TRANSPORT=websockets/,
    );
    says(judge('websockets'), 'ok', /as told below/);
    says(judge('amqp', true), 'ok', /No proxy/);
  });
});

describe('clock', () => {
  it('counts only what lies outside the time of asking and the second of the Date', () => {
    says(judgeSkew(10_500, 10_000, 10_000), 'ok', /agrees/);
    says(judgeSkew(10_000, 10_000, 5_500), 'ok', /agrees/);
  });

  it('warns from 5 s on and fails from 5 minutes on, ahead and behind', () => {
    says(judgeSkew(100_000, 100_000, 93_000), 'warning', /6\.0 s ahead of the store's clock/);
    says(judgeSkew(100_000, 100_000, 106_000), 'warning', /6\.0 s behind the store's clock/);
    says(judgeSkew(1_000_000, 1_000_000, 600_000), 'failed', /NTP/);
    says(judgeSkew(1_000_000, 1_000_000, 1_300_000), 'failed', /300\.0 s behind/);
  });
});

describe('container content', () => {
  const own = 'ns.servicebus.windows.net/orders/$default/';
  const judge = (...names: string[]) => judgeContent('checkpoints', own, names);
  it('knows its own records, the slash in a worker id and its own probes', () => {
    says(judge(), 'ok', /nothing else/);
    const names = [
      `${own}checkpoint/0`,
      `${own}ownership/0`,
      `${own}member/pod/1`,
      'eventhub-worker-doctor/7',
    ];
    says(judge(...names), 'ok', /nothing else/);
  });

  it('tells other groups from what is no record at all', () => {
    says(
      judge('ns/orders/other/checkpoint/0', 'ns/orders/other/checkpoint/1'),
      'warning',
      /1 other consumer groups/,
    );
    says(judge('backup.zip', 'ns/orders/other/checkpoint/0'), 'warning', /1 blobs that are no records/);
  });
});

describe('checkpoints', () => {
  const judge = (changes: Partial<Parameters<typeof judgeCheckpoints>[0]>) =>
    judgeCheckpoints({
      stored: [],
      malformed: [],
      ends: [endOf('0', 50, 99)],
      onRecreated: 'stop',
      ...changes,
    });
  const at = (sequenceNumber: number, partitionId = '0') => ({ stored: [{ partitionId, sequenceNumber }] });

  it('takes every position within what is retained, and the one just before it', () => {
    for (const position of [49, 50, 99]) says(judge(at(position)), 'ok', /1 of 1/);
    says(judge({}), 'ok', /None yet/);
    says(judge({ ...at(99), ends: [endOf('0', 100, 99)] }), 'ok', /1 of 1/);
  });

  it('tells what expired before it was handled', () => {
    const answer = judge(at(40));
    says(answer, 'warning', /expired/);
    assert.deepEqual(answer.details, { behind: ['partition 0: at 40, 9 events expired'] });
    says(judge({ ...at(40), ends: [endOf('0', 100, 99)] }), 'warning', /expired/);
  });

  it('tells a hub that was re-created, and what the worker will do about it', () => {
    says(judge(at(100)), 'failed', /ON_RECREATED_HUB=stop.*checkpoints reset/);
    says(judge({ ...at(100), onRecreated: 'reset' }), 'warning', /begin again/);
    says(judge(at(7, '5')), 'warning', /do not exist/);
  });

  it('fails on a record that cannot be read', () => {
    says(judge({ malformed: ['The blob x is left alone: it has no offset.'] }), 'failed', /KEDA fails/);
  });
});

describe('receivers', () => {
  const lease = (generation: number, ownerId: string) => [
    { partitionId: '0', generation, ownerId, requestedBy: '', etag: '1', ageMs: 0 },
  ];
  const seat = (
    answer: Parameters<typeof judgeReceivers>[0][number]['answer'],
    leases = lease(7, 'worker-1'),
  ) => judgeReceivers([{ partitionId: '0', answer }], leases)[0];
  const held = (epoch: number, receiver?: string) => ({ kind: 'held' as const, epoch, receiver });

  it('knows a worker of the group by the generation of its lease', () => {
    assert.equal(seat(held(7))?.worker, 'worker-1');
    assert.equal(seat({ kind: 'admitted' })?.worker, undefined);
  });

  it('names a stranger by its receiver name, by the record it keeps, or says that it keeps none', () => {
    assert.equal(seat(held(8, 'billing'))?.foreign, 'billing (epoch 8)');
    assert.equal(seat(held(0), lease(0, 'stock-consumer'))?.foreign, 'stock-consumer (epoch 0)');
    assert.match(seat(held(9))?.foreign ?? '', /a receiver with epoch 9 that keeps no lease/);
    assert.equal(seat({ kind: 'full', receivers: ['a', 'b'] })?.foreign, 'a, b');
  });
});

describe('replicas', () => {
  it('fails above the number of partitions and cannot tell without being told', () => {
    says(judgeReplicas(8, 8), 'ok', /one for each/);
    says(judgeReplicas(8, 4), 'ok', /4 replicas for 8/);
    says(judgeReplicas(8, 9), 'failed', /1 would idle: set maxReplicaCount/);
    says(judgeReplicas(8, undefined), 'unknown', /--max-replicas/);
  });
});

describe('storage cost', () => {
  it('prints its arithmetic and warns of a tick that hammers the account', () => {
    const use = { workers: 8, partitions: 32, tickMs: 10_000, checkpointEveryMs: 5_000 };
    const answer = judgeCost(use, samplePrices);
    says(
      answer,
      'ok',
      /^About 12\.03 a month at rest, and 18\.66 for 22,809,600 requests with events in every partition all the time\.$/,
    );
    says(judgeCost({ ...use, workers: 100, tickMs: 500 }, samplePrices), 'warning', /raise TICK_MS/);
  });
});
