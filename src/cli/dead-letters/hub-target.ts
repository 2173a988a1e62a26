// Sends letters back to the event hub, as many together as one transfer holds: by their partition key, else to the partition
// they came from.

import type { EncodedSender, SendOutcome, SendTarget } from '../../azure/encoded-sender.ts';
import { encodeBatch, sizeInBatch } from '../../codec/encode-batch.ts';
import { WorkerError } from '../../engine/errors.ts';
import type { OpenLetter, ReplayTarget, Verdict } from './replay.ts';
import { replayedMessageOf } from './replayed-message.ts';

export class HubTarget implements ReplayTarget {
  readonly #sender: EncodedSender;

  constructor(sender: EncodedSender) {
    this.#sender = sender;
  }

  /** All that one send may hold: their order is then the hub's. A Kafka key or a device id lies within one partition. */
  laneOf({ entry, event }: OpenLetter): string {
    return event.partitionKey === undefined ? `partition ${entry.partitionId}` : `key ${event.partitionKey}`;
  }

  async send(letters: readonly OpenLetter[], signal: AbortSignal): Promise<readonly Verdict[]> {
    const [first] = letters;
    if (first === undefined) return [];
    const target = targetOf(first);
    const maxBytes = await this.#sender.maxBytes(signal);
    const batch = fill(letters, maxBytes - encodeBatch([], keyOf(target)).length);
    if (batch.length === 0) return [await this.#sendAlone(first, maxBytes, target, signal)];
    const messages = batch.map(({ message }) => message);
    const outcome = await this.#sender.sendBatch(messages, target, signal);
    if (outcome.kind === 'taken') return batch.map(({ isLabelled }) => ({ kind: 'taken', isLabelled }));
    if (batch.length === 1) return [outcome];
    // One of them is at fault: each by itself, so that it keeps no other from being taken.
    const verdicts: Verdict[] = [];
    for (const { message, isLabelled } of batch) {
      verdicts.push(verdictOf(await this.#sender.sendBatch([message], target, signal), isLabelled));
    }
    return verdicts;
  }

  /** For what fits no batch with our properties: first without the batch around it, then without the properties. */
  async #sendAlone(
    letter: OpenLetter,
    maxBytes: number,
    target: SendTarget,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { plain, labelled } = replayedMessageOf(letter);
    if (labelled !== undefined && labelled.length <= maxBytes) {
      return verdictOf(await this.#sender.sendSingle(labelled, target, signal), true);
    }
    if (plain.length <= maxBytes) {
      return verdictOf(await this.#sender.sendSingle(plain, target, signal), false);
    }
    const reason = `the event has ${plain.length} bytes, and the event hub takes ${maxBytes}`;
    return { kind: 'refused', error: new WorkerError('EHW_EVENT_HUB_FAILED', { reason }) };
  }
}

interface Packed {
  readonly message: Uint8Array;
  readonly isLabelled: boolean;
}

/** As many from the first as fit, each with our properties where they can be put in. */
function fill(letters: readonly OpenLetter[], maxBytes: number): readonly Packed[] {
  const batch: Packed[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const { plain, labelled } = replayedMessageOf(letter);
    const message = labelled ?? plain;
    bytes += sizeInBatch(message.length);
    if (bytes > maxBytes) break;
    batch.push({ message, isLabelled: labelled !== undefined });
  }
  return batch;
}

function targetOf({ entry, event }: OpenLetter): SendTarget {
  return event.partitionKey === undefined
    ? { partitionId: entry.partitionId }
    : { partitionKey: event.partitionKey };
}

function keyOf(target: SendTarget): string | undefined {
  return 'partitionKey' in target ? target.partitionKey : undefined;
}

function verdictOf(outcome: SendOutcome, isLabelled: boolean): Verdict {
  return outcome.kind === 'taken' ? { kind: 'taken', isLabelled } : outcome;
}
