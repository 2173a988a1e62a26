// One event at a time: each order is posted to an HTTP API. Orders of one customer (the partition key) stay in sequence,
// orders of different customers go side by side.
//
//   ORDER_API_URL=https://orders.example/v1/orders HANDLER=examples/order-webhook.ts eventhub-worker run

import { defineHandler, PermanentError } from 'eventhub-worker';

export function orderWebhook(apiUrl: string) {
  return defineHandler({
    start() {
      if (!URL.canParse(apiUrl)) throw new Error(`ORDER_API_URL is not a URL: "${apiUrl}"`);
    },

    async onEvent(event, context) {
      const response = await fetch(apiUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          // The same for every delivery of this event: the API can tell a repetition from a second order.
          'idempotency-key': context.idempotencyKey,
        },
        body: event.text(),
        // Ends the request when the attempt takes too long or the partition goes to another worker.
        signal: context.signal,
      });
      // Undici keeps the connection until the body is read or cancelled.
      await response.body?.cancel();

      if (response.ok || response.status === 409) return; // 409: this key was accepted before
      const answer = `the order API answered ${response.status}`;
      if (isHopeless(response.status)) throw new PermanentError(answer); // to the dead letters, no retry
      throw new Error(answer); // retried with back-off
    },
  });
}

/** The API will say the same to the same order tomorrow. Too many requests and a timeout it will not. */
function isHopeless(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

export default orderWebhook(process.env['ORDER_API_URL'] ?? '');
