// What must hold for any bytes at all. Each claim throws when it does not.
import assert from 'node:assert/strict';
import type { Buffer } from 'node:buffer';
import { withApplicationProperties } from '../../../src/codec/application-properties.ts';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { decodeTyped, decodeValue } from '../../../src/codec/decode.ts';
import { encodeMessage } from '../../../src/codec/encode-message.ts';
import { EncodedMessage } from '../../../src/codec/encoded-message.ts';
import { skipValue } from '../../../src/codec/skip-value.ts';
import { encodeTyped } from '../../../src/codec/typed-encoder.ts';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import type { TypedMessage } from '../../../src/codec/typed-message.ts';
import { readIncoming } from '../../../src/emulator/amqp/event-encoding.ts';
import { heldBytes } from './held-bytes.ts';
import { compareWithRhea } from './rhea-reading.ts';

/** Bytes that a value may hold for each byte of its encoding, and besides: items of an array may take no bytes at all, 1,024 of them. */
const HELD_PER_BYTE = 160;
const HELD_BESIDES = 1024 * 1024;

const FIRST_VALUES = 12;

/** What came of the input: tells kinds of inputs apart. */
export type Outcome = 'read' | 'lossless only' | 'refused';

export function checkInput(bytes: Buffer): Outcome {
  checkValues(bytes);
  return checkMessage(bytes);
}

/** The first values, one after the other, as far as they can be read. */
function checkValues(bytes: Buffer): void {
  let at = 0;
  for (let left = FIRST_VALUES; left > 0 && at < bytes.length; left -= 1) {
    const typed = refusable(() => decodeTyped(bytes, at), bytes);
    const natural = refusable(() => decodeValue(bytes, at), bytes);
    compareWithRhea(bytes.subarray(at), typed instanceof CodecError ? typed : typed.value);
    if (typed instanceof CodecError) {
      assert.ok(natural instanceof CodecError, 'what has no lossless form is not read');
      return;
    }
    assert.equal(skipValue(bytes, at, bytes.length), typed.next, 'a step is as long as a read');
    const again = encodeTyped(typed.value);
    assert.deepEqual(decodeTyped(again), { value: typed.value, next: again.length }, 'a wrong round trip');
    if (natural instanceof CodecError)
      assert.match(natural.reason, /twice/, 'only keys are stricter than the lossless form');
    else {
      assert.equal(natural.next, typed.next);
      assertSmall(natural.value, typed.next - at);
    }
    assertSmall(typed.value, typed.next - at);
    at = typed.next;
  }
}

function checkMessage(bytes: Buffer): Outcome {
  const message = new EncodedMessage(bytes);
  message.scanPosition();
  const read = refusable(
    () => [
      message.header,
      message.deliveryAnnotations,
      message.annotations,
      message.properties,
      message.applicationProperties,
      message.body,
      message.footer,
    ],
    bytes,
  );
  refusable(() => readIncoming(bytes, 0), bytes);
  const typed = refusable(() => decodeTypedMessage(bytes), bytes);
  if (typed instanceof CodecError) {
    assert.ok(read instanceof CodecError, 'what has no lossless form is not read');
    return 'refused';
  }
  assertSmall(read, bytes.length);
  assert.deepEqual(plain(decodeTypedMessage(encodeMessage(typed))), plain(typed), 'a wrong round trip');
  const spliced = decodeTypedMessage(withApplicationProperties(bytes, { 'x-fuzz': 1 }));
  const { applicationProperties: before, ...others } = plain(typed);
  const { applicationProperties: after, ...sameOthers } = plain(spliced);
  assert.deepEqual(sameOthers, others, 'an entry put in changed something else');
  assert.ok(
    JSON.stringify(after).includes('x-fuzz'),
    `an entry put into ${JSON.stringify(before)} is not there`,
  );
  return read instanceof CodecError ? 'lossless only' : 'read';
}

/** Anything but a CodecError with a place in the bytes is a fault. */
function refusable<T>(read: () => T, bytes: Buffer): T | CodecError {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    assert.ok(error.at >= 0 && error.at <= bytes.length, `a place outside of the bytes: ${error.message}`);
    return error;
  }
}

function assertSmall(value: unknown, encodedBytes: number): void {
  const held = heldBytes(value);
  assert.ok(
    held <= encodedBytes * HELD_PER_BYTE + HELD_BESIDES,
    `${encodedBytes} bytes became a value of about ${held} bytes`,
  );
}

function plain(message: TypedMessage): TypedMessage {
  return JSON.parse(JSON.stringify(message)) as TypedMessage;
}
