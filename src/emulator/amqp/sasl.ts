/**
 * The SASL layer.
 * Honoured: ANONYMOUS, EXTERNAL and MSSBCBS (nothing is proved here, tokens come over $cbs); PLAIN with a rule's name and
 *   its key, which gives the connection that rule's rights.
 * Source: rhea 3.0.5 lib/sasl.js; the mechanisms the service offers: "MSSBCBS PLAIN ANONYMOUS EXTERNAL".
 */
import type { AccessRule } from '../tokens/access-rule.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { AmqpConnection, AmqpContainer, SaslMechanism } from './rhea.ts';

/** `verifiers`: of every namespace, because the SASL layer comes before the frame that says which one is meant. */
export function offerMechanisms(container: AmqpContainer, verifiers: readonly TokenVerifier[]): void {
  const mechanisms = container.sasl_server_mechanisms;
  mechanisms.enable_anonymous();
  for (const name of ['MSSBCBS', 'EXTERNAL']) mechanisms[name] = openMechanism;
  mechanisms['PLAIN'] = () => new PlainMechanism(verifiers);
}

/** The rules of a namespace whose key the peer proved in the SASL layer. */
export function provenRules(connection: AmqpConnection, verifier: TokenVerifier): readonly AccessRule[] {
  const mechanism = connection.sasl_transport?.selected?.mechanism;
  return mechanism instanceof PlainMechanism ? (mechanism.rules.get(verifier) ?? []) : [];
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
  readonly rules = new Map<TokenVerifier, readonly AccessRule[]>();
  readonly #verifiers: readonly TokenVerifier[];

  constructor(verifiers: readonly TokenVerifier[]) {
    this.#verifiers = verifiers;
  }

  /** RFC 4616: authorization identity, NUL, user, NUL, password. */
  start(response: Buffer | undefined): void {
    const [, user = '', password = ''] = (response?.toString('utf8') ?? '').split('\0');
    this.username = user;
    for (const verifier of this.#verifiers) {
      const rules = verifier.rulesOf(user, password);
      if (rules.length > 0) this.rules.set(verifier, rules);
    }
    this.outcome = this.rules.size > 0;
  }
}
