/** What an emulator is started with, and the one place where it is checked and completed. */
import type { HubSpec } from './hubs/hub.ts';
import type { NamespaceLimits } from './amqp/namespace-state.ts';
import { accessRule } from './tokens/access-rule.ts';
import type { AccessRule, AccessRuleOptions } from './tokens/access-rule.ts';
import type { JwtOptions } from './tokens/json-web-token.ts';
import type { Certificate } from './transport/self-signed-certificate.ts';
import type { SharedAccessKey } from './tokens/sas-token.ts';

export interface HubOptions {
  readonly name: string;
  /** 1 to 1,024. */
  readonly partitionCount: number;
  /** Events older than this are forgotten. Default: 24 hours. */
  readonly retentionMs?: number;
  /** Bytes per partition above which the oldest events are forgotten. Default: 512 MiB. */
  readonly retentionBytes?: number;
  /** Old events go in steps of so long, as whole files do in the service. Default: 0, each at its own time. */
  readonly retentionStepMs?: number;
  /** Log compaction: after each so many events of a partition only the newest of each key stays. Default: never. */
  readonly compactEveryEvents?: number;
  /** Consumer groups besides `$Default`, which is always there. */
  readonly consumerGroups?: readonly string[];
  /** Shared access rules of this hub alone. */
  readonly rules?: readonly AccessRuleOptions[];
}

export interface NamespaceOptions {
  readonly hubs: readonly HubOptions[];
  /** The rule with every right that is always there. Default: RootManageSharedAccessKey. */
  readonly sharedAccessKeyName?: string;
  /** Default: a fixed development key. */
  readonly sharedAccessKey?: string;
  /** Further shared access rules of the whole namespace. */
  readonly rules?: readonly AccessRuleOptions[];
  /** Accepts JWTs of this issuer; without it every JWT is refused. */
  readonly jwt?: JwtOptions;
  /** Limits of so many throughput units; without it there is no limit. */
  readonly throughputUnits?: number;
  /** Of a transfer, one event or a batch. Default: 1 MiB, as in the Standard tier; Basic has 256 KiB, Dedicated 20 MiB. */
  readonly maxMessageBytes?: number;
  /** At the same time. Default: 5,000, as in the Standard tier. */
  readonly maxConnections?: number;
  /** After so long without traffic links are detached. Default: 30 minutes. */
  readonly idleDetachMs?: number;
  /** Refuses messages that no client could read. Default: they are stored as they came. */
  readonly strict?: boolean;
  /**
   * Two regions: offsets are texts that are no numbers (hubs/geo-replication.ts). 'numeric-last-offset': but for the last
   * one that `$management` tells, from which nobody can start, as the service once had it. Default: one region.
   */
  readonly geoReplication?: boolean | 'numeric-last-offset';
}

/** A namespace beside the first one. Clients name it by host, in the open frame and in what their tokens are for. */
export interface NamedNamespaceOptions extends NamespaceOptions {
  /** Without a port, as in shop.localhost or shop.servicebus.windows.net. */
  readonly hostName: string;
}

/** The first namespace, which answers to every host name that no other one has, and the listeners of all. */
export interface EmulatorOptions extends NamespaceOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Plain AMQP over TCP; 0 lets the system choose. Default: 0. */
  readonly port?: number;
  /** AMQP over TLS; 0 lets the system choose. */
  readonly tls?: { readonly port: number };
  /** AMQP over secure WebSockets on /$servicebus/websocket; 0 lets the system choose. */
  readonly webSockets?: {
    readonly port: number;
    /** Sites whose pages may connect (`https://app.example`); other pages are refused. Default: none. */
    readonly origins?: readonly string[];
  };
  /** For TLS and WebSockets. Default: one is made that signs itself (Emulator.caCertificatePem). */
  readonly certificate?: Certificate;
  /** HTTP on the same host for faults and views from other processes (README.md, Control). */
  readonly control?: {
    readonly port: number;
    /** What requests must bring as a bearer token. Default: one is made (Emulator.controlToken). */
    readonly token?: string;
  };
  /** `GET /health` without a token on a port of its own, as the official emulator has it on 5300; 0 lets the system choose. */
  readonly health?: { readonly port: number };
  /** Hubs and events stay in this directory over a restart; it is made when it is not there. Default: memory alone. */
  readonly dataFolder?: string;
  readonly namespaces?: readonly NamedNamespaceOptions[];
  /** Milliseconds since 1970. Default: Date.now. */
  readonly now?: () => number;
}

