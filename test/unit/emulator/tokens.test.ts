import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { accessRule } from '../../../src/emulator/tokens/access-rule.ts';
import { readAudience } from '../../../src/emulator/tokens/audience.ts';
import { checkJsonWebToken, jwtIssuer } from '../../../src/emulator/tokens/json-web-token.ts';
import { checkSasToken, createSasToken } from '../../../src/emulator/tokens/sas-token.ts';

const NOW_MS = 1_700_000_000_000;
const KEY = { name: 'root', key: 'secret+/=' };
const RULES = [accessRule({ ...KEY, rights: ['manage'] }, undefined)];
const RESOURCE = 'sb://127.0.0.1:5672/Orders';

function reasonOf(check: ReturnType<typeof checkSasToken>): string {
  return check.outcome === 'invalid' ? check.reason : 'valid';
}

test('a signature made with the key is accepted for its resource', () => {
  const token = createSasToken(RESOURCE, NOW_MS / 1000 + 60, KEY);
  const check = checkSasToken(token, RULES, NOW_MS);
  assert.deepEqual(check, {
    outcome: 'valid',
    resource: RESOURCE,
    rights: new Set(['send', 'listen', 'manage']),
    expiresAtMs: NOW_MS + 60_000,
  });
});

test('a wrong key, a wrong key name and a changed token are InvalidSignature', () => {
  const token = createSasToken(RESOURCE, NOW_MS / 1000 + 60, KEY);
  const wrong = [
    createSasToken(RESOURCE, NOW_MS / 1000 + 60, { ...KEY, key: 'other' }),
    createSasToken(RESOURCE, NOW_MS / 1000 + 60, { ...KEY, name: 'other' }),
    token.replace('se=17', 'se=18'),
    token.replace('Orders', 'Others'),
  ];
  for (const each of wrong) assert.match(reasonOf(checkSasToken(each, RULES, NOW_MS)), /^InvalidSignature/);
});

test('an expired signature is ExpiredToken, something else MalformedToken', () => {
  const expired = createSasToken(RESOURCE, NOW_MS / 1000, KEY);
  assert.match(reasonOf(checkSasToken(expired, RULES, NOW_MS)), /^ExpiredToken/);
  assert.match(reasonOf(checkSasToken('Bearer x', RULES, NOW_MS)), /^MalformedToken/);
  assert.match(reasonOf(checkSasToken('SharedAccessSignature sr=a&se=1', RULES, NOW_MS)), /^MalformedToken/);
});

test('the key may be any of the rules that reach the resource, a rule of a hub that hub alone', () => {
  const rules = [
    ...RULES,
    accessRule({ name: 'reader', key: 'first', secondaryKey: 'second', rights: ['listen'] }, 'Orders'),
    accessRule({ name: 'reader', key: 'other', rights: ['send'] }, 'payments'),
  ];
  const check = (resource: string, key: string): string => {
    const token = createSasToken(resource, NOW_MS / 1000 + 60, { name: 'reader', key });
    const result = checkSasToken(token, rules, NOW_MS);
    return result.outcome === 'valid' ? [...result.rights].join() : result.reason;
  };
  assert.equal(check('sb://host/ORDERS/ConsumerGroups/x', 'first'), 'listen');
  assert.equal(check('host/orders', 'second'), 'listen', 'the second key, a resource without a scheme');
  assert.equal(check('sb://host/payments', 'other'), 'send');
  for (const [resource, key] of [
    ['sb://host/orders', 'other'],
    ['sb://host/payments', 'first'],
    ['sb://host/orders2', 'first'],
    ['sb://host', 'first'],
  ] as const) {
    assert.match(check(resource, key), /^InvalidSignature/, resource);
  }
});

test('a rule that could let nobody in is a mistake at start', () => {
  assert.throws(() => accessRule({ name: 'x', key: 'y', rights: [] }, undefined), /rights must be some of/);
  assert.throws(() => accessRule({ name: 'x', key: '', rights: ['send'] }, undefined), /a name and a key/);
});

test('what a token is for is read with any scheme and with none', () => {
  const expected = { host: 'ns.servicebus.windows.net', path: 'orders/ConsumerGroups/$Default' };
  for (const start of ['sb://', 'amqps://', 'https://', '']) {
    for (const port of ['', ':5671']) {
      const text = `${start}NS.servicebus.windows.net${port}/orders/ConsumerGroups/$Default/`;
      assert.deepEqual(readAudience(text), expected, text);
    }
  }
  assert.deepEqual(readAudience('ns.servicebus.windows.net'), { host: expected.host, path: '' });
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuer = jwtIssuer({
  issuer: 'https://login.example/tenant',
  jwks: { keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'k1' }] },
});
const GOOD = {
  iss: 'https://login.example/tenant',
  aud: 'https://eventhubs.azure.net//',
  exp: NOW_MS / 1000 + 60,
};

function jwt(
  claims: object,
  key: KeyObject = rsa.privateKey,
  header: object = { alg: 'RS256', kid: 'k1' },
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

test('a JWT of the issuer for Event Hubs is accepted, whatever slashes its audience ends with', () => {
  for (const aud of [
    'https://eventhubs.azure.net',
    'https://eventhubs.azure.net/',
    'https://eventhubs.azure.net//',
  ]) {
    assert.equal(checkJsonWebToken(jwt({ ...GOOD, aud }), issuer, NOW_MS).outcome, 'valid');
  }
});

const BAD_JWTS: readonly (readonly [what: string, token: string, reason: RegExp])[] = [
  ['signed by another key', jwt(GOOD, other.privateKey), /^InvalidSignature/],
  ['with an unknown key id', jwt(GOOD, rsa.privateKey, { alg: 'RS256', kid: 'k2' }), /^InvalidSignature/],
  ['that says it needs no signature', jwt(GOOD, rsa.privateKey, { alg: 'none' }), /^InvalidSignature/],
  [
    'signed with the public key as a secret',
    jwt(GOOD, rsa.privateKey, { alg: 'HS256' }),
    /^InvalidSignature/,
  ],
  ['of another issuer', jwt({ ...GOOD, iss: 'https://evil' }), /^InvalidIssuer/],
  ['for another service', jwt({ ...GOOD, aud: 'https://storage.azure.com' }), /^InvalidAudience/],
  ['that has expired', jwt({ ...GOOD, exp: NOW_MS / 1000 }), /^ExpiredToken/],
  ['without an expiry', jwt({ ...GOOD, exp: undefined }), /^ExpiredToken/],
  ['that is not valid yet', jwt({ ...GOOD, nbf: NOW_MS / 1000 + 10 }), /^InvalidLifetime/],
  ['that is none', 'a.b.c', /^MalformedToken/],
];

for (const [what, token, reason] of BAD_JWTS) {
  test(`a JWT ${what} is refused`, () => {
    assert.match(reasonOf(checkJsonWebToken(token, issuer, NOW_MS)), reason);
  });
}

test('an issuer without a key is a mistake at start', () => {
  assert.throws(() => jwtIssuer({ issuer: 'x' }), /publicKeyPem or jwks/);
});

test('ES256 signatures are checked too', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecIssuer = jwtIssuer({
    issuer: GOOD.iss,
    publicKeyPem: ec.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256' })}.${part(GOOD)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
  const token = `${signed}.${signature.toString('base64url')}`;
  assert.equal(checkJsonWebToken(token, ecIssuer, NOW_MS).outcome, 'valid');
  assert.equal(
    checkJsonWebToken(jwt(GOOD), ecIssuer, NOW_MS).outcome,
    'invalid',
    'an RSA claim on an EC key',
  );
});
