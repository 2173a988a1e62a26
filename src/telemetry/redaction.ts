// Takes secrets out of text before anybody sees it: by their form (connection strings, SAS signatures, bearer tokens,
// JWTs, password fields) and, when they are known, by their value. Works on plain text and on serialized JSON lines.

const redacted = '[redacted]';

/** Removes what looks like a secret, or is one of those known. Never throws. */
export type Redact = (text: string) => string;

/** Shorter known values are left alone: they would cut ordinary words to pieces. */
const minSecretLength = 8;

/** A cheap test first: nearly every line is free of all of these, and the replacements below then never run. */
const suspicious = /key|sig=|sig%3d|signature|bearer|basic |eyj|pass|secret|token|:\/\/[^/\s"@]+:[^/\s"@]+@/i;

// Prefixes that may start anywhere are bounded: hostile text must not make them quadratic.
const forms: readonly (readonly [RegExp, string])[] = [
  // A whole signature inside a connection string goes with its own "sig=", up to the string's next ";".
  [/(SharedAccessSignature\s*=\s*)(?:SharedAccessSignature\s)?[^;\s"'\\]+/gi, `$1${redacted}`],
  [/((?:SharedAccessKey|AccountKey|Primary_?Key|Secondary_?Key)\s*=\s*)[^;\s"'\\]+/gi, `$1${redacted}`],
  [/([?&;\s"']sig(?:=|%3D))[^&;\s"'\\]+/gi, `$1${redacted}`],
  [/(SharedAccessSignature\s+)sr=[^\s"'\\]+/gi, `$1${redacted}`],
  [/(\bSharedKey(?:Lite)?\s+[\w-]+:)[A-Za-z0-9+/=]+/g, `$1${redacted}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${redacted}`],
  [/\beyJ[\w-]{5,4096}\.[\w-]{5,4096}(?:\.[\w-]{0,4096})?/g, redacted],
  [/(:\/\/[^/\s:"'@]+:)[^/\s"'@]+@/g, `$1${redacted}@`],
  // JSON fields, also when the JSON stands escaped inside a string.
  [
    /(\\*"(?:[\w-]{0,40}(?:password|passwd|secret|api[_-]?key|accountkey|sharedaccesskey|sharedaccesskeyvalue|access[_-]?token|refresh[_-]?token|id[_-]?token|authorization|connection[_-]?string))\\*"\s*:\s*\\*")(?:[^"\\]|\\(?!")[^"])*/gi,
    `$1${redacted}`,
  ],
  [
    /\b((?:[\w-]{0,40}(?:password|passwd|client[_-]?secret|api[_-]?key|access[_-]?token))\s*=\s*)[^&;,\s"'\\]+/gi,
    `$1${redacted}`,
  ],
];

/** `secrets`: values known from the configuration; their URL-encoded form is covered too. */
export function createRedact(secrets: readonly string[] = []): Redact {
  const redactKnown = createRedactKnown(secrets);
  return (text) => {
    let clean = redactKnown(text);
    if (!suspicious.test(clean)) return clean;
    for (const [form, replacement] of forms) clean = clean.replace(form, replacement);
    return clean;
  };
}

/** The known values alone: for results, in which what merely looks like a secret is the user's own data. */
export function createRedactKnown(secrets: readonly string[]): Redact {
  const known = secrets
    .filter((secret) => secret.length >= minSecretLength)
    .flatMap((secret) => [
      ...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
    ])
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, redacted);
    return clean;
  };
}
