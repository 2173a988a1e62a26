/**
 * Corrects what rhea does with a peer's frames before its events are raised. Order matters: each hook looks first, lets
 * rhea work, and acts on the result.
 *  - flow: rhea raises no event for a session-level flow (it reopens the transfer window: without a wake delivery stalls
 *    after 2,048 frames), ignores `echo`, and computes credit without wrap-around at 2^32.
 *  - attach: rhea answers one at once; injected faults must be able to answer late, with an error or never.
 *  - transfer: rhea decodes format-0 messages; publishers' bytes are stored as they are, so those links ask for raw ones.
 *    rhea also keeps the frames of an unfinished message without a bound.
 *  - detach, disposition and flow for a link or session that has ended: tolerated, rhea would drop the connection.
 * Source: rhea 3.0.5 lib/session.js (on_flow, Incoming.on_transfer), lib/link.js (Sender.on_flow), lib/connection.js.
 */
import { writeFlow } from './rhea.ts';
import type { FaultVerdict } from '../faults.ts';
import type { AmqpConnection, AmqpReceiver, AmqpSender, AmqpSession } from './rhea.ts';

/** Any format but 0 makes rhea hand over a message undecoded; it is not a format anyone sends. */
export const RAW_FORMAT = 0xffffffff;

/** What a message may reach before it is complete; the service's own limit is checked when it is. */
const MAX_UNFINISHED_BYTES = 32 * 1024 * 1024;

export interface FrameListener {
  onFlow(session: AmqpSession, sender: AmqpSender | undefined, drain: boolean): void;
  wantsRaw(receiver: AmqpReceiver): boolean;
  /** A message has grown beyond MAX_UNFINISHED_BYTES: nobody means well with that. */
  onFlood(): void;
  /** Lets an attach through, late or refused, or keeps it from being answered at all. */
  onAttach(address: AttachAddress): FaultVerdict;
}

/** Where a peer attaches to, as its frame says before rhea has made a link of it. */
export interface AttachAddress {
  /** What the peer wants to be on the link. */
  readonly role: 'sender' | 'receiver';
  readonly address: string;
}

export function hookFrames(connection: AmqpConnection, listener: FrameListener): void {
  const onAttach = connection.on_attach.bind(connection);
  const onFlow = connection.on_flow.bind(connection);
  const onTransfer = connection.on_transfer.bind(connection);
  const onDetach = connection.on_detach.bind(connection);
  const onDisposition = connection.on_disposition.bind(connection);

  connection.on_attach = (frame) => {
    const isReceiver = frame.performative.role === true;
    const terminus = isReceiver ? frame.performative.source : frame.performative.target;
    const role = isReceiver ? 'receiver' : 'sender';
    const { delayMs, outcome } = listener.onAttach({ role, address: addressIn(terminus) });
    if (outcome === 'silence' || outcome === 'cut') return;
    if (typeof outcome === 'object') frame.performative.refusal = outcome;
    if (delayMs === 0) return onAttach(frame);
    setTimeout(() => {
      if (connection.remote_channel_map[frame.channel] !== undefined) onAttach(frame);
    }, delayMs);
  };

  connection.on_flow = (frame) => {
    const session = connection.remote_channel_map[frame.channel];
    if (session === undefined) return;
    const { handle, echo, drain } = frame.performative;
    const link = typeof handle === 'number' ? session.remote.handles[handle] : undefined;
    if (typeof handle === 'number' && link === undefined) return;
    onFlow(frame);
    const sender = link !== undefined && 'set_drained' in link ? link : undefined;
    if (sender !== undefined) {
      const { delivery_count: seen, link_credit: credit } = frame.performative;
      // Serial-number arithmetic: what was sent since the peer wrote this flow is taken off its credit.
      const underWay = (sender.delivery_count - (seen ?? 0)) >>> 0;
      sender.credit = Math.max(0, (credit ?? 0) - underWay);
    }
    if (echo === true) writeFlow(session, sender);
    listener.onFlow(session, sender, drain === true);
  };

  const unfinishedBytes = new WeakMap<object, number>();
  connection.on_transfer = (frame) => {
    const session = connection.remote_channel_map[frame.channel];
    const link = session?.remote.handles[frame.performative.handle ?? -1];
    if (session === undefined || link === undefined) return;
    if (frame.performative.more === true) {
      const bytes = (unfinishedBytes.get(link) ?? 0) + (frame.payload?.length ?? 0);
      unfinishedBytes.set(link, bytes);
      if (bytes > MAX_UNFINISHED_BYTES) return listener.onFlood();
    } else {
      unfinishedBytes.delete(link);
    }
    const isFirst = typeof frame.performative.message_format === 'number';
    if (
      'add_credit' in link &&
      isFirst &&
      listener.wantsRaw(link) &&
      frame.performative.message_format === 0
    ) {
      frame.performative.message_format = RAW_FORMAT;
    }
    onTransfer(frame);
  };

  connection.on_detach = (frame) => {
    const link =
      connection.remote_channel_map[frame.channel]?.remote.handles[frame.performative.handle ?? -1];
    if (link?.is_remote_open() === true) onDetach(frame);
  };

  connection.on_disposition = (frame) => {
    // Outcomes change nothing here, and rhea walks every id in the range: only its own books need them.
    if (connection.remote_channel_map[frame.channel] !== undefined && !frame.performative.role)
      onDisposition(frame);
  };
}

/** The address in a terminus that rhea has not unwrapped yet: the first field of a described list. */
function addressIn(terminus: unknown): string {
  if (typeof terminus !== 'object' || terminus === null || !('value' in terminus)) return '';
  const first: unknown = Array.isArray(terminus.value) ? terminus.value[0] : undefined;
  if (typeof first !== 'object' || first === null || !('value' in first)) return '';
  return typeof first.value === 'string' ? first.value : '';
}
