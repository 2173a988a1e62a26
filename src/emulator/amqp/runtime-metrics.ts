/**
 * The delivery annotations that tell a receiver where its partition ends.
 * Honoured: last_enqueued_sequence_number (long), last_enqueued_offset (string), last_enqueued_time_utc and
 *   runtime_info_retrieval_time_utc (timestamps), on each event of a link that desired the capability
 *   com.microsoft:enable-receiver-runtime-metric.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventData.js:67-72; @azure/core-amqp 4.4.2 dist/esm/util/constants.js
 *   (enableReceiverRuntimeMetricName).
 */
import type { Buffer } from 'node:buffer';
import { writeSection } from '../../codec/encode-message.ts';
import { section } from '../../codec/section.ts';
import { ValueWriter } from '../../codec/value-writer.ts';
import type { PartitionLog } from '../log/partition-log.ts';

export const RUNTIME_METRICS_CAPABILITY = 'com.microsoft:enable-receiver-runtime-metric';

/** The encoded delivery-annotations section. */
export function runtimeMetrics(log: PartitionLog, nowMs: number): Buffer {
  const writer = new ValueWriter();
  writeSection(writer, section.deliveryAnnotations);
  writer.map(8, () => {
    writer.symbol('last_enqueued_sequence_number');
    writer.long(BigInt(log.lastSequenceNumber));
    writer.symbol('last_enqueued_offset');
    writer.string(log.lastOffsetText);
    writer.symbol('last_enqueued_time_utc');
    writer.timestamp(BigInt(Math.floor(log.lastEnqueuedAtMs)));
    writer.symbol('runtime_info_retrieval_time_utc');
    writer.timestamp(BigInt(Math.floor(nowMs)));
  });
  return writer.written;
}
