// The rules of proxies are the SDK's own: the same variables, the same exceptions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPipelineRequest, proxyPolicy } from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import fc from 'fast-check';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { proxyFor } from '../../../src/config/proxy.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { workerEnvironment } from '../../support/worker-environment.ts';

const host = fc.constantFrom(
  'orders.servicebus.windows.net',
  'servicebus.windows.net',
  'xservicebus.windows.net',
  'localhost',
  '127.0.0.1',
);
const exception = fc.constantFrom(
  '.servicebus.windows.net',
  'servicebus.windows.net',
  '.windows.net',
  'ORDERS.servicebus.windows.net',
  '*.windows.net',
  '*',
  'localhost',
  '127.0.0.1',
  'orders.servicebus.windows.net:443',
  ' orders.servicebus.windows.net ',
  '',
);

describe('the proxy of a host', () => {
  it('is the one that the SDK uses for storage there', async () => {
    const lists = fc.array(exception, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(host, lists, async (name, exceptions) => {
        const environment = { HTTPS_PROXY: 'http://proxy.local:3128', NO_PROXY: exceptions.join(',') };
        assert.equal(proxyFor(name, environment)?.url, await sdkProxyOf(name, environment));
      }),
    );
  });

  it('is found in the variables in which the SDK looks, in its order', async () => {
    const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy'];
    const some = fc.subarray(names);
    await fc.assert(
      fc.asyncProperty(some, fc.subarray(names), async (given, empty) => {
        const environment = {
          ...Object.fromEntries(
            given.map((name) => [name, `http://${name.replace('_', '-')}:1/`.toLowerCase()]),
          ),
          ...Object.fromEntries(empty.map((name) => [name, ''])),
        };
        assert.equal(proxyFor('a.b', environment)?.url, await sdkProxyOf('a.b', environment));
      }),
    );
  });

  it('is shown without user and password', () => {
    const proxy = proxyFor('a.b', { https_proxy: 'http://me:s%40cret@proxy.local:3128' });
    assert.equal(proxy?.shown, 'http://***@proxy.local:3128');
    assert.equal(proxy.variable, 'HTTPS_PROXY');
  });

  for (const given of [
    'proxy.local:3128',
    '10.0.0.1:3128',
    'socks5://proxy:1080',
    'http://%zz@proxy',
    'http://',
  ]) {
    it(`is refused before anything starts where it is ${given}`, () => {
      const values = { ...workerEnvironment, HTTPS_PROXY: given };
      const reading = readConfig([{ origin: 'environment', values }]);
      assert.equal(reading.kind === 'invalid' && reading.problems.length, 1);
      assert.match(
        reading.kind === 'invalid' ? (reading.problems[0]?.text ?? '') : '',
        /^HTTPS_PROXY (is|has)/,
      );
    });
  }
});

/** What proxyPolicy would send a request through; its list of exceptions is read as it reads the variable. */
async function sdkProxyOf(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const before = { ...process.env };
  try {
    for (const key of Object.keys(process.env)) if (/_proxy$/i.test(key)) delete process.env[key];
    Object.assign(process.env, environment);
    const customNoProxyList = (environment['NO_PROXY'] ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item.length > 0);
    const policy = proxyPolicy(undefined, { customNoProxyList });
    const request = createPipelineRequest({ url: `https://${name}/` });
    await policy.sendRequest(request, async (sent): Promise<PipelineResponse> => ({
      request: sent,
      status: 200,
      headers: sent.headers,
    }));
    const { agent } = request;
    if (!(agent instanceof HttpsProxyAgent)) return undefined;
    return Object.values(environment).find((url) => url !== '' && new URL(url).href === agent.proxy.href);
  } finally {
    for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
    Object.assign(process.env, before);
  }
}
