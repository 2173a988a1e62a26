/**
 * The SASL layer.
 * Honoured: ANONYMOUS, EXTERNAL and MSSBCBS (nothing is proved here, tokens come over $cbs); PLAIN with a key's name and
 *   the key, which authorizes the whole connection.
 * Source: rhea 3.0.5 lib/sasl.js; the mechanisms the service offers: "MSSBCBS PLAIN ANONYMOUS EXTERNAL".
 */
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { AmqpConnection, AmqpContainer, SaslMechanism } from './rhea.ts';

export function offerMechanisms(container: AmqpContainer, tokens: TokenVerifier): void {
  const mechanisms = container.sasl_server_mechanisms;
  mechanisms.enable_anonymous();
  for (const name of ['MSSBCBS', 'EXTERNAL']) mechanisms[name] = openMechanism;
  mechanisms['PLAIN'] = () => new PlainMechanism(tokens);
}

/** Did the peer prove the key in the SASL layer? */
export function usedPlain(connection: AmqpConnection): boolean {
  return connection.sasl_transport?.selected?.mechanism instanceof PlainMechanism;
}

function openMechanism(): SaslMechanism {
  return {
    outcome: undefined,
    start() {
      this.outcome = true;
    },
  };
}

class PlainMechanism implements SaslMechanism {
  outcome: boolean | undefined;
  username: string | undefined;
  readonly #tokens: TokenVerifier;

  constructor(tokens: TokenVerifier) {
    this.#tokens = tokens;
  }

  /** RFC 4616: authorization identity, NUL, user, NUL, password. */
  start(response: Buffer | undefined): void {
    const [, user = '', password = ''] = (response?.toString('utf8') ?? '').split('\0');
    this.username = user;
    this.outcome = this.#tokens.isKey(user, password);
  }
}
