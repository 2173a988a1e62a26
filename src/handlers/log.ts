// The built-in handler `log`: one line per event. For a first look at a hub; it keeps nothing.

import { defineHandler } from '../engine/handling/handler.ts';

/** Longer bodies are cut: a line is for reading. */
const maxPreviewCharacters = 200;

export const logHandler = defineHandler({
  onEvent(event, { log }) {
    const text = event.text();
    log.info('event', {
      offset: event.offset,
      enqueuedAt: event.enqueuedAt.toISOString(),
      bytes: event.body.byteLength,
      body: text.length > maxPreviewCharacters ? `${text.slice(0, maxPreviewCharacters)}...` : text,
      ...(event.partitionKey === undefined ? {} : { partitionKey: event.partitionKey }),
      ...(event.messageId === undefined ? {} : { messageId: event.messageId }),
    });
  },
});
