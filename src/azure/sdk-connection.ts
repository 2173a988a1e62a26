// All that this worker knows of the SDK's insides (event-hubs 6.0.4, core-amqp 4.4.2, rhea-promise 3.0.3): fields it does not
// publish, on the one instance only; no prototype is patched. Sets TCP_NODELAY, shows each receiver link as it is attached, over
// all reconnects, and offers its transfers. When an upgrade moves the fields without which credit is not bounded the constructor
// throws; where those are missing that receiving by ourselves needs, the SDK receives, and that is told (docs/decisions/0005).

import type { WorkerError } from '../engine/errors.ts';
import type { Arrivals, LinkTransfers } from './link-transfers.ts';
import { isReadable, isTakeable, ReceivingLink, readSockets, silence } from './rhea-connection.ts';
import type { RheaConnection, RheaLink } from './rhea-connection.ts';
import type { TransferReader } from './transfer-reader.ts';

/** rhea-promise's receiver. `addCredit` is replaced on the instance. */
export interface AttachedReceiver {
  readonly _link: RheaLink;
  addCredit(credit: number): void;
  on(event: 'message' | 'receiver_error' | 'receiver_close', listener: (context: unknown) => void): unknown;
}

/** Rewrites or reads what a receiver link asks for before it is attached. */
export interface ReceiverRequest {
  readonly name: string;
  readonly source: { readonly address: string; filter?: Record<string, unknown> };
  target?: unknown;
  readonly properties?: Record<string, unknown>;
}

/** A receiver link that the SDK just attached. */
export interface Attached {
  readonly request: ReceiverRequest;
  readonly receiver: AttachedReceiver;
  /** Closes the SDK's receiver, so that it makes a new one. */
  readonly discard: () => Promise<void>;
  /** Takes the link's transfers from here on; undefined where they are left to the SDK. */
  readonly take: ((arrivals: Arrivals, lastSequenceNumber: number) => LinkTransfers) | undefined;
}

/** Who receives the events of a connection's links. */
export type ReceivePath = 'transfers' | 'sdk';

/** What it throws is dropped: nothing may reach the SDK or rhea. */
export interface ConnectionObserver {
  /** The link is attached when this settles. */
  attaching(request: ReceiverRequest): Promise<void>;
  attached(attached: Attached): void;
  /** The connection is gone, and every link with it; `error`: it was ended because of what the peer sent. */
  disconnected(error: WorkerError | undefined): void;
  /** At each link. `reason`: why the SDK receives although it should not. */
  receiving(path: ReceivePath, reason?: string): void;
}

interface SdkConnection {
  readonly options: Record<string, unknown>;
  readonly _connection: RheaConnection;
  isOpen(): boolean;
  on(event: 'error', listener: () => void): unknown;
  prependListener(event: 'disconnected', listener: () => void): unknown;
  setMaxListeners(count: number): unknown;
  createReceiver(request: ReceiverRequest): Promise<AttachedReceiver>;
}

/** A pair of links for requests to $cbs or $management. */
interface RequestLink {
  readonly _responsesMap: Map<unknown, PendingRequest>;
}

interface PendingRequest {
  cleanupBeforeResolveOrReject(): void;
  reject(error: Error): void;
}

interface SdkContext {
  readonly cbsSession?: { readonly _cbsSenderReceiverLink?: RequestLink };
  readonly managementSession?: { readonly _mgmtReqResLink?: RequestLink };
  /** The SDK's receivers by link name, once attached. */
  readonly receivers: Record<string, { close(): Promise<void> } | undefined>;
  connection: SdkConnection;
  refreshConnection(): void;
}

/** One connection object of the SDK's, which lives until it is disconnected. */
interface Wire {
  /** Of its socket; undefined before there is one, and for good when rhea cannot be read. */
  reader: TransferReader | undefined;
  /** Why it was ended. */
  error: WorkerError | undefined;
}

/** Holds on to the connection of one client, whichever it is at the moment. */
export class ConnectionAccess {
  readonly #context: SdkContext;
  readonly #observer: ConnectionObserver | undefined;
  readonly #path: ReceivePath;
  readonly #breakOffs = new Set<(error: WorkerError) => void>();

