/**
 * The delivery annotations that tell a receiver where its partition ends.
 * Honoured: last_enqueued_sequence_number (long), last_enqueued_offset (string), last_enqueued_time_utc and
 *   runtime_info_retrieval_time_utc (timestamps), on each event of a link that desired the capability
 *   com.microsoft:enable-receiver-runtime-metric.
 * Source: @azure/event-hubs 6.0.4 dist/esm/eventData.js:67-72; @azure/core-amqp 4.4.2 dist/esm/util/constants.js
 *   (enableReceiverRuntimeMetricName).
 */
import type { PartitionLog } from '../log/partition-log.ts';
import { section } from './section-scanner.ts';

export const RUNTIME_METRICS_CAPABILITY = 'com.microsoft:enable-receiver-runtime-metric';

/** The encoded delivery-annotations section. */
export function runtimeMetrics(log: PartitionLog, nowMs: number): Buffer {
  const items = Buffer.concat([
    symbol('last_enqueued_sequence_number'),
    long(0x81, log.lastSequenceNumber),
    symbol('last_enqueued_offset'),
    string(String(log.lastOffset)),
    symbol('last_enqueued_time_utc'),
    long(0x83, log.lastEnqueuedAtMs),
    symbol('runtime_info_retrieval_time_utc'),
    long(0x83, nowMs),
  ]);
  const head = Buffer.from([0x00, 0x53, section.deliveryAnnotations, 0xd1, 0, 0, 0, 0, 0, 0, 0, 8]);
  head.writeUInt32BE(items.length + 4, 4);
  return Buffer.concat([head, items]);
}

function symbol(name: string): Buffer {
  return Buffer.concat([Buffer.from([0xa3, name.length]), Buffer.from(name, 'latin1')]);
}

function string(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xa1, text.length]), Buffer.from(text, 'latin1')]);
}

function long(constructor: number, value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(constructor, 0);
  bytes.writeBigInt64BE(BigInt(Math.floor(value)), 1);
  return bytes;
}
