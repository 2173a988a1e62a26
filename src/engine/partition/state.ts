// The life of one partition in this worker: one state union and one total transition table.
//
//   taking --taken--> running --drain--> draining --drained--> drained --close--> closed
//      |                |  ^                |                     |
//      |            suspend resume          |                     |
//      |                v  |                |                     |
//      |             suspended --drain------+                     |
//      +--------- lose (from every state) ----------> fenced --close--> closed

export type PartitionState =
  /** The lease is ours; the checkpoint is being fenced with our generation and read. Ends with `taken`, or `lose`. */
  | 'taking'
  /** Events are received and handled. */
  | 'running'
  /** The lease is not provably ours: no handler starts, signals are aborted, results wait. Ends with `resume` or `lose`. */
  | 'suspended'
  /** No event is taken any more; what runs is finished and flushed. */
  | 'draining'
  /** The link is closed and the last checkpoint is durable: the lease may be handed over. */
  | 'drained'
  /** Another generation holds the partition: nothing may be written; late results are counted and dropped. */
  | 'fenced'
  /** Nothing is left. */
  | 'closed';

export type PartitionInput = 'taken' | 'suspend' | 'resume' | 'drain' | 'drained' | 'lose' | 'close';

type Row = Readonly<Record<PartitionInput, PartitionState>>;

/** Where each input leads; an input that changes nothing leads to the state itself. */
export const partitionTransitions: Readonly<Record<PartitionState, Row>> = {
  taking: row('taking', { taken: 'running', drain: 'draining', lose: 'fenced', close: 'closed' }),
  running: row('running', { suspend: 'suspended', drain: 'draining', lose: 'fenced', close: 'closed' }),
  suspended: row('suspended', { resume: 'running', drain: 'draining', lose: 'fenced', close: 'closed' }),
  draining: row('draining', { drained: 'drained', lose: 'fenced', close: 'closed' }),
  drained: row('drained', { lose: 'fenced', close: 'closed' }),
  fenced: row('fenced', { close: 'closed' }),
  closed: row('closed', {}),
};

function row(self: PartitionState, moves: Partial<Row>): Row {
  return {
    taken: self,
    suspend: self,
    resume: self,
    drain: self,
    drained: self,
    lose: self,
    close: self,
    ...moves,
  };
}
