/** An answer of `$cbs` or `$management`, with the types that the strict clients demand. */
import { amqpType, encodeMessage } from './rhea.ts';
import type { DecodedMessage } from './rhea.ts';

export interface Response {
  readonly status: number;
  readonly description: string;
  readonly condition: string | undefined;
  readonly body: unknown;
}

export function succeeded(status: number, body: unknown): Response {
  return { status, description: status === 202 ? 'Accepted' : 'OK', condition: undefined, body };
}

export function failed(status: number, condition: string, description: string): Response {
  return { status, description, condition, body: undefined };
}

/** The message that answers `request`: correlation-id is its message-id, in the same type. */
export function encodeResponse(request: DecodedMessage, response: Response): Buffer {
  return encodeMessage({
    to: request.reply_to,
    correlation_id: request.message_id,
    application_properties: {
      'status-code': amqpType.int(response.status),
      'status-description': response.description,
      ...(response.condition === undefined ? {} : { 'error-condition': response.condition }),
    },
    body: response.body,
  });
}
