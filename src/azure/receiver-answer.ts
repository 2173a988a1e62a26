// What the broker's refusal of a receiver tells about who receives there. Pure. The service says it in words only; the texts
// are those of amqp:link:stolen and amqp:resource-limit-exceeded (Azure/amqpnetlite #162, azure-sdk-for-java #26583 and #32046).

export type ReceiverAnswer =
  /** A receiver without an epoch may attach: nobody receives with one. */
  | { readonly kind: 'admitted' }
  /** Somebody receives with this epoch (owner level). The service names that receiver in some of its texts only. */
  | { readonly kind: 'held'; readonly epoch: number; readonly receiver: string | undefined }
  /** As many receivers without an epoch as the service allows. */
  | { readonly kind: 'full'; readonly receivers: readonly string[] };

/** Undefined: the text speaks of something else. */
export function readRefusal(text: string): ReceiverAnswer | undefined {
  const withoutEpoch = /created with epoch of '(\d+)'/.exec(text);
  if (withoutEpoch !== null) return held(withoutEpoch[1], undefined);
  const higher = /receiver (?:'([^']*)' )?with (?:a higher )?epoch '(\d+)' already exists/i.exec(text);
  if (higher !== null) return held(higher[2], higher[1]);
  if (!/maximum number of allowed receivers/i.test(text)) return undefined;
  const list = /List of connected receivers - (.*?)(?:\.\s|\.?$|\s*TrackingId)/im.exec(text)?.[1] ?? '';
  const receivers = list.split(',').map((name) => name.trim());
  return { kind: 'full', receivers: receivers.filter(isName) };
}

function held(epoch: string | undefined, receiver: string | undefined): ReceiverAnswer {
  const name = receiver !== undefined && isName(receiver) ? receiver : undefined;
  return { kind: 'held', epoch: Number(epoch), receiver: name };
}

/** 'nil' stands for a receiver that did not give itself a name. */
function isName(text: string): boolean {
  return text !== '' && text !== 'nil';
}
