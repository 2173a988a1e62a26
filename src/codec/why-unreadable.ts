/** Validates a whole message. */
import { CodecError } from './codec-error.ts';
import { EncodedMessage } from './encoded-message.ts';

/** Why not everything of the message in [from, to) can be read, for a person; undefined when all of it can. */
export function whyUnreadable(bytes: Uint8Array, from = 0, to: number = bytes.length): string | undefined {
  const message = new EncodedMessage(bytes, from, to);
  try {
    const { header, deliveryAnnotations, annotations, properties, applicationProperties, body, footer } =
      message;
    void [header, deliveryAnnotations, annotations, properties, applicationProperties, body, footer];
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return error.message;
    throw error;
  }
}
