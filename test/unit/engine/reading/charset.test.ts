import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PermanentError } from '../../../../src/index.ts';
import { testEvent } from '../../../../src/testing.ts';

const text = '{"note":"Größe 3½ 客户"}';
const utf16le = Buffer.from(text, 'utf16le');
const utf16be = Buffer.from(utf16le).swap16();

describe('a text in the charset its sender used', () => {
  const cases: readonly (readonly [string, string | undefined, Uint8Array])[] = [
    ['UTF-8', undefined, Buffer.from(text)],
    ['UTF-8 with a mark', 'application/json', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 with a mark', 'application/json; charset=utf-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    [
      'big-endian UTF-16 with a mark',
      'application/json;charset="UTF-16"',
      Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    ],
    ['UTF-16 without a mark', 'text/plain; charset=utf-16', utf16le],
    ['big-endian UTF-16 without a mark', 'text/plain; charset=utf-16', utf16be],
    ['UTF-16LE', 'application/json; charset=utf-16le', utf16le],
    ['UTF-16BE', 'application/json; charset=UTF-16BE', utf16be],
    ['UTF-16 that nobody names', undefined, utf16le],
    ['big-endian UTF-16 that nobody names', undefined, utf16be],
    ['UTF-16 that only its mark tells', undefined, Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['a mark that contradicts the label', 'text/plain; charset=iso-8859-1', Buffer.from(`\uFEFF${text}`)],
    ['UTF-32', 'text/plain; charset=utf-32', utf32(`\uFEFF${text}`, true)],
    ['big-endian UTF-32', 'text/plain; charset=utf-32be', utf32(text, false)],
    ['UTF-8 under a name nobody knows', 'text/plain; charset=x-klingon', Buffer.from(text)],
  ];
  for (const [name, contentType, body] of cases) {
    it(`is read: ${name}`, () => {
      const event = testEvent({ body, ...(contentType === undefined ? {} : { contentType }) });
      assert.equal(event.text(), text);
      assert.deepEqual(event.json(), JSON.parse(text));
    });
  }

  it('is read in the charset that IoT Hub takes as content encoding', () => {
    const event = testEvent({ contentType: 'application/json', contentEncoding: 'utf-16', body: utf16le });
    assert.deepEqual(event.data, JSON.parse(text));
  });

  it('is Latin-1 and windows-1252 where it says so', () => {
    const body = Uint8Array.of(0x47, 0x72, 0xf6, 0xdf, 0x65, 0x80);
    for (const charset of ['iso-8859-1', 'latin1', 'windows-1252', 'us-ascii']) {
      assert.equal(testEvent({ body, contentType: `text/plain; charset=${charset}` }).text(), 'Größe€');
    }
  });

  it('shows what no charset knows as replacement, and never fails for it', () => {
    assert.equal(testEvent({ body: Uint8Array.of(0x61, 0xff, 0x62) }).text(), 'a\uFFFDb');
    const half = testEvent({
      contentType: 'text/plain; charset=utf-32',
      body: Uint8Array.of(0x61, 0, 0, 0, 0xff),
    });
    assert.equal(half.text(), 'a\uFFFD');
  });

  it('is refused with the charset nobody knows', () => {
    const event = testEvent({
      body: Uint8Array.of(0x61, 0xff),
      contentType: 'text/plain; charset=x-klingon',
    });
    assert.throws(
      () => event.text(),
      (error) =>
        error instanceof PermanentError && /charset "x-klingon".*not UTF-8 \(2 bytes\)/.test(error.message),
    );
  });
});

function utf32(text: string, isLittleEndian: boolean): Uint8Array {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const view = new DataView(new ArrayBuffer(points.length * 4));
  for (const [index, point] of points.entries()) view.setUint32(index * 4, point, isLittleEndian);
  return new Uint8Array(view.buffer);
}
