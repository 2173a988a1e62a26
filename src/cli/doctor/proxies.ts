// Check: which proxy each host is reached through. That it lets anybody through is the concern of the checks behind it.

import { tcpPastProxy } from '../../config/proxy.ts';
import { ok, warning } from './check.ts';
import type { Answer, Check } from './check.ts';
import type { World } from './world.ts';

export const proxies: Check = {
  name: 'proxies',
  needs: ['configuration'],
  run: (world) => judgeProxies(world),
};

export function judgeProxies({ config, proxyOf }: Pick<World, 'config' | 'proxyOf'>): Answer {
  const { eventHub, storage } = config;
  const storageHost = new URL(storage.accountUrl).hostname;
  const way = (host: string): string => {
    const proxy = proxyOf(host);
    return proxy === undefined ? 'directly' : `through ${proxy.shown} (${proxy.variable})`;
  };
  const isTcp = eventHub.transport === 'amqp';
  const details = {
    [eventHub.namespace]: isTcp ? 'directly: AMQP over TCP' : way(eventHub.namespace),
    [storageHost]: way(storageHost),
  };
  if (isTcp && eventHub.proxy !== undefined && !eventHub.isEmulator) {
    return warning(`${tcpPastProxy(eventHub.proxy)}.`, details);
  }
  const isAny = proxyOf(storageHost) !== undefined || (!isTcp && eventHub.proxy !== undefined);
  return ok(isAny ? 'Each host is reached as told below.' : 'No proxy is used.', details);
}
