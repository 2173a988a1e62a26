/** Starts and stops the emulator: data directory, namespaces, broker, listeners, control port. */
import { Broker } from './amqp/broker.ts';
import { entityNotFound } from './amqp/condition.ts';
import type { NamespaceState } from './amqp/namespace-state.ts';
import { connectionString } from './connection-string.ts';
import type { ConnectionStringOptions } from './connection-string.ts';
import { controlToken } from './control/access.ts';
import { listenControl } from './control/control-server.ts';
import { Faults } from './faults.ts';
import { GeoReplication } from './hubs/geo-replication.ts';
import type { Hub, HubSpec } from './hubs/hub.ts';
import { HubView } from './hubs/hub-view.ts';
import { Namespace } from './hubs/namespace.ts';
import { Namespaces } from './hubs/namespaces.ts';
import { DataFolder } from './journal/data-folder.ts';
import { accessRules, hubSpecs, namespaceLimits } from './options.ts';
import type { EmulatorOptions, NamespaceOptions } from './options.ts';
import { Throughput } from './throughput.ts';
import { jwtIssuer } from './tokens/json-web-token.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';
import { openListeners } from './transport/listeners.ts';

const NOT_WITH_DATA = 'geo-replication cannot be had with a data directory, which does not keep it';

export interface Emulator {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly webSocketPort: number | undefined;
  readonly controlPort: number | undefined;
  readonly healthPort: number | undefined;
  /** What requests to the control port bring as `authorization: Bearer <token>`. */
  readonly controlToken: string | undefined;
  /** The certificate of the TLS and WebSocket listeners: give it to clients as a trusted root. */
  readonly caCertificatePem: string | undefined;
  readonly faults: Faults;
  /** For clients of the plain listener; with a hub it names it as EntityPath. Throws RangeError for an unknown rule. */
  connectionString(hub?: string, options?: ConnectionStringOptions): string;
  /** `namespace` is a host name; undefined: the first. Throws RangeError for a hub or namespace that is not there. */
  hub(name: string, namespace?: string): HubView;
  addPartitions(hub: string, count: number, namespace?: string): void;
  /** Deletes the hub and makes an empty one of the same shape; links of the old one are detached. */
  recreateHub(hub: string, namespace?: string): void;
  /** Makes a namespace geo-replicated: numeric offsets, also those of checkpoints, are refused from then on. */
  enableGeoReplication(namespace?: string): void;
  /**
   * Promotes the secondary region of a geo-replicated namespace: every connection is cut, a new replication segment begins.
   * `lostEvents`: the newest events of each partition that it had not got yet; their sequence numbers are given again.
   * Throws RangeError when the namespace is not geo-replicated.
   */
  promoteSecondary(options?: { readonly lostEvents?: number; readonly namespace?: string }): void;
  close(): Promise<void>;
  /** Closes it at the end of a block: `await using emulator = await startEmulator(...)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Settles when every listener listens. Rejects with TypeError for bad options, with the system's error (EADDRINUSE, EACCES)
 * when a port cannot be had, with DataFolderError when the data directory cannot be used.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const data = options.dataFolder === undefined ? undefined : await DataFolder.open(options.dataFolder);
  try {
    return await serve(options, data);
  } catch (error) {
    await data?.close();
    throw error;
  }
}

async function serve(options: EmulatorOptions, data: DataFolder | undefined): Promise<Emulator> {
  const isReplicated = [options, ...(options.namespaces ?? [])].some((one) => one.geoReplication ?? false);
  if (isReplicated && data !== undefined) throw new TypeError(NOT_WITH_DATA);
  const now = options.now ?? Date.now;
  const host = options.host ?? '127.0.0.1';
  const faults = new Faults({
    dropConnections: () => broker.dropConnections(),
    detachLinks: (target, error) => broker.detachLinks(target, error),
    rulesChanged: () => broker.wakeAll(),
  });
  const open = (hostName: string, ofNamespace: NamespaceOptions, dataName?: string): NamespaceState =>
    openNamespace(hostName, ofNamespace, {
      faults,
      now,
      namespace: new Namespace(
        hubSpecs(ofNamespace.hubs),
        now,
        new GeoReplication(ofNamespace.geoReplication ?? false),
        ({ name, partitionCount }: HubSpec) => data?.hub(name, dataName, partitionCount, now()),
      ),
      answersTo: (wanted, state) => namespaces.forHost(wanted) === state,
    });
  const namespaces: Namespaces = new Namespaces(
    open(host, options),
    (options.namespaces ?? []).map((named) => open(named.hostName, named, named.hostName)),
  );
  const broker: Broker = new Broker(namespaces, faults);
  const find = (name: string, inNamespace: string | undefined): Hub => {
    const hub = namespaces.named(inNamespace).namespace.find(name);
    if (hub === undefined) throw new RangeError(`there is no hub ${name}`);
    return hub;
  };
  const controlled = {
    faults,
    hubs: (namespace?: string) =>
      namespaces.named(namespace).namespace.hubs.map(({ name }) => new HubView(() => find(name, namespace))),
    hub: (name: string, namespace?: string) => {
      find(name, namespace);
      return new HubView(() => find(name, namespace));
    },
    addPartitions: (name: string, count: number, namespace?: string) =>
      find(name, namespace).addPartitions(count),
    enableGeoReplication: (namespace?: string) => {
      if (data !== undefined) throw new TypeError(NOT_WITH_DATA);
      namespaces.named(namespace).namespace.replication.enable();
    },
    promoteSecondary: ({ lostEvents = 0, namespace }: { lostEvents?: number; namespace?: string } = {}) => {
      const state = namespaces.named(namespace);
      broker.cut(state);
      state.namespace.promoteSecondary(lostEvents);
    },
    recreateHub: (name: string, inNamespace?: string) => {
      const hub = find(name, inNamespace);
      const { namespace, hostName } = namespaces.named(inNamespace);
      namespace.recreate(hub);
      faults.detachLinks({ namespace: hostName, hub: hub.name }, entityNotFound(hostName, hub.name));
    },
  };
  const token = options.control === undefined ? undefined : (options.control.token ?? controlToken());
  const listeners = await openListeners(
    host,
    options,
    (stream) => broker.accept(stream),
    (port) => listenControl(host, port, token ?? '', controlled),
  ).catch((error: unknown) => {
    broker.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    broker.close();
    await listeners.close();
    await data?.close();
  };
  return {
    host,
    port: listeners.plain.port,
    tlsPort: listeners.tls?.port,
    webSocketPort: listeners.webSockets?.port,
    controlPort: listeners.control?.port,
    healthPort: listeners.health?.port,
    controlToken: token,
    caCertificatePem: listeners.certificate?.certificatePem,
    faults,
    connectionString: (hub, { rule, namespace } = {}) => {
      const { hostName, rules } = namespaces.named(namespace);
      return connectionString(hostName, listeners.plain.port, rules, rule, hub);
    },
    hub: controlled.hub,
    addPartitions: controlled.addPartitions,
    recreateHub: controlled.recreateHub,
    enableGeoReplication: controlled.enableGeoReplication,
    promoteSecondary: controlled.promoteSecondary,
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Surroundings {
  readonly faults: Faults;
  readonly now: () => number;
  readonly namespace: Namespace;
  readonly answersTo: (host: string, state: NamespaceState) => boolean;
}

function openNamespace(
  hostName: string,
  options: NamespaceOptions,
  { faults, now, namespace, answersTo }: Surroundings,
): NamespaceState {
  const rules = accessRules(options);
  const issuer = options.jwt === undefined ? undefined : jwtIssuer(options.jwt);
  const state: NamespaceState = {
    hostName,
    rules,
    namespace,
    tokens: new TokenVerifier(rules, issuer, now),
    throughput: new Throughput(options.throughputUnits, now),
    limits: namespaceLimits(options),
    isStrict: options.strict ?? false,
    faults,
    now,
    answersTo: (host) => answersTo(host, state),
  };
  return state;
}
