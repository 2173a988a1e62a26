// Takes secrets out of what people may read. It looks at the text, not at the variable: a connection string pasted into
// the wrong variable must not be printed either.

const secretPart = /\b((?:Shared)?Access(?:Key|Signature)|AccountKey|sig)\s*=\s*[^;&\s]+/gi;
const hidden = '***';

/** The text with each key and signature replaced by ***. */
export function maskSecrets(given: string): string {
  return given.replaceAll(secretPart, (_, name: string) => `${name}=${hidden}`);
}

/** A secret variable's value: the masked parts where it has the form of a connection string, else only its length. */
export function maskSecretValue(given: string): string {
  const masked = maskSecrets(given);
  return masked === given ? `*** (${String(given.length)} characters)` : masked;
}
