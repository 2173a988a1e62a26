/** Checks a token of any type that the emulator accepts, for an audience. */
import { checkJsonWebToken } from './json-web-token.ts';
import type { JwtIssuer } from './json-web-token.ts';
import { checkSasToken } from './sas-token.ts';
import type { SharedAccessKey, TokenCheck } from './sas-token.ts';

export class TokenVerifier {
  readonly #key: SharedAccessKey;
  readonly #issuer: JwtIssuer | undefined;
  readonly #now: () => number;

  constructor(key: SharedAccessKey, issuer: JwtIssuer | undefined, now: () => number) {
    this.#key = key;
    this.#issuer = issuer;
    this.#now = now;
  }

  /** `type` as put-token names it: `servicebus.windows.net:sastoken` or `jwt`; without one the token itself tells. */
  check(token: string, type: string | undefined): TokenCheck {
    const isJwt =
      type === undefined ? !token.startsWith('SharedAccessSignature') : type.toLowerCase().endsWith('jwt');
    if (!isJwt) return checkSasToken(token, this.#key, this.#now());
    if (this.#issuer === undefined) {
      return {
        outcome: 'invalid',
        reason: 'InvalidIssuer: This emulator was started without an issuer for JWTs.',
      };
    }
    return checkJsonWebToken(token, this.#issuer, this.#now());
  }

  isKey(name: string, key: string): boolean {
    return name === this.#key.name && key === this.#key.key;
  }
}
