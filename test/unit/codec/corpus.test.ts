import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTypedMessage } from '../../../src/codec/typed-message.ts';
import { whyUnreadable } from '../../../src/codec/why-unreadable.ts';
import { encodeCorpusEvent, loadEventCorpus } from '../../support/events/event-corpus.ts';

const corpus = loadEventCorpus();

test('G11: every event of the corpus keeps every value and every type', () => {
  for (const event of corpus) {
    const encoded = encodeCorpusEvent(event);
    assert.equal(whyUnreadable(encoded), undefined, event.name);
    assert.deepEqual(JSON.parse(JSON.stringify(decodeTypedMessage(encoded))), event.message, event.name);
  }
});
