// The handler of these tests (HANDLER=<this file>): appends each event's id to a file with one write call, which survives
// kill -9. And the reader of such files.
//
// HANDLED_FILE  where the ids go
// HANDLER_MS    how long each event takes (default 0)

import { openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { defineHandler, PermanentError } from '../../../src/index.ts';

const path = process.env['HANDLED_FILE'];
if (path === undefined) throw new Error('HANDLED_FILE names the file the ids go to.');
const file = openSync(path, 'a');
const handlerMs = Number(process.env['HANDLER_MS'] ?? '0');

export default defineHandler({
  async onEvent(event, context) {
    if (handlerMs > 0) await delay(handlerMs, undefined, { signal: context.signal });
    writeSync(file, `${idOf(event.json())}\n`);
  },
});

/** The tests put the id into the body: it is the same however often the event is sent. */
function idOf(body: unknown): string {
  const hasId = typeof body === 'object' && body !== null && 'id' in body;
  if (hasId && (typeof body.id === 'string' || typeof body.id === 'number')) return String(body.id);
  throw new PermanentError('the event has no id');
}
