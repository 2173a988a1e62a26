/** Answers one request to `$cbs` or `$management` on the reply link of its session. */
import type { FaultVerdict } from '../faults.ts';
import type { NamespaceState } from './namespace-state.ts';
import { putToken } from './cbs.ts';
import { answerManagement } from './management.ts';
import type { Peer } from './peer.ts';
import type { ReplyLink } from './reply-link.ts';
import { encodeResponse, failed } from './response.ts';
import type { AmqpSession, DecodedMessage } from './rhea.ts';

export interface NodeRequest {
  readonly node: 'cbs' | 'management';
  readonly session: AmqpSession;
  readonly message: DecodedMessage;
}

export function answerRequest(peer: Peer, request: NodeRequest): void {
  const { state } = peer;
  const verdict = judge(request, state);
  const { outcome } = verdict;
  if (outcome === 'cut') return peer.cut();
  if (outcome === 'silence') return;
  const answer = (): void => {
    const response =
      typeof outcome === 'object'
        ? failed(500, outcome.condition, outcome.description)
        : request.node === 'cbs'
          ? putToken(request.message, peer.claims, state)
          : answerManagement(request.message, peer.claims, state);
    replyLink(peer, request)?.push(encodeResponse(request.message, response));
    peer.pump.wake();
  };
  if (verdict.delayMs === 0) answer();
  else setTimeout(answer, verdict.delayMs);
}

/** A request as rhea decoded it; anything else is an empty one, which its node refuses. */
export function readRequest(message: unknown): DecodedMessage {
  return typeof message === 'object' && message !== null && !Buffer.isBuffer(message) ? message : {};
}

function judge({ node, message }: NodeRequest, { faults, hostName }: NamespaceState): FaultVerdict {
  const namespace = hostName;
  if (node === 'cbs') return faults.judge('put-token', { namespace });
  const hub = message.application_properties?.['name'];
  return faults.judge('management', typeof hub === 'string' ? { namespace, hub } : { namespace });
}

function replyLink(peer: Peer, { node, session, message }: NodeRequest): ReplyLink | undefined {
  for (const link of peer.links) {
    if (link.kind !== 'reply' || link.node !== node || link.link.sender.session !== session) continue;
    if (link.link.isFor(message.reply_to)) return link.link;
  }
  return undefined;
}
