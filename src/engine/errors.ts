// The one catalogue of errors: code, what to do, retryable or not. Retired codes are never used again.
// docs/errors.md is printed from it.

export interface ErrorEntry {
  /** What happened and what to do, for a person; `{name}` is filled from the details. */
  readonly message: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

export const errorCatalogue = {
  EHW_BAD_CONFIGURATION: { message: 'The configuration has problems:\n{problems}', retryable: false },
  EHW_BAD_USAGE: { message: '{reason}', retryable: false },
  EHW_BAD_HANDLER: {
    message:
      'HANDLER {handler} cannot be used: {reason}. Export one by default: export default defineHandler({{ onEvent(event, context) {{}} }}).',
    retryable: false,
  },
  EHW_PORT_TAKEN: {
    message: 'Port {port} on {host} is taken. Set {variable} to a free port, or stop what listens there.',
    retryable: false,
  },
  EHW_EVENT_HUB_NOT_FOUND: {
    message: 'The namespace has no event hub named {eventHub}. Check EVENTHUB_NAME and the namespace.',
    retryable: false,
  },
  EHW_CONSUMER_GROUP_NOT_FOUND: {
    message:
      'Event hub {eventHub} has no consumer group named {consumerGroup}. Create it, or change EVENTHUB_CONSUMER_GROUP.',
    retryable: false,
  },
  EHW_EVENT_HUB_UNAUTHORIZED: {
    message:
      'Event Hubs refused the credentials: {reason}. With a connection string check its key; with an identity give it the role "Azure Event Hubs Data Receiver" on the event hub.',
    retryable: false,
  },
  EHW_EVENT_HUB_UNREACHABLE: {
    message:
      'Event Hubs at {host} cannot be reached: {reason}. Check DNS, the firewall (ports 5671 and 443) and the namespace.',
    retryable: true,
  },
  EHW_PROXY_FAILED: {
    message:
      'Event Hubs is reached through the proxy {proxy}, and it {reason}. Check HTTPS_PROXY and what the proxy lets through, or except the namespace in NO_PROXY.',
    retryable: true,
  },
  EHW_EVENT_HUB_BUSY: {
    message: 'Event Hubs throttles this worker ({reason}). Add throughput units or turn on auto-inflate.',
    retryable: true,
  },
  EHW_CONNECTION_PROTOCOL: {
    message:
      'The connection to Event Hubs was ended because what came over it is not AMQP as agreed: {reason}. Check that the address, the port and EVENTHUB_TRANSPORT lead to Event Hubs, and not to a proxy or another service.',
    retryable: true,
  },
  EHW_MESSAGE_UNDECODABLE: {
    message:
      'The connection to Event Hubs was ended because a message came over it that cannot be decoded: {reason}. Where events are received through the SDK (receive_path="sdk") that is an event, which cannot be passed there: it comes again, and every partition of this worker waits. Install the versions that the worker was tested with.',
    retryable: true,
  },
  EHW_EVENT_WITHOUT_POSITION: {
    message:
      'Partition {partitionId} delivered an event whose sequence number cannot be read ({reason}); it comes after {last}. The partition waits and asks for it again; nothing is skipped.',
    retryable: true,
  },
  EHW_EVENT_HUB_FAILED: { message: 'Event Hubs answered with an error: {reason}.', retryable: true },
  EHW_OFFSET_INVALID: {
    message:
      'Partition {partitionId} does not know the offset of its checkpoint {position}: the event hub was re-created. Set ON_RECREATED_HUB=reset to begin again at the start, or run `checkpoints reset`.',
    retryable: false,
  },
  EHW_CONTAINER_NOT_FOUND: {
    message: 'The storage account has no container named {container}. Create it, or change {variable}.',
    retryable: false,
  },
  EHW_STORAGE_UNAUTHORIZED: {
    message:
      'Blob Storage refused the credentials: {reason}. With a connection string check its key; with an identity give it the role "Storage Blob Data Contributor" on the container.',
    retryable: false,
  },
  EHW_STORAGE_UNREACHABLE: {
    message: 'Blob Storage cannot be reached: {reason}. Check DNS, the firewall and the account name.',
    retryable: true,
  },
  EHW_STORAGE_FAILED: { message: 'Blob Storage answered with an error: {reason}.', retryable: true },
  EHW_TIMED_OUT: { message: '{operation} did not finish within {timeoutMs} ms.', retryable: true },
  EHW_RECORD_INVALID: {
    message:
      'The blob {blob} does not hold what this worker writes there: {reason}. Run `doctor` to see what wrote it.',
    retryable: false,
  },
  EHW_LEASE_LOST: { message: 'The lease of partition {partitionId} was lost: {reason}.', retryable: true },
  EHW_WORKER_ID_TAKEN: {
    message:
      'Another live process uses the worker id {workerId}. Give every process its own WORKER_ID (in Kubernetes leave it unset: it is the pod name).',
    retryable: false,
  },
  EHW_ATTEMPT_TIMED_OUT: {
    message:
      'The handler did not finish within {timeoutMs} ms. Raise HANDLER_TIMEOUT_MS or make the handler faster.',
    retryable: true,
  },
  EHW_INVALID_EVENT: { message: 'The event does not fit the handler schema: {issues}', retryable: false },
  EHW_EVENT_UNDECODABLE: {
    message:
      'The event is encoded as no reader understands it: {reason}. It goes to the dead letters with its raw bytes; look at what its sender writes.',
    retryable: false,
  },
  EHW_HUB_RECREATED: {
    message:
      'Partition {partitionId} ends at {last}, before its checkpoint {checkpoint}: the event hub was re-created. Set ON_RECREATED_HUB=reset to begin again at the start, or run `checkpoints reset`.',
    retryable: false,
  },
  EHW_DEAD_LETTER_FAILED: {
    message:
      'A dead letter could not be stored: {reason}. The lane waits and tries again; nothing is dropped.',
    retryable: true,
  },
  EHW_SELF_HEALING_EXHAUSTED: {
    message:
      'Partition {partitionId} makes no progress although its link and client were renewed. Restart the process.',
    retryable: false,
  },
  EHW_SEND_FAILED: { message: '{count} events could not be sent: {reason}.', retryable: true },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** Every error this project throws on purpose. `cause` is what lay beneath; `details` fill the message. */
export class WorkerError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown } = {}) {
    super(fillMessage(errorCatalogue[code].message, details), options);
    this.name = 'WorkerError';
    this.code = code;
    this.retryable = errorCatalogue[code].retryable;
    this.details = details;
  }
}

/**
 * What any thrown value says, in one line without a stack. Never throws: handlers throw objects without a prototype, and
 * errors whose message or toString throw in their turn.
 */
export function reasonOf(thrown: unknown): string {
  try {
    if (thrown instanceof AggregateError && thrown.errors.length > 0) return reasonOf(thrown.errors[0]);
    if (!(thrown instanceof Error)) return String(thrown);
    const message: unknown = thrown.message;
    return typeof message === 'string' && message !== '' ? message : thrown.name;
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Any thrown value as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
}

function fillMessage(template: string, details: ErrorDetails): string {
  return template
    .replaceAll('{{', '\u0001')
    .replaceAll('}}', '\u0002')
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '?'))
    .replaceAll('\u0001', '{')
    .replaceAll('\u0002', '}');
}
