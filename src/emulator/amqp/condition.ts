/**
 * Every error the emulator sends, with the service's condition and wording where a client acts on it.
 * Honoured: the conditions and texts that the official SDKs match on (core-amqp 4.4.2 dist/esm/errors.js: condition ->
 * code; "could not be found" -> MessagingEntityNotFoundError).
 * Not honoured: tracking ids and time stamps that the service appends to its texts.
 */
import type { AmqpError } from './rhea.ts';

export function entityNotFound(host: string, path: string): AmqpError {
  return {
    condition: 'amqp:not-found',
    description: `The messaging entity 'sb://${host}/${path}' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions.`,
  };
}

export function partitionOutOfRange(partitionCount: number): AmqpError {
  return {
    condition: 'com.microsoft:argument-out-of-range',
    description:
      'The specified partition is invalid for an EventHub partition sender or receiver. ' +
      `It should be between 0 and ${partitionCount - 1}.`,
  };
}

export function argumentOutOfRange(description: string): AmqpError {
  return { condition: 'com.microsoft:argument-out-of-range', description };
}

export function invalidArgument(description: string): AmqpError {
  return { condition: 'com.microsoft:argument-error', description };
}

/** Condition and words as in go azeventhubs 2.0.2 processor_unit_test.go. */
export function numericOffset(offset: number, segment: number): AmqpError {
  return {
    condition: 'com.microsoft:georeplication:invalid-offset',
    description: `The supplied offset '${offset}' is invalid for geo replication enabled namespace (current epoch:'${segment}').`,
  };
}

export function unauthorized(claim: 'Listen' | 'Send', host: string, path: string): AmqpError {
  return {
    condition: 'amqp:unauthorized-access',
    description: `Unauthorized access. '${claim}' claim(s) are required to perform this operation. Resource: 'sb://${host}/${path}'.`,
  };
}

/** The service takes one request link and one reply link to `$cbs` from a connection. */
export function cbsAlreadyOpen(connectionName: string): AmqpError {
  return {
    condition: 'amqp:not-allowed',
    description: `A link to connection '${connectionName}' $cbs node has already been opened.`,
  };
}

/** Azure/azure-service-bus#3: the words that the two services share. */
export function tooManyConnections(namespace: string): AmqpError {
  return {
    condition: 'amqp:resource-limit-exceeded',
    description: `ConnectionsQuotaExceeded for namespace: ${namespace}.`,
  };
}

/** Azure/azure-sdk-for-java#11233 (consumers), Azure/azure-event-hubs-node#40 (publishers). */
export function idle(linkName: string, role: 'Consumer' | 'Publisher', afterMs: number): AmqpError {
  const seconds = Math.round(afterMs / 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const span = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return {
    condition: 'amqp:link:detach-forced',
    description: `The link '${linkName}' is force detached. Code: ServerError. Details: AmqpEventHub${role}.IdleTimerExpired: Idle timeout: ${span}.`,
  };
}

export function tokenExpired(path: string): AmqpError {
  return {
    condition: 'amqp:unauthorized-access',
    description: `ExpiredToken: The token for '${path}' has expired and was not renewed. Put a new token and attach again.`,
  };
}

export function receiverStolen(
  newName: string,
  newEpoch: bigint,
  oldName: string,
  oldEpoch: bigint,
): AmqpError {
  return {
    condition: 'amqp:link:stolen',
    description:
      `New receiver '${newName}' with higher epoch of '${newEpoch}' is created hence current receiver ` +
      `'${oldName}' with epoch '${oldEpoch}' is getting disconnected. If you are recreating the receiver, make sure a higher epoch is used.`,
  };
}

export function epochTooLow(newName: string, newEpoch: bigint, name: string, epoch: bigint): AmqpError {
  return {
    condition: 'amqp:link:stolen',
    description:
      `Receiver '${name}' with a higher epoch '${epoch}' already exists. Receiver '${newName}' with epoch ${newEpoch} cannot be created. ` +
      'Make sure you are creating receiver with increasing epoch value to ensure connectivity, or ensure all old epoch receivers are closed or disconnected.',
  };
}

export function epochRequired(epoch: bigint): AmqpError {
  return {
    condition: 'amqp:link:stolen',
    description:
      `At least one receiver for the endpoint is created with epoch of '${epoch}', and so non-epoch receiver is not allowed. ` +
      'Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.',
  };
}

export function tooManyReceivers(limit: number, names: readonly string[]): AmqpError {
  return {
    condition: 'amqp:resource-limit-exceeded',
    description:
      `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${limit}. ` +
      `List of connected receivers - ${names.join(', ')}.`,
  };
}

export function messageTooLarge(deliveryId: number, bytes: number, limitBytes: number): AmqpError {
  return {
    condition: 'amqp:link:message-size-exceeded',
    description: `The received message (delivery-id:${deliveryId}, size:${bytes} bytes) exceeds the limit (${limitBytes} bytes) currently allowed on the link.`,
  };
}

/** The service says that the two "must match" (event-hubs-features, publisher policy); its words are not known. */
export function keyOfAnotherPublisher(publisher: string, partitionKey: string): AmqpError {
  return invalidArgument(
    `The partition key '${partitionKey}' does not match the publisher '${publisher}' that the link names.`,
  );
}

/** @azure/event-hubs 6.0.4 dist/esm/util/error.js:46-51: the conditions; the service's words are not known. */
export function outOfOrder(number: number, expected: number): AmqpError {
  return {
    condition: 'com.microsoft:out-of-order-sequence',
    description: `The publishing sequence number ${number} is out of order; the next one is ${expected}.`,
  };
}

export function publisherReplaced(producerId: number, epoch: number, currentEpoch: number): AmqpError {
  return {
    condition: 'com.microsoft:producer-epoch-stolen',
    description: `The publisher '${producerId}' with epoch '${epoch}' was replaced by one with epoch '${currentEpoch}'.`,
  };
}

export function malformedMessage(reason: string): AmqpError {
  return { condition: 'amqp:decode-error', description: `The message could not be decoded: ${reason}` };
}

/** The data directory took the event not. SDKs try again after it. */
export function notKept(reason: string): AmqpError {
  return {
    condition: 'amqp:internal-error',
    description: `The service was unable to process the request; please retry the operation. The event could not be written: ${reason}`,
  };
}

/** The wait is always 4 seconds; the words as in Azure/azure-event-hubs-spark#576. */
export function serverBusy(namespace: string): AmqpError {
  return {
    condition: 'com.microsoft:server-busy',
    description: `The request was terminated because the entity is being throttled. Error code : 50002. Please wait 4 seconds and try again. To know more visit https://aka.ms/sbResourceMgrExceptions. S:N:${namespace}`,
  };
}
