// What the log says of each report of the engine: a total table from report to line, without state. A report without a
// line is one that comes too often to be read and is counted instead.

import { reasonOf } from '../engine/errors.ts';
import type { Report } from '../engine/reports.ts';
import { codeOf } from './error-details.ts';

export type LogFields = Readonly<Record<string, unknown>>;

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
  /** Set for what can repeat endlessly: lines of one kind are limited together, whichever partition they name. */
  readonly faultKind?: string;
}

type Kind = Report['kind'];
type ReportOf<One extends Kind> = Extract<Report, { readonly kind: One }>;
type Table = { readonly [One in Kind]: (report: ReportOf<One>) => LogLine | undefined };

/** The line of a report, or undefined when it has none. */
export function lineOf(report: Report): LogLine | undefined {
  return rowOf(report.kind)(report);
}

/** The row takes only reports of its own kind; the kind given is the report's. */
function rowOf(kind: Kind): (report: Report) => LogLine | undefined {
  return table[kind] as (report: Report) => LogLine | undefined;
}

const table: Table = {
  finished: () => undefined,
  received: () => undefined,
  'worker.state': ({ from, to, why }) => line('info', `worker ${from} -> ${to}: ${why}`, { state: to }),
  tick: ({ result, error, durationMs }) =>
    result === 'ok' ? undefined : fault('warn', 'look at the group failed', error, 'tick', { durationMs }),
  'renewal.failed': ({ error }) =>
    fault('warn', 'the leases could not be renewed', error, 'renewal.failed', {}),
  members: ({ workerIds, foreign }) => membersLine(workerIds, foreign),
  lease: ({ partitionId, change, generation, why }) =>
    line('info', `lease of partition ${partitionId} ${change}: ${why}`, {
      partition: partitionId,
      change,
      generation,
    }),
  'lease.conflict': ({ partitionId, attempted }) =>
    line('debug', `lease of partition ${partitionId}: another worker was first (${attempted})`, {
      partition: partitionId,
    }),
  'lease.suspended': ({ partitionId, unconfirmedMs }) =>
    repeating(
      'lease.suspended',
      'warn',
      `partition ${partitionId} suspended: its lease was not confirmed for ${unconfirmedMs} ms; no handler starts until it is`,
      { partition: partitionId, unconfirmedMs },
    ),
  'lease.resumed': ({ partitionId }) =>
    repeating('lease.resumed', 'info', `partition ${partitionId} resumed: its lease is confirmed again`, {
      partition: partitionId,
    }),
  handover: ({ partitionId, to, durationMs }) =>
    line(
      'info',
      `partition ${partitionId} ${to === '' ? 'freed' : `handed over to ${to}`} in ${Math.round(durationMs)} ms`,
      {
        partition: partitionId,
        to,
        durationMs,
      },
    ),
  'partition.state': ({ partitionId, from, to, why }) =>
    line('debug', `partition ${partitionId} ${from} -> ${to}: ${why}`, { partition: partitionId }),
  'partition.fault': ({ partitionId, error }) =>
    fault('warn', `partition ${partitionId}`, error, 'partition.fault', { partition: partitionId }),
  'partition.stalled': ({ partitionId, stalledMs, step }) =>
    line(
      step === 'recycle-link' ? 'warn' : 'error',
      `partition ${partitionId} made no progress for ${stalledMs} ms: ${stallStep[step]}`,
      {
        partition: partitionId,
        stalledMs,
        step,
      },
    ),
  skipped: ({ partitionId, reason, events }) =>
    reason === 'done'
      ? undefined
      : repeating(
          'skipped.expired',
          'warn',
          `partition ${partitionId}: ${events} events expired before they were read`,
          { partition: partitionId, events },
        ),
  gap: ({ partitionId, from, to, events, total, isChecked }) =>
    repeating(
      isChecked ? 'gap' : 'gap.unchecked',
      'info',
      `partition ${partitionId}: no event has ${from === to ? `sequence number ${from}` : `the sequence numbers ${from} to ${to}`} (${isChecked ? 'read twice; compacted, or markers of transactions' : 'not read twice: there are many such gaps here'}); ${total} so far`,
      { partition: partitionId, from, to, events, total, isChecked },
    ),
  'late-result': ({ partitionId, sequenceNumber }) =>
    repeating(
      'late-result',
      'warn',
      `event ${partitionId}/${sequenceNumber} finished after the lease was lost; the new owner handles it again`,
      { partition: partitionId, sequenceNumber },
    ),
  'attempt.failed': ({ partitionId, sequenceNumber, attempt, error, retryInMs }) => {
    const next = retryInMs === undefined ? '' : `, next in ${Math.round(retryInMs)} ms`;
    return fault(
      'warn',
      `event ${partitionId}/${sequenceNumber}, attempt ${attempt} failed${next}`,
      error,
      'attempt.failed',
      { partition: partitionId, sequenceNumber, attempt },
    );
  },
  'attempt.slow': ({ partitionId, sequenceNumber, runningMs }) =>
    repeating(
      'attempt.slow',
      'warn',
      `event ${partitionId}/${sequenceNumber} has been in its handler for ${Math.round(runningMs)} ms`,
      { partition: partitionId, sequenceNumber, runningMs },
    ),
  'dead-lettered': ({ partitionId, sequenceNumber, reason, error }) =>
    repeating(
      `dead-lettered.${reason}`,
      'warn',
      `event ${partitionId}/${sequenceNumber} dead-lettered (${reason}): ${error}`,
      { partition: partitionId, sequenceNumber, reason },
    ),
  'dead-letter.failed': ({ partitionId, sequenceNumber, error }) =>
    fault(
      'error',
      `dead letter of event ${partitionId}/${sequenceNumber} could not be stored, its lane waits`,
      error,
      'dead-letter.failed',
      { partition: partitionId, sequenceNumber },
    ),
  blocked: ({ partitionId, sequenceNumber, attempts, error }) =>
    fault(
      'error',
      `event ${partitionId}/${sequenceNumber} blocks its lane after ${attempts} attempts`,
      error,
      'blocked',
      { partition: partitionId, sequenceNumber, attempts },
    ),
  checkpoint: (report) => checkpointLine(report),
  'completed-map.unreadable': ({ partitionId, reason }) =>
    line(
      'warn',
      `partition ${partitionId}: the completed map in its checkpoint cannot be read (${reason}); events above the checkpoint are handled again`,
      { partition: partitionId },
    ),
  'offset-refused': ({ partitionId, offset, sequenceNumber }) =>
    repeating(
      'offset-refused',
      'warn',
      `partition ${partitionId}: the event hub does not take the offset ${offset} (geo-replication was turned on or off, or failed over, since it was stored); reading goes on after sequence number ${sequenceNumber}`,
      { partition: partitionId, offset, sequenceNumber },
    ),
  'hub-recreated': ({ partitionId, checkpoint, last }) =>
    repeating(
      'hub-recreated',
      'error',
      `partition ${partitionId} ${last < checkpoint ? `ends at ${last}, before its checkpoint ${checkpoint}` : `does not know the offset of its checkpoint ${checkpoint}`}: the event hub was re-created`,
      { partition: partitionId, checkpoint, last },
    ),
  'start.retry': ({ operation, error }) =>
    fault(
      'warn',
      `start: ${operation} did not succeed yet and is tried again`,
      error,
      `start.retry ${operation}`,
      {
        operation,
      },
    ),
  failed: ({ partitionId, error }) =>
    partitionId === undefined
      ? line('error', `worker failed: ${reasonOf(error)}`, { err: error })
      : fault('error', `partition ${partitionId} given up here for a while`, error, 'failed', {
          partition: partitionId,
        }),
};

