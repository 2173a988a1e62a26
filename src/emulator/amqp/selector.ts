/**
 * Reads a receiver's start position from its filter.
 * Honoured: x-opt-offset, x-opt-sequence-number and x-opt-enqueued-time (milliseconds since 1970), each with > or >=,
 *   quoted or not, with or without the `amqp.annotation.` prefix; `@latest`; `-1` (the beginning); no filter (the
 *   beginning); a position above the end is refused as the service does (a re-created hub); one below the retained
 *   events starts at the first of them.
 *   In a geo-replicated namespace offsets are texts of their own (log/offset.ts) and numeric ones are refused.
 * Not honoured: any other selector expression (refused); the replication segment that Java puts in front of a sequence
 *   number ('-1:17') is read over.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventPosition.js:8-33; go azeventhubs partition_client.go
 *   (getStartExpression); java azure-messaging-eventhubs
 *   EventHubReceiver expression tests ('-1:' + sequenceNumber); https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-protocol-guide.
 */
import type { PartitionLog } from '../log/partition-log.ts';
import { readReplicatedOffset } from '../log/offset.ts';
import type { ReplicatedOffset } from '../log/offset.ts';
import { invalidArgument, numericOffset } from './condition.ts';
import type { AmqpError } from './rhea.ts';

export type StartPosition =
  | { readonly at: 'earliest' }
  | { readonly at: 'latest' }
  | {
      readonly at: 'replicated-offset';
      readonly text: string;
      readonly value: ReplicatedOffset;
      readonly inclusive: boolean;
    }
  | {
      readonly at: 'offset' | 'sequence-number' | 'enqueued-time';
      readonly value: number;
      readonly inclusive: boolean;
    };

const EXPRESSION =
  /^\s*(?:amqp\.annotation\.)?x-opt-(offset|sequence-number|enqueued-time)(?:-utc)?\s*(>=|>)\s*'?([^']*?)'?\s*$/i;

/** Parses a selector; undefined text is the beginning. */
export function readSelector(text: string | undefined): StartPosition | AmqpError {
  if (text === undefined) return { at: 'earliest' };
  const match = EXPRESSION.exec(text);
  if (match === null) return invalidArgument(`The filter '${text}' is not supported.`);
  const [, field = '', operator, raw = ''] = match;
  if (raw.toLowerCase() === '@latest') return { at: 'latest' };
  const inclusive = operator === '>=';
  const isOffset = field.toLowerCase() === 'offset';
  const replicated = isOffset ? readReplicatedOffset(raw) : undefined;
  if (replicated !== undefined && replicated.sequenceNumber < 0) return { at: 'earliest' };
  if (replicated !== undefined) return { at: 'replicated-offset', text: raw, value: replicated, inclusive };
  const digits = (isOffset ? /^(-?\d+)$/ : /^(?:-?\d+:)?(-?\d+)$/).exec(raw)?.[1];
  if (digits === undefined) {
    return invalidArgument(`The supplied ${field.replace('-', ' ')} '${raw}' is invalid.`);
  }
  const value = Number(digits);
  if (value < 0) return { at: 'earliest' };
  switch (field.toLowerCase()) {
    case 'offset':
      return { at: 'offset', value, inclusive };
    case 'sequence-number':
      return { at: 'sequence-number', value, inclusive };
    default:
      return { at: 'enqueued-time', value, inclusive };
  }
}

/** The sequence number to deliver first, or why there is none. */
export function firstSequenceNumber(start: StartPosition, log: PartitionLog): number | AmqpError {
  switch (start.at) {
    case 'earliest':
      return 0;
    case 'latest':
      return log.nextSequenceNumber;
    case 'replicated-offset': {
      const { replicationSegment, sequenceNumber } = start.value;
      const end = log.endOfReplicationSegment(replicationSegment);
      const isCurrent = replicationSegment === log.replicationSegment;
      if (end === undefined || (isCurrent && sequenceNumber >= end)) {
        return unknownOffset(start.text, log);
      }
      // What an earlier primary had not replicated when it went is nowhere: the next segment follows.
      return Math.min(start.inclusive ? sequenceNumber : sequenceNumber + 1, end);
    }
    case 'offset': {
      if (log.replicationSegment !== undefined) return numericOffset(start.value, log.replicationSegment);
      if (start.value > Math.max(0, log.lastOffset)) {
        return unknownOffset(String(start.value), log);
      }
      return log.firstAtOffset(start.inclusive ? start.value : start.value + 1);
    }
    case 'sequence-number': {
      if (start.value > Math.max(0, log.lastSequenceNumber)) {
        return invalidArgument(
          `The supplied sequence number '${start.value}' is invalid. The last sequence number in the system is '${log.lastSequenceNumber}'.`,
        );
      }
      // The number 0 on a partition that was never used names no event yet: the first one must not be skipped.
      if (log.nextSequenceNumber === 0) return 0;
      return start.inclusive ? start.value : start.value + 1;
    }
    case 'enqueued-time':
      return log.firstAtTime(start.inclusive ? start.value : start.value + 1);
    default:
      return start satisfies never;
  }
}

function unknownOffset(text: string, { lastOffsetText }: PartitionLog): AmqpError {
  return invalidArgument(
    `The supplied offset '${text}' is invalid. The last offset in the system is '${lastOffsetText}'.`,
  );
}
