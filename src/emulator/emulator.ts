/** Starts and stops an emulated Event Hubs namespace: hubs, broker, listeners, control port. */
import type { Server as NetServer } from 'node:net';
import { Broker } from './amqp/broker.ts';
import { Faults } from './faults.ts';
import type { FaultTarget } from './faults.ts';
import type { Hub } from './hub.ts';
import { HubView } from './hub-view.ts';
import { jwtIssuer } from './json-web-token.ts';
import { closeServer, listenPlain, portOf } from './listener.ts';
import { Namespace } from './namespace.ts';
import { hubSpecs, sharedAccessKey } from './options.ts';
import type { EmulatorOptions } from './options.ts';
import type { SharedAccessKey } from './sas-token.ts';
import { Throughput } from './throughput.ts';
import { TokenVerifier } from './token-verifier.ts';

const DEFAULT_PORT = 5672;

export interface Emulator {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly webSocketPort: number | undefined;
  readonly controlPort: number | undefined;
  /** The certificate of the TLS and WebSocket listeners: give it to clients as a trusted root. */
  readonly caCertificatePem: string | undefined;
  readonly faults: Faults;
  /** For clients of the plain listener; with a hub it names it as EntityPath. */
  connectionString(hub?: string): string;
  /** Throws RangeError for a hub that is not there. */
  hub(name: string): HubView;
  addPartitions(hub: string, count: number): void;
  /** Deletes the hub and makes an empty one of the same shape; links of the old one are detached. */
  recreateHub(hub: string): void;
  close(): Promise<void>;
}

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const now = options.now ?? Date.now;
  const host = options.host ?? '127.0.0.1';
  const key = sharedAccessKey(options);
  const namespace = new Namespace(hubSpecs(options.hubs), now);
  const issuer = options.jwt === undefined ? undefined : jwtIssuer(options.jwt);
  const faults = new Faults({
    dropConnections: () => broker.dropConnections(),
    detachLinks: (target, error) => broker.detachLinks(target, error),
    rulesChanged: () => broker.wakeAll(),
  });
  const broker: Broker = new Broker({
    namespace,
    tokens: new TokenVerifier(key, issuer, now),
    throughput: new Throughput(options.throughputUnits, now),
    faults,
    now,
    hostName: host,
  });
  const servers: NetServer[] = [];
  const plain = await listenPlain(host, options.port ?? DEFAULT_PORT, (socket) => broker.accept(socket));
  servers.push(plain);
  const port = portOf(plain);

  const find = (name: string): Hub => {
    const hub = namespace.find(name);
    if (hub === undefined) throw new RangeError(`there is no hub ${name}`);
    return hub;
  };
  const detachAll = (target: FaultTarget, condition: string, description: string): void => {
    faults.detachLinks(target, { condition, description });
  };

  return {
    host,
    port,
    tlsPort: undefined,
    webSocketPort: undefined,
    controlPort: undefined,
    caCertificatePem: undefined,
    faults,
    connectionString: (hub) => connectionString(`${host}:${port}`, key, hub),
    hub: (name) => {
      find(name);
      return new HubView(() => find(name));
    },
    addPartitions: (name, count) => find(name).addPartitions(count),
    recreateHub: (name) => {
      const hub = find(name);
      namespace.recreate(hub);
      detachAll({ hub: hub.name }, 'amqp:not-found', `The messaging entity '${hub.name}' was deleted.`);
    },
    close: async () => {
      broker.close();
      await Promise.all(servers.map(closeServer));
    },
  };
}

function connectionString(endpoint: string, key: SharedAccessKey, hub: string | undefined): string {
  const fields = [
    `Endpoint=sb://${endpoint}`,
    `SharedAccessKeyName=${key.name}`,
    `SharedAccessKey=${key.key}`,
    // Lower case: clients read 'True' as false and then speak TLS.
    'UseDevelopmentEmulator=true',
  ];
  if (hub !== undefined) fields.push(`EntityPath=${hub}`);
  return fields.join(';');
}
