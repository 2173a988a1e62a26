/**
 * Who receives from one partition in one consumer group, and the epoch rule that decides it (pure).
 * Honoured: an epoch (owner level) at or above the current one takes over and disconnects every other receiver; a lower
 *   one, or none while one with an epoch is there, is refused; at most five receivers without an epoch.
 * Source: https://learn.microsoft.com/archive/blogs/gyan/event-hubs-receiver-epoch ; the service's own texts in
 *   Azure/azure-sdk-for-js issues ("New receiver with higher epoch of '0' ... current receiver with epoch '0'");
 *   https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas (5 non-epoch receivers per consumer group).
 */

export const MAX_RECEIVERS_WITHOUT_EPOCH = 5;

/** A receiver as others see it. */
export interface Seat {
  readonly name: string;
  /** Undefined: a receiver without an epoch. */
  readonly epoch: bigint | undefined;
}

export type Admission<S extends Seat> =
  | { readonly outcome: 'admitted'; readonly displaced: readonly S[] }
  | { readonly outcome: 'epoch-too-low'; readonly holder: S; readonly holderEpoch: bigint }
  | { readonly outcome: 'epoch-required'; readonly holderEpoch: bigint }
  | { readonly outcome: 'full'; readonly names: readonly string[] };

/** May `newcomer` sit down, and who has to leave for it? */
export function admit<S extends Seat>(seated: readonly S[], newcomer: Seat): Admission<S> {
  const holder = seated.find((seat) => seat.epoch !== undefined);
  if (newcomer.epoch === undefined) {
    if (holder?.epoch !== undefined) return { outcome: 'epoch-required', holderEpoch: holder.epoch };
    if (seated.length >= MAX_RECEIVERS_WITHOUT_EPOCH) {
      return { outcome: 'full', names: seated.map((seat) => seat.name) };
    }
    return { outcome: 'admitted', displaced: [] };
  }
  if (holder?.epoch !== undefined && newcomer.epoch < holder.epoch) {
    return { outcome: 'epoch-too-low', holder, holderEpoch: holder.epoch };
  }
  return { outcome: 'admitted', displaced: [...seated] };
}

/** A seat that can be told to leave for a newcomer. */
export interface OccupiedSeat extends Seat {
  displacedBy(newcomer: Seat): void;
}

export class ReceiverRoster {
  readonly consumerGroup: string;
  readonly #seats = new Set<OccupiedSeat>();

  constructor(consumerGroup: string) {
    this.consumerGroup = consumerGroup;
  }

  get seats(): readonly OccupiedSeat[] {
    return [...this.#seats];
  }

  /** Seats the newcomer if the rule lets it; those displaced are told and removed first. */
  join(newcomer: OccupiedSeat): Admission<OccupiedSeat> {
    const admission = admit(this.seats, newcomer);
    if (admission.outcome === 'admitted') {
      for (const seat of admission.displaced) {
        this.#seats.delete(seat);
        seat.displacedBy(newcomer);
      }
      this.#seats.add(newcomer);
    }
    return admission;
  }

  leave(seat: OccupiedSeat): void {
    this.#seats.delete(seat);
  }
}
