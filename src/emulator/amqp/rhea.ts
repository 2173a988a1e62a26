/**
 * The part of rhea that the emulator stands on, with types: rhea's own typings leave out what a server needs (raw
 * attach frames, windows, the socket). Every cast to rhea's untyped insides is in this file.
 * Source: rhea 3.0.5 lib/connection.js, lib/session.js, lib/link.js, lib/types.js.
 */
import type { Duplex } from 'node:stream';
import rhea from 'rhea';
import type { Typed } from 'rhea';

/** An AMQP error as sent in a detach, an end, a close or a rejected outcome. */
export interface AmqpError {
  readonly condition: string;
  readonly description: string;
}

/** A decoded value: what rhea's reader returns before it is parsed at our edge. */
export type AmqpValue = unknown;

export interface AmqpTerminus {
  readonly address: string | null | undefined;
  readonly filter?: Record<string, AmqpValue> | null | undefined;
}

/** A source, target or outcome as rhea holds it; described() makes it writable, left as it is it becomes a map. */
export interface RawComposite {
  described(): unknown;
}

export interface AttachFields {
  /** Received: a RawComposite or null. To be sent: what its described() gives. */
  source: unknown;
  target: unknown;
  snd_settle_mode: number | undefined;
  rcv_settle_mode: number | undefined;
  max_message_size: number | undefined;
  offered_capabilities: string | string[] | undefined;
  desired_capabilities: string | string[] | null | undefined;
  properties: Record<string, AmqpValue> | null | undefined;
  /** Set by us on the peer's fields when an injected fault refuses this attach (frame-hooks.ts). */
  refusal?: AmqpError;
}

export interface AmqpDelivery {
  readonly id: number;
  readonly format: number | null | undefined;
  readonly link: AmqpLink;
  update(settled: boolean, state: unknown): void;
}

interface LinkEvents {
  on(event: string, listener: (context: AmqpContext) => void): unknown;
}

interface AmqpLink extends LinkEvents {
  readonly name: string;
  readonly session: AmqpSession;
  readonly connection: AmqpConnection;
  readonly local: { readonly attach: AttachFields; readonly handle: number };
  readonly remote: { readonly attach: AttachFields };
  readonly source: AmqpTerminus | null;
  readonly target: AmqpTerminus | null;
  readonly properties: Record<string, AmqpValue> | null | undefined;
  is_open(): boolean;
  is_remote_open(): boolean;
  close(error?: AmqpError): void;
}

/** A link on which we send: the peer's receiver. Its credit is kept by us (see transfer-writer.ts). */
export interface AmqpSender extends AmqpLink {
  credit: number;
  delivery_count: number;
  set_drained(drained: boolean): void;
}

/** A link on which we receive: the peer's sender. */
export interface AmqpReceiver extends AmqpLink {
  add_credit(credit: number): void;
  set_credit_window(window: number): void;
}

export interface AmqpSession {
  readonly connection: AmqpConnection;
  readonly local: { readonly channel: number };
  readonly outgoing: {
    next_transfer_id: number;
    readonly remote_next_transfer_id: number | null | undefined;
    readonly remote_window: number | undefined;
  };
  readonly links: Readonly<Record<string, AmqpSender | AmqpReceiver>>;
  /** process() writes the outcomes that wait to be told. */
  readonly incoming: { process(session: AmqpSession): void };
  _write_flow(link?: AmqpSender): void;
}

export interface AmqpFrame {
  readonly channel: number;
  readonly payload?: Buffer;
  readonly performative: {
    readonly handle?: number | null;
    readonly echo?: boolean | null;
    readonly drain?: boolean | null;
    readonly delivery_count?: number | null;
    readonly link_credit?: number | null;
    readonly source?: unknown;
    readonly target?: unknown;
    readonly more?: boolean | null;
    refusal?: AmqpError;
    readonly role?: boolean | null;
    message_format?: number | null;
  };
}

/** A frame's performative as rhea is about to write it: its fields in the order of the specification. */
export interface OutgoingPerformative {
  readonly value: unknown[];
  handle_max?: number;
  readonly constructor: { readonly descriptor?: { readonly numeric: number } };
}

type FrameHandler = (frame: AmqpFrame) => void;

export interface AmqpConnection extends LinkEvents {
  readonly remote_channel_map: Readonly<Record<number, AmqpRemoteSession | undefined>>;
  readonly socket: Duplex;
  readonly sasl_transport?: { readonly selected?: { readonly mechanism?: unknown } };
  readonly remote: {
    readonly open?: {
      readonly max_frame_size?: number | null;
      readonly container_id?: string;
      /** The host name by which the peer means us. */
      readonly hostname?: string | null;
    };
  };
  /** rhea calls these for each frame; an own property set here shadows the prototype's. */
  on_attach: FrameHandler;
  on_transfer: FrameHandler;
  on_flow: FrameHandler;
  on_detach: FrameHandler;
  on_disposition: FrameHandler;
  _write_frame(channel: number, frame?: OutgoingPerformative, payload?: Buffer): void;
  accept(socket: Duplex): void;
  /** The socket has ended: clears the timers and raises 'disconnected'. */
  eof(): void;
  close(error?: AmqpError): void;
  is_closed(): boolean;
}

