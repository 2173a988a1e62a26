import { defineHandler } from 'eventhub-worker';

// Record keys order events by themselves. Headers are bytes: header() gives text.
export default defineHandler({
  onEvent(event, { log }) {
    if (event.isTombstone) log.info('deleted', { customer: event.orderingKey });
    else
      log.info('changed', {
        customer: event.orderingKey,
        source: event.header('source'),
        order: event.json(),
      });
  },
});
