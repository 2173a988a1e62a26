// All that this worker knows of rhea's insides (3.0.5): fields it does not publish, on instances only; no prototype is patched.
// They are looked at when a connection is made and when a link is attached (docs/decisions/0005). What is known of the SDK above
// it is in sdk-connection.ts.

import rhea from 'rhea';
import { asError, WorkerError } from '../engine/errors.ts';
import { settlement } from './settlement.ts';
import { TransferReader } from './transfer-reader.ts';

/** .NET's, Go's and Java's clients name 64 KiB, which is what the service sends; an emulator may use more. */
const maxFrameBytes = 256 * 1024;

interface RheaSession {
  readonly incoming: {
    next_transfer_id: number;
    next_delivery_id: number | undefined;
    readonly max_transfer_id: number;
    readonly window: number;
  };
  readonly remote: { readonly channel: number };
  readonly local: { readonly channel: number };
  readonly connection: RheaConnection;
  _write_flow(link?: RheaLink): void;
}

/** rhea's receiving half of a link. */
export interface RheaLink {
  /** Transfers that may still arrive. */
  credit: number;
  delivery_count: number;
  readonly remote: { readonly attach: { readonly handle: number; readonly max_message_size?: unknown } };
  readonly session: RheaSession;
  is_open(): boolean;
  is_remote_open(): boolean;
}

/** Of Node's net or tls, or rhea's wrapper of a WebSocket, which has less. */
interface RheaSocket {
  on(event: 'error', listener: () => void): unknown;
  write(bytes: Buffer): unknown;
  removeAllListeners?(event: string): unknown;
  end(): void;
  destroy?(): void;
}

export interface RheaConnection {
  readonly socket?: RheaSocket;
  socket_ready: boolean;
  /** What its input threw last; read when the socket ends. */
  saved_error: unknown;
  /** Set while rhea waits for more of a frame. */
  readonly frame_size: number | undefined;
  readonly previous_input: Buffer | null | undefined;
  readonly local: { readonly open: { max_frame_size?: number } };
  heartbeat_in: NodeJS.Timeout | undefined;
  heartbeat_out: NodeJS.Timeout | undefined;
  /** Takes a new socket; binds `input` to its data. */
  init(socket: RheaSocket): unknown;
  input(chunk: Buffer): void;
  abort_socket(socket: RheaSocket): void;
  setMaxListeners(count: number): unknown;
  _disconnected(error: Error): void;
}

/** A receiving link whose transfers rhea does not see, and the books that rhea would keep of them (lib/session.js, Incoming). */
export class ReceivingLink {
  readonly channel: number;
  readonly handle: number;
  /** 0: the peer names no limit. */
  readonly maxMessageBytes: number;
  readonly #link: RheaLink;

  constructor(link: RheaLink) {
    const { handle, max_message_size: maxMessageSize } = link.remote.attach;
    this.#link = link;
    this.channel = link.session.remote.channel;
    this.handle = handle;
    this.maxMessageBytes = typeof maxMessageSize === 'number' ? maxMessageSize : 0;
  }

  get isOpen(): boolean {
    return this.#link.is_remote_open();
  }

  noteTransfer(): void {
    const { incoming } = this.#link.session;
    incoming.next_transfer_id = (incoming.next_transfer_id + 1) >>> 0;
  }

  noteDelivery(nextDeliveryId: number): void {
    const link = this.#link;
    link.session.incoming.next_delivery_id = nextDeliveryId;
    if (link.credit > 0) link.credit -= 1;
    link.delivery_count = (link.delivery_count + 1) >>> 0;
  }

  /** Tells the sender that the deliveries from `first` to `last` are accepted and settled. */
  accept(first: number, last: number): void {
    const { connection, local } = this.#link.session;
    if (connection.socket_ready) connection.socket?.write(settlement(local.channel, first, last));
  }

  /** Lets the session's next transfers in when half of its window is used up. */
  renewWindow(): void {
    const { session } = this.#link;
    const { max_transfer_id: max, next_transfer_id: next, window } = session.incoming;
    // Serial numbers: the difference counts, also where they wrap around.
    if (((max - next) | 0) < window / 2) session['_write_flow']();
  }
}

/** Credit is absolute: so many transfers may come after those that were counted. Nothing is told on a link that is not open. */
export function writeCredit(link: RheaLink, credit: number): void {
  if (!link.is_open()) return;
  link.credit = credit;
  // Directly: rhea's own way visits every session of the connection in its next turn (lib/connection.js:766).
  link.session['_write_flow'](link);
}