export interface AmqpRemoteSession extends AmqpSession {
  readonly remote: { readonly handles: Readonly<Record<number, AmqpSender | AmqpReceiver | undefined>> };
}

export interface AmqpContext {
  readonly connection: AmqpConnection;
  readonly session?: AmqpSession;
  readonly sender?: AmqpSender;
  readonly receiver?: AmqpReceiver;
  readonly delivery?: AmqpDelivery;
  readonly message?: unknown;
  readonly error?: unknown;
}

/** A message as rhea decodes it. */
export interface DecodedMessage {
  readonly message_id?: string | number | Buffer;
  readonly reply_to?: string;
  readonly application_properties?: Record<string, AmqpValue>;
  readonly body?: unknown;
}

export interface SaslMechanism {
  outcome: boolean | undefined;
  username?: string | undefined;
  start(response: Buffer | undefined): void;
}

export interface AmqpContainer extends LinkEvents {
  readonly sasl_server_mechanisms: {
    enable_anonymous(): void;
    [mechanism: string]: unknown;
  };
  create_connection(options: Record<string, unknown>): AmqpConnection;
}

/** A container of our own: rhea's default one is shared by the whole process. */
export function createContainer(id: string): AmqpContainer {
  return rhea.create_container({ id }) as unknown as AmqpContainer;
}

/** Encodes a message; plain numbers become uint, so wrap what must have another type. */
export function encodeMessage(message: Record<string, unknown>): Buffer {
  return rhea.message.encode(message);
}

/** Typed values for fields whose AMQP type a strict client checks. */
export const amqpType = {
  short: (value: number): Typed => rhea.types.wrap_short(value),
  int: (value: number): Typed => rhea.types.wrap_int(value),
  long: (value: number): Typed => rhea.types.wrap_long(value),
  timestamp: (ms: number): Typed => rhea.types.wrap_timestamp(ms),
  string: (value: string): Typed => rhea.types.wrap_string(value),
  boolean: (value: boolean): Typed => rhea.types.wrap_boolean(value),
  stringArray: (values: readonly string[]): Typed => rhea.types.wrap_array([...values], 0xa1, undefined),
} as const;

/** Missing in rhea's typings of its message module. */
const outcomes = rhea.message as unknown as {
  accepted(): RawComposite;
  rejected(fields: { error: AmqpError }): RawComposite;
};

/**
 * Settles a publisher's delivery with its outcome. Settled at once, also for a link in the receiver settle mode 'second':
 * rhea's own accept() would wait for the peer to settle first, and Python waits for us.
 */
export function accept(delivery: AmqpDelivery): void {
  delivery.update(true, outcomes.accepted().described());
}

/**
 * rhea tells the outcomes of one turn as ranges of ids, and its write_dispositions() joins the first two of a range without
 * comparing them: 1. message 7 is accepted 2. message 8 is refused in the same turn 3. the peer hears "7 to 8 accepted" and
 * never sends 8 again. So what waits is told before a refusal, and the refusal at once.
 */
export function reject(delivery: AmqpDelivery, error: AmqpError): void {
  const { session } = delivery.link;
  session.incoming.process(session);
  delivery.update(true, outcomes.rejected({ error }).described());
  session.incoming.process(session);
}

/** Tells the peer our side of the session's windows, and of a link's credit when one is given. */
export function writeFlow(session: AmqpSession, link?: AmqpSender): void {
  session['_write_flow'](link);
}

/** Runs `before` on each performative that rhea writes on this connection. */
export function beforeEachFrame(
  connection: AmqpConnection,
  before: (frame: OutgoingPerformative) => void,
): void {
  const write = connection['_write_frame'].bind(connection);
  connection['_write_frame'] = (channel, frame, payload) => {
    if (frame !== undefined) before(frame);
    write(channel, frame, payload);
  };
}

/** Lets an attach answer with the terminus the peer gave. */
export function sameTerminus(terminus: unknown): unknown {
  return isRawComposite(terminus) ? terminus.described() : undefined;
}

function isRawComposite(terminus: unknown): terminus is RawComposite {
  return (
    typeof terminus === 'object' &&
    terminus !== null &&
    'described' in terminus &&
    typeof terminus.described === 'function'
  );
}