  /** `client` is a consumer or producer client that has not connected yet. 'sdk' leaves it the links although we could. */
  constructor(client: object, observer?: ConnectionObserver, path: ReceivePath = 'transfers') {
    this.#context = contextOf(client);
    this.#observer = observer;
    this.#path = path;
    const refresh = this.#context.refreshConnection.bind(this.#context);
    this.#context.refreshConnection = () => {
      refresh();
      this.#prepare(this.#context.connection);
    };
    this.#prepare(this.#context.connection);
  }

  get isOpen(): boolean {
    return this.#context.connection.isOpen();
  }

  /** Settles as the call does, and at once when the connection is ended because of what the peer sent: the SDK would wait on. */
  unlessBroken<T>(call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => void this.#breakOffs.delete(reject);
      this.#breakOffs.add(reject);
      call.then(resolve, reject).then(leave, leave);
    });
  }

  /** Ends the TCP connection without a word, and rhea's timers with it: after a close, or instead of one that hangs. */
  destroy(): void {
    const connection = this.#context.connection['_connection'];
    if (connection.socket !== undefined) connection.abort_socket(connection.socket);
    silence(connection);
  }

  #prepare(connection: SdkConnection): void {
    // rhea reads this option when it connects. Over WebSockets the socket is ws's, which sets it itself.
    connection.options['tcp_no_delay'] = true;
    const rhea = connection['_connection'];
    // Each link adds listeners; rhea-promise allows for a thousand of them, which 512 partitions pass.
    rhea.setMaxListeners(0);
    connection.setMaxListeners(0);
    // rhea-promise raises errors a turn later, when the SDK may have stopped listening: unheard they end the process.
    connection.on('error', () => undefined);
    const wire: Wire = { reader: undefined, error: undefined };
    // Before the SDK, which lets go of what it would leave without an answer.
    connection.prependListener('disconnected', () => {
      setImmediate(() => silence(rhea));
      const { error } = wire;
      wire.error = undefined;
      guarded(() => this.#failRequests(error ?? connectionLost()));
      if (error !== undefined) for (const breakOff of this.#breakOffs) breakOff(error);
      guarded(() => this.#observer?.disconnected(error));
    });
    if (isReadable(rhea)) {
      readSockets(rhea, {
        opened: (reader) => (wire.reader = reader),
        broken: (error) => (wire.error = error),
      });
    }
    if (this.#observer !== undefined) this.#watchReceivers(connection, this.#observer, wire);
  }

  /** A request whose connection ends has no answer to wait for; the SDK waits up to its deadline, and all links behind it. */
  #failRequests(error: Error): void {
    const { cbsSession, managementSession } = this.#context;
    const links = [cbsSession?.['_cbsSenderReceiverLink'], managementSession?.['_mgmtReqResLink']];
    for (const requests of links.map((link) => link?.['_responsesMap'])) {
      if (requests === undefined) continue;
      const pending = [...requests.values()];
      requests.clear();
      for (const request of pending) {
        request.cleanupBeforeResolveOrReject();
        request.reject(error);
      }
    }
  }

  #watchReceivers(connection: SdkConnection, observer: ConnectionObserver, wire: Wire): void {
    const create = connection.createReceiver.bind(connection);
    connection.createReceiver = async (request) => {
      await observer.attaching(request).catch(() => undefined);
      const receiver = await create(request);
      guarded(() =>
        observer.attached({
          request,
          receiver,
          discard: async () => this.#context.receivers[request.name]?.close(),
          take: this.#takerOf(receiver, observer, wire.reader),
        }),
      );
      return receiver;
    };
  }

  #takerOf(
    receiver: AttachedReceiver,
    observer: ConnectionObserver,
    reader: TransferReader | undefined,
  ): Attached['take'] {
    const link = receiver['_link'];
    if (this.#path === 'transfers' && reader !== undefined && isTakeable(link)) {
      observer.receiving('transfers');
      return (arrivals, lastSequenceNumber) => {
        const transfers = reader.register(new ReceivingLink(link), arrivals, lastSequenceNumber);
        receiver.on('receiver_close', () => reader.forget(transfers));
        return transfers;
      };
    }
    if (this.#path === 'sdk') observer.receiving('sdk');
    else
      observer.receiving(
        'sdk',
        `rhea's ${reader === undefined ? 'connection' : 'link'} is built differently`,
      );
    return undefined;
  }
}

/** As the SDK itself calls it. */
function connectionLost(): Error {
  const error = new Error('the connection was closed while a request waited for its answer');
  return Object.assign(error, { name: 'MessagingError', code: 'ConnectionLostError', retryable: true });
}

function guarded(call: () => void): void {
  try {
    call();
  } catch {
    // The call stack above is the SDK's or rhea's.
  }
}

function contextOf(client: object): SdkContext {
  const context: unknown = Reflect.get(client, '_context');
  if (!isSdkContext(context)) {
    throw new Error(
      'This version of @azure/event-hubs is built differently: adapt azure/sdk-connection.ts to it.',
    );
  }
  return context;
}

function isSdkContext(value: unknown): value is SdkContext {
  if (!isObject(value) || typeof value['refreshConnection'] !== 'function') return false;
  const connection = value['connection'];
  return (
    isObject(connection) &&
    isObject(value['receivers']) &&
    isObject(connection['options']) &&
    isObject(connection['_connection']) &&
    typeof connection['isOpen'] === 'function' &&
    typeof connection['createReceiver'] === 'function'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