const stallStep = {
  'recycle-link': 'its link is renewed',
  'recycle-client': 'the connection is renewed',
  'give-up': 'renewing link and connection did not help; the process must be restarted',
} as const;

function membersLine(workerIds: readonly string[], foreign: readonly string[]): LogLine {
  const members = `${workerIds.length} ${workerIds.length === 1 ? 'member' : 'members'}: ${workerIds.join(', ')}`;
  if (foreign.length === 0) return line('info', members, { members: workerIds });
  return line(
    'warn',
    `${members}; other consumers own partitions of this group: ${foreign.join(', ')}. Give them a consumer group of their own.`,
    { members: workerIds, foreign },
  );
}

function checkpointLine(report: ReportOf<'checkpoint'>): LogLine {
  const { partitionId, sequenceNumber, trigger, result, isWholeMap, error } = report;
  const fields = { partition: partitionId, sequenceNumber, trigger };
  const what = `checkpoint of partition ${partitionId} at ${sequenceNumber} (${trigger})`;
  if (result === 'written' && isWholeMap) return line('debug', `${what} written`, fields);
  if (result === 'written') {
    return repeating(
      'checkpoint.cut',
      'warn',
      `${what} written without all that is finished above it: a crash now would repeat events. One event holds the rest up.`,
      fields,
    );
  }
  if (result === 'failed') return fault('warn', `${what} not written`, error, 'checkpoint.failed', fields);
  const why = result === 'superseded' ? 'the store holds a later one' : 'a newer owner holds the partition';
  return repeating(`checkpoint.${result}`, 'warn', `${what} not written: ${why}`, fields);
}

function line(level: LogLine['level'], message: string, fields: LogFields): LogLine {
  return { level, message, fields };
}

function repeating(faultKind: string, level: LogLine['level'], message: string, fields: LogFields): LogLine {
  return { level, message, fields, faultKind };
}

function fault(
  level: 'warn' | 'error',
  what: string,
  error: unknown,
  kind: string,
  fields: LogFields,
): LogLine {
  const code = codeOf(error);
  const faultKind = code === undefined ? kind : `${kind} ${code}`;
  if (error === undefined) return repeating(faultKind, level, what, fields);
  return repeating(faultKind, level, `${what}: ${reasonOf(error)}`, { ...fields, err: error });
}
