// The disposition that settles a range of deliveries as accepted: one small frame instead of one outcome an event.
// Source: AMQP 1.0 part 2.7.6 (disposition), 3.4.2 (accepted).

const template = Buffer.from(
  '00000000' + // size
    '02000000' + // data offset, type, channel
    '005315' + // disposition
    'c01105' + // list of 5 fields in 17 bytes
    '41' + // role: receiver
    '7000000000' + // first
    '7000000000' + // last
    '41' + // settled
    '00532445', // state: accepted
  'hex',
);
const channelAt = 6;
const firstAt = 16;
const lastAt = 21;
template.writeUInt32BE(template.length, 0);

export function settlement(channel: number, first: number, last: number): Buffer {
  const frame = Buffer.from(template);
  frame.writeUInt16BE(channel, channelAt);
  frame.writeUInt32BE(first, firstAt);
  frame.writeUInt32BE(last, lastAt);
  return frame;
}
