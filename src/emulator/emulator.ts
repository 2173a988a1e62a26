/** Starts and stops an emulated Event Hubs namespace: hubs, broker, listeners, control port. */
import type { Duplex } from 'node:stream';
import { Broker } from './amqp/broker.ts';
import { entityNotFound } from './amqp/condition.ts';
import { Faults } from './faults.ts';
import type { Hub } from './hubs/hub.ts';
import { HubView } from './hubs/hub-view.ts';
import { jwtIssuer } from './tokens/json-web-token.ts';
import { listenControl } from './control/control-server.ts';
import type { Controlled } from './control/control-server.ts';
import { listenPlain, listenTls, listenWebSockets } from './transport/listener.ts';
import type { Listener } from './transport/listener.ts';
import { Namespace } from './hubs/namespace.ts';
import { hubSpecs, sharedAccessKey } from './options.ts';
import type { EmulatorOptions } from './options.ts';
import { selfSignedCertificate } from './transport/self-signed-certificate.ts';
import type { Certificate } from './transport/self-signed-certificate.ts';
import type { SharedAccessKey } from './tokens/sas-token.ts';
import { Throughput } from './throughput.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';

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
  const find = (name: string): Hub => {
    const hub = namespace.find(name);
    if (hub === undefined) throw new RangeError(`there is no hub ${name}`);
    return hub;
  };
  const controlled = {
    faults,
    hubs: () => namespace.hubs.map(({ name }) => new HubView(() => find(name))),
    hub: (name: string) => {
      find(name);
      return new HubView(() => find(name));
    },
    addPartitions: (name: string, count: number) => find(name).addPartitions(count),
    recreateHub: (name: string) => {
      const hub = find(name);
      namespace.recreate(hub);
      faults.detachLinks({ hub: hub.name }, entityNotFound(host, hub.name));
    },
  };
  const listeners = await openListeners(host, options, broker, controlled);
  return {
    host,
    port: listeners.plain.port,
    tlsPort: listeners.tls?.port,
    webSocketPort: listeners.webSockets?.port,
    controlPort: listeners.control?.port,
    caCertificatePem: listeners.certificate?.certificatePem,
    faults,
    connectionString: (hub) => connectionString(`${host}:${listeners.plain.port}`, key, hub),
    hub: controlled.hub,
    addPartitions: controlled.addPartitions,
    recreateHub: controlled.recreateHub,
    close: async () => {
      broker.close();
      await closeAll(listeners);
    },
  };
}

interface Listeners {
  readonly plain: Listener;
  readonly tls: Listener | undefined;
  readonly webSockets: Listener | undefined;
  readonly control: Listener | undefined;
  readonly certificate: Certificate | undefined;
}

/** Opens every listener, or none: when one port cannot be had the others are closed again. */
async function openListeners(
  host: string,
  options: EmulatorOptions,
  broker: Broker,
  controlled: Controlled,
): Promise<Listeners> {
  const { tls, webSockets, control } = options;
  const onStream = (stream: Duplex): void => broker.accept(stream);
  const certificate = certificateFor(host, options);
  const opened: Listener[] = [];
  const open = async (listener: Promise<Listener>): Promise<Listener> => {
    opened.push(await listener);
    return await listener;
  };
  try {
    return {
      certificate,
      plain: await open(listenPlain(host, options.port ?? DEFAULT_PORT, onStream)),
      tls: tls && certificate && (await open(listenTls(host, tls.port, certificate, onStream))),
      webSockets:
        webSockets &&
        certificate &&
        (await open(listenWebSockets(host, webSockets.port, certificate, onStream))),
      control: control && (await open(listenControl(host, control.port, controlled))),
    };
  } catch (error) {
    broker.close();
    await Promise.all(opened.map((listener) => listener.close()));
    throw error;
  }
}

async function closeAll({ plain, tls, webSockets, control }: Listeners): Promise<void> {
  await Promise.all([plain.close(), tls?.close(), webSockets?.close(), control?.close()]);
}

function certificateFor(
  host: string,
  { tls, webSockets, certificate }: EmulatorOptions,
): Certificate | undefined {
  if (tls === undefined && webSockets === undefined) return undefined;
  return (
    certificate ?? selfSignedCertificate([...new Set(['localhost', '127.0.0.1', '::1', host])], Date.now())
  );
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
