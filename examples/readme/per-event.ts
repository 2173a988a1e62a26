import { defineHandler, PermanentError } from 'eventhub-worker';

export default defineHandler({
  async onEvent(event, context) {
    const response = await fetch(process.env['ORDER_API_URL'] ?? 'http://localhost:9000/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': context.idempotencyKey },
      body: event.text(),
      signal: context.signal, // aborted when the attempt takes too long or the partition moves
    });
    await response.body?.cancel();
    if (response.status === 400) throw new PermanentError('not an order'); // a dead letter at once
    if (!response.ok) throw new Error(`the API answered ${response.status}`); // tried again with back-off
  },
});