const DEVELOPMENT_KEY: SharedAccessKey = { name: 'RootManageSharedAccessKey', key: 'SAS_KEY_VALUE' };

const DEFAULT_RETENTION = { maxAgeMs: 24 * 3600 * 1000, maxBytes: 512 * 1024 * 1024 };

/** The naming rule of the service: letters, digits, dots, hyphens and underscores, 1 to 256 characters. */
const HUB_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,254}[a-z0-9])?$/i;

/** Completes the hubs. Throws TypeError with every problem found. */
export function hubSpecs(hubs: readonly HubOptions[]): HubSpec[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { name, partitionCount, retentionMs, retentionBytes, ...more } of hubs) {
    const { retentionStepMs, compactEveryEvents } = more;
    if (!HUB_NAME.test(name)) problems.push(`hub name '${name}': use letters, digits, '.', '-' and '_'`);
    if (seen.has(name.toLowerCase())) problems.push(`hub '${name}' is given twice (names ignore case)`);
    seen.add(name.toLowerCase());
    if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > 1024) {
      problems.push(`hub '${name}': partitionCount is ${partitionCount}, it must be 1 to 1024`);
    }
    for (const [field, value] of Object.entries({
      retentionMs,
      retentionBytes,
      retentionStepMs,
      compactEveryEvents,
    })) {
      if (value !== undefined && !(value > 0)) problems.push(`hub '${name}': ${field} must be above 0`);
    }
  }
  if (problems.length > 0) throw new TypeError(`emulator options: ${problems.join('; ')}`);
  return hubs.map((hub) => ({
    name: hub.name,
    partitionCount: hub.partitionCount,
    retention: {
      maxAgeMs: hub.retentionMs ?? DEFAULT_RETENTION.maxAgeMs,
      maxBytes: hub.retentionBytes ?? DEFAULT_RETENTION.maxBytes,
      stepMs: hub.retentionStepMs ?? 0,
    },
    compactEveryEvents: hub.compactEveryEvents,
    consumerGroups: hub.consumerGroups ?? [],
  }));
}

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas ; the idle time as in the service's error texts. */
const DEFAULT_LIMITS: NamespaceLimits = {
  maxMessageBytes: 1024 * 1024,
  maxConnections: 5000,
  idleDetachMs: 30 * 60_000,
};

/** Throws TypeError for a limit that lets nothing through. */
export function namespaceLimits(options: NamespaceOptions): NamespaceLimits {
  const limits = {
    maxMessageBytes: options.maxMessageBytes ?? DEFAULT_LIMITS.maxMessageBytes,
    maxConnections: options.maxConnections ?? DEFAULT_LIMITS.maxConnections,
    idleDetachMs: options.idleDetachMs ?? DEFAULT_LIMITS.idleDetachMs,
  };
  for (const [field, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new TypeError(`emulator options: ${field} must be above 0`);
  }
  return limits;
}

/** Every rule of a namespace, its root rule first. Throws TypeError for one that could let nobody in. */
export function accessRules(options: NamespaceOptions): AccessRule[] {
  const root: AccessRuleOptions = {
    name: options.sharedAccessKeyName ?? DEVELOPMENT_KEY.name,
    key: options.sharedAccessKey ?? DEVELOPMENT_KEY.key,
    rights: ['manage'],
  };
  const ofHubs = options.hubs.flatMap(({ name, rules = [] }) => rules.map((rule) => accessRule(rule, name)));
  return [root, ...(options.rules ?? [])].map((rule) => accessRule(rule, undefined)).concat(ofHubs);
}
