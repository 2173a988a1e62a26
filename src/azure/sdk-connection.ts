// The AMQP connection beneath an SDK client: sets TCP_NODELAY and shows each receiver link as it is attached, over all
// reconnects. Reaches into fields the SDK does not publish (event-hubs 6.0.4), on the one instance only: no prototype is
// patched. When an upgrade moves those fields the constructor throws, so that no worker runs without its bounds.

/** rhea's receiving half of a link: what credit control needs of it. */
export interface RheaReceiver {
  /** Transfers that may still arrive; rhea counts it down. */
  credit: number;
  add_credit(credit: number): void;
  readonly session: { _write_flow(link: RheaReceiver): void };
}

/** rhea-promise's receiver. `addCredit` is replaced on the instance. */
export interface AttachedReceiver {
  readonly _link: RheaReceiver;
  addCredit(credit: number): void;
  on(event: 'message' | 'receiver_error' | 'receiver_close', listener: (context: unknown) => void): unknown;
}

/** Rewrites or reads what a receiver link asks for before it is attached. */
export interface ReceiverRequest {
  readonly name: string;
  readonly source: { readonly address: string };
  target?: unknown;
  readonly properties?: Record<string, unknown>;
}

export interface ConnectionObserver {
  attaching(request: ReceiverRequest): void;
  /** `discard` closes the SDK's receiver, so that it makes a new one that goes on after the last event handed over. */
  attached(request: ReceiverRequest, receiver: AttachedReceiver, discard: () => Promise<void>): void;
  /** TCP is gone, and every link with it. The SDK connects again when a link is next needed. */
  disconnected(): void;
}

/** rhea's connection: what is needed to end it for good. */
interface RheaConnection {
  readonly socket?: unknown;
  socket_ready: boolean;
  heartbeat_in: NodeJS.Timeout | undefined;
  heartbeat_out: NodeJS.Timeout | undefined;
  abort_socket(socket: unknown): void;
}

interface SdkConnection {
  readonly options: Record<string, unknown>;
  readonly _connection: RheaConnection;
  isOpen(): boolean;
  on(event: 'disconnected', listener: () => void): unknown;
  createReceiver(request: ReceiverRequest): Promise<AttachedReceiver>;
}

interface SdkContext {
  /** The SDK's receivers by link name, once attached. */
  readonly receivers: Record<string, { close(): Promise<void> } | undefined>;
  connection: SdkConnection;
  refreshConnection(): void;
}

/** Holds on to the connection of one client, whichever it is at the moment. */
export class ConnectionAccess {
  readonly #context: SdkContext;
  readonly #observer: ConnectionObserver | undefined;

  /** `client` is a consumer or producer client that has not connected yet. */
  constructor(client: object, observer?: ConnectionObserver) {
    this.#context = contextOf(client);
    this.#observer = observer;
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
    const observer = this.#observer;
    connection.on('disconnected', () => {
      setImmediate(() => silence(rhea));
      observer?.disconnected();
    });
    if (observer === undefined) return;
    const create = connection.createReceiver.bind(connection);
    connection.createReceiver = async (request) => {
      observer.attaching(request);
      const receiver = await create(request);
      observer.attached(request, receiver, async () => this.#context.receivers[request.name]?.close());
      return receiver;
    };
  }
}

/** A frame that rhea still writes to a dead socket starts its heartbeat again, which would keep the process alive for ever. */
function silence(connection: RheaConnection): void {
  connection.socket_ready = false;
  clearTimeout(connection.heartbeat_in);
  clearTimeout(connection.heartbeat_out);
  connection.heartbeat_in = undefined;
  connection.heartbeat_out = undefined;
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
