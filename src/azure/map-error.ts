// Turns whatever the SDKs, the network or a proxy throw into an error of the catalogue: one sentence that says what to do.

import { reasonOf, WorkerError } from '../engine/errors.ts';
import type { ErrorCode, ErrorDetails } from '../engine/errors.ts';

export interface EventHubPlace {
  readonly host: string;
  readonly eventHub: string;
  readonly consumerGroup: string;
  /** Whether the event hub was found before: what is missing then is the consumer group. */
  readonly isHubKnown: boolean;
}

export interface StoragePlace {
  readonly container: string;
  /** The environment variable that names the container. */
  readonly variable: string;
}

/** What the many kinds of errors have in common, read without trust. */
interface Facts {
  readonly name: string;
  readonly code: string;
  readonly statusCode: number;
  readonly isRetryable: boolean;
}

const busyCodes = new Set(['ServerBusyError', 'QuotaExceededError', 'EBUSY']);
const unauthorizedCodes = new Set(['UnauthorizedError', 'InvalidSignature', 'PublisherRevokedError']);
const unreachableCodes = new Set([
  'ConnectionForcedError',
  'ConnectionLostError',
  'ServiceCommunicationError',
  'ServiceUnavailableError',
  'OperationTimeoutError',
  'REQUEST_SEND_ERROR',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENETDOWN',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

export function eventHubError(thrown: unknown, place: EventHubPlace): WorkerError {
  if (thrown instanceof WorkerError) return thrown;
  const facts = factsOf(thrown);
  const reason = explain(thrown);
  const make = (code: ErrorCode, details: ErrorDetails): WorkerError =>
    new WorkerError(code, details, { cause: thrown });

  if (isIdentityFailure(facts)) return make('EHW_EVENT_HUB_UNAUTHORIZED', { reason });
  if (facts.code === 'MessagingEntityNotFoundError' || facts.statusCode === 404) {
    const { host, eventHub, consumerGroup } = place;
    return isGroupMissing(reason, place)
      ? make('EHW_CONSUMER_GROUP_NOT_FOUND', { eventHub, consumerGroup })
      : make('EHW_EVENT_HUB_NOT_FOUND', { host, eventHub });
  }
  if (unauthorizedCodes.has(facts.code) || /status-?code: 40[13]|InvalidSignature/i.test(reason)) {
    return make('EHW_EVENT_HUB_UNAUTHORIZED', { reason });
  }
  if (busyCodes.has(facts.code)) return make('EHW_EVENT_HUB_BUSY', { reason });
  if (unreachableCodes.has(facts.code) || unreachableCodes.has(facts.name)) {
    return make('EHW_EVENT_HUB_UNREACHABLE', { host: place.host, reason });
  }
  return make('EHW_EVENT_HUB_FAILED', { reason });
}

export function storageError(thrown: unknown, place: StoragePlace): WorkerError {
  if (thrown instanceof WorkerError) return thrown;
  const facts = factsOf(thrown);
  const reason = explain(thrown);
  const make = (code: ErrorCode, details: ErrorDetails): WorkerError =>
    new WorkerError(code, details, { cause: thrown });

  if (facts.code === 'ContainerNotFound') return make('EHW_CONTAINER_NOT_FOUND', { ...place });
  if (isIdentityFailure(facts) || facts.statusCode === 401 || facts.statusCode === 403) {
    return make('EHW_STORAGE_UNAUTHORIZED', { reason: facts.code === '' ? reason : facts.code });
  }
  if (unreachableCodes.has(facts.code) || unreachableCodes.has(facts.name)) {
    return make('EHW_STORAGE_UNREACHABLE', { reason });
  }
  return make('EHW_STORAGE_FAILED', { reason });
}

/** Whether the broker does not know the position asked for: the hub was re-created, or restored. */
export function isInvalidPosition(thrown: unknown): boolean {
  const { code } = factsOf(thrown);
  const isArgument = code === 'ArgumentError' || code === 'ArgumentOutOfRangeError';
  return isArgument && /offset|sequence/i.test(reasonOf(thrown));
}

/** What a geo-replicated hub answers to an offset in the old form; the SDK has no name for it and drops it (core-amqp errors.js). */
export const geoOffsetCondition = 'com.microsoft:georeplication:invalid-offset';

/**
 * Whether the broker does not take the offset because of its form, while the sequence number beside it still holds: a
 * geo-replicated hub refuses plain numbers (azeventhubs internal/geodr.go), a plain one the strings of a geo-replicated one.
 * An offset of the hub's own form that it does not know is an invalid position: the hub was re-created.
 */
export function isOffsetRefused(thrown: unknown): boolean {
  const { code } = factsOf(thrown);
  const text = reasonOf(thrown);
  if (text.includes(geoOffsetCondition)) return true;
  // A condition without a name of the SDK's.
  if (code === '') return /offset/i.test(text) && /invalid|georeplication/i.test(text);
  if (code !== 'ArgumentError' && code !== 'ArgumentOutOfRangeError') return false;
  const given = /supplied offset '([^']*)'/i.exec(text)?.[1];
  if (given === undefined) return /georeplication/i.test(text);
  const last = /last offset[^']*'([^']*)'/i.exec(text)?.[1];
  return !isPlain(given) || (last !== undefined && !isPlain(last));
}

function isPlain(offset: string): boolean {
  return /^-?\d+$/.test(offset);
}

/** Whether another link with a higher generation holds the partition, or just took it. */
export function isFenced(thrown: unknown): boolean {
  return factsOf(thrown).code === 'ReceiverDisconnectedError';
}

/** Whether the SDK goes on by itself after this error (partitionPump.js: a truthy `retryable` keeps the pump alive). */
export function isHealing(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && Boolean(Reflect.get(thrown, 'retryable'));
}

/** The HTTP status of a storage error, 0 when there was no answer. */
export function statusOf(thrown: unknown): number {
  return factsOf(thrown).statusCode;
}

/** The service's own code of an error, such as BlobNotFound or ReceiverDisconnectedError; "" when there is none. */
export function codeOf(thrown: unknown): string {
  return factsOf(thrown).code;
}

function factsOf(thrown: unknown): Facts {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return factsOf(thrown.errors[0]);
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: '', code: '', statusCode: 0, isRetryable: false };
  }
  const details: unknown = Reflect.get(thrown, 'details');
  const detailsCode: unknown =
    typeof details === 'object' && details !== null ? Reflect.get(details, 'errorCode') : undefined;
  const code: unknown = Reflect.get(thrown, 'code');
  const statusCode: unknown = Reflect.get(thrown, 'statusCode');
  return {
    name: String(Reflect.get(thrown, 'name') ?? ''),
    // Answers without a body (HEAD) carry the code in a header only.
    code: typeof detailsCode === 'string' ? detailsCode : typeof code === 'string' ? code : '',
    statusCode: typeof statusCode === 'number' ? statusCode : 0,
    isRetryable: isHealing(thrown),
  };
}

/**
 * A missing group and a missing hub carry the same code. The service names a group as 'namespace:eventhub:hub~1234|group'; a
 * text that holds the whole address of the link names neither of the two.
 */
function isGroupMissing(reason: string, { isHubKnown }: EventHubPlace): boolean {
  return /~\d+\|/.test(reason) || (isHubKnown && /consumergroup/i.test(reason));
}

function isIdentityFailure({ name }: Facts): boolean {
  return (
    name === 'CredentialUnavailableError' ||
    name === 'AuthenticationError' ||
    name === 'AuthenticationRequiredError' ||
    name === 'AggregateAuthenticationError'
  );
}

/** The first line of what was said, with its code: the SDKs append whole responses. */
function explain(thrown: unknown): string {
  const [line = ''] = reasonOf(thrown).split('\n', 1);
  const short = line.length > 300 ? `${line.slice(0, 300)}...` : line;
  const { code } = factsOf(thrown);
  return code === '' || short.includes(code) ? short : `${short} (${code})`;
}
