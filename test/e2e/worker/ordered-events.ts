// The handler of order.test.ts: writes a line when an event starts and one when it ends, each with one write call, and takes
// a while that differs from event to event, so that what may overtake does.
//
// HANDLED_FILE  where the lines go

import { openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { defineHandler } from '../../../src/index.ts';

const path = process.env['HANDLED_FILE'];
if (path === undefined) throw new Error('HANDLED_FILE names the file the lines go to.');
const file = openSync(path, 'a');

export default defineHandler({
  async onEvent(event) {
    const line = `${event.header('kind') ?? '?'} ${event.sequenceNumber}`;
    writeSync(file, `starts ${line}\n`);
    await delay(1 + ((event.sequenceNumber * 7) % 5) * 3);
    writeSync(file, `ends ${line}\n`);
  },
});
