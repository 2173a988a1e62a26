/** What an emulator is started with, and the one place where it is checked and completed. */
import type { HubSpec } from './hubs/hub.ts';
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
  /** Consumer groups besides `$Default`, which is always there. */
  readonly consumerGroups?: readonly string[];
}

export interface EmulatorOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Plain AMQP over TCP; 0 lets the system choose. Default: 5672. */
  readonly port?: number;
  /** AMQP over TLS; 0 lets the system choose. */
  readonly tls?: { readonly port: number };
  /** AMQP over secure WebSockets on /$servicebus/websocket; 0 lets the system choose. */
  readonly webSockets?: { readonly port: number };
  /** For TLS and WebSockets. Default: one is made that signs itself (Emulator.caCertificatePem). */
  readonly certificate?: Certificate;
  /** HTTP on the same host for faults and views from other processes (README.md, Control). */
  readonly control?: { readonly port: number };
  readonly hubs: readonly HubOptions[];
  /** Default: RootManageSharedAccessKey. */
  readonly sharedAccessKeyName?: string;
  /** Default: a fixed development key. */
  readonly sharedAccessKey?: string;
  /** Accepts JWTs of this issuer; without it every JWT is refused. */
  readonly jwt?: JwtOptions;
  /** Limits of so many throughput units; without it there is no limit. */
  readonly throughputUnits?: number;
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
  for (const { name, partitionCount, retentionMs, retentionBytes } of hubs) {
    if (!HUB_NAME.test(name)) problems.push(`hub name '${name}': use letters, digits, '.', '-' and '_'`);
    if (seen.has(name.toLowerCase())) problems.push(`hub '${name}' is given twice (names ignore case)`);
    seen.add(name.toLowerCase());
    if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > 1024) {
      problems.push(`hub '${name}': partitionCount is ${partitionCount}, it must be 1 to 1024`);
    }
    for (const [field, value] of Object.entries({ retentionMs, retentionBytes })) {
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
    },
    consumerGroups: hub.consumerGroups ?? [],
  }));
}

export function sharedAccessKey(options: EmulatorOptions): SharedAccessKey {
  return {
    name: options.sharedAccessKeyName ?? DEVELOPMENT_KEY.name,
    key: options.sharedAccessKey ?? DEVELOPMENT_KEY.key,
  };
}
