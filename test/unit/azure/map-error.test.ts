// Every way Azure fails, as one error of the catalogue.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessagingError } from '@azure/event-hubs';
import {
  eventHubError,
  isFenced,
  isHealing,
  isInvalidPosition,
  isOffsetRefused,
  storageError,
} from '../../../src/azure/map-error.ts';
import { WorkerError } from '../../../src/engine/errors.ts';

const place = { host: 'ns.servicebus.windows.net', eventHub: 'orders', consumerGroup: 'g', isHubKnown: true };
const container = { container: 'checkpoints', variable: 'CHECKPOINT_CONTAINER' };

function messaging(code: string | undefined, message = 'it failed', retryable = true): MessagingError {
  return Object.assign(new MessagingError(message), { retryable, ...(code === undefined ? {} : { code }) });
}

test('faults of Event Hubs get the code that says what to do', () => {
  const groupText =
    "The messaging entity 'ns:eventhub:orders~32766|g' could not be found. TrackingId:1, SystemTracker:2";
  const cases: readonly (readonly [unknown, string])[] = [
    [
      messaging('UnauthorizedError', 'Put token failed. status-code: 401, InvalidSignature'),
      'EHW_EVENT_HUB_UNAUTHORIZED',
    ],
    [messaging(undefined, 'Put token failed. status-code: 401'), 'EHW_EVENT_HUB_UNAUTHORIZED'],
    [
      messaging('MessagingEntityNotFoundError', "The messaging entity 'sb://ns/nope' could not be found"),
      'EHW_EVENT_HUB_NOT_FOUND',
    ],
    [messaging('MessagingEntityNotFoundError', groupText), 'EHW_CONSUMER_GROUP_NOT_FOUND'],
    [messaging('ServerBusyError'), 'EHW_EVENT_HUB_BUSY'],
    [messaging('ConnectionForcedError', 'connect ECONNREFUSED 10.0.0.1:5671'), 'EHW_EVENT_HUB_UNREACHABLE'],
    [
      Object.assign(new Error('getaddrinfo ENOTFOUND ns'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
      'EHW_EVENT_HUB_UNREACHABLE',
    ],
    [messaging('OperationTimeoutError'), 'EHW_EVENT_HUB_UNREACHABLE'],
    [messaging('InternalServerError'), 'EHW_EVENT_HUB_FAILED'],
    [new AggregateError([messaging('ServerBusyError'), messaging('ServerBusyError')]), 'EHW_EVENT_HUB_BUSY'],
    [
      Object.assign(new Error('no identity'), { name: 'CredentialUnavailableError' }),
      'EHW_EVENT_HUB_UNAUTHORIZED',
    ],
    [
      Object.assign(new Error('all failed'), { name: 'AggregateAuthenticationError' }),
      'EHW_EVENT_HUB_UNAUTHORIZED',
    ],
    [new TypeError('odd'), 'EHW_EVENT_HUB_FAILED'],
    ['a text', 'EHW_EVENT_HUB_FAILED'],
    [undefined, 'EHW_EVENT_HUB_FAILED'],
  ];
  for (const [thrown, code] of cases) {
    const error = eventHubError(thrown, place);
    assert.equal(error.code, code, String(thrown));
    assert.ok(!error.message.includes('?'), error.message);
    assert.ok(!error.message.includes('\n'));
  }
});

test('faults of Blob Storage get the code that says what to do', () => {
  const rest = (statusCode: number | undefined, code: string): Error =>
    Object.assign(new Error(`${code} happened\nRequestId:1\n<xml/>`), {
      name: 'RestError',
      statusCode,
      code,
    });
  const cases: readonly (readonly [unknown, string])[] = [
    [rest(404, 'ContainerNotFound'), 'EHW_CONTAINER_NOT_FOUND'],
    [rest(403, 'AuthenticationFailed'), 'EHW_STORAGE_UNAUTHORIZED'],
    [rest(403, 'AuthorizationPermissionMismatch'), 'EHW_STORAGE_UNAUTHORIZED'],
    [rest(401, 'NoAuthenticationInformation'), 'EHW_STORAGE_UNAUTHORIZED'],
    [rest(undefined, 'ENOTFOUND'), 'EHW_STORAGE_UNREACHABLE'],
    [rest(undefined, 'REQUEST_SEND_ERROR'), 'EHW_STORAGE_UNREACHABLE'],
    [rest(503, 'ServerBusy'), 'EHW_STORAGE_FAILED'],
    [rest(500, 'InternalError'), 'EHW_STORAGE_FAILED'],
  ];
  for (const [thrown, code] of cases) {
    const error = storageError(thrown, container);
    assert.equal(error.code, code, String(thrown));
    assert.ok(!error.message.includes('\n'), error.message);
    assert.equal(error.cause, thrown);
  }
});

test('an error of the catalogue stays what it is', () => {
  const error = new WorkerError('EHW_TIMED_OUT', { operation: 'x', timeoutMs: 1 });
  assert.equal(eventHubError(error, place), error);
  assert.equal(storageError(error, container), error);
});

test('tells a fence, an invalid position and a fault that heals apart', () => {
  const offset = messaging(
    'ArgumentError',
    "The supplied offset '12' is invalid. The last offset in the system is '3'",
    false,
  );
  const verdict = (thrown: unknown): readonly boolean[] => [
    isFenced(thrown),
    isInvalidPosition(thrown),
    isHealing(thrown),
  ];
  assert.deepEqual(verdict(messaging('ReceiverDisconnectedError', 'stolen', false)), [true, false, false]);
  assert.deepEqual(verdict(offset), [false, true, false]);
  assert.deepEqual(verdict(messaging('ArgumentError', 'the name is bad', false)), [false, false, false]);
  assert.deepEqual(verdict(messaging('ServerBusyError')), [false, false, true]);
  assert.deepEqual(verdict('text'), [false, false, false]);
});

test('an offset of the wrong form is refused, one of the right form that nobody knows is another hub', () => {
  const invalid = (given: string, last?: string): Error =>
    messaging(
      'ArgumentError',
      `The supplied offset '${given}' is invalid.${last === undefined ? '' : ` The last offset in the system is '${last}'`}`,
      false,
    );
  assert.equal(isOffsetRefused(invalid('51541496928', '12916091040')), false);
  assert.equal(isOffsetRefused(invalid('4984')), false);
  assert.equal(isOffsetRefused(invalid('4984', '2:117:96')), true);
  assert.equal(isOffsetRefused(invalid('2:117:96', '4984')), true);
  assert.equal(isOffsetRefused(invalid('2:117:96')), true);
  assert.equal(isOffsetRefused(messaging('ArgumentError', 'the name is bad', false)), false);
  // The SDK has no name for the condition and keeps its description alone.
  const unnamed = Object.assign(new Error('The offset is not valid: invalid-offset'), { retryable: true });
  assert.equal(isOffsetRefused(unnamed), true);
  assert.equal(isOffsetRefused(new Error('socket hang up')), false);
  assert.equal(isOffsetRefused(new Error('refused (com.microsoft:georeplication:invalid-offset)')), true);
});
