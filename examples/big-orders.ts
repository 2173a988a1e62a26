// A first handler, for the orders that `npm start` sends: reads the JSON, says which orders are large.
//
//   HANDLER=examples/big-orders.ts LOG_LEVEL=info npm start

import { defineHandler, PermanentError } from 'eventhub-worker';

const largeItem = 990;

export default defineHandler({
  onEvent(event, { log }) {
    const order = event.json();
    // What can never succeed goes to the dead letters at once; any other throw is tried again.
    if (!isOrder(order)) throw new PermanentError('not an order');
    if (order.item >= largeItem) log.info('a large order', { customer: order.customer, item: order.item });
  },
});

interface Order {
  readonly customer: string;
  readonly item: number;
}

function isOrder(value: unknown): value is Order {
  return (
    typeof value === 'object' &&
    value !== null &&
    'customer' in value &&
    typeof value.customer === 'string' &&
    'item' in value &&
    typeof value.item === 'number'
  );
}
