import { defineHandler } from 'eventhub-worker';

// Structured, binary, in batches, or in Event Grid's own schema: the same to read.
export default defineHandler({
  onEvent(event, { log }) {
    for (const { type, source, time, data } of event.cloudEvents) log.info(type, { source, time, data });
  },
});
