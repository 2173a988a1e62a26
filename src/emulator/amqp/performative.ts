/**
 * Writes every field of a performative, the absent ones as null. AMQP lets a writer leave trailing fields out, as rhea
 * does; the service never does, and Python's client reads fields by position without looking at the length.
 * Source: python azure-eventhub 5.15 _pyamqp/_decode.py:330 (decode_frame), receiver.py:70 (frame[11] is the payload).
 */
import type { OutgoingPerformative } from './rhea.ts';

/** Fields by descriptor code (AMQP 1.0 part 2.7). */
const FIELD_COUNT: Readonly<Record<number, number>> = {
  0x10: 10, // open
  0x11: 8, // begin
  0x12: 14, // attach
  0x13: 11, // flow
  0x14: 11, // transfer
  0x15: 6, // disposition
  0x16: 3, // detach
  0x17: 1, // end
  0x18: 1, // close
};

const BEGIN = 0x11;

/** Links per session, as the service says; Python refuses to attach when the field is null. */
const HANDLE_MAX = 255;

export function padFields(frame: OutgoingPerformative): void {
  const code = frame.constructor.descriptor?.numeric ?? -1;
  if (code === BEGIN) frame.handle_max = HANDLE_MAX;
  const count = FIELD_COUNT[code];
  if (count !== undefined && frame.value.length < count) frame.value.length = count;
}