/**
 * Puts a reader of ours in front of each socket that the connection will have. What is no AMQP, and whatever rhea throws, ends
 * the connection: `broken` is told why, then rhea raises 'disconnected'.
 */
export function readSockets(
  rhea: RheaConnection,
  told: { readonly opened: (reader: TransferReader) => void; readonly broken: (error: WorkerError) => void },
): void {
  rhea.local.open.max_frame_size = maxFrameBytes;
  const init = rhea.init.bind(rhea);
  const input = rhea.input.bind(rhea);
  rhea.init = (socket) => {
    let isOver = false;
    const handOn = (frame: Buffer): void => {
      input(frame);
      if (rhea.saved_error !== undefined) throw rhea.saved_error;
      // It was given a whole frame: what it keeps of one it did not understand would swallow all that follows.
      if (typeof rhea.frame_size === 'number' || rhea.previous_input?.length !== undefined) {
        throw new Error('a header or frame came out of turn');
      }
    };
    const reader = new TransferReader(maxFrameBytes, handOn);
    rhea.input = (chunk) => {
      // An opening that was given up may have left an older socket behind.
      if (isOver || rhea.socket !== socket) return;
      try {
        reader.read(chunk);
        // Whatever came, the peer lives.
        rhea.heartbeat_in?.refresh();
      } catch (thrown) {
        isOver = true;
        const error = protocolError(thrown);
        told.broken(error);
        breakOff(rhea, socket, error);
      }
    };
    rhea.saved_error = undefined;
    told.opened(reader);
    return init(socket);
  };
}

/** A frame that rhea still writes to a dead socket starts its heartbeat again, which would keep the process alive for ever. */
export function silence(connection: RheaConnection): void {
  connection.socket_ready = false;
  clearTimeout(connection.heartbeat_in);
  clearTimeout(connection.heartbeat_out);
  connection.heartbeat_in = undefined;
  connection.heartbeat_out = undefined;
}

/** What a receiver asks for to begin after a sequence number (selector filter; the descriptor is that of Apache's registry). */
export function afterSequenceNumber(sequenceNumber: number): Record<string, unknown> {
  const selector = `amqp.annotation.x-opt-sequence-number > '${sequenceNumber}'`;
  return { 'apache.org:selector-filter:string': rhea.types.wrap_described(selector, 0x468c00000004) };
}

/** Whether a connection that was just made has what readSockets needs. */
export function isReadable(rhea: object): boolean {
  const local: unknown = Reflect.get(rhea, 'local');
  return (
    hasFunctions(rhea, ['init', 'input', 'abort_socket', '_disconnected']) &&
    isObject(local) &&
    isObject(local['open'])
  );
}

/** Whether an attached link has what ReceivingLink needs. */
export function isTakeable(link: unknown): link is RheaLink {
  if (!isObject(link) || !hasFunctions(link, ['is_open', 'is_remote_open'])) return false;
  const { session, remote, credit, delivery_count: deliveryCount } = link;
  if (!isObject(session) || !isObject(remote) || !isObject(remote['attach'])) return false;
  const { incoming, remote: peer, local, connection } = session;
  if (!isObject(incoming) || !isObject(peer) || !isObject(local) || !isObject(connection)) return false;
  const numbers = [
    credit,
    deliveryCount,
    remote['attach']['handle'],
    incoming['next_transfer_id'],
    incoming['max_transfer_id'],
    incoming['window'],
    peer['channel'],
    local['channel'],
  ];
  return numbers.every((number) => typeof number === 'number') && hasFunctions(session, ['_write_flow']);
}

function breakOff(rhea: RheaConnection, socket: RheaSocket, error: WorkerError): void {
  for (const event of ['data', 'error', 'end']) socket.removeAllListeners?.(event);
  if (socket.destroy === undefined) socket.end();
  else {
    socket.on('error', () => undefined);
    socket.destroy();
  }
  rhea.saved_error = undefined;
  rhea['_disconnected'](error);
}

function protocolError(thrown: unknown): WorkerError {
  if (thrown instanceof WorkerError) return thrown;
  const reason = asError(thrown).message;
  return new WorkerError('EHW_CONNECTION_PROTOCOL', { reason }, { cause: thrown });
}

function hasFunctions(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
