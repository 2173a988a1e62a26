/**
 * Log compaction: of the events with one key the newest stays, the others leave gaps in the sequence numbers.
 * Honoured: the key is the record key of a Kafka producer, else the partition key; events without a key stay; the last event
 *   of a partition always stays; positions of removed events begin at the next one that is there.
 * Not honoured: when the service's cleaner runs, and that it drops tombstones after their retention; the bytes of removed
 *   events are kept until retention takes them.
 * Source: https://learn.microsoft.com/azure/event-hubs/log-compaction
 */
import { EncodedMessage } from '../../codec/encoded-message.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { StoredRecord } from '../log/segment-list.ts';

/** Removes all but the newest event of each key. Returns how many. */
export function compactByKey(log: PartitionLog): number {
  const newest = new Map<string, number>();
  let removed = 0;
  for (const [sequenceNumber, record] of log.records()) {
    const key = keyOf(record);
    if (key === undefined) continue;
    const older = newest.get(key);
    if (older !== undefined && log.erase(older)) removed += 1;
    newest.set(key, sequenceNumber);
  }
  return removed;
}

/** Text and bytes are keys of their own kinds. */
function keyOf({ segment, index }: StoredRecord): string | undefined {
  const event = new EncodedMessage(segment.bytes, segment.start(index), segment.start(index + 1));
  const ofKafka = event.annotation('x-opt-kafka-key');
  if (ofKafka instanceof Uint8Array) return `bytes ${Buffer.from(ofKafka).toString('base64')}`;
  const partitionKey = event.annotation('x-opt-partition-key');
  return typeof partitionKey === 'string' ? `text ${partitionKey}` : undefined;
}
