import { defineHandler } from 'eventhub-worker';

// One event of Azure Monitor, Entra or Defender holds many records. Ids of 64 bits stay exact.
export default defineHandler({
  onEvent(event, { log }) {
    for (const record of event.records({ bigint: true })) log.info('record', { record });
  },
});
