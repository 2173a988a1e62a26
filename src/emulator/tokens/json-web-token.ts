/**
 * Checks JSON web tokens as Entra ID issues them for Event Hubs.
 * Honoured: the signature (RS256/384/512, PS256/384/512, ES256/384/512) against the issuer's keys, by `kid` when both sides
 *   name one; iss; aud (`https://eventhubs.azure.net`, with any number of trailing slashes); exp and nbf.
 * Not honoured: role assignments (every valid token may send, listen and manage); `alg: none` and HMAC are refused.
 * Source: RFC 7515, RFC 7519; @azure/core-amqp 4.4.2 dist/esm/util/constants.js (aadEventHubsScope).
 */
import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { EVERY_RIGHT } from './access-rule.ts';
import type { TokenCheck } from './sas-token.ts';

export const EVENT_HUBS_AUDIENCE = 'https://eventhubs.azure.net';

export interface JwtOptions {
  readonly issuer: string;
  /** Default: https://eventhubs.azure.net, trailing slashes ignored. */
  readonly audience?: string;
  /** The issuer's key in PEM, or its keys as a JWK set. One of them is needed. */
  readonly publicKeyPem?: string;
  readonly jwks?: { readonly keys: readonly (JsonWebKey & { readonly kid?: string })[] };
}

export interface JwtIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: readonly { readonly kid: string | undefined; readonly key: KeyObject }[];
}

/** Reads the keys once. Throws TypeError when none can be read. */
export function jwtIssuer(options: JwtOptions): JwtIssuer {
  const keys = (options.jwks?.keys ?? []).map((jwk) => ({
    kid: jwk.kid,
    key: createPublicKey({ key: jwk, format: 'jwk' }),
  }));
  if (options.publicKeyPem !== undefined) {
    keys.push({ kid: undefined, key: createPublicKey(options.publicKeyPem) });
  }
  if (keys.length === 0) throw new TypeError('jwt: give publicKeyPem or jwks with the keys of the issuer');
  return { issuer: options.issuer, audience: trimmed(options.audience ?? EVENT_HUBS_AUDIENCE), keys };
}

export function checkJsonWebToken(token: string, issuer: JwtIssuer, nowMs: number): TokenCheck {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const header = jsonObject(head);
  const claims = jsonObject(payload);
  if (header === undefined || claims === undefined) return invalid('MalformedToken: The token is malformed.');
  const { alg, kid } = header;
  const { iss, aud, exp, nbf } = claims;
  const candidates = issuer.keys.filter(
    (entry) => kid === undefined || entry.kid === undefined || entry.kid === kid,
  );
  const signed = Buffer.from(`${head}.${payload}`);
  const signatureBytes = Buffer.from(signature, 'base64url');
  if (!candidates.some(({ key }) => isSignedBy(alg, key, signed, signatureBytes))) {
    return invalid('InvalidSignature: The token has an invalid signature.');
  }
  if (iss !== issuer.issuer)
    return invalid(`InvalidIssuer: The token's issuer '${String(iss)}' is not accepted.`);
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.some((name) => typeof name === 'string' && trimmed(name) === issuer.audience)) {
    return invalid(
      `InvalidAudience: The token's audience '${audiences.join(', ')}' is not ${issuer.audience}.`,
    );
  }
  if (typeof exp !== 'number' || exp * 1000 <= nowMs) return invalid('ExpiredToken: The token is expired.');
  if (typeof nbf === 'number' && nbf * 1000 > nowMs)
    return invalid('InvalidLifetime: The token is not valid yet.');
  return { outcome: 'valid', resource: undefined, rights: EVERY_RIGHT, expiresAtMs: exp * 1000 };
}

function isSignedBy(alg: unknown, key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  const match = typeof alg === 'string' ? /^(RS|PS|ES)(256|384|512)$/.exec(alg) : null;
  if (match === null) return false;
  const [, family, bits] = match;
  const keyType = family === 'ES' ? 'ec' : 'rsa';
  if (key.asymmetricKeyType !== keyType) return false;
  const hash = `sha${bits}`;
  if (family === 'ES') return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  // 6 is RSA_PKCS1_PSS_PADDING, 1 RSA_PKCS1_PADDING (node:crypto constants).
  return verify(hash, signed, { key, padding: family === 'PS' ? 6 : 1 }, signature);
}

function jsonObject(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function trimmed(audience: string): string {
  return audience.replace(/\/+$/, '');
}

function invalid(reason: string): TokenCheck {
  return { outcome: 'invalid', reason };
}
