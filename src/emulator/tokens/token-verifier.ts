/** Checks a token of any type that the emulator accepts, for an audience. */
import type { AccessRule } from './access-rule.ts';
import { checkJsonWebToken } from './json-web-token.ts';
import type { JwtIssuer } from './json-web-token.ts';
import { checkSasToken } from './sas-token.ts';
import type { TokenCheck } from './sas-token.ts';

export class TokenVerifier {
  readonly #rules: readonly AccessRule[];
  readonly #issuer: JwtIssuer | undefined;
  readonly #now: () => number;

  constructor(rules: readonly AccessRule[], issuer: JwtIssuer | undefined, now: () => number) {
    this.#rules = rules;
    this.#issuer = issuer;
    this.#now = now;
  }

  /** `type` as put-token names it: `servicebus.windows.net:sastoken` or `jwt`; without one the token itself tells. */
  check(token: string, type: string | undefined): TokenCheck {
    const isJwt =
      type === undefined ? !token.startsWith('SharedAccessSignature') : type.toLowerCase().endsWith('jwt');
    if (!isJwt) return checkSasToken(token, this.#rules, this.#now());
    if (this.#issuer === undefined) {
      return {
        outcome: 'invalid',
        reason: 'InvalidIssuer: This emulator was started without an issuer for JWTs.',
      };
    }
    return checkJsonWebToken(token, this.#issuer, this.#now());
  }

  /** The rules that a key's name and the key itself open, as SASL PLAIN gives them. */
  rulesOf(name: string, key: string): AccessRule[] {
    return this.#rules.filter((rule) => rule.name === name && rule.keys.includes(key));
  }
}
