/**
 * Makes and checks shared access signatures.
 * Honoured: `SharedAccessSignature sr=<resource>&sig=<HMAC-SHA256>&se=<seconds since 1970>&skn=<key name>` in any order;
 *   wrong signature, wrong key name and expiry are refused with the service's words; the key may be any of the rules that
 *   reach the resource (access-rule.ts).
 * Source: https://learn.microsoft.com/azure/event-hubs/authenticate-shared-access-signature ;
 *   @azure/core-amqp 4.4.2 dist/esm/auth/sas (createSasToken).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ruleReaches } from './access-rule.ts';
import type { AccessRule, Right } from './access-rule.ts';
import { readAudience } from './audience.ts';

export interface SharedAccessKey {
  readonly name: string;
  readonly key: string;
}

export type TokenCheck =
  | {
      readonly outcome: 'valid';
      /** What the token is for; undefined: the whole namespace. */
      readonly resource: string | undefined;
      readonly rights: ReadonlySet<Right>;
      readonly expiresAtMs: number;
    }
  | { readonly outcome: 'invalid'; readonly reason: string };

const PREFIX = 'SharedAccessSignature ';

export function createSasToken(
  resource: string,
  expiresAtSeconds: number,
  { name, key }: SharedAccessKey,
): string {
  const sr = encodeURIComponent(resource);
  const signature = encodeURIComponent(sign(sr, String(expiresAtSeconds), key));
  return `${PREFIX}sr=${sr}&sig=${signature}&se=${expiresAtSeconds}&skn=${encodeURIComponent(name)}`;
}

export function checkSasToken(token: string, rules: readonly AccessRule[], nowMs: number): TokenCheck {
  if (!token.startsWith(PREFIX))
    return { outcome: 'invalid', reason: 'MalformedToken: The token is malformed.' };
  const fields = new Map<string, string>();
  for (const pair of token.slice(PREFIX.length).split('&')) {
    const cut = pair.indexOf('=');
    fields.set(pair.slice(0, cut).trim(), pair.slice(cut + 1));
  }
  const resource = fields.get('sr');
  const signature = fields.get('sig');
  const expiry = fields.get('se');
  const keyName = fields.get('skn');
  if (resource === undefined || signature === undefined || expiry === undefined || keyName === undefined) {
    return { outcome: 'invalid', reason: 'MalformedToken: The token must hold sr, sig, se and skn.' };
  }
  const { path } = readAudience(decode(resource));
  const [name, given] = [decode(keyName), decode(signature)];
  const isSignedBy = (key: string): boolean => isSameText(given, sign(resource, expiry, key));
  const rule = rules.find((one) => one.name === name && ruleReaches(one, path) && one.keys.some(isSignedBy));
  if (rule === undefined) {
    return { outcome: 'invalid', reason: 'InvalidSignature: The token has an invalid signature.' };
  }
  const expiresAtMs = Number(expiry) * 1000;
  if (!(expiresAtMs > nowMs)) {
    return { outcome: 'invalid', reason: `ExpiredToken: The token is expired. Expiration time: ${expiry}.` };
  }
  return { outcome: 'valid', resource: decode(resource), rights: rule.rights, expiresAtMs };
}

function sign(encodedResource: string, expiry: string, key: string): string {
  return createHmac('sha256', key).update(`${encodedResource}\n${expiry}`).digest('base64');
}

function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
