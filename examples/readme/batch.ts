import { appendFile } from 'node:fs/promises';
import { defineHandler } from 'eventhub-worker';

export default defineHandler({
  batch: { maxEvents: 500, maxWaitMs: 200 },

  // A throw fails the batch: it is tried again, then halved until the one event at fault is alone.
  async onBatch(events, context) {
    const lines = events.map((event) =>
      JSON.stringify({ id: context.idempotencyKey(event), text: event.text() }),
    );
    await appendFile(process.env['ORDERS_FILE'] ?? 'orders.jsonl', `${lines.join('\n')}\n`);
    return events.map((event) =>
      event.body.byteLength === 0 ? { deadLetter: 'empty' } : { ok: true as const },
    );
  },
});
