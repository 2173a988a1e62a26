import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { withApplicationProperties } from '../../../src/codec/application-properties.ts';
import { CodecError } from '../../../src/codec/codec-error.ts';
import { EncodedMessage } from '../../../src/codec/encoded-message.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const spliced = (hex: string, entries: Parameters<typeof withApplicationProperties>[1]): string =>
  Buffer.from(withApplicationProperties(bytes(hex), entries)).toString('hex');
const compact = (hex: string): string => hex.replaceAll(' ', '');

/** Sections whose encodings the codec itself would write otherwise: they must stay as they are. */
const header = '005370 d00000000600000001 56 01';
const annotations = '00800000000000000072 d100000008 00000002 a30161 43';
const data = '005375 b00000000161';
const footer = '005378 c10100';

test('entries go into a map of either width, behind what is there, byte for byte', () => {
  const before = header + annotations;
  assert.equal(
    spliced(`${before} 005374 c10602a101625405 ${data}`, { n: 7 }),
    compact(`${before} 005374 c10b04 a101625405 a1016e5407 ${data}`),
  );
  assert.equal(
    spliced(`${before} 005374 d10000000c00000002 b100000001625405 ${data}`, { n: 7 }),
    compact(`${before} 005374 c10e04 b100000001625405 a1016e5407 ${data}`),
  );
});

test('a section that is absent is put in front of the body', () => {
  const section = '005374 c10602 a1016e5407';
  assert.equal(spliced(`${header}${data}`, { n: 7 }), compact(`${header}${section}${data}`));
  assert.equal(spliced(header, { n: 7 }), compact(`${header}${section}`));
  assert.equal(spliced(footer, { n: 7 }), compact(`${section}${footer}`));
  assert.equal(spliced('', { n: 7 }), compact(section));
});

test('a section behind the body is found, too', () => {
  assert.equal(
    spliced(`${data} 005374 c10602a101625405`, { n: 7 }),
    compact(`${data} 005374 c10b04 a101625405 a1016e5407`),
  );
});

test('an entry replaces all of its name, whether string or symbol, and no other', () => {
  assert.equal(
    spliced(`005374 c11308 a1016e41 a1026e6e42 a3016e40 5401 a1016e ${data}`, { n: 7 }),
    compact(`005374 c11006 a1026e6e42 5401a1016e a1016e5407 ${data}`),
  );
});

test('names and values of every kind', () => {
  const encoded = withApplicationProperties(bytes(data), {
    ö: 'text',
    __proto__: null,
    big: 2n ** 64n - 1n,
    large: 2 ** 40,
    ratio: 0.5,
    yes: true,
    at: new Date(0),
    none: null,
  });
  assert.deepEqual(
    { ...new EncodedMessage(encoded).applicationProperties },
    {
      ö: 'text',
      big: 2n ** 64n - 1n,
      large: 2 ** 40,
      ratio: 0.5,
      yes: true,
      at: new Date(0),
      none: null,
    },
  );
});

test('a message that cannot be walked is refused', () => {
  assert.throws(() => withApplicationProperties(bytes('005375'), { n: 7 }), CodecError);
  assert.throws(() => withApplicationProperties(bytes('005374 c10201 40'), { n: 7 }), CodecError);
  assert.throws(() => withApplicationProperties(bytes('005374 c10202 40 40'), { n: 7 }), CodecError);
  assert.throws(() => withApplicationProperties(bytes('005374 c10402 40 40 40'), { n: 7 }), CodecError);
});
