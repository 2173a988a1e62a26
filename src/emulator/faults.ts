/**
 * Faults to order: rules that refuse, delay, silence or cut at a named point, for a hub, a partition, a group, a role, a
 * number of times. Tests use them in process; control/control-server.ts gives them to other processes.
 */

/** 'settle' is behind 'send': the events are stored, their publisher has not heard of it. */
export const FAULT_POINTS = [
  'connect',
  'put-token',
  'attach',
  'send',
  'settle',
  'deliver',
  'transfer',
  'management',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/**
 * What can be done to one event on its way to a consumer, in place of its transfer: a frame that is none, a frame that says it
 * has 2 GiB, a payload of bytes that are no message, or nothing at all (a gap that attaching again heals).
 */
export const DAMAGES = ['malformed-frame', 'huge-frame', 'garbage-payload', 'lost'] as const;
export type Damage = (typeof DAMAGES)[number];

/** Which traffic a rule or a cut concerns; what is left out matches everything. Names match in any case. */
export interface FaultTarget {
  /** The namespace's host name; there is more than one only when the emulator was started so. */
  readonly namespace?: string;
  readonly hub?: string;
  readonly partitionId?: string;
  readonly consumerGroup?: string;
  readonly role?: 'sender' | 'receiver';
}

export interface FaultRule extends FaultTarget {
  readonly at: FaultPoint;
  /** Waits this long first; on 'deliver' each batch of frames is held back so long. */
  readonly delayMs?: number;
  /** Answers with this error instead of doing it. */
  readonly error?: { readonly condition: string; readonly description?: string };
  /** Never answers; on 'deliver' nothing is sent while the rule stands. */
  readonly silence?: boolean;
  /** Cuts the TCP connection. */
  readonly cut?: boolean;
  /** At 'transfer', and only there. */
  readonly damage?: Damage;
  /** At 'transfer': the one event that is meant. */
  readonly sequenceNumber?: number;
  /** Ends after so many hits; without it the rule stands until it is removed. */
  readonly times?: number;
}

export type FaultOutcome =
  | 'proceed'
  | 'silence'
  | 'cut'
  | { readonly condition: string; readonly description: string };

export interface FaultVerdict {
  readonly delayMs: number;
  readonly outcome: FaultOutcome;
}

export interface InjectedFault {
  readonly id: number;
  readonly rule: FaultRule;
  readonly hits: number;
  remove(): void;
}

/** What the connections can be told. */
export interface FaultEffects {
  dropConnections(): number;
  detachLinks(
    target: FaultTarget,
    error: { readonly condition: string; readonly description: string },
  ): number;
  /** A rule came or went: links held back by one must look again. */
  rulesChanged(): void;
}

const PROCEED: FaultVerdict = { delayMs: 0, outcome: 'proceed' };

export class Faults {
  readonly #rules = new Map<number, { readonly rule: FaultRule; hits: number }>();
  readonly #effects: FaultEffects;
  #nextId = 1;

  constructor(effects: FaultEffects) {
    this.#effects = effects;
  }

  /** Puts a rule in force. Of several that match, the oldest decides. Throws TypeError for damage at another point. */
  inject(rule: FaultRule): InjectedFault {
    if ((rule.at === 'transfer') !== (rule.damage !== undefined)) {
      throw new TypeError("a rule at 'transfer' needs 'damage', and no other has it");
    }
    const id = this.#nextId++;
    const entry = { rule, hits: 0 };
    this.#rules.set(id, entry);
    this.#effects.rulesChanged();
    return {
      id,
      rule,
      get hits() {
        return entry.hits;
      },
      remove: () => void this.remove(id),
    };
  }

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  remove(id: number): boolean {
    const removed = this.#rules.delete(id);
    if (removed) this.#effects.rulesChanged();
    return removed;
  }

  clear(): void {
    this.#rules.clear();
    this.#effects.rulesChanged();
  }

  list(): { readonly id: number; readonly rule: FaultRule; readonly hits: number }[] {
    return [...this.#rules].map(([id, { rule, hits }]) => ({ id, rule, hits }));
  }

  /** Cuts every TCP connection now, without a close frame. Returns how many. */
  dropConnections(): number {
    return this.#effects.dropConnections();
  }

  /** Detaches every matching link now; by default as the service does for maintenance. Returns how many. */
  detachLinks(
    target: FaultTarget = {},
    error = {
      condition: 'amqp:link:detach-forced',
      description: 'The link is force detached by the broker: fault injection.',
    },
  ): number {
    return this.#effects.detachLinks(target, error);
  }

  /** Answers what happens at this point to this traffic, and counts the hit. */
  judge(at: Exclude<FaultPoint, 'transfer'>, target: FaultTarget): FaultVerdict {
    if (this.isEmpty) return PROCEED;
    const rule = this.#hit((one) => one.at === at && faultMatches(one, target));
    return rule === undefined ? PROCEED : { delayMs: rule.delayMs ?? 0, outcome: outcomeOf(rule) };
  }

  /** Answers what happens to an event's transfer; undefined: it is sent. */
  damageTo(target: FaultTarget, sequenceNumber: number): Damage | undefined {
    const isMeant = (rule: FaultRule): boolean => (rule.sequenceNumber ?? sequenceNumber) === sequenceNumber;
    return this.#hit((rule) => rule.at === 'transfer' && isMeant(rule) && faultMatches(rule, target))?.damage;
  }

  #hit(matches: (rule: FaultRule) => boolean): FaultRule | undefined {
    for (const [id, entry] of this.#rules) {
      const { rule } = entry;
      if (!matches(rule)) continue;
      entry.hits += 1;
      if (rule.times !== undefined && entry.hits >= rule.times) this.#rules.delete(id);
      return rule;
    }
    return undefined;
  }
}

/** Does traffic fall under a rule's or a cut's target? */
export function faultMatches(wanted: FaultTarget, actual: FaultTarget): boolean {
  return (
    sameName(wanted.namespace, actual.namespace) &&
    sameName(wanted.hub, actual.hub) &&
    sameName(wanted.partitionId, actual.partitionId) &&
    sameName(wanted.consumerGroup, actual.consumerGroup) &&
    sameName(wanted.role, actual.role)
  );
}

function sameName(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === actual?.toLowerCase();
}

function outcomeOf(rule: FaultRule): FaultOutcome {
  if (rule.cut === true) return 'cut';
  if (rule.silence === true) return 'silence';
  if (rule.error === undefined) return 'proceed';
  const { condition, description } = rule.error;
  return { condition, description: description ?? `${condition}: fault injection` };
}
