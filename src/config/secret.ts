// Takes secrets out of what people may read, and tells which texts of the environment are secret. It looks at the text, not at
// the variable alone: a connection string pasted into the wrong variable must not be printed either.

import { isHarmless, knownParts } from './connection-string-parts.ts';

const hidden = '***';

/** A secret variable's value: the parts that may be shown, else only its length. */
export function maskSecretValue(given: string): string {
  const parts = given.split(';').map((part) => part.trim());
  const masked = parts.filter((part) => part !== '').map(maskPart);
  return masked.every((part) => part === hidden)
    ? `${hidden} (${String(given.length)} characters)`
    : masked.join(';');
}

/** A value of any other variable: hidden like a secret one when it looks like one. */
export function maskSecrets(given: string): string {
  return looksSecret(given) ? maskSecretValue(given) : given;
}

function maskPart(part: string): string {
  const [name, value] = splitPart(part);
  if (isHarmless(name, value)) return part;
  const known = knownParts.get(name.trim().toLowerCase());
  return known === undefined ? hidden : `${known.spelling}=${hidden}`;
}

/** A part of a connection string, a signature, or a run of letters of both cases and digits as long as a key. */
function looksSecret(text: string): boolean {
  if (/\b(?:access\w*|account\w*|\w*endpoint|\w*key|sig\w*|secret|password|token)\s*=/i.test(text))
    return true;
  if (/:\/\/[^/\s]*@/.test(text)) return true;
  return text
    .split(/[^A-Za-z0-9+=_]/)
    .some((run) => run.length >= 24 && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run));
}

/** Variables of other programs that this one's libraries read. */
const foreignSecrets = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PASSWORD', 'AZURE_PASSWORD'];
const foreignHeaders = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];
const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const connectionStrings = ['EVENTHUB_CONNECTION_STRING', 'STORAGE_CONNECTION_STRING'];

/** The emulators' keys stand in every SDK and in this program's own output. */
const published: ReadonlySet<string> = new Set([
  'SAS_KEY_VALUE',
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
]);

/** Every text of the environment that must not be printed, whether or not it is a legal value of its variable. */
export function secretsIn(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const texts = (names: readonly string[]): readonly string[] =>
    names.map((name) => environment[name]?.trim() ?? '').filter((text) => text !== '');
  const secrets = [
    ...texts(connectionStrings).flatMap(secretsInString),
    ...Object.values(environment).flatMap((text = '') =>
      isConnectionString(text) ? secretsInString(text) : [],
    ),
    ...texts(foreignSecrets),
    ...texts(foreignHeaders).flatMap((headers) =>
      headers.split(',').map((header) => splitPart(header)[1].trim()),
    ),
    ...texts(proxies).flatMap(passwordsIn),
  ];
  return [...new Set(secrets)].filter((secret) => secret !== '' && !published.has(secret));
}

/** Whatever the variable is for: one is pasted into the wrong place, or belongs to a handler. */
function isConnectionString(text: string): boolean {
  return text
    .split(';')
    .some((part) => part.includes('=') && knownParts.has(splitPart(part)[0].trim().toLowerCase()));
}

/** Values of what may not be shown, whole and in the fragments that an error might quote. */
function secretsInString(given: string): readonly string[] {
  return given.split(';').flatMap((part) => {
    const [name, value] = splitPart(part);
    if (isHarmless(name, value)) return [];
    const fragments = part.split(/[=&?\s"']+/).filter((text) => !knownParts.has(text.toLowerCase()));
    return [part.trim(), value.trim(), ...fragments];
  });
}

/** Name and password of an address, as they stand there and decoded. */
function passwordsIn(address: string): readonly string[] {
  const given = /:\/\/(?<userinfo>[^/\s]*)@/.exec(address)?.groups?.['userinfo'];
  if (given === undefined) return [];
  const password = given.slice(given.indexOf(':') + 1);
  return [password, decoded(password), Buffer.from(decoded(given)).toString('base64')];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitPart(part: string): readonly [name: string, value: string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}
