/**
 * Whether a namespace is geo-replicated, and how often its primary has changed.
 * Honoured: offsets are texts with the number of the replication segment (the reign of one primary) in them (log/offset.ts);
 *   numeric ones are refused at attach; sequence numbers go on working over a promotion; `$management` says a factor of 2;
 *   the last offset that it tells can be used to start or, as the service once had it, cannot.
 * Source: https://gist.github.com/conniey/f96d64547efa955a9e763cee6b65d1fc (replication segments); go azeventhubs 2.0.2
 *   geodr_test.go ("StartWithOffsetFromGetPartitionProperties"), before it consumer_client_geodr_test.go ("GetPartitionProperties
 *   returns an offset that can't be used for starting"), and internal/eh/err.go (the condition; the offset "contains broker and partition information").
 */

export class GeoReplication {
  #segment: number | undefined;
  readonly tellsNumericLastOffset: boolean;

  constructor(wanted: boolean | 'numeric-last-offset') {
    if (wanted !== false) this.#segment = 1;
    this.tellsNumericLastOffset = wanted === 'numeric-last-offset';
  }

  /** Undefined: the namespace is not replicated. */
  get segment(): number | undefined {
    return this.#segment;
  }

  /** Events that are there keep their numeric offsets, which nobody can start from any more. */
  enable(): void {
    this.#segment ??= 1;
  }

  /** The secondary becomes the primary: a new segment begins. Throws RangeError when there is none. */
  promote(): void {
    if (this.#segment === undefined) throw new RangeError('the namespace is not geo-replicated');
    this.#segment += 1;
  }
}
