/** The connection strings that clients of the plain listener are given. */
import type { AccessRule } from './tokens/access-rule.ts';

export interface ConnectionStringOptions {
  /** The rule to use, of the namespace or of the hub. Default: the rule with every right. */
  readonly rule?: string;
  /** The host name of another namespace than the first. */
  readonly namespace?: string;
}

/** Where clients look by themselves; some of them (Java, KEDA's scaler) take no port in an endpoint. */
const DEFAULT_PORT = 5672;

/** Throws RangeError when the rule is not there or does not reach the hub. */
export function connectionString(
  hostName: string,
  port: number,
  rules: readonly AccessRule[],
  ruleName: string | undefined,
  hub: string | undefined,
): string {
  const rule = rules.find(
    (one) =>
      (ruleName === undefined || one.name === ruleName) &&
      (one.hub === undefined || one.hub === hub?.toLowerCase()),
  );
  const key = rule?.keys[0];
  if (rule === undefined || key === undefined) throw new RangeError(`there is no access rule ${ruleName}`);
  const fields = [
    `Endpoint=sb://${hostName}${port === DEFAULT_PORT ? '' : `:${port}`}`,
    `SharedAccessKeyName=${rule.name}`,
    `SharedAccessKey=${key}`,
    // Lower case: clients read 'True' as false and then speak TLS.
    'UseDevelopmentEmulator=true',
  ];
  if (hub !== undefined) fields.push(`EntityPath=${hub}`);
  return fields.join(';');
}
