// Check: the namespace's name resolves and its ports answer, or the proxy lets through to them, with TLS that this machine trusts.

import { failed, ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';
import type { Endpoint, EndpointAnswer } from './endpoint.ts';

export const network: Check = {
  name: 'network',
  needs: ['configuration'],
  run: async ({ endpoints, reach }, signal) => {
    const reached = endpoints.map(async (endpoint) => ({ endpoint, answer: await reach(endpoint, signal) }));
    return judgeEndpoints(await Promise.all(reached));
  },
};

export interface Attempt {
  readonly endpoint: Endpoint;
  readonly answer: EndpointAnswer;
}

const cures = {
  DNS: 'check the name of the namespace and the DNS of this network (private endpoints need their private zone)',
  TCP: 'open the port in the firewall, and allow this network in the namespace',
  TLS: 'something between here and Azure answers with a certificate of its own: let it pass this host, or trust its root with NODE_EXTRA_CA_CERTS',
  proxy: 'check the address of the proxy, its DNS and this network',
  'proxy password': 'give the proxy the user and password it wants: http://user:password@host:port',
  'proxy rule': 'let the proxy pass CONNECT to this host and port, or except the host in NO_PROXY',
} as const;

export function judgeEndpoints(attempts: readonly Attempt[]): Answer {
  const details = Object.fromEntries(
    attempts.map(({ endpoint, answer }) => [nameOf(endpoint), textOf(answer)]),
  );
  const lost = attempts.find(({ endpoint, answer }) => endpoint.isNeeded && answer.kind === 'lost');
  if (lost?.answer.kind === 'lost') {
    const { endpoint, answer } = lost;
    const isOtherOpen = attempts.some(({ answer: other }) => other.kind === 'reached');
    const other = endpoint.port === 5671 ? 'websockets' : 'amqp';
    const { proxy } = endpoint;
    const through = proxy === undefined ? '' : ` through ${proxy.shown} (${proxy.variable})`;
    const way = isOtherOpen ? `; or set EVENTHUB_TRANSPORT=${other}, whose port is open` : '';
    return failed(
      `${nameOf(endpoint)} cannot be reached${through} (${answer.at}: ${answer.reason}): ${cures[answer.at]}${way}.`,
      details,
    );
  }
  const unusedTls = attempts.find(({ answer }) => answer.kind === 'lost' && answer.at === 'TLS');
  if (unusedTls !== undefined) {
    return warning(
      `The port the worker uses is open; ${nameOf(unusedTls.endpoint)} answers without a trusted certificate: ${cures.TLS}.`,
      details,
    );
  }
  return ok('The port the worker uses is open.', details);
}

function nameOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

function textOf(answer: EndpointAnswer): string {
  return answer.kind === 'reached'
    ? `${answer.protocol} with ${answer.address}`
    : `${answer.at}: ${answer.reason}`;
}
